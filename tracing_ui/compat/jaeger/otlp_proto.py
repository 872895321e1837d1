"""Spans as version 3 of Jaeger's API has them in gRPC: OTLP's `TracesData`, in chunks."""

from collections.abc import Iterable, Iterator

from traces.domain.attributes import Attributes, AttributeValue
from traces.domain.span import Event, Link, Resource, Scope, Span
from traces.domain.span_groups import group_spans
from traces.wire import otlp_pb2 as wire
from tracing_ui.compat.jaeger.portions import split_by_size


def encode_chunks(portions: Iterable[list[Span]]) -> Iterator[bytes]:
    """The chunks of portions of spans, each with the resources and scopes of its own spans."""
    for portion in portions:
        packed = ((span, encode_span(span).SerializeToString()) for span in portion)
        for pairs in split_by_size(packed, lambda pair: len(pair[1])):
            yield _chunk([span for span, _ in pairs], {id(span): body for span, body in pairs})


def _chunk(spans: list[Span], bodies: dict[int, bytes]) -> bytes:
    chunk = wire.Shell()
    for resource, scopes in group_spans(spans):
        of_resource = chunk.resource_spans.add(
            resource=_resource(resource).SerializeToString(), schema_url=resource.schema_url.encode()
        )
        for scope, of_scope in scopes:
            of_resource.scope_spans.add(
                scope=_scope(scope).SerializeToString(),
                schema_url=scope.schema_url.encode(),
                spans=[bodies[id(span)] for span in of_scope],
            )
    return chunk.SerializeToString()


def encode_span(span: Span) -> wire.Span:
    """What `traces.storage.decode` reads, the other way round."""
    return wire.Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        trace_state=span.trace_state.encode(),
        parent_span_id=span.parent_span_id,
        name=span.name.encode(),
        kind=span.kind,
        start_time_unix_nano=span.start_time_unix_nano,
        end_time_unix_nano=span.end_time_unix_nano,
        attributes=_attributes(span.attributes),
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
        attributes=_attributes(resource.attributes), dropped_attributes_count=resource.dropped_attributes_count
    )


def _scope(scope: Scope) -> wire.Scope:
    return wire.Scope(
        name=scope.name.encode(),
        version=scope.version.encode(),
        attributes=_attributes(scope.attributes),
        dropped_attributes_count=scope.dropped_attributes_count,
    )


def _event(event: Event) -> wire.Event:
    return wire.Event(
        time_unix_nano=event.time_ns,
        name=event.name.encode(),
        attributes=_attributes(event.attributes),
        dropped_attributes_count=event.dropped_attributes_count,
    )


def _link(link: Link) -> wire.Link:
    return wire.Link(
        trace_id=link.trace_id,
        span_id=link.span_id,
        trace_state=link.trace_state.encode(),
        attributes=_attributes(link.attributes),
        dropped_attributes_count=link.dropped_attributes_count,
        flags=link.flags,
    )


def _attributes(attributes: Attributes) -> list[wire.KeyValue]:
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
        return wire.AnyValue(kvlist_value=wire.KeyValueList(values=_attributes(value)))
    return wire.AnyValue()
