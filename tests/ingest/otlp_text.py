"""OTLP as text that a person can read and a diff can show: what golden tests compare."""

from collections.abc import Iterable, Iterator

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_STATUSES = ("unset", "ok", "error")


def write_text(body: bytes) -> str:
    """A line for each message, attribute, event and link, in their order; fields without a value are left out."""
    lines: list[str] = []
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        lines += _resource(group)
    return "".join(f"{line}\n" for line in lines)


def _resource(group: ResourceSpans) -> Iterator[str]:
    yield f"resource{_more(schema=group.schema_url, dropped=group.resource.dropped_attributes_count)}"
    yield from _attributes("  ", group.resource.attributes)
    for scope in group.scope_spans:
        yield from _scope(scope)


def _scope(spans: ScopeSpans) -> Iterator[str]:
    yield f"  scope{_more(name=spans.scope.name, version=spans.scope.version, schema=spans.schema_url)}"
    yield from _attributes("    ", spans.scope.attributes)
    for span in spans.spans:
        yield from _span(span)


def _span(span: Span) -> Iterator[str]:
    yield f"    {_KINDS[span.kind]} span {span.name!r}{_more(flags=span.flags, state=span.trace_state)}"
    yield f"      {span.trace_id.hex()} {span.span_id.hex()} below {span.parent_span_id.hex() or 'none'}"
    yield f"      {span.start_time_unix_nano} to {span.end_time_unix_nano}"
    if span.HasField("status"):
        yield f"      status {_STATUSES[span.status.code]}{_more(message=span.status.message)}"
    yield from _attributes("      ", span.attributes)
    for event in span.events:
        yield f"      event {event.name!r} at {event.time_unix_nano}"
        yield from _attributes("        ", event.attributes)
    for link in span.links:
        yield f"      link {link.trace_id.hex()} {link.span_id.hex()}{_more(flags=link.flags, state=link.trace_state)}"
        yield from _attributes("        ", link.attributes)


def _attributes(indent: str, attributes: Iterable[KeyValue]) -> Iterator[str]:
    for attribute in attributes:
        yield f"{indent}{attribute.key} = {_value(attribute.value)}"


def _value(value: AnyValue) -> str:
    """With its type where Python would write another alike."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return f"[{', '.join(map(_value, value.array_value.values))}]"
    if kind == "kvlist_value":
        return f"{{{', '.join(f'{pair.key}: {_value(pair.value)}' for pair in value.kvlist_value.values)}}}"
    return repr(getattr(value, kind)) if kind else "nothing"


def _more(**fields: object) -> str:
    return "".join(f" {name}={value!r}" for name, value in fields.items() if value)
