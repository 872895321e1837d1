"""The outlines of one trace's spans as columns: a hundred thousand spans are nine lists, not as many objects."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from traces.domain.span import Operation, SpanFlag, SpanOutline


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanColumns(Sequence[SpanOutline]):
    """Entry i of every list is of span i; a span asked for by its index is made as a `SpanOutline`.

    `operations` says what the numbers in `operation_ids` stand for, and may know others. `version` names what the
    store held of the trace when it was read; empty if the spans come from elsewhere.
    """

    trace_id: bytes
    row_ids: list[int]
    ordinals: list[int]
    span_ids: list[bytes]
    parent_span_ids: list[bytes | None]
    operation_ids: list[int]
    starts_ns: list[int]
    durations_ns: list[int]
    statuses: list[int]
    flags: list[int]
    operations: Mapping[int, Operation]
    version: str = ""

    @classmethod
    def of(cls, trace_id: bytes, spans: Iterable[SpanOutline]) -> "SpanColumns":
        """The columns of outlines."""
        spans = list(spans)
        numbers: dict[Operation, int] = {}
        return cls(
            trace_id=trace_id,
            row_ids=[span.address[0] for span in spans],
            ordinals=[span.address[1] for span in spans],
            span_ids=[span.span_id for span in spans],
            parent_span_ids=[span.parent_span_id for span in spans],
            operation_ids=[numbers.setdefault(span.operation, len(numbers)) for span in spans],
            starts_ns=[span.start_ns for span in spans],
            durations_ns=[span.duration_ns for span in spans],
            statuses=[span.status for span in spans],
            flags=[span.flags.value for span in spans],
            operations={number: operation for operation, number in numbers.items()},
        )

    def pick(self, indexes: Sequence[int]) -> "SpanColumns":
        """Only these spans, in this order."""
        return SpanColumns(
            trace_id=self.trace_id,
            row_ids=[self.row_ids[index] for index in indexes],
            ordinals=[self.ordinals[index] for index in indexes],
            span_ids=[self.span_ids[index] for index in indexes],
            parent_span_ids=[self.parent_span_ids[index] for index in indexes],
            operation_ids=[self.operation_ids[index] for index in indexes],
            starts_ns=[self.starts_ns[index] for index in indexes],
            durations_ns=[self.durations_ns[index] for index in indexes],
            statuses=[self.statuses[index] for index in indexes],
            flags=[self.flags[index] for index in indexes],
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
