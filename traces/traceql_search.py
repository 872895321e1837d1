"""Searching by a filter of TraceQL: the newest traces that have a span which the filter holds of, and those spans."""

from dataclasses import dataclass

from traces import reading
from traces.domain.clock import Clock
from traces.domain.query import TraceQuery, TraceSummary, Window
from traces.domain.span import Span, SpanOutline
from traces.domain.trace import ServiceShare, Trace
from traces.domain.traceql.judging import Judge, make_judge
from traces.domain.traceql.subject import Subject, describe_whole, number_rows, row_of_outline
from traces.domain.traceql.tree import Filter
from traces.storage.base import ProjectId


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
    is_count_exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """Newest first. Not `is_complete`: the time did not do to look everywhere, and traces may be missing."""

    traces: tuple[FoundTrace, ...]
    is_complete: bool


def search(
    project: ProjectId, wanted: Filter, window: Window, *, limit: int = 20, spans_per_trace: int = 3
) -> FoundPage:
    """The `limit` newest traces in the window that have a span which the filter holds of, with `spans_per_trace` of
    those spans each.

    Raises InvalidQuery, and TooBusy where too many search at once.
    """
    judge = make_judge(wanted)
    found: list[FoundTrace] = []
    query = TraceQuery(window=window, limit=limit)
    while True:
        page = reading.search(project, query)
        for summary in page.traces:
            trace = reading.load_trace(project, summary.trace_id, Clock.SENT)
            rows = _judge_rows(project, trace, judge)
            if rows:
                found.append(_show(project, summary, trace, rows, spans_per_trace))
        if len(found) >= limit or page.next_cursor is None:
            return FoundPage(traces=tuple(found[:limit]), is_complete=page.is_complete)
        query = query.next_page(page.next_cursor)


def _judge_rows(project: ProjectId, trace: Trace, judge: Judge) -> list[int]:
    whole, standings = describe_whole(trace), number_rows(trace)
    spans = reading.load_spans_of_rows(project, trace, range(len(trace.rows)))
    return [
        row
        for row, span in spans.items()
        if judge(Subject(row_of_outline(trace.rows[row].span), span, whole, standings[row]))
    ]


def _show(project: ProjectId, summary: TraceSummary, trace: Trace, rows: list[int], spans_per_trace: int) -> FoundTrace:
    spans = reading.load_spans_of_rows(project, trace, rows[:spans_per_trace])
    return FoundTrace(
        summary=summary,
        services=trace.services,
        spans=tuple(MatchedSpan(outline=trace.rows[row].span, span=span) for row, span in spans.items()),
        matched_count=len(rows),
    )
