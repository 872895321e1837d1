"""Zipkin's search on our store.

The store finds traces with one span that satisfies one expression; Zipkin's conditions may hold on several. So the
store is asked for the clause that fewest traces satisfy, newest trace first, and what it finds is read and judged.
"""

import time
from collections.abc import Callable, Sequence
from itertools import compress

from django.conf import settings

from traces import reading
from traces.domain.columns import SpanColumns
from traces.domain.errors import TooBusy, TraceNotFound
from traces.domain.ids import is_short, shorten
from traces.domain.query import And, Expression, Or, TraceQuery, TraceSummary, Window
from traces.domain.span import MAX_NS, Operation, SpanFlag
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.zipkin.catalogue import spell_names
from tracing_ui.compat.zipkin.clauses import Clause, bound_service, make_clauses
from tracing_ui.compat.zipkin.query import ZipkinQuery
from tracing_ui.compat.zipkin.whole_trace import WholeTrace, load_whole_trace

#: Zipkin has no limit; here it bounds an answer.
MAX_TRACES = 10_000
# Spans of a trace that start before it, or after the time that is searched, are looked for so far.
_SLACK_NS = 60 * 10**9
_LEAST_PAGE, _MOST_PAGE = 20, 500
_MAX_COUNTED = 4
# So many of a trace are read at first: those that the store found, and a few more.
_FIRST_SPANS = 32
_NS_PER_US = 1_000


def find(query: ZipkinQuery) -> list[bytes]:
    """The ids of the newest `limit` traces that satisfy the query, at most MAX_TRACES, newest first.

    Raises TooBusy where SEARCH_TIMEOUT_SECONDS were too few to know which those are.
    """
    start_ns, end_ns = max(0, query.start_ns - _SLACK_NS), min(MAX_NS, query.end_ns + _SLACK_NS)
    spelled = spell_names(query)
    if start_ns >= end_ns or (query.service is not None and not spelled.services):
        return []
    clauses = make_clauses(query, spelled)
    of_service: Expression = And() if query.service is None else bound_service(spelled.services)
    search = _Search(query, clauses)
    window = Window(start_ns=start_ns, end_ns=end_ns)
    where = _choose(
        [Or((And((of_service, clause.bound)), clause.elsewhere)) for clause in _cheapest_first(clauses)],
        clauses,
        window,
    )
    return search.run(TraceQuery(window=window, where=where or of_service, limit=search.page_size))


def _cheapest_first(clauses: Sequence[Clause]) -> list[Clause]:
    return sorted(clauses, key=lambda clause: not clause.is_cheap)


def _choose(bounds: Sequence[Expression], clauses: Sequence[Clause], window: Window) -> Expression | None:
    """The bound that fewest traces satisfy, of those that are counted quickly; else the first."""
    cheap = sum(clause.is_cheap for clause in clauses)
    if cheap < 2:
        return next(iter(bounds), None)
    return min(bounds[: min(cheap, _MAX_COUNTED)], key=lambda bound: _count(bound, window))


def _count(bound: Expression, window: Window) -> float:
    page = reading.search(DEFAULT_PROJECT, TraceQuery(window=window, where=bound, limit=1))
    # Where counting ended early, there are many.
    return page.total if page.is_total_exact else MAX_TRACES + page.total


class _Search:
    def __init__(self, query: ZipkinQuery, clauses: Sequence[Clause]) -> None:
        self.query = query
        self.limit = min(query.limit, MAX_TRACES)
        self.page_size = min(max(2 * self.limit, _LEAST_PAGE), _MOST_PAGE)
        self.of_columns = [clause.fits for clause in clauses if clause.fits]
        self.of_spans = [clause.holds for clause in clauses if clause.holds]
        self.deadline = time.monotonic() + settings.SEARCH_TIMEOUT_SECONDS

    def run(self, asked: TraceQuery) -> list[bytes]:
        found: list[bytes] = []
        while True:
            page = reading.search(DEFAULT_PROJECT, asked)
            for summary in page.traces:
                self._check_time()
                if self._may_match(summary) and self._matches(summary):
                    found.append(summary.trace_id)
                    if len(found) == self.limit:
                        return _join(found)
            if not page.is_complete:
                raise _took_too_long()
            if page.next_cursor is None or page.traces[-1].start_ns < self.query.start_ns - _SLACK_NS:
                return _join(found)
            asked = asked.next_page(page.next_cursor)

    def _may_match(self, summary: TraceSummary) -> bool:
        """Whether the trace may start in the time that is searched: some span of it does."""
        ends_ns = summary.start_ns + summary.duration_ns
        return summary.start_ns <= self.query.end_ns and ends_ns >= self.query.start_ns

    def _matches(self, summary: TraceSummary) -> bool:
        try:
            trace = load_whole_trace(summary.trace_id)
        except TraceNotFound:
            return False
        if not self.query.start_ns <= find_timestamp_ns(trace.columns) <= self.query.end_ns:
            return False
        rows = list_rows(trace.columns, self.query.service)
        if not rows or not all(_fits(trace.columns, rows, fits) for fits in self.of_columns):
            return False
        matched = set(summary.matched_span_ids)
        rows.sort(key=lambda row: trace.columns.span_ids[row] not in matched)
        return self._holds(trace, rows)

    def _holds(self, trace: WholeTrace, rows: Sequence[int]) -> bool:
        """Whether each condition holds on one of these spans; the first are those that the store found."""
        left = list(self.of_spans)
        for part in (rows[:_FIRST_SPANS], rows[_FIRST_SPANS:]):
            if left and part:
                for portion in trace.read_shown(part):
                    self._check_time()
                    left = [holds for holds in left if not any(map(holds, portion))]
                    if not left:
                        break
        return not left

    def _check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise _took_too_long()


def find_timestamp_ns(columns: SpanColumns) -> int:
    """When a trace starts: with its first root, else with its first span."""
    roots = (
        start_ns for parent, start_ns in zip(columns.parent_span_ids, columns.starts_ns, strict=True) if not parent
    )
    return next(roots, min(columns.starts_ns))


def list_rows(columns: SpanColumns, service: str | None) -> list[int]:
    """The spans of a service, whose name is in lower case; without one, all."""
    if service is None:
        return [*range(len(columns))]
    operations = columns.operations
    numbers = {number for number in set(columns.operation_ids) if operations[number].service.name.lower() == service}
    return [*compress(range(len(columns)), map(numbers.__contains__, columns.operation_ids))]


def _fits(columns: SpanColumns, rows: Sequence[int], fits: Callable[[Operation, int], bool]) -> bool:
    return any(fits(columns.operations[columns.operation_ids[row]], _duration_us(columns, row)) for row in rows)


def _duration_us(columns: SpanColumns, row: int) -> int:
    """As `encode_span` shows it; 0 for none."""
    if columns.flags[row] & SpanFlag.UNFINISHED:
        return 0
    return max(1, columns.durations_ns[row] // _NS_PER_US)


def _took_too_long() -> TooBusy:
    seconds = settings.SEARCH_TIMEOUT_SECONDS
    return TooBusy(f"the search took longer than {seconds:g} seconds (SEARCH_TIMEOUT_SECONDS): narrow it")


def _join(found: list[bytes]) -> list[bytes]:
    """Without traces of 64-bit ids that stand there under their 128-bit ids, too."""
    shorter = {shorten(trace_id) for trace_id in found if not is_short(trace_id)}
    return [trace_id for trace_id in found if trace_id not in shorter]
