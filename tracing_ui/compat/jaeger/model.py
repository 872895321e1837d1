"""A span in Jaeger's words, before it is JSON or protobuf.

The mapping is the one that Jaeger's query service makes of OTLP:
https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias, Union

from traces.domain.attributes import Attributes, AttributeValue, format_value
from traces.domain.ids import SPAN_ID_BYTES, TRACE_ID_BYTES
from traces.domain.span import UNKNOWN_SERVICE, Event, Link, Resource, Span, SpanKind, StatusCode, clean_name, kind_name
from tracing_ui.compat.jaeger.go_text import as_text

TagValue: TypeAlias = Union[str, bool, int, float, bytes]
Tag: TypeAlias = tuple[str, TagValue]

LINK_REMOVED = "Invalid span link removed"
# Those of W3C's traceparent, among OTLP's flags.
TRACE_FLAGS = 0xFF
_KNOWN_KINDS = frozenset(SpanKind) - {SpanKind.UNSPECIFIED}
# Where Jaeger's own collectors keep the warnings of a span in OTLP.
_WARNINGS = "@jaeger@warnings"


class ReferenceType(IntEnum):
    """Numbered as in `jaeger.api_v2.SpanRefType`."""

    CHILD_OF = 0
    FOLLOWS_FROM = 1


@dataclass(frozen=True, slots=True)
class Reference:
    """To a span of this or another trace: 16 bytes and 8."""

    kind: ReferenceType
    trace_id: bytes
    span_id: bytes


@dataclass(frozen=True, slots=True)
class Log:
    time_ns: int
    fields: list[Tag]


@dataclass(frozen=True, slots=True)
class Process:
    service: str
    tags: list[Tag]


def name_kind(kind: int) -> str:
    """`server`, `client`, …; empty where Jaeger has no word for it."""
    return kind_name(kind) if kind in _KNOWN_KINDS else ""


def make_process(resource: Resource) -> Process:
    """The service is the one that the span is found by; the other attributes are tags."""
    name = clean_name(format_value(resource.attributes.get("service.name"))) or UNKNOWN_SERVICE
    return Process(name, [tag for tag in _tags(resource.attributes) if tag[0] != "service.name"])


def make_tags(span: Span) -> list[Tag]:
    """The scope's name and version, the attributes as sent, then what OTLP has fields for."""
    return [
        *_scope_tags(span),
        *(tag for tag in _tags(span.attributes) if tag[0] != _WARNINGS),
        *_kind_tags(span),
        *_status_tags(span),
        *([("w3c.tracestate", span.trace_state)] if span.trace_state else ()),
    ]


def make_references(span: Span) -> list[Reference]:
    """The parent first, as CHILD_OF, then the links; a link to the parent only says which type that one is.

    Links without ids are left out: Jaeger's clients cannot read them.
    """
    references = []
    if any(span.parent_span_id):
        references.append(Reference(ReferenceType.CHILD_OF, span.trace_id, span.parent_span_id))
    for link in filter(has_ids, span.links):
        reference = _make_reference(link)
        parent = references[0] if any(span.parent_span_id) else None
        if parent and (parent.trace_id, parent.span_id) == (reference.trace_id, reference.span_id):
            references[0] = reference
        else:
            references.append(reference)
    return references


def make_logs(span: Span) -> list[Log]:
    """In the order sent."""
    return [Log(event.time_ns, list(_fields(event))) for event in span.events]


def make_warnings(span: Span) -> list[str]:
    """Those it was sent with, what this server changed in the span, and what Jaeger's form leaves out."""
    sent = span.attributes.get(_WARNINGS, [])
    missing = sum(1 for link in span.links if not has_ids(link))
    return [
        *(map(as_text, sent) if isinstance(sent, list) else [as_text(sent)]),
        *span.cuts,
        *[LINK_REMOVED] * missing,
    ]


def _scope_tags(span: Span) -> Iterator[Tag]:
    if span.scope.name:
        yield "otel.scope.name", span.scope.name
    if span.scope.version:
        yield "otel.scope.version", span.scope.version


def _kind_tags(span: Span) -> Iterator[Tag]:
    if name := name_kind(span.kind):
        yield "span.kind", name


def _status_tags(span: Span) -> Iterator[Tag]:
    if span.status_code in (StatusCode.OK, StatusCode.ERROR):
        yield "otel.status_code", StatusCode(span.status_code).name
    if span.status_code == StatusCode.ERROR:
        yield "error", True
    if span.status_message:
        yield "otel.status_description", span.status_message


def _fields(event: Event) -> Iterator[Tag]:
    if event.name and "event" not in event.attributes:
        yield "event", event.name
    yield from _tags(event.attributes)


def has_ids(link: Link) -> bool:
    """Whether Jaeger's clients can read the link."""
    return any(link.trace_id) and any(link.span_id)


def _make_reference(link: Link) -> Reference:
    is_parent = link.attributes.get("opentracing.ref_type") == "child_of"
    return Reference(
        ReferenceType.CHILD_OF if is_parent else ReferenceType.FOLLOWS_FROM,
        link.trace_id[-TRACE_ID_BYTES:].rjust(TRACE_ID_BYTES, b"\0"),
        link.span_id[-SPAN_ID_BYTES:].rjust(SPAN_ID_BYTES, b"\0"),
    )


def _tags(attributes: Attributes) -> Iterator[Tag]:
    for key, value in attributes.items():
        yield key, _tag_value(value)


def _tag_value(value: AttributeValue) -> TagValue:
    """Arrays and maps as JSON; the empty value as no text."""
    return as_text(value) if value is None or isinstance(value, list | dict) else value
