"""One trace as a tree, laid out in rows: pre-order, children by start.

Real traces lack parents, repeat ids and contain cycles (three in four data sets do): every span gets a row all
the same. Everything is computed on columns; a row is made an object when it is looked at.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import add
from typing import overload

from traces.domain.clock import Clock, ClockCorrection, describe_corrections
from traces.domain.columns import SpanColumns, picker
from traces.domain.layout import lay_out
from traces.domain.repairs import describe_told_apart, repair
from traces.domain.repeats import Repeat, Siblings, find_repeats
from traces.domain.row_index import RowIndex
from traces.domain.shared_ids import Ids, tell_apart
from traces.domain.span import MAX_NS, Operation, Service, SpanOutline, StatusCode


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """A span at its place. `subtree_size` counts the span and all below it: the next sibling is that far away.

    `is_missing_parent` marks a span whose parent is named but not here (or lies on a cycle).
    """

    span: SpanOutline
    depth: int
    subtree_size: int
    child_count: int
    is_missing_parent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRows(Sequence[TraceRow]):
    """The rows of a trace. `order[row]` is the index in `spans` of the span in that row; the rest goes by rows.

    `told_apart` has, by index, the ids of those that share one: see `tell_apart`.
    """

    spans: SpanColumns
    order: Sequence[int]
    depths: Sequence[int]
    subtree_sizes: Sequence[int]
    told_apart: Mapping[int, Ids] = field(default_factory=dict)
    _index: RowIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", RowIndex(self.spans.span_ids, self.order))

    def __len__(self) -> int:
        return len(self.order)

    @overload
    def __getitem__(self, row: int) -> TraceRow: ...
    @overload
    def __getitem__(self, row: slice) -> list[TraceRow]: ...
    def __getitem__(self, row: int | slice) -> TraceRow | list[TraceRow]:
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        return TraceRow(
            span=self.spans[self.order[row]],
            depth=self.depths[row],
            subtree_size=self.subtree_sizes[row],
            child_count=sum(1 for _ in self.find_children(row)),
            is_missing_parent=self.is_missing_parent(row),
        )

    def __iter__(self) -> Iterator[TraceRow]:
        return (self[row] for row in range(len(self)))

    def operation(self, row: int) -> Operation:
        return self.spans.operations[self.spans.operation_ids[self.order[row]]]

    def is_missing_parent(self, row: int) -> bool:
        return self.depths[row] == 0 and self.spans.parent_span_ids[self.order[row]] is not None

    def find(self, span_id: bytes) -> list[int]:
        """The rows of the spans of that id: none, one, or several where it is shared; else that which is told apart
        by it.
        """
        return self._index.find(span_id) or [
            self.order.index(index) for index, ids in self.told_apart.items() if ids.span_id == span_id
        ]

    def is_joined(self, row: int) -> bool:
        """Whether it is the called side of the call in the row above it that has the same id."""
        ids = self.told_apart.get(self.order[row])
        return ids is not None and ids.is_half

    def find_own_id(self, row: int) -> bytes:
        """The id that leads to a row first: that of its span, or the one by which it is told apart."""
        index = self.order[row]
        ids = self.told_apart.get(index)
        return ids.span_id if ids else self.spans.span_ids[index]

    def find_first_error(self) -> int | None:
        """The first row with the status error."""
        statuses = self.spans.statuses
        return next((row for row, index in enumerate(self.order) if statuses[index] == StatusCode.ERROR), None)

    def find_ancestors(self, row: int) -> Iterator[int]:
        """The rows above a row, the parent's first."""
        depth = self.depths[row]
        while depth:
            row -= 1
            if self.depths[row] < depth:
                depth = self.depths[row]
                yield row

    def find_children(self, row: int) -> Iterator[int]:
        """The rows directly below a row."""
        child, end = row + 1, row + self.subtree_sizes[row]
        while child < end:
            yield child
            child += self.subtree_sizes[child]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceShare:
    """What one service has in a trace."""

    service: Service
    span_count: int
    error_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All spans of one trace id. `rows` is never empty; `notes` are sentences about what was repaired.

    `root_row` is that of the earliest span without a parent; where none is, the first row. `clock_corrections` are
    made if `clock` is CORRECTED, and could be if it is SENT.
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

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns

    @property
    def version(self) -> str:
        """What the store held of it; see `SpanColumns`."""
        return self.rows.spans.version

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
