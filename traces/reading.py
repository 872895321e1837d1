"""What readers do: search, open a trace, look at a span, complete a word. Doors call these and nothing below."""

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings

from traces.domain.clock import Clock
from traces.domain.errors import SpanNotFound, TraceNotFound
from traces.domain.finding import Needle
from traces.domain.links import InboundLink, InboundLinks, SpanLink, TraceFacts
from traces.domain.pin import Pin, ShelvedTrace
from traces.domain.query import (
    Comparison,
    Condition,
    Intrinsic,
    Place,
    TracePage,
    TraceQuery,
    TraceSummary,
    Window,
)
from traces.domain.refusal import Refusal
from traces.domain.shape import FAILED, LONGEST, Shape, make_shape
from traces.domain.span import MAX_NS, FirstSpan, Operation, Service, Span, SpanFlag, SpanOutline
from traces.domain.trace import Trace, build_trace
from traces.domain.trace_events import TraceEvents, order_events
from traces.domain.values import Values
from traces.storage import get_store
from traces.storage.base import AttributeKey, ProjectId, ValueCount
from traces.trace_cache import get_trace_cache

# A trace that a thousand others link to is not read by following links.
MAX_LINKS = 500
# Of an attribute: a longer text is cut where many are read at once.
MAX_VALUE_LENGTH = 250
# Of a trace; more would take seconds.
MAX_EVENTS = 500_000
_MARKED = SpanFlag.HAS_EVENTS | SpanFlag.HAS_LINKS


def search(project: ProjectId, query: TraceQuery) -> TracePage:
    """A page of traces, newest first."""
    return get_store().find_traces(project, query)


def find_first_span(project: ProjectId) -> FirstSpan | None:
    """The span that arrived first, or None while nothing did."""
    return get_store().find_first_span(project)


def list_refusals() -> list[Refusal]:
    """The latest refused request of each kind, the latest first."""
    return get_store().list_refusals()


def load_shapes(project: ProjectId, traces: Sequence[TraceSummary]) -> dict[bytes, Shape]:
    """The shapes of found traces by id; one that was deleted meanwhile has no bars."""
    spans = find_standing_out(project, [trace.trace_id for trace in traces], LONGEST, FAILED)
    return {
        trace.trace_id: make_shape(spans.get(trace.trace_id, ()), trace.start_ns, trace.duration_ns) for trace in traces
    }


def find_standing_out(
    project: ProjectId, trace_ids: Sequence[bytes], longest: int, failed: int
) -> dict[bytes, list[SpanOutline]]:
    """The longest spans of each trace, longest first, then those of the first failed ones that are not among them."""
    return get_store().read_spans_standing_out(project, trace_ids, longest, failed) if trace_ids else {}


def read_spans(project: ProjectId, outlines: Sequence[SpanOutline]) -> list[Span]:
    """The spans behind outlines that were just read, in their order; those that are gone are left out."""
    return get_store().read_spans(project, outlines) if outlines else []


def load_trace(project: ProjectId, trace_id: bytes, clock: Clock = Clock.CORRECTED) -> Trace:
    """The whole trace as a tree, without the spans' attributes; of one version it is the same. Raises TraceNotFound."""
    version = find_version(project, trace_id)
    return get_trace_cache().load((project, trace_id, clock), version, lambda: _read_trace(project, trace_id, clock))


def _read_trace(project: ProjectId, trace_id: bytes, clock: Clock) -> Trace:
    outlines = get_store().read_trace(project, trace_id)
    if not outlines:
        raise _not_found(trace_id)
    trace = build_trace(trace_id, outlines, clock)
    if len(outlines) < settings.TRACE_MAX_SPANS:
        return trace
    return _note_what_is_left_out(trace, len(outlines), get_store().count_spans(project, trace_id))


def _note_what_is_left_out(trace: Trace, shown: int, kept: int) -> Trace:
    if kept <= shown:
        return trace
    note = f"Of {kept:,} spans of this trace {shown:,} are read: those that arrived first (TRACE_MAX_SPANS)."
    return replace(trace, notes=(note, *trace.notes), left_out=note)


