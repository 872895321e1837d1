"""PostSpans of jaeger.api_v2, made OTLP."""

import sys
from types import FrameType
from typing import Any

import pytest

from tests.ingest.jaeger_batches import read_attributes
from traces.domain.errors import PayloadRejected
from traces.ingest import canonical, message_count
from traces.ingest.canonical import UNREADABLE
from traces.ingest.result import Translated
from traces.ingest.translate.jaeger.proto import translate_proto
from traces.wire import jaeger_pb2 as jaeger
from traces.wire import otlp_pb2 as wire

TRACE, SPAN, PARENT = bytes(15) + b"\1", bytes(7) + b"\1", bytes(7) + b"\2"
START = jaeger.Time(seconds=1_700_000_000, nanos=7)
START_NS = 1_700_000_000_000_000_007


def text(key: bytes, value: bytes) -> jaeger.KeyValue:
    return jaeger.KeyValue(key=key, v_str=value)


def make(**fields: Any) -> jaeger.Span:
    return jaeger.Span(**{"trace_id": TRACE, "span_id": SPAN, "operation_name": b"op", "start_time": START, **fields})


def request(*spans: jaeger.Span, service: bytes = b"shop") -> bytes:
    process = jaeger.Process(service_name=service)
    return jaeger.PostSpansRequest(batch=jaeger.Batch(spans=spans, process=process)).SerializeToString()


def read(translated: Translated) -> list[wire.ResourceSpans]:
    return list(wire.Request.FromString(translated.body).resource_spans)


def read_span(*spans: jaeger.Span) -> wire.Span:
    [group] = read(translate_proto(request(*spans)))
    [span] = group.scope_spans[0].spans
    return span


def test_a_span_with_everything() -> None:
    span = read_span(
        make(
            flags=1,
            duration=jaeger.Time(seconds=1, nanos=5),
            references=[
                jaeger.SpanRef(trace_id=TRACE, span_id=PARENT),
                jaeger.SpanRef(trace_id=TRACE, span_id=SPAN, ref_type=jaeger.FOLLOWS_FROM),
            ],
            tags=[
                text(b"span.kind", b"client"),
                text(b"text", b"x"),
                jaeger.KeyValue(key=b"yes", v_type=jaeger.BOOL, v_bool=True),
                jaeger.KeyValue(key=b"int", v_type=jaeger.INT64, v_int64=-7),
                jaeger.KeyValue(key=b"double", v_type=jaeger.FLOAT64, v_float64=0.5),
                jaeger.KeyValue(key=b"binary", v_type=jaeger.BINARY, v_binary=b"\0"),
                text(b"otel.scope.name", b"http"),
            ],
            logs=[jaeger.Log(timestamp=START, fields=[text(b"event", b"miss"), text(b"k", b"v")])],
            warnings=[b"late"],
        )
    )
    assert (span.trace_id, span.span_id, span.parent_span_id, span.name) == (TRACE, SPAN, PARENT, b"op")
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (START_NS, START_NS + 1_000_000_005)
    assert (span.kind, span.flags) == (3, 1)
    found = read_attributes(span)
    [warning] = found.pop("jaeger.warnings").values
    assert warning.string_value == b"late"
    assert found == {"text": "x", "yes": True, "int": -7, "double": 0.5, "binary": b"\0"}
    [event] = span.events
    assert (event.time_unix_nano, event.name, read_attributes(event)) == (START_NS, b"miss", {"k": "v"})
    [link] = span.links
    assert (link.span_id, read_attributes(link)) == (SPAN, {"opentracing.ref_type": "follows_from"})


def test_a_spans_own_process_goes_before_the_batchs() -> None:
    till = jaeger.Process(service_name=b"till", tags=[text(b"hostname", b"h")])
    spans = [make(), make(process=till, span_id=PARENT), make(span_id=bytes(7) + b"\3"), make(process=till)]
    groups = read(translate_proto(request(*spans)))
    assert [(read_attributes(group.resource), len(group.scope_spans[0].spans)) for group in groups] == [
        ({"service.name": "shop"}, 2),
        ({"service.name": "till", "host.name": "h"}, 2),
    ]


def count_serialised(*spans: jaeger.Span) -> int:
    """How many messages are serialised to translate these."""
    body, count = request(*spans), 0

    def see(_: FrameType, event: str, called: Any) -> None:
        nonlocal count
        count += event == "c_call" and called.__name__ == "SerializeToString"

    sys.setprofile(see)
    try:
        translate_proto(body)
    finally:
        sys.setprofile(None)
    return count


def test_the_batchs_process_is_looked_at_once_however_many_spans_it_has() -> None:
    assert count_serialised(make()) == count_serialised(*[make()] * 20) > 0


def test_an_id_of_eight_bytes_is_padded() -> None:
    assert read_span(make(trace_id=TRACE[8:])).trace_id == TRACE


def test_text_that_is_not_utf8_is_kept() -> None:
    assert read_span(make(operation_name=b"\xff")).name == b"\xff"


def test_a_tag_type_nobody_knows_counts_as_text() -> None:
    tag = jaeger.KeyValue(key=b"k", v_type=9, v_str=b"v")  # type: ignore[arg-type]
    assert read_attributes(read_span(make(tags=[tag]))) == {"k": "v"}


def test_spans_with_impossible_ids_are_counted() -> None:
    translated = translate_proto(request(make(), make(trace_id=b""), make(span_id=b""), make(span_id=b"\1" * 16)))
    assert (translated.span_count, translated.rejected.total()) == (1, 3)


def test_a_span_that_cannot_be_parsed_costs_only_itself() -> None:
    shell = jaeger.PostSpansShell.FromString(request(make()))
    shell.batch.spans.append(b"\x0a\x7f")
    translated = translate_proto(shell.SerializeToString())
    assert (translated.span_count, dict(translated.rejected)) == (1, {UNREADABLE: 1})
    assert read_attributes(read(translated)[0].resource) == {"service.name": "shop"}


def test_an_empty_request_is_empty() -> None:
    translated = translate_proto(b"")
    assert (translated.span_count, translated.rejected.total(), translated.body) == (0, 0, b"")


@pytest.mark.parametrize("body", [b"\xff", b'{"batch": {}}', b"\x0a\xff\xff\xff\xff\x07", b"\x0a\x04\x12\x02\x0a\x7f"])
def test_a_body_without_a_sound_frame_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadRejected, match=r"not a jaeger\.api_v2\.PostSpansRequest"):
        translate_proto(body)


def test_too_many_spans_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "MAX_SPANS", 2)
    with pytest.raises(PayloadRejected, match="may hold 2 spans; this one holds 3"):
        translate_proto(request(make(), make(), make()))


def test_too_many_entries_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_count, "MAX_MESSAGES", 100)
    with pytest.raises(PayloadRejected, match="may hold 100 entries"):
        translate_proto(request(make(tags=[text(b"k", b"")] * 101)))
