"""Searching by a filter of TraceQL: the newest traces that have a span which the filter holds of, and those spans.

The store finds traces by what it knows of single spans (`bounding`), judges the spans it has found as far as they go by
themselves, and traces by their roots and durations. Here every trace is judged again as a whole.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings

from traces import reading
from traces.domain.clock import Clock
from traces.domain.deadline import TimeLimitReached, work_within
from traces.domain.errors import TooBusy, TraceNotFound
from traces.domain.ids import shorten
from traces.domain.links import TraceFacts
from traces.domain.query import MAX_LIMIT, TraceQuery, TraceSummary, Window
from traces.domain.query import Judge as SpanJudge
from traces.domain.span import MAX_NS, Span, SpanOutline
from traces.domain.trace import ServiceShare, Trace
from traces.domain.traceql.bounding import bound_filter
from traces.domain.traceql.bounding_values import Bound
from traces.domain.traceql.judging import Judge, make_judge
from traces.domain.traceql.mentioned import list_fields
from traces.domain.traceql.subject import Subject, row_of_span
from traces.domain.traceql.tree import TRACE_FIELDS, Field, Filter, Intrinsic
from traces.matched_spans import Matches, find_matches
from traces.storage.base import ProjectId

# A trace is in the range if it overlaps it. Its matching span is looked for so far outside.
REACH_NS = 120 * 10**9
# Where the store finds many traces that do not match as a whole.
_CANDIDATES_A_PAGE = 100
# Beyond SEARCH_TIMEOUT_SECONDS, for looking into what was found.
_GRACE_SECONDS = 2.0
_FACTS = frozenset({Field.ROOT_NAME, Field.ROOT_SERVICE_NAME, Field.TRACE_DURATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedSpan:
    """A span that the filter holds of: its times and service are those of `outline`."""

    outline: SpanOutline
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTrace:
    """A trace, the first of its spans that the filter holds of, and how many those are.

    `services` counts spans and failed spans of each service. Not `is_count_exact`: there may be more matched spans.
    """

    summary: TraceSummary
    services: tuple[ServiceShare, ...]
    spans: tuple[MatchedSpan, ...]
    matched_count: int
    is_count_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """Newest first. Not `is_complete`: SEARCH_TIMEOUT_SECONDS did not do to look everywhere; traces may be missing,
    none is there that should not be.
    """

    traces: tuple[FoundTrace, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Match:
    """What is shown of a trace, and no more of it: there may be a thousand of them, each as large as they get."""

    summary: TraceSummary
    services: tuple[ServiceShare, ...]
    outlines: tuple[SpanOutline, ...]
    count: int
    is_count_exact: bool


def search(
    project: ProjectId, wanted: Filter, window: Window, *, limit: int = 20, spans_per_trace: int = 3
) -> FoundPage:
    """The `limit` newest traces that overlap the window and have a span which the filter holds of, with at most
    `spans_per_trace` of these spans each.

    At least one of these spans starts in the window, or at most REACH_NS outside of it. Raises InvalidQuery, and
    TooBusy where too many search at once.
    """
    judge = make_judge(wanted)
    query = make_query(wanted, judge, window, limit)
    with work_within(settings.SEARCH_TIMEOUT_SECONDS + _GRACE_SECONDS):
        found, is_complete = _find(project, judge, query, limit, spans_per_trace)
    return FoundPage(traces=_show(project, found), is_complete=is_complete)


def _find(
    project: ProjectId, judge: Judge, query: TraceQuery, limit: int, spans_per_trace: int
) -> tuple[list[_Match], bool]:
    """The newest matches, and whether these are all that were asked for."""
    found: dict[bytes, _Match] = {}
    while True:
        page = reading.search(project, query)
        is_complete = page.is_complete
        try:
            summaries = _without_kin(page.traces, found)
            for match in _look_into(project, judge, query.window, summaries, spans_per_trace):
                found[match.summary.trace_id] = match
                if len(found) == limit:
                    break
        except (TimeLimitReached, TooBusy):
            is_complete = False
        if page.next_cursor is None or len(found) == limit or not is_complete:
            return list(found.values()), is_complete
        query = query.next_page(page.next_cursor)


def _without_kin(summaries: Sequence[TraceSummary], found: Collection[bytes]) -> Iterator[TraceSummary]:
    """A trace that stands there under its 128-bit id is not shown under the half of it: a page has these joined."""
    shown = {shorten(trace_id) for trace_id in found}
    return (summary for summary in summaries if summary.trace_id not in shown)


def make_query(wanted: Filter, judge: Judge, window: Window, limit: int) -> TraceQuery:
    """What the store is asked for: all that the filter holds of, and as little else as it can tell."""
    bound = bound_filter(wanted)
    fields = {field.which for field in list_fields(wanted) if isinstance(field, Intrinsic)}
    of_trace = fields & (TRACE_FIELDS if not bound.is_equal else TRACE_FIELDS - {Field.NESTED_SET_PARENT})
    return TraceQuery(
        window=Window(start_ns=max(0, window.start_ns - REACH_NS), end_ns=min(MAX_NS, window.end_ns + REACH_NS)),
        overlapping=window,
        where=bound.where,
        judge=_judge_of_span(judge, bound),
        judge_trace=_judge_of_trace(judge) if fields & _FACTS else None,
        limit=min(MAX_LIMIT, max(limit, _CANDIDATES_A_PAGE) if of_trace else limit),
    )


def _judge_of_span(judge: Judge, bound: Bound) -> SpanJudge | None:
    if bound.is_equal:
        return None

    def may_hold(span: Span, service: str) -> bool:
        return judge(Subject(row=row_of_span(span, service), span=span)) is not False

    return SpanJudge(holds=may_hold, is_usual=bound.is_usual)


def _judge_of_trace(judge: Judge) -> Callable[[TraceFacts], bool]:
    def may_hold(trace: TraceFacts) -> bool:
        # Its root may be kept under the other id of the trace, of which the store's search knows nothing.
        return trace.root_service is None or judge(Subject(whole=trace)) is not False

    return may_hold


def _look_into(
    project: ProjectId, judge: Judge, window: Window, summaries: Iterable[TraceSummary], spans_per_trace: int
) -> Iterator[_Match]:
    """Those of the traces that match as a whole, with a span that starts in the window; one that is deleted meanwhile
    is left out.
    """
    for summary in summaries:
        with suppress(TraceNotFound):
            trace = reading.load_trace(project, summary.trace_id, Clock.SENT)
            matches = find_matches(project, trace, judge, summary.matched_span_ids)
            starts_ns = (trace.rows.spans.starts_ns[trace.rows.order[row]] for row in matches.rows)
            if any(window.start_ns <= start_ns < window.end_ns for start_ns in starts_ns):
                yield _describe(summary, trace, matches, spans_per_trace)


def _describe(summary: TraceSummary, trace: Trace, matches: Matches, spans_per_trace: int) -> _Match:
    """With the first spans that match."""
    return _Match(
        summary=summary,
        services=trace.services,
        outlines=tuple(trace.rows[row].span for row in matches.rows[:spans_per_trace]),
        count=len(matches.rows),
        is_count_exact=matches.is_complete,
    )


def _show(project: ProjectId, found: Collection[_Match]) -> tuple[FoundTrace, ...]:
    """The spans of all traces are read at once: many stand in the same blocks."""
    spans = deque(reading.read_spans(project, [outline for match in found for outline in match.outlines]))
    return tuple(
        FoundTrace(
            summary=match.summary,
            services=match.services,
            spans=tuple(_take(spans, match.outlines)),
            matched_count=match.count,
            is_count_exact=match.is_count_exact,
        )
        for match in found
    )


def _take(spans: deque[Span], outlines: Iterable[SpanOutline]) -> Iterator[MatchedSpan]:
    """Those of the outlines whose spans come next: what was deleted meanwhile is not among them."""
    for outline in outlines:
        if spans and spans[0].span_id == outline.span_id:
            yield MatchedSpan(outline=outline, span=spans.popleft())
