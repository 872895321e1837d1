"""Zipkin's protobuf of version 2 and Thrift of version 1 as OTLP."""

import struct
from typing import Any

import pytest

from tests.ingest.raw import field
from tests.ingest.zipkin_spans import ID, PARENT, START_US, TRACE, attributes_of, spans_of
from tests.thrift_bytes import Entries, Field, Type, write
from traces.domain.errors import PayloadRejected
from traces.ingest.translate.zipkin.proto import translate_proto
from traces.ingest.translate.zipkin.thrift_v1 import translate_thrift
from traces.wire import zipkin_pb2
from traces.wire.thrift import Protocol

pytestmark = pytest.mark.any_engine
BOOL, BYTES, I16, I32, I64, DOUBLE, STRING = range(7)
WHOLE = zipkin_pb2.Span(
    trace_id=bytes.fromhex(TRACE),
    id=bytes.fromhex(ID),
    parent_id=bytes.fromhex(PARENT),
    kind=2,
    name=b"Charge Card",
    timestamp_us=START_US,
    duration_us=45_000,
    local_endpoint=zipkin_pb2.Endpoint(service_name=b"bank", ipv4=bytes((192, 0, 2, 8)), port=443),
    remote_endpoint=zipkin_pb2.Endpoint(service_name=b"shop", ipv6=b"\x20\x01\x0d\xb8" + bytes(11) + b"\x07"),
    annotations=[zipkin_pb2.Annotation(timestamp_us=START_US + 7, value=b"seat held")],
    tags=[zipkin_pb2.Tag(key=b"error", value=b"no \xff"), zipkin_pb2.Tag(key=b"a", value=b"")],
    shared=True,
)


def listed(*spans: zipkin_pb2.Span) -> bytes:
    return zipkin_pb2.ListOfSpans(spans=spans).SerializeToString()


def test_protobuf_keeps_all_it_says() -> None:
    translated = translate_proto(listed(WHOLE))
    [(service, span)] = spans_of(translated)
    assert (translated.span_count, service, span.kind, span.name) == (1, "bank", 2, b"Charge Card")
    assert (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()) == (TRACE, ID, PARENT)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (START_US * 1000, (START_US + 45_000) * 1000)
    assert [(event.name, event.time_unix_nano) for event in span.events] == [(b"seat held", (START_US + 7) * 1000)]
    assert (span.status.code, span.status.message) == (2, b"no \xff")
    assert span.attributes.pop(0).value.string_value == b"no \xff"
    assert attributes_of(span) == {
        "a": "",
        "net.host.ip": "192.0.2.8",
        "net.host.port": 443,
        "peer.service": "shop",
        "net.peer.ip": "2001:db8::7",
        "zipkin.shared": True,
    }


def test_protobuf_pads_ids_and_takes_zeros_for_nothing() -> None:
    span = zipkin_pb2.Span(trace_id=b"\x01" * 8, id=b"\x02", parent_id=bytes(8), local_endpoint={"ipv4": b"\x01"})
    [(service, found)] = spans_of(translate_proto(listed(span)))
    assert (service, found.trace_id, found.span_id) == ("", bytes(8) + b"\x01" * 8, bytes(7) + b"\x02")
    assert (found.parent_span_id, found.kind) == (b"", 0)
    assert attributes_of(found) == {"otel.zipkin.absentField.startTime": True, "net.host.ip": "01"}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (zipkin_pb2.Span(id=b"\x01").SerializeToString(), "traceId is empty"),
        (zipkin_pb2.Span(trace_id=b"\x01" * 17, id=b"\x01").SerializeToString(), "traceId.length > 32"),
        (zipkin_pb2.Span(trace_id=b"\x01", id=bytes(8)).SerializeToString(), "id is all zeros"),
        (b"\x0a\x7f", "it cannot be parsed, or nests deeper than 100 messages"),
    ],
)
def test_a_bad_span_in_protobuf_costs_itself_only(bad: bytes, reason: str) -> None:
    translated = translate_proto(listed(WHOLE) + field(1, bad))
    assert (translated.span_count, dict(translated.rejected)) == (1, {reason: 1})


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"[]", "Expected a PROTO3 encoded list, but received: JSON_V2"),
        (b"\x0c\x00\x00\x00\x00", "Expected a PROTO3 encoded list, but received: THRIFT"),
        (b"garbage", "Malformed reading List<Span> from proto3"),
        (listed(WHOLE)[:-1], "Malformed reading List<Span> from proto3"),
        (b"\x0a\xff\xff\xff\xff\x07" + bytes(100), "Malformed reading List<Span> from proto3"),
        (b"\x0a\x00" * 1_048_577, "A request may hold 1,048,576 spans"),
    ],
)
def test_what_is_no_list_in_protobuf_is_refused(body: bytes, answer: str) -> None:
    with pytest.raises(PayloadRejected) as caught:
        translate_proto(body)
    assert str(caught.value).startswith(answer)


def endpoint(service: str, ipv4: int = 0, port: int = 0, ipv6: bytes | None = None) -> list[Field]:
    fields: list[Field] = [(1, Type.I32, ipv4), (2, Type.I16, port), (3, Type.TEXT, service.encode())]
    return [*fields, (4, Type.TEXT, ipv6)] if ipv6 else fields


SHOP, BANK = endpoint("shop", -1073741305, -1), endpoint("bank", ipv6=b"\x20\x01\x0d\xb8" + bytes(11) + b"\x08")


def at(offset_us: int, value: str, host: list[Field]) -> list[Field]:
    return [(1, Type.I64, START_US + offset_us), (2, Type.TEXT, value.encode()), (3, Type.STRUCT, host)]


