"""The outlines of one trace's spans as columns: a hundred thousand spans are nine lists, not as many objects."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, overload

from traces.domain.span import Operation, SpanFlag, SpanOutline

# The C types of the columns: of 64 and of 32 bits.
BIG, INTEGER = "q", "i"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanColumns(Sequence[SpanOutline]):
    """Entry i of every column is of span i; a span asked for by its index is made as a `SpanOutline`.

    `operations` says what the numbers in `operation_ids` stand for, and may know others. `version` names what the
    store held of the trace when it was read; empty if the spans come from elsewhere.
    """

    trace_id: bytes
    row_ids: "array[int]"
    ordinals: "array[int]"
    span_ids: list[bytes]
    parent_span_ids: list[bytes | None]
    operation_ids: "array[int]"
    starts_ns: "array[int]"
    durations_ns: "array[int]"
    statuses: "array[int]"
    flags: "array[int]"
    operations: Mapping[int, Operation]
    version: str = ""

    @classmethod
    def of(cls, trace_id: bytes, spans: Iterable[SpanOutline]) -> "SpanColumns":
        """The columns of outlines."""
        spans = list(spans)
        numbers: dict[Operation, int] = {}
        return cls(
            trace_id=trace_id,
            row_ids=array(BIG, [span.address[0] for span in spans]),
            ordinals=array(INTEGER, [span.address[1] for span in spans]),
            span_ids=[span.span_id for span in spans],
            parent_span_ids=[span.parent_span_id for span in spans],
            operation_ids=array(INTEGER, [numbers.setdefault(span.operation, len(numbers)) for span in spans]),
            starts_ns=array(BIG, [span.start_ns for span in spans]),
            durations_ns=array(BIG, [span.duration_ns for span in spans]),
            statuses=array(INTEGER, [span.status for span in spans]),
            flags=array(INTEGER, [span.flags.value for span in spans]),
            operations={number: operation for operation, number in numbers.items()},
        )

    def pick(self, indexes: Sequence[int]) -> "SpanColumns":
        """Only these spans, in this order."""
        pick = picker(indexes)
        return SpanColumns(
            trace_id=self.trace_id,
            row_ids=array(BIG, pick(self.row_ids)),
            ordinals=array(INTEGER, pick(self.ordinals)),
            span_ids=list(pick(self.span_ids)),
            parent_span_ids=list(pick(self.parent_span_ids)),
            operation_ids=array(INTEGER, pick(self.operation_ids)),
            starts_ns=array(BIG, pick(self.starts_ns)),
            durations_ns=array(BIG, pick(self.durations_ns)),
            statuses=array(INTEGER, pick(self.statuses)),
            flags=array(INTEGER, pick(self.flags)),
            operations=self.operations,
            version=self.version,
        )

    def __len__(self) -> int:
        return len(self.span_ids)

    @overload
    def __getitem__(self, index: int) -> SpanOutline: ...
    @overload
    def __getitem__(self, index: slice) -> list[SpanOutline]: ...
    def __getitem__(self, index: int | slice) -> SpanOutline | list[SpanOutline]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        return SpanOutline(
            address=(self.row_ids[index], self.ordinals[index]),
            trace_id=self.trace_id,
            span_id=self.span_ids[index],
            parent_span_id=self.parent_span_ids[index],
            operation=self.operations[self.operation_ids[index]],
            start_ns=self.starts_ns[index],
            duration_ns=self.durations_ns[index],
            status=self.statuses[index],
            flags=SpanFlag(self.flags[index]),
        )

    def __iter__(self) -> Iterator[SpanOutline]:
        return (self[index] for index in range(len(self)))


def picker(indexes: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """A function that takes the items at these places (one at least) of a sequence.

    Made once for several columns, it takes half the time of a comprehension.
    """
    if len(indexes) == 1:
        return lambda items: (items[indexes[0]],)
    return itemgetter(*indexes)
