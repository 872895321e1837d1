"""Counting messages in bytes: as many as the parser would build, however they are written."""

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics

from tests.builders import join, make_event, make_link, make_request, make_span
from tests.ingest.raw import field, key_value, nested_arrays, varint
from traces.domain.errors import PayloadRejected
from traces.ingest import message_count
from traces.ingest.message_count import refuse_too_many_messages
from traces.wire import otlp_pb2 as wire

RICH = make_request(
    make_span(
        1, 1, status=2, status_message="no",
        attributes={"text": "t" * 300, "n": -1, "f": 1.5, "list": ["a", 1, [True]], "map": {"a": {"b": b"\0"}}},
        events=[make_event("e", attributes={"k": "v"}), make_event("f")],
        links=[make_link(2, 2, {"k": "v"}), make_link(3, 3)],
    ),
    make_span(1, 2, 1, kind=0x7FFFFFFF, flags=1),
    resource={"host.name": "h"}, scope={"k": ["v"]},
)  # fmt: skip
METRICS = ExportMetricsServiceRequest(
    resource_metrics=[
        ResourceMetrics(
            scope_metrics=[ScopeMetrics(metrics=[Metric(gauge=Gauge(data_points=[NumberDataPoint()] * 3)), Metric()])]
        )
    ]
)
LOGS = ExportLogsServiceRequest(
    resource_logs=[ResourceLogs(scope_logs=[ScopeLogs(log_records=[LogRecord(severity_text="INFO"), LogRecord()])])]
)


def in_span(content: bytes) -> bytes:
    """A request of one resource, one scope and one span: 3 messages."""
    return field(1, field(2, field(2, content)))


def is_refused(monkeypatch: pytest.MonkeyPatch, limit: int, body: bytes, kind: type[Message] = wire.Request) -> bool:
    monkeypatch.setattr(message_count, "MAX_MESSAGES", limit)
    try:
        refuse_too_many_messages(body, kind)
    except PayloadRejected:
        return True
    return False


def count_entries(message: Message) -> int:
    """Of the lists of a message that was parsed."""
    count = 0
    for described, value in message.ListFields():
        entries = value if described.is_repeated else [value]
        count += len(entries) if described.is_repeated else 0
        count += sum(count_entries(entry) for entry in entries if isinstance(entry, Message))
    return count


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (wire.Request, RICH.SerializeToString()),
        (wire.Request, join(RICH, make_request(), RICH).SerializeToString()),
        (wire.MetricsRequest, METRICS.SerializeToString()),
        (wire.LogsRequest, LOGS.SerializeToString()),
    ],
)
def test_as_many_are_counted_as_are_parsed(monkeypatch: pytest.MonkeyPatch, kind: type[Message], body: bytes) -> None:
    count = count_entries(kind.FromString(body))

    assert count >= 4
    assert not is_refused(monkeypatch, count, body, kind)
    assert is_refused(monkeypatch, count - 1, body, kind)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b"\x0a\x00" * 9, 9),
        (field(1, b"\x12\x00" * 8), 9),
        (field(1, b"\xc2\x3e\x00" * 8), 9),
        (field(1, field(1000, b"\x12\x00" * 8)), 10),
        (field(1, field(1, b"\x0a\x00" * 8)), 9),
        (field(1, field(2, field(1, b"\x1a\x00" * 8))), 10),
        (in_span(b"\x4a\x00" * 8), 11),
        (in_span(b"\x5a\x00" * 8), 11),
        (in_span(b"\x6a\x00" * 8), 11),
        (in_span(field(11, b"\x1a\x00" * 8)), 12),
        (in_span(field(13, b"\x22\x00" * 8)), 12),
        (in_span(field(9, field(2, field(5, b"\x0a\x00" * 8)))), 12),
        (in_span(field(9, field(2, field(6, b"\x0a\x00" * 8)))), 12),
        (in_span(field(9, key_value("k", nested_arrays(40)))), 44),
        (b"\x8a\x00\x80\x00" * 9, 9),
        (b"\x8a\x80\x80\x80\x00\x00" * 9, 9),
        (in_span(varint(50 << 3 | 3) + varint(50 << 3 | 4) + b"\x4a\x00" * 8), 11),
        (b"\x0b\x0c" + b"\x0a\x00" * 9, 9),
        (in_span(b"\x30\xff\x01" + b"\x39" + b"J" * 8 + b"\x85\x01" + b"J" * 4 + b"\x4a\x00" * 8), 11),
        (in_span(b"\x7a\x00" * 9), 3),
        (in_span(field(5, b"\x4a\x00" * 50)), 3),
        (in_span(field(77, b"\x4a\x00" * 50)), 3),
    ],
    ids=[
        "resources", "scopes", "libraries", "spans of libraries", "attributes of resources", "attributes of scopes",
        "attributes", "events", "links", "attributes of events", "attributes of links", "arrays", "maps",
        "arrays in arrays", "tags and sizes written too long", "tags of five bytes", "after a group",
        "group of our tag", "after numbers", "a field that is no list", "text", "unknown",
    ],
)  # fmt: skip
def test_every_list_is_counted_and_nothing_else(monkeypatch: pytest.MonkeyPatch, body: bytes, count: int) -> None:
    assert not is_refused(monkeypatch, count, body)
    assert is_refused(monkeypatch, count - 1, body)


@pytest.mark.parametrize(
    "broken",
    [
        field(9, b"\x0a\x50k"), b"\x4a\x7f", b"\x4a", b"\x4a\xff", b"\x4a" + b"\xff" * 11, b"\x30" + b"\xff" * 11,
        b"\xff" * 30, b"\x39\x01", b"\x0f\x4a",
    ],
    ids=["text", "size", "no size", "half a size", "endless size", "endless number", "endless tag", "time", "type 7"],
)  # fmt: skip
def test_a_broken_span_does_not_hide_what_follows_it(monkeypatch: pytest.MonkeyPatch, broken: bytes) -> None:
    """The others are kept, so they are parsed."""
    body = field(1, field(2, field(2, broken) + b"\x12\x00" * 50))

    assert is_refused(monkeypatch, 51, body)
    assert not is_refused(monkeypatch, 54, body)


def test_a_body_that_ends_anywhere_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    body = RICH.SerializeToString()

    assert not any(is_refused(monkeypatch, 60, body[:length]) for length in range(len(body)))


def test_what_nests_deeper_than_is_parsed_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    body = in_span(field(9, key_value("k", nested_arrays(10_000))))

    assert not is_refused(monkeypatch, 60, body)
