"""Search by looking at every span: what a store's answer is compared with."""

from collections.abc import Iterable

from traces.domain.matching import matches
from traces.domain.query import TraceQuery
from traces.domain.span import Span, SpanOutline
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

Spans = dict[bytes, list[tuple[SpanOutline, Span]]]


def read_all(trace_ids: Iterable[bytes]) -> Spans:
    """Every span of the traces."""
    spans: Spans = {}
    for trace_id in trace_ids:
        outlines = get_store().read_trace(DEFAULT_PROJECT, trace_id)
        spans[trace_id] = list(zip(outlines, get_store().read_spans(DEFAULT_PROJECT, outlines), strict=True))
    return spans


def find_traces(query: TraceQuery, spans: Spans) -> list[bytes]:
    """The ids of all traces that satisfy the query, in order, without paging."""
    found = []
    for trace_id, of_trace in spans.items():
        start_ns = min(outline.start_ns for outline, _ in of_trace)
        duration_ns = max(outline.end_ns for outline, _ in of_trace) - start_ns
        if is_within(duration_ns, query) and any(satisfies(outline, span, query) for outline, span in of_trace):
            found.append((start_ns, trace_id))
    return [trace_id for _, trace_id in sorted(found, reverse=True)]


def is_within(duration_ns: int, query: TraceQuery) -> bool:
    longest = query.max_trace_duration_ns
    return (query.min_trace_duration_ns or 0) <= duration_ns and (longest is None or duration_ns <= longest)


def satisfies(outline: SpanOutline, span: Span, query: TraceQuery) -> bool:
    in_window = query.window.start_ns <= outline.start_ns < query.window.end_ns
    return in_window and matches(span, outline.operation.service.name, query.where)
