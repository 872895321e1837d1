"""Who links to a trace, and what is said of a trace in passing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFacts:
    """A trace in a line. `root_*` is None while no span without a parent has arrived."""

    trace_id: bytes
    start_ns: int
    duration_ns: int
    span_count: int
    error_count: int
    root_service: str | None
    root_slot: int | None
    root_operation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanLink:
    """The span `span_id` of `trace_id` has a link to the span `linked_span_id` of another trace, or of its own.

    `linked_span_id` is as sent: no span need have it.
    """

    trace_id: bytes
    span_id: bytes
    linked_span_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundLink:
    """A link to a span of a trace: the span's first row, None if it is not here; the trace that has the link."""

    link: SpanLink
    row: int | None
    source: TraceFacts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundLinks:
    """The links to a trace, those that arrived last first. Not `is_complete`: there are more."""

    links: tuple[InboundLink, ...]
    is_complete: bool
