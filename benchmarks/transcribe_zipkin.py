"""The same spans as Zipkin's clients send them: version 2, in protobuf and in JSON.

Zipkin has no place for a resource: its service is every span's endpoint, the rest of it is left out, as
OpenTelemetry's exporters do.
"""

import struct
from collections.abc import Iterator
from typing import Any

import orjson

from benchmarks.encode import delimited, varint, whole
from traces.wire import otlp_pb2 as wire

_KINDS = {2: 2, 3: 1, 4: 3, 5: 4}
_KIND_NAMES = {2: "SERVER", 3: "CLIENT", 4: "PRODUCER", 5: "CONSUMER"}


def to_zipkin(body: bytes) -> bytes:
    """An export request as zipkin.proto3.ListOfSpans.

    https://github.com/openzipkin/zipkin-api/blob/master/zipkin.proto
    """
    return b"".join(
        [delimited(1, _proto_span(span, delimited(8, delimited(1, service)))) for service, span in _spans(body)]
    )


def to_zipkin_json(body: bytes) -> bytes:
    """An export request as a list of spans in JSON: https://zipkin.io/zipkin-api/#/default/post_spans."""
    return orjson.dumps([_json_span(span, {"serviceName": service.decode()}) for service, span in _spans(body)])


def _spans(body: bytes) -> Iterator[tuple[bytes, wire.Span]]:
    """Every span with its service."""
    for group in wire.Request.FromString(body).resource_spans:
        service = next(entry.value.string_value for entry in group.resource.attributes if entry.key == b"service.name")
        for scope in group.scope_spans:
            for span in scope.spans:
                yield service, span


def _proto_span(span: wire.Span, endpoint: bytes) -> bytes:
    start_us, duration_us = _times_us(span)
    pieces = [
        delimited(1, span.trace_id),
        delimited(2, span.parent_span_id) if span.parent_span_id else b"",
        delimited(3, span.span_id),
        whole(4, _KINDS[span.kind]) if span.kind in _KINDS else b"",
        delimited(5, span.name),
        b"\x31" + struct.pack("<Q", start_us),
        b"\x38" + varint(duration_us),
        endpoint,
        *[
            delimited(10, b"\x09" + struct.pack("<Q", time_us) + delimited(2, text))
            for time_us, text in _annotations(span)
        ],
        *[delimited(11, delimited(1, key) + delimited(2, value)) for key, value in _tags(span)],
    ]
    return b"".join(pieces)


def _json_span(span: wire.Span, endpoint: dict[str, str]) -> dict[str, Any]:
    start_us, duration_us = _times_us(span)
    written: dict[str, Any] = {"traceId": span.trace_id.hex(), "id": span.span_id.hex()}
    if span.parent_span_id:
        written["parentId"] = span.parent_span_id.hex()
    if span.kind in _KIND_NAMES:
        written["kind"] = _KIND_NAMES[span.kind]
    written |= {
        "name": span.name.decode(),
        "timestamp": start_us,
        "duration": duration_us,
        "localEndpoint": endpoint,
        "tags": {key.decode(): value.decode() for key, value in _tags(span)},
    }
    if span.events:
        written["annotations"] = [
            {"timestamp": time_us, "value": text.decode()} for time_us, text in _annotations(span)
        ]
    return written


def _times_us(span: wire.Span) -> tuple[int, int]:
    """Start and duration, which is at least 1: none means unknown."""
    start_us = span.start_time_unix_nano // 1_000
    return start_us, max(1, span.end_time_unix_nano // 1_000 - start_us)


def _annotations(span: wire.Span) -> Iterator[tuple[int, bytes]]:
    for event in span.events:
        text = b" ".join([event.name, *(entry.key + b"=" + _text(entry.value) for entry in event.attributes)])
        yield event.time_unix_nano // 1_000, text


def _tags(span: wire.Span) -> Iterator[tuple[bytes, bytes]]:
    for entry in span.attributes:
        yield entry.key, _text(entry.value)
    if span.status.code:
        yield b"error", span.status.message


def _text(value: wire.AnyValue) -> bytes:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return b"true" if value.bool_value else b"false"
        case "int_value":
            return str(value.int_value).encode()
        case _:
            return str(value.double_value).encode()
