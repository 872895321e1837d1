"""What is drawn on the bar of a span besides the bar: its events."""

from dataclasses import dataclass

from traces.domain.span import Event, Span, SpanOutline
from traces.domain.trace import Trace

MAX_EVENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """When events of a span are drawn, in nanoseconds from the trace's start, and which are exceptions; its links."""

    events: tuple[tuple[int, bool], ...]
    link_count: int


def find_marks(trace: Trace, row: int, span: Span) -> Marks:
    """The marks of the span in a row: at most MAX_EVENTS events, exceptions before others, in the order of time."""
    outline = trace.rows[row].span
    events = [(_draw(trace, outline, span, event), event.name == "exception") for event in span.events]
    shown = sorted(events, key=lambda mark: (not mark[1], mark[0]))[:MAX_EVENTS]
    return Marks(events=tuple(sorted(shown)), link_count=len(span.links))


def _draw(trace: Trace, outline: SpanOutline, span: Span, event: Event) -> int:
    """An event moves with its span; one without a time is drawn at the span's start. It stays within the trace."""
    if not event.time_ns:
        return outline.start_ns - trace.start_ns
    moved_ns = outline.start_ns - span.start_time_unix_nano if span.start_time_unix_nano else 0
    return min(max(0, event.time_ns + moved_ns - trace.start_ns), trace.duration_ns)
