"""Zipkin's Thrift: a list of spans of version 1 in the binary protocol.

https://github.com/openzipkin/zipkin-api/blob/master/thrift/zipkinCore.thrift
"""

import struct
from functools import lru_cache
from typing import Any

from traces.domain.errors import PayloadRejected
from traces.ingest.canonical import MAX_SPANS
from traces.ingest.result import Translated
from traces.ingest.translate.zipkin.model import Endpoint
from traces.ingest.translate.zipkin.sniffing import THRIFT, refuse_encoding, sniff
from traces.ingest.translate.zipkin.texts import read_ipv4, read_ipv6, read_text
from traces.ingest.translate.zipkin.to_otlp import BAD_SPAN, Batch
from traces.ingest.translate.zipkin.v1 import AnnotationV1, BinaryAnnotation, SpanV1, split_span
from traces.wire.thrift import BOOL, I16, I32, I64, ID, TEXT, ListOf, Protocol, Struct, ThriftError, read_list

_BOOL, _BYTES, _I16, _I32, _I64, _DOUBLE, _STRING = range(7)
_NUMBERS = {
    _I16: struct.Struct(">h"),
    _I32: struct.Struct(">i"),
    _I64: struct.Struct(">q"),
    _DOUBLE: struct.Struct(">d"),
}
_MAX_KNOWN_BYTES = 256
_NO_ADDRESS = bytes(4)


def translate_thrift(body: bytes) -> Translated:
    """Raises PayloadRejected if the body is no list of spans, and for all of one that is broken anywhere.

    A span with a client's and a server's half counts as two; one that cannot be kept is counted and left out.
    """
    batch = Batch()
    if not body:
        return batch.translated()
    if (received := sniff(body)) != THRIFT:
        raise refuse_encoding(THRIFT, received)

    def add(*fields: Any) -> None:
        try:
            batch.add_all(split_span(_make_span(*fields)))
        except BAD_SPAN as problem:
            batch.reject(problem)

    # Spans are written as they are read: there are the objects of one at a time.
    try:
        read_list(body, Protocol.BINARY, ListOf(Struct(add, *_SPAN_FIELDS), MAX_SPANS))
    except ThriftError as problem:
        raise PayloadRejected(f"Malformed reading List<Span> from TBinary: {problem}") from None
    return batch.translated()


def _make_span(
    trace_id: bytes | None,
    name: bytes | None,
    span_id: bytes | None,
    parent_id: bytes | None,
    annotations: list[AnnotationV1] | None,
    binary_annotations: list[BinaryAnnotation] | None,
    debug: bool | None,
    timestamp_us: int | None,
    duration_us: int | None,
    trace_id_high: bytes | None,
) -> SpanV1:
    return SpanV1(
        trace_id=((trace_id_high or b"") + (trace_id or b"")).hex(),
        id=(span_id or b"").hex(),
        parent_id=(parent_id or b"").hex(),
        name=read_text(name),
        timestamp=timestamp_us,
        duration=duration_us,
        annotations=annotations,
        binary_annotations=binary_annotations,
        debug=debug,
    )


def _make_endpoint(ipv4: int | None, port: int | None, service_name: bytes | None, ipv6: bytes | None) -> Endpoint:
    """Every annotation repeats one of few."""
    if len(service_name or b"") + len(ipv6 or b"") > _MAX_KNOWN_BYTES:
        return _make_new_endpoint(ipv4, port, service_name, ipv6)
    return _make_known_endpoint(ipv4, port, service_name, ipv6)


def _make_new_endpoint(ipv4: int | None, port: int | None, service_name: bytes | None, ipv6: bytes | None) -> Endpoint:
    """An address or port of zero is not known; what is beyond the sign is meant unsigned."""
    address = ((ipv4 or 0) & 0xFFFFFFFF).to_bytes(4, "big")
    return Endpoint(
        read_text(service_name),
        read_ipv4(address) if address != _NO_ADDRESS else None,
        read_ipv6(ipv6),
        (port or 0) & 0xFFFF,
    )


_make_known_endpoint = lru_cache(maxsize=4_096)(_make_new_endpoint)


def _make_annotation(timestamp_us: int | None, value: bytes | None, endpoint: Endpoint | None) -> AnnotationV1:
    return AnnotationV1(timestamp_us, read_text(value), endpoint)


def _make_binary_annotation(
    key: bytes | None, value: bytes | None, kind: int | None, endpoint: Endpoint | None
) -> BinaryAnnotation:
    return BinaryAnnotation(read_text(key), _read_value(value or b"", kind), kind, endpoint)


def _read_value(value: bytes, kind: int | None) -> Any:
    """Numbers are big-endian; a value that does not fit its type stays bytes."""
    if kind == _STRING:
        return read_text(value)
    if kind == _BOOL and len(value) == 1:
        return value != b"\x00"
    number = _NUMBERS.get(kind) if kind is not None else None
    return number.unpack(value)[0] if number and number.size == len(value) else value


_ENDPOINT = Struct(_make_endpoint, (1, I32), (2, I16), (3, TEXT), (4, TEXT))
_ANNOTATION = Struct(_make_annotation, (1, I64), (2, TEXT), (3, _ENDPOINT))
_BINARY_ANNOTATION = Struct(_make_binary_annotation, (1, TEXT), (2, TEXT), (3, I32), (4, _ENDPOINT))
_SPAN_FIELDS = (
    (1, ID),
    (3, TEXT),
    (4, ID),
    (5, ID),
    (6, ListOf(_ANNOTATION)),
    (8, ListOf(_BINARY_ANNOTATION)),
    (9, BOOL),
    (10, I64),
    (11, I64),
    (12, ID),
)
