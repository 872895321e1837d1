"""Spans as OTLP/JSON: the body of a request that could send them again.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: ids in hex, 64-bit integers as strings, enums as
numbers, bytes in base64, fields of the default value left out.
"""

import base64
import math
from collections.abc import Iterable, Sequence

from traces.api.encode import JsonObject
from traces.domain.attributes import Attributes, AttributeValue, Json
from traces.domain.span import Event, Link, Resource, Scope, Span
from traces.domain.span_groups import Scoped, group_spans


def encode_request(span: Span) -> JsonObject:
    """An ExportTraceServiceRequest with this span alone."""
    return {"resourceSpans": [*encode_resource_spans([span])]}


def encode_resource_spans(spans: Iterable[Span]) -> list[JsonObject]:
    """The `resourceSpans` of a request with these spans."""
    return [_of_resource(resource, scopes) for resource, scopes in group_spans(spans)]


def _of_resource(resource: Resource, scopes: Scoped) -> JsonObject:
    return _without_defaults(
        {
            "resource": _resource(resource),
            "scopeSpans": [_of_scope(scope, spans) for scope, spans in scopes],
            "schemaUrl": resource.schema_url,
        }
    )


def _of_scope(scope: Scope, spans: Sequence[Span]) -> JsonObject:
    return _without_defaults(
        {"scope": _scope(scope), "spans": [_span(span) for span in spans], "schemaUrl": scope.schema_url}
    )


def _without_defaults(message: JsonObject) -> JsonObject:
    return {name: value for name, value in message.items() if value not in ("", 0, "0", [], {})}


def _resource(resource: Resource) -> JsonObject:
    return _without_defaults(
        {
            "attributes": _attributes(resource.attributes),
            "droppedAttributesCount": resource.dropped_attributes_count,
        }
    )


def _scope(scope: Scope) -> JsonObject:
    return _without_defaults(
        {
            "name": scope.name,
            "version": scope.version,
            "attributes": _attributes(scope.attributes),
            "droppedAttributesCount": scope.dropped_attributes_count,
        }
    )


def _span(span: Span) -> JsonObject:
    return _without_defaults(
        {
            "traceId": span.trace_id.hex(),
            "spanId": span.span_id.hex(),
            "traceState": span.trace_state,
            "parentSpanId": span.parent_span_id.hex(),
            "flags": span.flags,
            "name": span.name,
            "kind": span.kind,
            "startTimeUnixNano": str(span.start_time_unix_nano),
            "endTimeUnixNano": str(span.end_time_unix_nano),
            "attributes": _attributes(span.attributes),
            "droppedAttributesCount": span.dropped_attributes_count,
            "events": [_event(event) for event in span.events],
            "droppedEventsCount": span.dropped_events_count,
            "links": [_link(link) for link in span.links],
            "droppedLinksCount": span.dropped_links_count,
            "status": _without_defaults({"message": span.status_message, "code": span.status_code}),
        }
    )


def _event(event: Event) -> JsonObject:
    return _without_defaults(
        {
            "timeUnixNano": str(event.time_ns),
            "name": event.name,
            "attributes": _attributes(event.attributes),
            "droppedAttributesCount": event.dropped_attributes_count,
        }
    )


def _link(link: Link) -> JsonObject:
    return _without_defaults(
        {
            "traceId": link.trace_id.hex(),
            "spanId": link.span_id.hex(),
            "traceState": link.trace_state,
            "attributes": _attributes(link.attributes),
            "droppedAttributesCount": link.dropped_attributes_count,
            "flags": link.flags,
        }
    )


def _attributes(attributes: Attributes) -> list[Json]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: AttributeValue) -> JsonObject:
    """A value under the name of its type; the empty value is an empty object. As deep as ingest lets values be."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": _double(value)}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": _attributes(value)}}
    return {}


def _double(value: float) -> Json:
    if math.isfinite(value):
        return value
    return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