def _not_found(trace_id: bytes) -> TraceNotFound:
    return TraceNotFound(f"No span of trace {trace_id.hex()} is kept here.", trace_id)


def find_version(project: ProjectId, trace_id: bytes) -> str:
    """The `version` that the trace would have if it was loaded now; cheap. Raises TraceNotFound."""
    version = get_store().find_trace_version(project, trace_id)
    if not version:
        raise _not_found(trace_id)
    return version


def count_spans(project: ProjectId, trace_id: bytes) -> int:
    """How many spans of the trace are stored, repetitions included; cheap."""
    return get_store().count_spans(project, trace_id)


def find_trace_of_span(project: ProjectId, span_id: bytes) -> bytes | None:
    """The id of the newest trace that has the span: a look at every span kept, for SEARCH_TIMEOUT_SECONDS at most."""
    has_id = Condition(place=Place.INTRINSIC, key=Intrinsic.SPAN_ID, comparison=Comparison.EQUAL, value=span_id.hex())
    everything = Window(start_ns=0, end_ns=MAX_NS)
    found = get_store().find_traces(project, TraceQuery(window=everything, where=has_id, limit=1))
    return found.traces[0].trace_id if found.traces else None


def load_spans(project: ProjectId, trace: Trace, first: int = 0, count: int | None = None) -> list[Span]:
    """The spans of `count` rows of a trace from row `first` on, with everything their senders said."""
    rows = trace.rows[first : None if count is None else first + count]
    return get_store().read_spans(project, [row.span for row in rows])


def load_spans_of_rows(project: ProjectId, trace: Trace, rows: Sequence[int]) -> dict[int, Span]:
    """The spans of these rows, in any order, with everything their senders said; by row."""
    outlines = {row: trace.rows[row].span for row in rows}
    return _read_by_row(project, outlines)


def load_marked_spans(project: ProjectId, trace: Trace, rows: Sequence[int]) -> dict[int, Span]:
    """Those of these rows' spans that have events or links, by row."""
    outlines = {row: trace.rows[row].span for row in rows}
    return _read_by_row(project, {row: outline for row, outline in outlines.items() if outline.flags & _MARKED})


def _read_by_row(project: ProjectId, outlines: dict[int, SpanOutline]) -> dict[int, Span]:
    spans = read_spans(project, list(outlines.values()))
    # Retention may have taken some in between; what is left is in the same order.
    left = iter(outlines)
    return {next(row for row in left if outlines[row].span_id == span.span_id): span for span in spans}


def find_row(trace: Trace, span_id: bytes, row: int | None = None) -> int:
    """The row of a span: `row`, if it is one of that id, without it the first. Raises SpanNotFound."""
    rows = trace.rows.find(span_id)
    if not rows or row not in (None, *rows):
        raise SpanNotFound(f"Span {span_id.hex()} is not in trace {trace.trace_id.hex()}.")
    return rows[0] if row is None else row


def load_span(project: ProjectId, trace: Trace, span_id: bytes, row: int | None = None) -> Span:
    """The span in a row as `find_row` finds it. Raises SpanNotFound, also where retention has just taken it."""
    found = load_spans(project, trace, find_row(trace, span_id, row), 1)
    if not found:
        raise SpanNotFound(f"Span {span_id.hex()} is no longer in trace {trace.trace_id.hex()}.")
    return found[0]


def find_rows(project: ProjectId, trace: Trace, needle: Needle) -> list[int]:
    """The rows of the spans of a trace that mention the needle, ascending."""
    found = set(get_store().find_mentions(project, trace.rows.spans, needle))
    return [row for row, index in enumerate(trace.rows.order) if index in found] if found else []


def load_attribute(project: ProjectId, trace: Trace, place: Place, key: str) -> Values:
    """What the spans of a trace have under a key in a place, by row; long texts are cut."""
    return load_attributes(project, trace, [AttributeKey(place=place, key=key)])[0]


def load_attributes(
    project: ProjectId, trace: Trace, keys: Sequence[AttributeKey], longest: int = MAX_VALUE_LENGTH
) -> list[Values]:
    """Several at once, which is quicker."""
    found = get_store().read_attributes(project, trace.rows.spans, keys, longest)
    return [values.pick(trace.rows.order) for values in found]


