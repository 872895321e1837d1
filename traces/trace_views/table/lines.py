"""The rows of a table as objects: those of a page, or of a portion of a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from traces import reading
from traces.domain.attributes import AttributeValue
from traces.domain.span import Operation, SpanOutline
from traces.domain.trace import Trace
from traces.domain.values import ABSENT
from traces.storage.base import DEFAULT_PROJECT, AttributeKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a span has in an added column; nothing if it is not `is_present`."""

    value: AttributeValue
    is_present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLine:
    """A span; `row` is that of the waterfall, `own_id` leads to it, `offset_ns` counts from the trace's start."""

    row: int
    own_id: bytes
    span: SpanOutline
    offset_ns: int
    self_ns: int
    critical_ns: int
    cells: tuple[Cell, ...]

    @property
    def operation(self) -> Operation:
        return self.span.operation


def load_lines(
    trace: Trace, rows: Sequence[int], columns: Sequence[AttributeKey], longest: int = reading.MAX_VALUE_LENGTH
) -> Iterator[TableLine]:
    """The lines of these rows, in their order. Raises StoreUnavailable."""
    if not rows:
        return
    found = reading.load_attributes_of_rows(DEFAULT_PROJECT, trace, columns, rows, longest) if columns else []
    for place, row in enumerate(rows):
        span = trace.rows.spans[trace.rows.order[row]]
        numbers = [(values, values.numbers[place]) for values in found]
        yield TableLine(
            row=row,
            own_id=trace.rows.find_own_id(row),
            span=span,
            offset_ns=span.start_ns - trace.start_ns,
            self_ns=trace.self_times_ns[row],
            critical_ns=trace.critical_path.own_ns[row],
            cells=tuple(
                Cell(value=values.distinct[number] if number != ABSENT else None, is_present=number != ABSENT)
                for values, number in numbers
            ),
        )
