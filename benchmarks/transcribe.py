"""The same spans as OTLP's JSON."""

from collections.abc import Iterable
from typing import Any

import orjson

from traces.wire import otlp_pb2 as wire


def to_json(body: bytes) -> bytes:
    """An export request as OTLP's JSON.

    https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
    """
    request = wire.Request.FromString(body)
    return orjson.dumps({"resourceSpans": [_resource_spans(group) for group in request.resource_spans]})


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
