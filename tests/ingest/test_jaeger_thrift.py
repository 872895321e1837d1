"""Batches of jaeger.thrift, as a body and as a datagram."""

from typing import Any

import pytest

from tests.ingest import jaeger_batches as jaeger
from tests.ingest.jaeger_batches import START_US, read_attributes
from tests.thrift_bytes import Entries, Field, Type, write, write_call
from traces.domain.errors import PayloadRejected
from traces.ingest.result import Translated
from traces.ingest.translate.jaeger.thrift import find_protocol, translate_datagram, translate_thrift
from traces.wire import otlp_pb2 as wire
from traces.wire.thrift import Protocol

BOTH = pytest.mark.parametrize("protocol", Protocol)


def read(translated: Translated) -> wire.ResourceSpans:
    assert not translated.rejected
    [found] = wire.Request.FromString(translated.body).resource_spans
    return found


def read_span(translated: Translated) -> wire.Span:
    [found] = read(translated).scope_spans[0].spans
    return found


@BOTH
def test_a_batch_becomes_a_request(protocol: Protocol) -> None:
    spans = [
        jaeger.span(
            -2,
            -3,
            high=-1,
            parent=-4,
            name="GET /",
            flags=1,
            start_us=START_US,
            duration_us=1_500,
            references=[jaeger.reference(1, 9, 8, 7)],
            logs=[jaeger.log(START_US + 7, event="miss", key="k")],
            span__kind="server",
            http__status_code=200,
            ratio=0.25,
            cached=True,
            raw=b"\0\xff",
        ),
        jaeger.span(-2, 5, high=-1),
    ]
    translated = translate_thrift(jaeger.body(*spans, protocol=protocol, hostname="h1"), protocol)
    assert translated.span_count == 2
    found = read(translated)
    assert read_attributes(found.resource) == {"service.name": "shop", "host.name": "h1"}
    span = found.scope_spans[0].spans[0]
    assert span.trace_id.hex() == "ffffffffffffffff" + "fffffffffffffffe"
    assert (span.span_id.hex(), span.parent_span_id.hex()) == ("fffffffffffffffd", "fffffffffffffffc")
    assert (span.name, span.kind, span.flags) == (b"GET /", 2, 1)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (START_US * 1000, START_US * 1000 + 1_500_000)
    assert read_attributes(span) == {"http.status_code": 200, "ratio": 0.25, "cached": True, "raw": b"\0\xff"}
    [event] = span.events
    assert (event.time_unix_nano, event.name, read_attributes(event)) == (
        START_US * 1000 + 7_000,
        b"miss",
        {"key": "k"},
    )
    [link] = span.links
    assert (link.trace_id.hex(), link.span_id.hex()) == ("0000000000000008" + "0000000000000009", "0000000000000007")
    assert read_attributes(link) == {"opentracing.ref_type": "follows_from"}


@BOTH
def test_a_datagram_becomes_the_same(protocol: Protocol) -> None:
    spans = [jaeger.span(1, number, name=f"op {number}") for number in range(1, 5)]
    body = translate_thrift(jaeger.body(*spans, protocol=protocol), protocol)
    assert translate_datagram(jaeger.datagram(*spans, protocol=protocol), protocol) == body
    assert body.span_count == 4


@BOTH
def test_the_protocol_is_seen_by_the_first_byte(protocol: Protocol) -> None:
    assert find_protocol(jaeger.body(jaeger.span(), protocol=protocol)) is protocol
    assert find_protocol(write(protocol, Type.STRUCT, jaeger.batch()[1:])) is protocol


@BOTH
def test_the_process_may_stand_behind_its_spans(protocol: Protocol) -> None:
    process, spans = jaeger.batch(jaeger.span(), service="late")
    body = write(Protocol.BINARY, Type.STRUCT, [spans, process])
    assert read_attributes(read(translate_thrift(body, Protocol.BINARY)).resource) == {"service.name": "late"}


@BOTH
def test_what_a_client_says_of_itself_is_not_in_the_way(protocol: Protocol) -> None:
    stats = [(1, Type.I64, 3), (2, Type.I64, 4), (3, Type.I64, 5)]
    fields: list[Field] = [*jaeger.batch(jaeger.span()), (3, Type.I64, 77), (4, Type.STRUCT, stats)]
    assert translate_thrift(write(protocol, Type.STRUCT, fields), protocol).span_count == 1


@BOTH
def test_a_batch_without_spans_is_empty(protocol: Protocol) -> None:
    translated = translate_thrift(jaeger.body(protocol=protocol), protocol)
    assert (translated.span_count, translated.rejected.total()) == (0, 0)


