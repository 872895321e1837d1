"""OTLP bytes back to spans. Reads whatever ingest accepted: text that is not UTF-8 shows U+FFFD."""

from collections.abc import Iterable, Iterator

from traces.domain.attributes import Attributes, AttributeValue
from traces.domain.span import Event, Link, Resource, Scope, Span
from traces.wire import otlp_pb2 as wire


def decode_spans(body: bytes, ordinals: Iterable[int], cuts: dict[str, str]) -> Iterator[tuple[int, Span]]:
    """The spans at `ordinals` of a block's body; one that cannot be read is left out.

    Only these are parsed. `cuts` says, by trace id and span id in hex, what ingest had to change.
    """
    wanted = sorted(set(ordinals))
    position, base = 0, 0
    for of_resource in wire.Shell.FromString(body).resource_spans:
        resource: Resource | None = None
        for of_scope in of_resource.scope_spans:
            end = base + len(of_scope.spans)
            if position < len(wanted) and wanted[position] < end:
                resource = resource or decode_resource(of_resource.resource, of_resource.schema_url)
                scope = decode_scope(of_scope.scope, of_scope.schema_url)
                while position < len(wanted) and wanted[position] < end:
                    message = wire.Span.FromString(of_scope.spans[wanted[position] - base])
                    yield wanted[position], decode_span(message, resource, scope, cuts)
                    position += 1
            base = end


def decode_span(message: wire.Span, resource: Resource, scope: Scope, cuts: dict[str, str]) -> Span:
    cut = cuts.get((message.trace_id + message.span_id).hex())
    return Span(
        trace_id=message.trace_id,
        span_id=message.span_id,
        parent_span_id=message.parent_span_id,
        trace_state=_text(message.trace_state),
        flags=message.flags,
        name=_text(message.name),
        kind=message.kind,
        start_time_unix_nano=message.start_time_unix_nano,
        end_time_unix_nano=message.end_time_unix_nano,
        status_code=message.status.code,
        status_message=_text(message.status.message),
        attributes=decode_attributes(message.attributes),
        events=tuple(_event(event) for event in message.events),
        links=tuple(_link(link) for link in message.links),
        resource=resource,
        scope=scope,
        dropped_attributes_count=message.dropped_attributes_count,
        dropped_events_count=message.dropped_events_count,
        dropped_links_count=message.dropped_links_count,
        cuts=(cut,) if cut else (),
    )


def decode_resource(message: bytes, schema_url: bytes) -> Resource:
    parsed = wire.Resource.FromString(message)
    return Resource(
        attributes=decode_attributes(parsed.attributes),
        dropped_attributes_count=parsed.dropped_attributes_count,
        schema_url=_text(schema_url),
    )


def decode_scope(message: bytes, schema_url: bytes) -> Scope:
    parsed = wire.Scope.FromString(message)
    return Scope(
        name=_text(parsed.name),
        version=_text(parsed.version),
        attributes=decode_attributes(parsed.attributes),
        dropped_attributes_count=parsed.dropped_attributes_count,
        schema_url=_text(schema_url),
    )


def decode_attributes(attributes: Iterable[wire.KeyValue]) -> Attributes:
    """Where a key repeats, which OpenTelemetry leaves undefined, the last one counts."""
    return {_text(attribute.key): decode_value(attribute.value) for attribute in attributes}


def decode_value(value: wire.AnyValue) -> AttributeValue:
    """Nesting is bounded by the parser: at most 100 messages deep."""
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return _text(value.string_value)
    if kind == "array_value":
        return [decode_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return decode_attributes(value.kvlist_value.values)
    return None if kind is None else getattr(value, kind)


def _event(event: wire.Event) -> Event:
    return Event(
        time_ns=event.time_unix_nano,
        name=_text(event.name),
        attributes=decode_attributes(event.attributes),
        dropped_attributes_count=event.dropped_attributes_count,
    )


def _link(link: wire.Link) -> Link:
    return Link(
        trace_id=link.trace_id,
        span_id=link.span_id,
        trace_state=_text(link.trace_state),
        attributes=decode_attributes(link.attributes),
        dropped_attributes_count=link.dropped_attributes_count,
        flags=link.flags,
    )


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
