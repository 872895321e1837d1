"""What is judged: a span, as far as it is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from traces.domain.span import Event, Link, Span, SpanOutline, clean_name, measure_duration_ns
from traces.domain.trace import Trace
from traces.domain.trace_rows import TraceRows


@dataclass(frozen=True, slots=True)
class Row:
    """What the columns of the store say of a span; `parent_span_id` is None for a root."""

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes | None
    service: str
    name: str
    kind: int
    status: int
    duration_ns: int


class WholeTrace(Protocol):
    """What a trace says of all its spans. `root_*` is None while no span without a parent has arrived."""

    @property
    def duration_ns(self) -> int: ...
    @property
    def root_service(self) -> str | None: ...
    @property
    def root_operation(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a span stands among the others of its trace: its children, and its numbers in the nested set.

    https://en.wikipedia.org/wiki/Nested_set_model: all 0 for a span that no parent connects with a root.
    """

    child_count: int
    left: int
    right: int
    parent: int


@dataclass(slots=True)
class Subject:
    """A span to be judged. What is None is not known, but for `event` and `link`: those may be none of the span's."""

    row: Row | None = None
    span: Span | None = None
    whole: WholeTrace | None = None
    standing: Standing | None = None
    event: Event | None = None
    link: Link | None = None


def row_of_span(span: Span, service: str) -> Row:
    """`service` is the name of the service that it is filed under."""
    return Row(
        span.trace_id,
        span.span_id,
        span.parent_span_id if any(span.parent_span_id) else None,
        service,
        clean_name(span.name),
        span.kind,
        span.status_code,
        measure_duration_ns(span.start_time_unix_nano, span.end_time_unix_nano),
    )


def row_of_outline(outline: SpanOutline) -> Row:
    operation = outline.operation
    return Row(
        outline.trace_id,
        outline.span_id,
        outline.parent_span_id,
        operation.service.name,
        operation.name,
        operation.kind,
        outline.status,
        outline.duration_ns,
    )


def row_of_trace(rows: TraceRows, row: int) -> Row:
    """The same of a trace's columns."""
    spans, index = rows.spans, rows.order[row]
    operation = rows.operation(row)
    return Row(
        spans.trace_id,
        spans.span_ids[index],
        spans.parent_span_ids[index],
        operation.service.name,
        operation.name,
        operation.kind,
        spans.statuses[index],
        spans.durations_ns[index],
    )


@dataclass(frozen=True, slots=True)
class RootedTrace:
    """See `WholeTrace`."""

    duration_ns: int
    root_service: str | None
    root_operation: str | None


def describe_whole(trace: Trace) -> RootedTrace:
    """What a trace says of all its spans."""
    if trace.rows.is_missing_parent(trace.root_row):
        return RootedTrace(trace.duration_ns, None, None)
    operation = trace.rows.operation(trace.root_row)
    return RootedTrace(trace.duration_ns, operation.service.name, operation.name)


def number_rows(trace: Trace) -> list[Standing]:
    """The standing of each row. Numbers begin with 1 at the first root; those of roots follow each other."""
    rows = trace.rows
    child_counts, parents = _find_parents(rows.depths)
    for row in _rows_cut_off(rows):
        # Its parent is below it, in a circle.
        child_counts[row] += 1
    lefts, rights = _number(rows)
    standings = []
    for row, above in enumerate(parents):
        parent = lefts[above] if above is not None else 0 if rows.is_missing_parent(row) else -1
        standings.append(Standing(child_counts[row], lefts[row], rights[row], parent))
    return standings


def _rows_cut_off(rows: TraceRows) -> Iterator[int]:
    """The rows of parents that are here, but do not stand above their children."""
    for row, depth in enumerate(rows.depths):
        parent_id = rows.spans.parent_span_ids[rows.order[row]] if depth == 0 else None
        if parent_id is not None and parent_id != rows.spans.span_ids[rows.order[row]]:
            yield from rows.find(parent_id)[:1]


def _number(rows: TraceRows) -> tuple[list[int], list[int]]:
    """Counts up where a row is entered, and where it is left; 0 and 0 of what no root is above."""
    lefts, rights = [0] * len(rows), [0] * len(rows)
    open_rows: list[int] = []
    number = 0
    is_connected = False
    for row, depth in enumerate([*rows.depths, 0]):
        while len(open_rows) > depth:
            number += 1
            rights[open_rows.pop()] = number
        if row == len(rows):
            break
        if depth == 0:
            is_connected = not rows.is_missing_parent(row)
        if is_connected:
            number += 1
            lefts[row] = number
            open_rows.append(row)
    return lefts, rights


def _find_parents(depths: Sequence[int]) -> tuple[list[int], list[int | None]]:
    """Of each row how many children it has, and which row its parent is in."""
    child_counts = [0] * len(depths)
    parents: list[int | None] = []
    above: list[int] = []
    for row, depth in enumerate(depths):
        del above[depth:]
        parents.append(above[-1] if above else None)
        if above:
            child_counts[above[-1]] += 1
        above.append(row)
    return child_counts, parents
