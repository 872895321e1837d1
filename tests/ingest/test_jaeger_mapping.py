"""Jaeger's model to OTLP, tag by tag."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ingest.jaeger_batches import read_attributes
from traces.ingest.json_fields import Unreadable
from traces.ingest.translate.jaeger.span import NO_SPAN, NO_TRACE, Binary, JaegerSpan, Log, Process, Reference, Tag
from traces.ingest.translate.jaeger.to_otlp import Request, translate_span
from traces.wire import otlp_pb2 as wire

TRACE, SPAN, PARENT, OTHER = b"\1" * 16, b"\2" * 8, b"\3" * 8, b"\4" * 8
START_NS = 1_700_000_000_000_000_000
UNSET, OK, ERROR = 0, 1, 2


def make(*tags: tuple[bytes, Any], **more: Any) -> JaegerSpan:
    fields: dict[str, Any] = {"trace_id": TRACE, "span_id": SPAN, "operation": b"op", "start_ns": START_NS}
    return JaegerSpan(**{**fields, "duration_ns": 5_000, "tags": list(tags), **more})


def translate(*tags: tuple[bytes, Any], **more: Any) -> wire.Span:
    return translate_span(Process(), make(*tags, **more)).scope_spans[0].spans[0]


def describe(service: bytes, *tags: tuple[bytes, Any]) -> dict[str, Any]:
    process = Process(service_name=service, tags=list(tags))
    return read_attributes(translate_span(process, make()).resource)


def status_of(span: wire.Span) -> tuple[int, bytes]:
    return span.status.code, span.status.message


def test_ids_name_and_times() -> None:
    span = translate(parent_span_id=PARENT)
    assert (span.trace_id, span.span_id, span.parent_span_id, span.name) == (TRACE, SPAN, PARENT, b"op")
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (START_NS, START_NS + 5_000)
    assert (span.kind, span.flags, span.HasField("status"), len(span.attributes)) == (0, 0, False, 0)


def test_tags_keep_their_types_and_order() -> None:
    span = translate(
        (b"text", b"caf\xc3\xa9"), (b"int", -(2**63)), (b"more", 2**63 - 1), (b"yes", True), (b"no", False),
        (b"double", -0.5), (b"binary", Binary(b"\0\xff")), (b"empty", b""), (b"zero", 0),
    )  # fmt: skip
    assert list(read_attributes(span).items()) == [
        ("text", "café"), ("int", -(2**63)), ("more", 2**63 - 1), ("yes", True), ("no", False),
        ("double", -0.5), ("binary", b"\0\xff"), ("empty", ""), ("zero", 0),
    ]  # fmt: skip


def test_text_that_is_not_utf8_is_kept() -> None:
    [attribute] = translate((b"k\xff", b"v\xfe")).attributes
    assert (attribute.key, attribute.value.string_value) == (b"k\xff", b"v\xfe")


def test_long_keys_and_values_are_written() -> None:
    span = translate((b"k" * 300, b"v" * 70_000), (b"k" * 100, b"v" * 100))
    assert read_attributes(span) == {"k" * 300: "v" * 70_000, "k" * 100: "v" * 100}


@pytest.mark.parametrize(
    ("sent", "kind"), [(b"internal", 1), (b"server", 2), (b"client", 3), (b"producer", 4), (b"consumer", 5)]
)
def test_kinds(sent: bytes, kind: int) -> None:
    span = translate((b"span.kind", sent))
    assert (span.kind, read_attributes(span)) == (kind, {})


@pytest.mark.parametrize("sent", [b"broker", b"", 3, True, Binary(b"odd")])
def test_a_kind_nobody_knows_stays_an_attribute(sent: Any) -> None:
    span = translate((b"span.kind", sent))
    assert span.kind == 0
    assert list(read_attributes(span)) == ["span.kind"]


@pytest.mark.parametrize(
    ("tags", "status", "left"),
    [
        ([(b"error", True)], (ERROR, b""), {}),
        ([(b"error", True), (b"otel.status_description", b"no")], (ERROR, b"no"), {}),
        ([(b"error", True), (b"http.status_message", b"Gone")], (ERROR, b"Gone"), {"http.status_message": "Gone"}),
        ([(b"error", True), (b"otel.status_code", b"ERROR")], (ERROR, b""), {}),
        # What contradicts the status is kept beside it.
        ([(b"error", True), (b"otel.status_code", b"OK")], (ERROR, b""), {"otel.status_code": "OK"}),
        ([(b"error", b"true")], (ERROR, b""), {"error": "true"}),
        ([(b"error", False)], (UNSET, b""), {"error": False}),
        ([(b"error", b"timeout")], (UNSET, b""), {"error": "timeout"}),
        ([(b"error", 1)], (UNSET, b""), {"error": 1}),
        ([(b"otel.status_code", b"OK")], (OK, b""), {}),
        ([(b"otel.status_code", b"Error"), (b"otel.status_description", b"x")], (ERROR, b"x"), {}),
        ([(b"otel.status_code", b"UNSET")], (UNSET, b""), {}),
        ([(b"otel.status_code", b"odd")], (UNSET, b""), {"otel.status_code": "odd"}),
        ([(b"otel.status_code", 2)], (UNSET, b""), {"otel.status_code": 2}),
        ([(b"otel.status_code", b"OK"), (b"http.status_code", 500)], (OK, b""), {"http.status_code": 500}),
        ([(b"http.status_code", 200)], (UNSET, b""), {"http.status_code": 200}),
        ([(b"http.status_code", 404)], (ERROR, b""), {"http.status_code": 404}),
        ([(b"http.status_code", b"404")], (ERROR, b""), {"http.status_code": "404"}),
        ([(b"http.status_code", b"OK")], (UNSET, b""), {"http.status_code": "OK"}),
        ([(b"http.status_code", 404), (b"span.kind", b"client")], (ERROR, b""), {"http.status_code": 404}),
        ([(b"http.status_code", 404), (b"span.kind", b"server")], (UNSET, b""), {"http.status_code": 404}),
        ([(b"http.status_code", 503), (b"span.kind", b"server")], (ERROR, b""), {"http.status_code": 503}),
        (
            [(b"http.status_code", 500), (b"http.status_message", b"Oh")],
            (ERROR, b"Oh"),
            {"http.status_code": 500, "http.status_message": "Oh"},
        ),
        ([(b"error", False), (b"http.status_code", 500)], (ERROR, b""), {"error": False, "http.status_code": 500}),
    ],
)
def test_status(tags: list[tuple[bytes, Any]], status: tuple[int, bytes], left: dict[str, Any]) -> None:
    span = translate(*tags)
    assert (status_of(span), read_attributes(span)) == (status, left)


def test_the_trace_state_has_a_place() -> None:
    span = translate((b"w3c.tracestate", b"a=1"))
    assert (span.trace_state, read_attributes(span)) == (b"a=1", {})


@pytest.mark.parametrize("word", [b"scope", b"library"])
def test_spans_are_grouped_by_scope(word: bytes) -> None:
    name, version = b"otel.%b.name" % word, b"otel.%b.version" % word
    request = Request()
    group = request.add_group()
    group.add(make((name, b"http"), (version, b"1")))
    group.add(make(span_id=OTHER))
    group.add(make((name, b"http"), (version, b"1"), (b"k", b"v"), span_id=PARENT))
    written = wire.Request.FromString(request.finish().body).resource_spans[0].scope_spans
    assert [(each.scope.name, each.scope.version, len(each.spans)) for each in written] == [
        (b"http", b"1", 2),
        (b"", b"", 1),
    ]
    assert read_attributes(written[0].spans[1]) == {"k": "v"}


def test_a_version_without_a_name_stays_an_attribute() -> None:
    assert read_attributes(translate((b"otel.scope.version", b"1"))) == {"otel.scope.version": "1"}


@pytest.mark.parametrize(
    ("references", "parent", "links"),
    [
        ([], b"", []),
        ([Reference(False, TRACE, PARENT)], PARENT, []),
        ([Reference(True, TRACE, PARENT)], PARENT, [("follows_from", PARENT)]),
        ([Reference(True, TRACE, OTHER), Reference(False, TRACE, PARENT)], PARENT, [("follows_from", OTHER)]),
        ([Reference(False, TRACE, PARENT), Reference(False, TRACE, OTHER)], PARENT, [("child_of", OTHER)]),
        ([Reference(False, b"\7" * 16, PARENT)], b"", [("child_of", PARENT)]),
        ([Reference(False, TRACE, NO_SPAN)], b"", []),
    ],
)
def test_references(references: list[Reference], parent: bytes, links: list[tuple[str, bytes]]) -> None:
    span = translate(references=references)
    found = [(read_attributes(link)["opentracing.ref_type"], link.span_id) for link in span.links]
    assert (span.parent_span_id, found) == (parent, links)


def test_a_parent_that_is_said_goes_before_references() -> None:
    references = [Reference(False, TRACE, OTHER), Reference(False, TRACE, PARENT), Reference(False, b"\7" * 16, PARENT)]
    span = translate(parent_span_id=PARENT, references=references)
    assert span.parent_span_id == PARENT
    assert [(link.trace_id, link.span_id) for link in span.links] == [(TRACE, OTHER), (b"\7" * 16, PARENT)]


def test_logs_are_events() -> None:
    span = translate(
        logs=[
            Log(START_NS + 1, [(b"event", b"miss"), (b"key", 7)]),
            Log(START_NS + 2, [(b"message", b"hi")]),
            Log(START_NS + 3, [(b"event", 5)]),
            Log(START_NS + 4, []),
        ]
    )
    assert [(event.time_unix_nano - START_NS, event.name, read_attributes(event)) for event in span.events] == [
        (1, b"miss", {"key": 7}),
        (2, b"", {"message": "hi"}),
        (3, b"", {"event": 5}),
        (4, b"", {}),
    ]


@pytest.mark.parametrize(
    ("flags", "written", "attributes"),
    [
        (0, 0, {}),
        (1, 1, {}),
        (3, 1, {"jaeger.debug": True}),
        (2, 0, {"jaeger.debug": True}),
        (9, 1, {"jaeger.flags": 9}),
        (2**32 - 1, 1, {"jaeger.debug": True, "jaeger.flags": 2**32 - 1}),
    ],
)
def test_flags(flags: int, written: int, attributes: dict[str, Any]) -> None:
    span = translate(flags=flags)
    assert (span.flags, read_attributes(span)) == (written, attributes)


def test_warnings_are_kept() -> None:
    span = translate((b"k", b"v"), warnings=[b"clock skew", b"w" * 200])
    found = read_attributes(span)
    assert [value.string_value for value in found["jaeger.warnings"].values] == [b"clock skew", b"w" * 200]
    assert found["k"] == "v"


@pytest.mark.parametrize(
    ("start_ns", "duration_ns", "start", "end"),
    [(-5_000, 1_000, 0, 0), (2**64, 1_000, 2**64 - 1, 2**64 - 1), (1_000, -2_000, 1_000, 0), (5, 2**70, 5, 2**64 - 1)],
)
def test_times_that_otlp_cannot_say_are_kept_as_text(start_ns: int, duration_ns: int, start: int, end: int) -> None:
    span = translate(start_ns=start_ns, duration_ns=duration_ns)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (start, end)
    assert read_attributes(span) == {"jaeger.start_time_ns": str(start_ns), "jaeger.duration_ns": str(duration_ns)}


def test_a_span_that_ends_before_it_begins_is_kept_as_sent() -> None:
    span = translate(duration_ns=-1_000)
    assert (span.end_time_unix_nano, read_attributes(span)) == (START_NS - 1_000, {})


def test_a_log_before_all_time_is_kept() -> None:
    [event] = translate(logs=[Log(-1_000, [(b"k", b"v")])]).events
    assert (event.time_unix_nano, read_attributes(event)) == (0, {"k": "v", "jaeger.time_ns": "-1000"})


@pytest.mark.parametrize(
    ("service", "tags", "attributes"),
    [
        (b"shop", [], {"service.name": "shop"}),
        (b"", [(b"ip", b"10.0.0.1")], {"ip": "10.0.0.1"}),
        (b"OTLPResourceNoServiceName", [(b"ip", b"10.0.0.1")], {"ip": "10.0.0.1"}),
        (b"shop", [(b"hostname", b"h")], {"service.name": "shop", "host.name": "h"}),
        (
            b"shop",
            [(b"hostname", b"h"), (b"host.name", b"i")],
            {"service.name": "shop", "hostname": "h", "host.name": "i"},
        ),
        (
            b"shop",
            [(b"jaeger.version", b"Go-2")],
            {"service.name": "shop", "opencensus.exporterversion": "Jaeger-Go-2"},
        ),
        (b"shop", [(b"jaeger.version", 2)], {"service.name": "shop", "jaeger.version": 2}),
        (b"shop", [(b"service.name", b"shop")], {"service.name": "shop"}),
        (b"shop", [(b"service.name", b"till")], {"service.name": "till", "jaeger.service_name": "shop"}),
    ],
)
def test_processes(service: bytes, tags: list[tuple[bytes, Any]], attributes: dict[str, Any]) -> None:
    assert describe(service, *tags) == attributes


class CountedTags(list[Tag]):
    """Tags that count how often they are gone through."""

    passes = 0

    def __iter__(self) -> Iterator[Tag]:
        self.passes += 1
        return super().__iter__()


def test_tags_to_be_renamed_are_not_gone_through_for_each() -> None:
    passes = []
    for count in (1, 50):
        tags = CountedTags([(b"hostname", b"h"), (b"jaeger.version", b"1")] * count)
        translate_span(Process(service_name=b"shop", tags=tags), make())
        passes.append(tags.passes)
    assert passes[0] == passes[1]


@pytest.mark.parametrize(
    ("ids", "reason"),
    [
        ({"trace_id": NO_TRACE}, "a trace id has 16 bytes"),
        ({"trace_id": b"\1" * 15}, "a trace id has 16 bytes"),
        ({"span_id": NO_SPAN}, "a span id has 8 bytes"),
        ({"span_id": b"\1" * 9}, "a span id has 8 bytes"),
        ({"references": [Reference(False, TRACE, b"\1")]}, "a parent span id has 8 bytes"),
    ],
)
def test_a_span_with_an_impossible_id_is_counted_and_the_others_are_kept(ids: dict[str, Any], reason: str) -> None:
    request = Request()
    group = request.add_group()
    group.add(make(**ids))
    group.add(make(span_id=OTHER))
    translated = request.finish()
    assert (translated.span_count, translated.rejected.total()) == (1, 1)
    assert reason in translated.message
    with pytest.raises(Unreadable, match=reason):
        translate_span(Process(), make(**ids))
