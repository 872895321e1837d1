"""The panel of one span: what its template needs, and nothing that asks a store."""

from collections.abc import Sequence
from dataclasses import dataclass

from traces.bars import measure_self_ns
from traces.domain.clock import Clock
from traces.domain.query import Place
from traces.domain.span import Span, SpanFlag
from traces.domain.trace import Trace
from traces.domain.trace_rows import TraceRow
from traces.explained.usual import end_of_day_before
from traces.panel.attributes import AttributeList, list_attributes
from traces.panel.events import EventLine, ExceptionLine, list_events, list_exceptions
from traces.panel.links import LinkLine
from traces.words import percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another row that the panel leads to; `own_id` as in SpanPanel."""

    row: int
    own_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanPanel:
    """A span and its place in its trace; `row` counts from 0, times from the trace's start as it is drawn.

    `own_id` leads to it and no other span, even where its id is shared: then `shares_id`. `is_joined` means that it is
    the called side of the call above it, which has the same id. `clock_offset_ns` is what was added to the sender's
    clock. `until_ns` ends the day that it is held against.
    """

    trace_id: str
    build: str
    row: int
    now_ns: int
    clock: Clock
    at: TraceRow
    own_id: str
    shares_id: bool
    is_joined: bool
    span: Span
    parent: Neighbour | None
    previous: Neighbour | None
    next: Neighbour | None
    start_offset_ns: int
    until_ns: int
    self_ns: int
    share: str
    critical_ns: int
    critical_share: str
    clock_offset_ns: int
    exceptions: list[ExceptionLine]
    events: list[EventLine]
    links: list[LinkLine]
    has_all_links: bool
    attributes: AttributeList
    resource: AttributeList
    scope: AttributeList

    @property
    def clock_parameter(self) -> str:
        """What the address of a page needs to show the same times."""
        return "&clock=sent" if self.clock is Clock.SENT else ""

    @property
    def number(self) -> int:
        """The row as people count."""
        return self.row + 1

    @property
    def span_id(self) -> str:
        return self.at.span.span_id.hex()

    @property
    def api_address(self) -> str:
        """Where everything about the span stands, uncut; the row tells spans apart that share an id."""
        return f"/api/v1/traces/{self.trace_id}/spans/{self.span_id}?row={self.row}&clock={self.clock}"

    @property
    def otlp_address(self) -> str:
        return f"/api/v1/traces/{self.trace_id}/spans/{self.span_id}/otlp?row={self.row}&clock={self.clock}"

    @property
    def has_error(self) -> bool:
        return self.at.span.is_error or bool(self.exceptions)

    @property
    def has_implausible_clock(self) -> bool:
        return SpanFlag.CLOCK_IMPLAUSIBLE in self.at.span.flags

    @property
    def ends_before_start(self) -> bool:
        return SpanFlag.ENDS_BEFORE_START in self.at.span.flags

    @property
    def is_unfinished(self) -> bool:
        return SpanFlag.UNFINISHED in self.at.span.flags

    @property
    def has_warnings(self) -> bool:
        odd = SpanFlag.CLOCK_IMPLAUSIBLE | SpanFlag.ENDS_BEFORE_START | SpanFlag.UNFINISHED
        return bool(odd & self.at.span.flags or self.span.cuts or self.at.is_missing_parent or self.clock_offset_ns)


def draw_panel(
    trace: Trace,
    row: int,
    span: Span,
    links: Sequence[LinkLine],
    now_ns: int,
    *,
    build: str,
    has_all_links: bool = True,
) -> SpanPanel:
    """The panel of a row of the trace; `span` is what its sender said."""
    rows, at = trace.rows, trace.rows[row]
    age_ns = max(0, now_ns - at.span.start_ns)
    parent = next(rows.find_ancestors(row), None)
    is_moved = SpanFlag.CLOCK_CORRECTED in at.span.flags and SpanFlag.CLOCK_IMPLAUSIBLE not in at.span.flags
    return SpanPanel(
        trace_id=trace.trace_id.hex(),
        build=build,
        row=row,
        now_ns=now_ns,
        clock=trace.clock,
        at=at,
        own_id=rows.find_own_id(row).hex(),
        shares_id=bool(rows.told_apart) and len(rows.find(at.span.span_id)) > 1,
        is_joined=rows.is_joined(row),
        span=span,
        parent=_neighbour(trace, parent),
        previous=_neighbour(trace, row - 1),
        next=_neighbour(trace, row + 1),
        start_offset_ns=at.span.start_ns - trace.start_ns,
        until_ns=end_of_day_before(trace),
        self_ns=measure_self_ns(rows, row),
        share=_write_share(at.span.duration_ns, trace.duration_ns),
        critical_ns=trace.critical_path.own_ns[row],
        critical_share=_write_share(trace.critical_path.own_ns[row], sum(trace.critical_path.own_ns)),
        clock_offset_ns=at.span.start_ns - span.start_time_unix_nano if is_moved else 0,
        exceptions=list_exceptions(span),
        events=list_events(span, at.span.duration_ns, age_ns),
        links=list(links),
        has_all_links=has_all_links,
        attributes=list_attributes(
            span.attributes, place=Place.SPAN, source="", age_ns=age_ns, dropped=span.dropped_attributes_count
        ),
        resource=list_attributes(
            span.resource.attributes,
            place=Place.RESOURCE,
            source="resource",
            age_ns=age_ns,
            dropped=span.resource.dropped_attributes_count,
        ),
        scope=list_attributes(
            span.scope.attributes,
            place=Place.SCOPE,
            source="scope",
            age_ns=age_ns,
            dropped=span.scope.dropped_attributes_count,
        ),
    )


def _neighbour(trace: Trace, row: int | None) -> Neighbour | None:
    if row is None or not 0 <= row < len(trace.rows):
        return None
    return Neighbour(row=row, own_id=trace.rows.find_own_id(row).hex())


def _write_share(part_ns: int, whole_ns: int) -> str:
    """`61 %`; "" of a whole that is nothing."""
    return percent(min(1, part_ns / whole_ns)) if whole_ns else ""
