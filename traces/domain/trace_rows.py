"""The rows of a trace: spans at their places, in columns; a row is made an object when it is looked at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

from traces.domain.columns import SpanColumns
from traces.domain.row_index import RowIndex
from traces.domain.shared_ids import Ids
from traces.domain.span import Operation, SpanOutline, StatusCode


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