def tag(key: str, value: bytes, kind: int, host: list[Field]) -> list[Field]:
    return [(1, Type.TEXT, key.encode()), (2, Type.TEXT, value), (3, Type.I32, kind), (4, Type.STRUCT, host)]


def structs(*values: list[Field]) -> Entries:
    return Entries(Type.STRUCT, values)


def span_v1(*, span_id: int = int(ID, 16) - 2**64, high: int | None = None, **lists: Any) -> list[Field]:
    fields: list[Field] = [
        (1, Type.I64, -2),
        (3, Type.TEXT, b"pay \xff"),
        (4, Type.I64, span_id),
        (5, Type.I64, 7),
        (6, Type.LIST, structs(*lists.get("annotations", ()))),
        (8, Type.LIST, structs(*lists.get("tags", ()))),
        (9, Type.BOOL, True),
    ]
    return fields if high is None else [*fields, (12, Type.I64, high)]


def thrift(*spans: list[Field]) -> bytes:
    return write(Protocol.BINARY, Type.LIST, structs(*spans))


def test_thrift_keeps_all_it_says() -> None:
    annotations = [at(0, "cs", SHOP), at(3, "sr", BANK), at(7, "ss", BANK), at(10, "cr", SHOP), at(5, "hi", BANK)]
    tags = [
        tag("text", "naïve".encode(), STRING, SHOP),
        tag("yes", b"\x01", BOOL, SHOP),
        tag("short", struct.pack(">h", -3), I16, SHOP),
        tag("int", struct.pack(">i", 5), I32, SHOP),
        tag("long", struct.pack(">q", -(2**63)), I64, SHOP),
        tag("double", struct.pack(">d", 1.5), DOUBLE, SHOP),
        tag("bytes", b"\x00\xff", BYTES, SHOP),
        tag("cut", b"\x00", I64, SHOP),
        tag("sa", b"\x01", BOOL, BANK),
    ]
    translated = translate_thrift(thrift(span_v1(high=1, annotations=annotations, tags=tags)))
    [(one, client), (other, server)] = spans_of(translated)
    assert (translated.span_count, one, client.kind, other, server.kind) == (2, "shop", 3, "bank", 2)
    assert client.trace_id == server.trace_id == struct.pack(">qq", 1, -2)
    assert (client.span_id.hex(), client.parent_span_id[-1], client.name) == (ID, 7, b"pay \xff")
    assert (client.end_time_unix_nano - client.start_time_unix_nano, server.start_time_unix_nano) == (
        10_000,
        (START_US + 3) * 1000,
    )
    assert attributes_of(client) == {
        "text": "naïve",
        "yes": True,
        "short": -3,
        "int": 5,
        "long": -(2**63),
        "double": 1.5,
        "bytes": b"\x00\xff",
        "cut": b"\x00",
        "net.host.ip": "192.0.2.7",
        "net.host.port": 65535,
        "peer.service": "bank",
        "net.peer.ip": "2001:db8::8",
        "zipkin.debug": True,
    }
    assert attributes_of(server) == {"net.host.ip": "2001:db8::8", "zipkin.shared": True, "zipkin.debug": True}
    assert [event.name for event in server.events] == [b"hi"]


def test_a_bad_span_in_thrift_costs_itself_only() -> None:
    translated = translate_thrift(thrift(span_v1(span_id=0), [], span_v1()))
    assert (translated.span_count, dict(translated.rejected)) == (1, {"id is all zeros": 1, "traceId is empty": 1})


def test_more_services_than_a_call_has_do_not_multiply_its_name() -> None:
    many = [endpoint(f"s{number}") for number in range(200)]
    calls = span_v1(annotations=[at(0, "cs", host) for host in many])
    tags = span_v1(tags=[tag("k", b"v", STRING, host) for host in many])
    translated = translate_thrift(thrift(calls, tags))
    assert (translated.span_count, dict(translated.rejected)) == (8, {"a span names too many services": 1})


def test_empty_lists_are_nothing() -> None:
    for translated in (translate_thrift(b""), translate_thrift(thrift()), translate_proto(b"")):
        assert (translated.span_count, translated.body) == (0, b"")


def deep(levels: int) -> bytes:
    """A list with one struct, in structs of a field that nobody knows."""
    return b"\x0c\x00\x00\x00\x01" + b"\x0c\x00\x63" * levels + b"\x00" * (levels + 1)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"[]", "Expected a THRIFT encoded list, but received: JSON_V2"),
        (b"garbage", "Expected a THRIFT encoded list"),
        (b"\x0c\x7f\xff\xff\xff", "Malformed reading List<Span> from TBinary: "),
        (b"\x0c\xff\xff\xff\xff", "Malformed reading List<Span> from TBinary: "),
        (thrift(span_v1())[:-3], "Malformed reading List<Span> from TBinary: "),
        (thrift(span_v1()) + b"\x00", "Malformed reading List<Span> from TBinary: "),
        (b"\x0c\x00\x00\x00\x01\x0b\x00\x03\x7f\xff\xff\xff", "Malformed reading List<Span> from TBinary: "),
        (deep(64), "Malformed reading List<Span> from TBinary: "),
        (b"\x0c\x00\x20\x00\x00" + bytes(0x200000), "Malformed reading List<Span> from TBinary: "),
    ],
)
def test_what_is_no_list_in_thrift_is_refused(body: bytes, answer: str) -> None:
    with pytest.raises(PayloadRejected) as caught:
        translate_thrift(body)
    assert str(caught.value).startswith(answer)