def load_attributes_of_rows(
    project: ProjectId, trace: Trace, keys: Sequence[AttributeKey], rows: Sequence[int], longest: int = MAX_VALUE_LENGTH
) -> list[Values]:
    """Those of some rows (one at least), in their order: only the blocks that these are in are read."""
    spans = trace.rows.spans.pick([trace.rows.order[row] for row in rows])
    return get_store().read_attributes(project, spans, keys, longest)


def load_event_times(project: ProjectId, trace: Trace, needle: Needle | None = None) -> TraceEvents:
    """All events of a trace (MAX_EVENTS at most) in the order of time, or those that mention the needle."""
    return order_events(trace, get_store().read_events(project, trace.rows.spans, MAX_EVENTS, needle))


def describe_traces(project: ProjectId, trace_ids: Sequence[bytes]) -> dict[bytes, TraceFacts]:
    """What a result list says of these traces; those that are not kept here are not in it."""
    return get_store().describe_traces(project, list(dict.fromkeys(trace_ids))) if trace_ids else {}


def pin_trace(project: ProjectId, trace_id: bytes, note: str) -> Pin:
    """Spare the trace from retention; `note` as `parse_note` gives it. Raises TraceNotFound and TooManyPins."""
    return get_store().pin_trace(project, trace_id, note)


def unpin_trace(project: ProjectId, trace_id: bytes) -> bool:
    """Let it go when its time has come; whether it was pinned."""
    return get_store().unpin_trace(project, trace_id)


def find_pins(project: ProjectId, trace_ids: Sequence[bytes]) -> dict[bytes, Pin]:
    """The pins of those of these traces that are pinned."""
    return get_store().find_pins(project, trace_ids)


def list_shelf(project: ProjectId, first: int, count: int) -> tuple[list[ShelvedTrace], int]:
    """`count` pinned traces from the one numbered `first` on, that pinned last being 0; and how many there are."""
    pins = get_store().list_pins(project)
    shown = pins[first : first + count]
    facts = describe_traces(project, [pin.trace_id for pin in shown])
    return [ShelvedTrace(pin=pin, facts=facts.get(pin.trace_id)) for pin in shown], len(pins)


def find_links_to(project: ProjectId, trace: Trace) -> InboundLinks:
    """The links that spans of this and of other traces have to the spans of a trace; at most MAX_LINKS."""
    found = get_store().find_links_to(project, trace.trace_id, MAX_LINKS + 1)
    sources = describe_traces(project, [link.trace_id for link in found])
    rows = {link.linked_span_id: next(iter(trace.rows.find(link.linked_span_id)), None) for link in found}
    links = [InboundLink(link=link, row=rows[link.linked_span_id], source=sources.get(link.trace_id)) for link in found]
    return InboundLinks(links=tuple(links[:MAX_LINKS]), is_complete=len(found) <= MAX_LINKS)


def find_links_to_span(project: ProjectId, trace_id: bytes, span_id: bytes) -> tuple[list[SpanLink], bool]:
    """The links to one span of a trace, and whether those are all: MAX_LINKS of the trace's are looked at."""
    found = get_store().find_links_to(project, trace_id, MAX_LINKS + 1)
    return [link for link in found if link.linked_span_id == span_id], len(found) <= MAX_LINKS


def list_services(project: ProjectId) -> list[Service]:
    """Every service that sent a span, by name."""
    return get_store().list_services(project)


def list_operations(project: ProjectId, service: str | None = None) -> list[Operation]:
    """Every operation (of one service), by name."""
    return get_store().list_operations(project, service)


def list_attribute_keys(project: ProjectId) -> list[AttributeKey]:
    """Every attribute key, by name."""
    return get_store().list_attribute_keys(project)


def count_attribute_values(project: ProjectId, place: Place, key: str, limit: int = 50) -> list[ValueCount]:
    """The most frequent values of an attribute among the newest spans that have it."""
    return get_store().count_attribute_values(project, place, key, limit)
