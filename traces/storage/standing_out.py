"""The spans of traces that a small drawing shows: the longest, and some that failed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from traces.domain.deadline import check_time
from traces.domain.span import SpanFlag, SpanOutline, StatusCode
from traces.storage.blocks import ROW_BITS
from traces.storage.engine import SqlValue
from traces.storage.layout import Tables
from traces.storage.names import NameBook
from traces.storage.partitions import partition_of
from traces.storage.rows import Part, chunked, first_spans, query

_COLUMNS = "id, ordinal, trace_id, span_id, parent_span_id, operation, start_ns, duration_ns, status, flags"
_RANGES_A_STATEMENT = 200
# Looking at a span for its length takes about 0.4 µs: so many are looked at for all traces together.
_SPANS_LOOKED_AT = 100_000


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which of the spans of some parts of one partition: all, or the first `limit` in an `order`."""

    partition: int
    parts: Sequence[Part]
    condition: str = ""
    order: str = ""
    limit: int = 0


def read_standing_out(
    parts: Mapping[bytes, Sequence[Part]], longest: int, failed: int, names: NameBook
) -> dict[bytes, list[SpanOutline]]:
    """Of each trace its `longest` longest spans and its `failed` first failed ones, repetitions included."""
    counts = [sum(part.span_count for part in of_trace) for of_trace in parts.values()]
    most = max(longest, share_out(_SPANS_LOOKED_AT, counts))
    # Traces that have several ids are given the spans of all.
    owners: dict[bytes, list[bytes]] = defaultdict(list)
    for trace_id, of_trace in parts.items():
        for own_id in {part.trace_id for part in of_trace}:
            owners[own_id].append(trace_id)
    spans: dict[bytes, dict[int, SpanOutline]] = defaultdict(dict)
    for choices in _together(_choose({key: first_spans(some, most) for key, some in parts.items()}, longest, failed)):
        check_time()
        for row in _read(choices):
            outline = _outline(row, names)
            for trace_id in owners[outline.trace_id]:
                spans[trace_id][row[0]] = outline
    return {trace_id: _cut(list(found.values()), longest, failed) for trace_id, found in spans.items()}


def share_out(total: int, counts: Sequence[int]) -> int:
    """The most that each may have of `total`, where those that want less leave the rest to the others."""
    left = total
    for given, count in enumerate(ordered := sorted(counts)):
        share = left // (len(ordered) - given)
        if count > share:
            return share
        left -= count
    return total


def _choose(parts: Mapping[bytes, Sequence[Part]], longest: int, failed: int) -> Iterator[_Choice]:
    """What is small is read whole, with other traces; what is large is asked for its longest spans."""
    small: dict[int, list[Part]] = defaultdict(list)
    for of_trace in parts.values():
        is_small = sum(part.span_count for part in of_trace) <= longest
        for partition, some in _by_partition(of_trace).items():
            if is_small:
                small[partition] += some
                continue
            for portion in chunked(some, _RANGES_A_STATEMENT):
                yield _Choice(partition, portion, order="duration_ns DESC, id", limit=longest)
                if any(part.error_count for part in portion):
                    is_failed = f"status = {StatusCode.ERROR.value}"
                    yield _Choice(partition, portion, condition=is_failed, order="id", limit=failed)
    for partition, some in small.items():
        yield from (_Choice(partition, portion) for portion in chunked(some, _RANGES_A_STATEMENT))


def _by_partition(parts: Iterable[Part]) -> dict[int, list[Part]]:
    by_partition: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_partition[partition_of(part.block)].append(part)
    return by_partition


def _together(choices: Iterable[_Choice]) -> Iterator[list[_Choice]]:
    """As many as one statement takes."""
    portion: list[_Choice] = []
    ranges = 0
    for choice in choices:
        if portion and ranges + len(choice.parts) > _RANGES_A_STATEMENT:
            yield portion
            portion, ranges = [], 0
        portion.append(choice)
        ranges += len(choice.parts)
    if portion:
        yield portion


def _read(choices: Sequence[_Choice]) -> list[tuple[Any, ...]]:
    """Rows of _COLUMNS. The derived table is for SQLite, which takes no LIMIT inside a UNION."""
    selects, values = [], list[SqlValue]()
    for choice in choices:
        condition = " OR ".join(["id BETWEEN %s AND %s"] * len(choice.parts))
        if choice.condition:
            condition = f"({condition}) AND {choice.condition}"
        ordered = f" ORDER BY {choice.order} LIMIT {choice.limit}" if choice.limit else ""
        table = Tables(choice.partition).span
        selects.append(f"SELECT * FROM (SELECT {_COLUMNS} FROM {table} WHERE {condition}{ordered}) AS some_spans")
        values += [bound for part in choice.parts for bound in _bounds(part)]
    return query(" UNION ALL ".join(selects), values)


def _bounds(part: Part) -> tuple[int, int]:
    first = (part.block << ROW_BITS) + part.first_row
    return first, first + part.span_count - 1


def _outline(row: tuple[Any, ...], names: NameBook) -> SpanOutline:
    row_id, ordinal, trace_id, span_id, parent_span_id, operation, start_ns, duration_ns, status, flags = row
    return SpanOutline(
        address=(row_id, ordinal),
        trace_id=bytes(trace_id),
        span_id=bytes(span_id),
        parent_span_id=None if parent_span_id is None else bytes(parent_span_id),
        operation=names.operations[operation],
        start_ns=start_ns,
        duration_ns=duration_ns,
        status=status,
        flags=SpanFlag(flags),
    )


def _cut(spans: list[SpanOutline], longest: int, failed: int) -> list[SpanOutline]:
    """Several portions of a trace brought as many each."""
    spans.sort(key=lambda span: (-span.duration_ns, span.address))
    errors = sorted((span for span in spans if span.is_error), key=lambda span: span.address)[:failed]
    chosen = {span.address for span in spans[:longest]}
    return spans[:longest] + [span for span in errors if span.address not in chosen]
