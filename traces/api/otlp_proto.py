"""Spans as OTLP in protobuf: the other way round than `traces.storage.decode`."""

from collections.abc import Iterable, Mapping
from typing import Final

from traces.domain.attributes import Attributes, AttributeValue
from traces.domain.span import Event, Link, Resource, Scope, Span
from traces.domain.span_groups import group_spans
from traces.wire import otlp_pb2 as wire

# A count of 0 that is written out: readers in Go do without a check that there is a resource, or a scope.
_EMPTY_RESOURCE: Final = b"\x10\x00"
_EMPTY_SCOPE: Final = b"\x20\x00"


def encode_request(spans: Iterable[Span]) -> bytes:
    """An ExportTraceServiceRequest, or TracesData, with these spans."""
    spans = [*spans]
    return wrap_spans(spans, {id(span): encode_span(span).SerializeToString() for span in spans})


def wrap_spans(spans: Iterable[Span], bodies: Mapping[int, bytes]) -> bytes:
    """`encode_request` of spans that are encoded already: `bodies` has each by its `id()`."""
    shell = wire.Shell()
    for resource, scopes in group_spans(spans):
        of_resource = shell.resource_spans.add(
            resource=_resource(resource).SerializeToString() or _EMPTY_RESOURCE,
            schema_url=resource.schema_url.encode(),
        )
        for scope, of_scope in scopes:
            of_resource.scope_spans.add(
                scope=_scope(scope).SerializeToString() or _EMPTY_SCOPE,
                schema_url=scope.schema_url.encode(),
                spans=[bodies[id(span)] for span in of_scope],
            )
    return shell.SerializeToString()


def encode_span(span: Span) -> wire.Span:
    return wire.Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        trace_state=span.trace_state.encode(),
        parent_span_id=span.parent_span_id,
        name=span.name.encode(),
        kind=span.kind,
        start_time_unix_nano=span.start_time_unix_nano,
        end_time_unix_nano=span.end_time_unix_nano,
        attributes=encode_attributes(span.attributes),
        dropped_attributes_count=span.dropped_attributes_count,
        events=map(_event, span.events),
        dropped_events_count=span.dropped_events_count,
        links=map(_link, span.links),
        dropped_links_count=span.dropped_links_count,
        status=wire.Status(message=span.status_message.encode(), code=span.status_code),
        flags=span.flags,
    )


def _resource(resource: Resource) -> wire.Resource:
    return wire.Resource(
        attributes=encode_attributes(resource.attributes), dropped_attributes_count=resource.dropped_attributes_count
    )


def _scope(scope: Scope) -> wire.Scope:
    return wire.Scope(
        name=scope.name.encode(),
        version=scope.version.encode(),
        attributes=encode_attributes(scope.attributes),
        dropped_attributes_count=scope.dropped_attributes_count,
    )


def _event(event: Event) -> wire.Event:
    return wire.Event(
        time_unix_nano=event.time_ns,
        name=event.name.encode(),
        attributes=encode_attributes(event.attributes),
        dropped_attributes_count=event.dropped_attributes_count,
    )


def _link(link: Link) -> wire.Link:
    return wire.Link(
        trace_id=link.trace_id,
        span_id=link.span_id,
        trace_state=link.trace_state.encode(),
        attributes=encode_attributes(link.attributes),
        dropped_attributes_count=link.dropped_attributes_count,
        flags=link.flags,
    )


def encode_attributes(attributes: Attributes) -> list[wire.KeyValue]:
    """In the order they have."""
    return [wire.KeyValue(key=key.encode(), value=_value(value)) for key, value in attributes.items()]


def _value(value: AttributeValue) -> wire.AnyValue:
    """As deep as ingest lets values be."""
    if isinstance(value, str):
        return wire.AnyValue(string_value=value.encode())
    if isinstance(value, bool):
        return wire.AnyValue(bool_value=value)
    if isinstance(value, int):
        return wire.AnyValue(int_value=value)
    if isinstance(value, float):
        return wire.AnyValue(double_value=value)
    if isinstance(value, bytes):
        return wire.AnyValue(bytes_value=value)
    if isinstance(value, list):
        return wire.AnyValue(array_value=wire.ArrayValue(values=map(_value, value)))
    if isinstance(value, dict):
        return wire.AnyValue(kvlist_value=wire.KeyValueList(values=encode_attributes(value)))
    return wire.AnyValue()