@BOTH
@pytest.mark.parametrize("missing", [0, 1])
def test_a_batch_needs_its_process_and_its_spans(protocol: Protocol, missing: int) -> None:
    fields = jaeger.batch(jaeger.span())
    del fields[missing]
    with pytest.raises(PayloadRejected, match="a batch needs a process and spans"):
        translate_thrift(write(protocol, Type.STRUCT, fields), protocol)


@BOTH
def test_spans_with_impossible_ids_are_counted(protocol: Protocol) -> None:
    spans = [jaeger.span(0, 1), jaeger.span(1, 0), jaeger.span(1, 1), []]
    translated = translate_thrift(jaeger.body(*spans, protocol=protocol), protocol)
    assert (translated.span_count, translated.rejected.total()) == (1, 3)


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ([(2, Type.I32, 0)], ""),
        ([(2, Type.I32, 3)], 0),
        ([(2, Type.I32, 2)], False),
        ([(2, Type.I32, 1)], 0.0),
        ([(2, Type.I32, 4)], b""),
        ([], ""),
        ([(2, Type.I32, 0), (6, Type.I64, 7)], 7),
        ([(2, Type.I32, 99), (3, Type.TEXT, b"x")], "x"),
        ([(2, Type.I32, -1), (7, Type.TEXT, b"\xff")], b"\xff"),
        ([(2, Type.I32, 3), (3, Type.TEXT, b"x"), (6, Type.I64, 7)], 7),
    ],
)
@BOTH
def test_a_tag_without_the_value_of_its_type(protocol: Protocol, fields: list[Field], value: Any) -> None:
    span = jaeger.span()
    span[-2] = (10, Type.LIST, Entries(Type.STRUCT, [[(1, Type.TEXT, b"k"), *fields]]))
    found = read_attributes(read_span(translate_thrift(jaeger.body(span, protocol=protocol), protocol)))
    assert (found, type(found["k"])) == ({"k": value}, type(value))


@BOTH
def test_a_span_of_zeros_and_nothing_else_is_kept(protocol: Protocol) -> None:
    """Required fields that a client leaves out are as if zero."""
    body = jaeger.body([(1, Type.I64, 1), (3, Type.I64, 2)], protocol=protocol)
    span = read_span(translate_thrift(body, protocol))
    assert (span.name, span.start_time_unix_nano, span.flags) == (b"", 0, 0)


@BOTH
def test_flags_are_read_as_unsigned(protocol: Protocol) -> None:
    span = read_span(translate_thrift(jaeger.body(jaeger.span(flags=-1), protocol=protocol), protocol))
    assert read_attributes(span) == {"jaeger.debug": True, "jaeger.flags": 2**32 - 1}


@BOTH
def test_a_batch_cut_anywhere_is_refused_as_a_whole(protocol: Protocol) -> None:
    body = jaeger.body(jaeger.span(k="v", logs=[jaeger.log(1, event="e")]), jaeger.span(1, 2), protocol=protocol)
    datagram = jaeger.datagram(jaeger.span(k="v"), protocol=protocol)
    for end in range(len(body)):
        with pytest.raises(PayloadRejected, match=f"not a jaeger.thrift Batch in the {protocol.value} protocol: "):
            translate_thrift(body[:end], protocol)
    for end in range(len(datagram)):
        with pytest.raises(PayloadRejected):
            translate_datagram(datagram[:end], protocol)


@pytest.mark.parametrize("body", [b"", b"{}", b"hello, is this the collector?", b"\xff" * 50, bytes(50)])
@BOTH
def test_garbage_is_refused(protocol: Protocol, body: bytes) -> None:
    with pytest.raises(PayloadRejected):
        translate_thrift(body, protocol)
    with pytest.raises(PayloadRejected):
        translate_datagram(body, protocol)


@BOTH
def test_too_many_spans_are_refused_before_they_are_read(protocol: Protocol) -> None:
    head = jaeger.body(protocol=protocol)[:-1]
    count = (1 << 20) + 1
    claim = {
        Protocol.BINARY: head[:-4] + count.to_bytes(4),
        Protocol.COMPACT: head[:-1] + b"\xfc\x81\x80\x40",
    }[protocol]
    with pytest.raises(PayloadRejected, match="a list has 1,048,577 entries; it may have 1,048,576"):
        translate_thrift(claim + bytes(count + 10), protocol)


@BOTH
@pytest.mark.parametrize("method", ["emitZipkinBatch", "x" * 500])
def test_another_method_is_named(protocol: Protocol, method: str) -> None:
    with pytest.raises(PayloadRejected, match=f"it calls “{method[:40]}” instead of “emitBatch”"):
        translate_datagram(write_call(protocol, method, []), protocol)


@BOTH
def test_a_call_without_a_batch_is_refused(protocol: Protocol) -> None:
    with pytest.raises(PayloadRejected, match="needs a batch"):
        translate_datagram(write_call(protocol, "emitBatch", []), protocol)
