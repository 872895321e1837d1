"""Spans as OTLP/JSON: the body of a request that could send them again.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: ids in hex, 64-bit integers as strings, enums as
numbers, bytes in base64, fields of the default value left out.
"""

import base64
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from traces.api.encode import JsonObject
from traces.domain.attributes import Attributes, AttributeValue, Json
from traces.domain.span import Event, Link, Resource, Scope, Span
from traces.domain.span_groups import Scoped, group_spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """What other writers of JSON spell differently: ids, and enums other than 0.

    `keeps_empty` says whether a resource, a scope and a status are written with nothing in them.
    """

    spell_id: Callable[[bytes], str] = bytes.hex
    spell_kind: Callable[[int], Json] = int
    spell_status: Callable[[int], Json] = int
    keeps_empty: bool = False


OTLP: Final = Spelling()


def encode_request(span: Span) -> JsonObject:
    """An ExportTraceServiceRequest with this span alone."""
    return {"resourceSpans": [*encode_resource_spans([span])]}


def encode_resource_spans(spans: Iterable[Span], spelling: Spelling = OTLP) -> list[JsonObject]:
    """The `resourceSpans` of a request with these spans."""
    return [_of_resource(resource, scopes, spelling) for resource, scopes in group_spans(spans)]


def _of_resource(resource: Resource, scopes: Scoped, spelling: Spelling) -> JsonObject:
    scope_spans: list[Json] = [_of_scope(scope, spans, spelling) for scope, spans in scopes]
    return {
        **_part("resource", _resource(resource), spelling),
        **_without_defaults({"scopeSpans": scope_spans, "schemaUrl": resource.schema_url}),
    }


def _of_scope(scope: Scope, spans: Sequence[Span], spelling: Spelling) -> JsonObject:
    encoded: list[Json] = [_span(span, spelling) for span in spans]
    return {
        **_part("scope", _scope(scope), spelling),
        **_without_defaults({"spans": encoded, "schemaUrl": scope.schema_url}),
    }


def _part(name: str, message: JsonObject, spelling: Spelling) -> JsonObject:
    return {name: message} if message or spelling.keeps_empty else {}


def _without_defaults(message: JsonObject) -> JsonObject:
    return {name: value for name, value in message.items() if value not in ("", 0, "0", [], {})}


def _resource(resource: Resource) -> JsonObject:
    return _without_defaults(
        {
            "attributes": encode_attributes(resource.attributes),
            "droppedAttributesCount": resource.dropped_attributes_count,
        }
    )


def _scope(scope: Scope) -> JsonObject:
    return _without_defaults(
        {
            "name": scope.name,
            "version": scope.version,
            "attributes": encode_attributes(scope.attributes),
            "droppedAttributesCount": scope.dropped_attributes_count,
        }
    )


def _span(span: Span, spelling: Spelling) -> JsonObject:
    spell_id = spelling.spell_id
    fields: JsonObject = {
        "traceId": spell_id(span.trace_id),
        "spanId": spell_id(span.span_id),
        "traceState": span.trace_state,
        "parentSpanId": spell_id(span.parent_span_id),
        "flags": span.flags,
        "name": span.name,
        "kind": span.kind and spelling.spell_kind(span.kind),
        "startTimeUnixNano": str(span.start_time_unix_nano),
        "endTimeUnixNano": str(span.end_time_unix_nano),
        "attributes": encode_attributes(span.attributes),
        "droppedAttributesCount": span.dropped_attributes_count,
        "events": [_event(event) for event in span.events],
        "droppedEventsCount": span.dropped_events_count,
        "links": [_link(link, spelling) for link in span.links],
        "droppedLinksCount": span.dropped_links_count,
    }
    code = span.status_code and spelling.spell_status(span.status_code)
    status = _without_defaults({"message": span.status_message, "code": code})
    return {**_without_defaults(fields), **_part("status", status, spelling)}


def _event(event: Event) -> JsonObject:
    return _without_defaults(
        {
            "timeUnixNano": str(event.time_ns),
            "name": event.name,
            "attributes": encode_attributes(event.attributes),
            "droppedAttributesCount": event.dropped_attributes_count,
        }
    )


def _link(link: Link, spelling: Spelling) -> JsonObject:
    return _without_defaults(
        {
            "traceId": spelling.spell_id(link.trace_id),
            "spanId": spelling.spell_id(link.span_id),
            "traceState": link.trace_state,
            "attributes": encode_attributes(link.attributes),
            "droppedAttributesCount": link.dropped_attributes_count,
            "flags": link.flags,
        }
    )


def encode_attributes(attributes: Attributes) -> list[Json]:
    """A list of keys and values, in the order they have."""
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
        return {"kvlistValue": {"values": encode_attributes(value)}}
    return {}


def _double(value: float) -> Json:
    if math.isfinite(value):
        return value
    return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
