"""One trace as a tree, laid out in rows: pre-order, children by start.

Real traces lack parents, repeat ids and contain cycles (three in four data sets do): every span gets a row all
the same. Everything is computed on columns; a row is made an object when it is looked at.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from operator import add

from traces.domain.clock import Clock, ClockCorrection, describe_corrections
from traces.domain.columns import SpanColumns, picker
from traces.domain.critical_path import CriticalPath, find_critical_path
from traces.domain.layout import lay_out
from traces.domain.repairs import describe_told_apart, repair
from traces.domain.repeats import Repeat, Siblings, find_repeats
from traces.domain.self_times import measure_self_times
from traces.domain.shared_ids import tell_apart
from traces.domain.span import MAX_NS, Service, SpanOutline, StatusCode
from traces.domain.trace_rows import TraceRow, TraceRows


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceShare:
    """What one service has in a trace."""

    service: Service
    span_count: int
    error_count: int


@dataclass(frozen=True, kw_only=True)
class Trace:
    """All spans of one trace id. `rows` is never empty; `notes` are sentences about what was repaired.

    `root_row` is that of the earliest span without a parent; where none is, the first row. `clock_corrections` are
    made if `clock` is CORRECTED, and could be if it is SENT. Of a very large trace only a part is read: then `left_out`
    says so, as the first of the notes does.
    """

    trace_id: bytes
    rows: TraceRows
    start_ns: int
    end_ns: int
    error_count: int
    depth: int
    root_row: int
    missing_parent_count: int
    services: tuple[ServiceShare, ...]
    notes: tuple[str, ...]
    clock: Clock
    clock_corrections: tuple[ClockCorrection, ...]
    repeats: tuple[Repeat, ...]
    left_out: str | None = None

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns

    @property
    def version(self) -> str:
        """What the store held of it; see `SpanColumns`."""
        return self.rows.spans.version

    @cached_property
    def critical_path(self) -> CriticalPath:
        """Found when it is first asked for."""
        return find_critical_path(self.rows)

    @cached_property
    def self_times_ns(self) -> "array[int]":
        """By row, how long it ran while none of its children did; measured when it is first asked for."""
        return measure_self_times(self.rows)

    @property
    def root(self) -> TraceRow:
        return self.rows[self.root_row]


def build_trace(trace_id: bytes, spans: Iterable[SpanOutline], clock: Clock = Clock.CORRECTED) -> Trace:
    """The tree of `spans` (at least one, all of `trace_id`, in any order). Nothing is changed in `SpanColumns`."""
    columns = spans if isinstance(spans, SpanColumns) else SpanColumns.of(trace_id, spans)
    repaired, notes = repair(columns)
    told_apart = tell_apart(repaired)
    layout = lay_out(repaired, clock, told_apart)
    drawn = layout.spans
    rows = TraceRows(
        spans=drawn,
        order=layout.order,
        depths=layout.depths,
        subtree_sizes=layout.subtree_sizes,
        told_apart=told_apart,
    )
    roots = [row for row, depth in enumerate(rows.depths) if depth == 0]
    missing = [row for row in roots if rows.is_missing_parent(row)]
    return Trace(
        trace_id=trace_id,
        rows=rows,
        start_ns=min(drawn.starts_ns),
        end_ns=min(MAX_NS, max(map(add, drawn.starts_ns, drawn.durations_ns))),
        error_count=drawn.statuses.count(StatusCode.ERROR),
        depth=max(rows.depths) + 1,
        root_row=next((row for row in roots if not rows.is_missing_parent(row)), 0),
        missing_parent_count=len(missing),
        services=_share_by_service(drawn),
        notes=(
            *notes,
            *describe_told_apart(repaired, told_apart),
            *describe_corrections(layout.corrections, clock),
        ),
        clock=clock,
        clock_corrections=layout.corrections,
        repeats=_find_repeats(rows, roots),
    )


def _find_repeats(rows: TraceRows, roots: Sequence[int]) -> tuple[Repeat, ...]:
    spans, order, in_order = rows.spans, rows.order, picker(rows.order)
    is_error = (
        map(StatusCode.ERROR.value.__eq__, in_order(spans.statuses)) if StatusCode.ERROR in spans.statuses else ()
    )
    siblings = Siblings(
        depths=rows.depths,
        subtree_sizes=rows.subtree_sizes,
        operation_ids=in_order(spans.operation_ids),
        error_rows=list(compress(range(len(rows)), is_error)),
        root_parents={row: spans.parent_span_ids[order[row]] for row in roots},
    )
    return find_repeats(siblings, lambda row: spans.durations_ns[order[row]])


def _share_by_service(spans: SpanColumns) -> tuple[ServiceShare, ...]:
    """Most spans first."""
    failed = map(StatusCode.ERROR.value.__eq__, spans.statuses)
    errors = Counter(compress(spans.operation_ids, failed))
    counts: dict[Service, list[int]] = defaultdict(lambda: [0, 0])
    for operation_id, span_count in Counter(spans.operation_ids).items():
        count = counts[spans.operations[operation_id].service]
        count[0] += span_count
        count[1] += errors[operation_id]
    shares = [
        ServiceShare(service=service, span_count=span_count, error_count=error_count)
        for service, (span_count, error_count) in counts.items()
    ]
    return tuple(sorted(shares, key=lambda share: (-share.span_count, share.service.name)))
