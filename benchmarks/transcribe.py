"""The same spans in other formats: OTLP as JSON, and Zipkin's protobuf for a Zipkin server."""

import struct
from collections.abc import Iterable
from typing import Any

import orjson

from benchmarks.encode import delimited, varint, whole
from traces.wire import otlp_pb2 as wire

_ZIPKIN_KINDS = {2: 2, 3: 1, 4: 3, 5: 4}


def to_json(body: bytes) -> bytes:
    """An export request as OTLP's JSON.

    https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
    """
    request = wire.Request.FromString(body)
    return orjson.dumps({"resourceSpans": [_resource_spans(group) for group in request.resource_spans]})


def to_zipkin(body: bytes) -> bytes:
    """An export request as zipkin.proto3.ListOfSpans.

    https://github.com/openzipkin/zipkin-api/blob/master/zipkin.proto
    """
    spans = []
    for group in wire.Request.FromString(body).resource_spans:
        service = next(entry.value.string_value for entry in group.resource.attributes if entry.key == b"service.name")
        endpoint = delimited(8, delimited(1, service))
        spans += [delimited(1, _zipkin_span(span, endpoint)) for scope in group.scope_spans for span in scope.spans]
    return b"".join(spans)


def _resource_spans(group: wire.ResourceSpans) -> dict[str, Any]:
    return {
        "resource": {"attributes": _attributes(group.resource.attributes)},
        "scopeSpans": [
            {
                "scope": {"name": each.scope.name.decode(), "version": each.scope.version.decode()},
                "spans": [_span(span) for span in each.spans],
            }
            for each in group.scope_spans
        ],
    }


def _span(span: wire.Span) -> dict[str, Any]:
    written: dict[str, Any] = {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_span_id.hex(),
        "name": span.name.decode(),
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_time_unix_nano),
        "endTimeUnixNano": str(span.end_time_unix_nano),
        "attributes": _attributes(span.attributes),
        "flags": span.flags,
    }
    if span.events:
        written["events"] = [
            {
                "timeUnixNano": str(event.time_unix_nano),
                "name": event.name.decode(),
                "attributes": _attributes(event.attributes),
            }
            for event in span.events
        ]
    if span.status.code:
        written["status"] = {"code": span.status.code, "message": span.status.message.decode()}
    return written


def _attributes(attributes: Iterable[wire.KeyValue]) -> list[dict[str, Any]]:
    return [{"key": entry.key.decode(), "value": _value(entry.value)} for entry in attributes]


def _value(value: wire.AnyValue) -> dict[str, Any]:
    match value.WhichOneof("value"):
        case "string_value":
            return {"stringValue": value.string_value.decode()}
        case "bool_value":
            return {"boolValue": value.bool_value}
        case "int_value":
            return {"intValue": str(value.int_value)}
        case _:
            return {"doubleValue": value.double_value}


def _zipkin_span(span: wire.Span, endpoint: bytes) -> bytes:
    start_us = span.start_time_unix_nano // 1_000
    duration_us = max(1, span.end_time_unix_nano // 1_000 - start_us)
    pieces = [
        delimited(1, span.trace_id),
        delimited(2, span.parent_span_id) if span.parent_span_id else b"",
        delimited(3, span.span_id),
        whole(4, _ZIPKIN_KINDS[span.kind]) if span.kind in _ZIPKIN_KINDS else b"",
        delimited(5, span.name),
        b"\x31" + struct.pack("<Q", start_us),
        b"\x38" + varint(duration_us),
        endpoint,
        *[_zipkin_annotation(event) for event in span.events],
        *[delimited(11, delimited(1, entry.key) + delimited(2, _text(entry.value))) for entry in span.attributes],
        delimited(11, delimited(1, b"error") + delimited(2, span.status.message)) if span.status.code else b"",
    ]
    return b"".join(pieces)


def _zipkin_annotation(event: wire.Event) -> bytes:
    text = b" ".join([event.name, *(entry.key + b"=" + _text(entry.value) for entry in event.attributes)])
    return delimited(10, b"\x09" + struct.pack("<Q", event.time_unix_nano // 1_000) + delimited(2, text))


def _text(value: wire.AnyValue) -> bytes:
    (written,) = _value(value).values()
    return str(written).lower().encode() if isinstance(written, bool) else str(written).encode()
