"""Whether a trace satisfies a search of Zipkin's: it is read, and every condition held against its spans."""

from collections.abc import Callable, Sequence
from itertools import compress

from traces.domain.columns import SpanColumns
from traces.domain.errors import TraceNotFound
from traces.domain.query import TraceSummary
from traces.domain.span import Operation, SpanFlag
from tracing_ui.compat.zipkin.clauses import Clause
from tracing_ui.compat.zipkin.query import ZipkinQuery
from tracing_ui.compat.zipkin.whole_trace import WholeTrace, load_whole_trace

# So many spans of a trace are read at first: those that the store found, and a few more.
_FIRST_SPANS = 32
_NS_PER_US = 1_000


class Judge:
    """Judges traces that the store found; `check_time` raises when there is no more time for it."""

    def __init__(self, query: ZipkinQuery, clauses: Sequence[Clause], check_time: Callable[[], None]) -> None:
        self.query = query
        self.of_columns = [clause.fits for clause in clauses if clause.fits]
        self.of_spans = [clause.holds for clause in clauses if clause.holds]
        self.check_time = check_time

    def may_start_in_time(self, summary: TraceSummary) -> bool:
        """Whether any span of the trace starts in the time that is searched, as far as that is known."""
        ends_ns = summary.start_ns + summary.duration_ns
        return summary.start_ns <= self.query.end_ns and ends_ns >= self.query.start_ns

    def matches(self, summary: TraceSummary) -> bool:
        """Whether the trace starts in time and satisfies every clause."""
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
                    self.check_time()
                    left = [holds for holds in left if not any(map(holds, portion))]
                    if not left:
                        break
        return not left


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
