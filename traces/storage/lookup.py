"""Spans by their ids, many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from traces.storage.blocks import ROW_BITS
from traces.storage.counted import FoundSpan
from traces.storage.engine import SqlValue
from traces.storage.layout import Tables
from traces.storage.partitions import partition_of
from traces.storage.rows import Part, chunked, first_spans, query, read_parts

_MAX_SPANS_A_TRACE = 20_000
_PARTS_A_STATEMENT = 200
Owners = Mapping[int, tuple[int, int]]


def find_rows(project: int, wanted: Collection[tuple[bytes, bytes]], among: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """(trace id, span id, operation, start, duration, status, row id, ordinal) of spans, in partitions `among`."""
    span_ids: dict[bytes, list[bytes]] = defaultdict(list)
    for trace_id, span_id in wanted:
        span_ids[trace_id].append(span_id)
    parts = read_parts(project, list(span_ids), among)
    shown = [part for of_trace in parts.values() for part in first_spans(of_trace, _MAX_SPANS_A_TRACE)]
    for partition, some in _portions(shown):
        for row in _read(partition, some, {span_id for part in some for span_id in span_ids[part.trace_id]}):
            found = (bytes(row[0]), bytes(row[1]))
            if found in wanted:
                yield (*found, *row[2:])


def _portions(parts: Iterable[Part]) -> Iterator[tuple[int, Sequence[Part]]]:
    by_partition: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_partition[partition_of(part.block)].append(part)
    for partition, of_partition in by_partition.items():
        yield from ((partition, some) for some in chunked(of_partition, _PARTS_A_STATEMENT))


def _read(partition: int, parts: Sequence[Part], span_ids: Collection[bytes]) -> list[tuple[Any, ...]]:
    bounds: list[SqlValue] = []
    for part in parts:
        first = (part.block << ROW_BITS) + part.first_row
        bounds += (first, first + part.span_count - 1)
    ranges = " OR ".join(["id BETWEEN %s AND %s"] * len(parts))
    return query(
        "SELECT trace_id, span_id, operation, start_ns, duration_ns, status, id, ordinal"
        f" FROM {Tables(partition).span} WHERE ({ranges}) AND span_id IN ({', '.join(['%s'] * len(span_ids))})",
        [*bounds, *span_ids],
    )


def as_found(row: tuple[Any, ...], owners: Owners) -> FoundSpan:
    """A row of `find_rows`; `owners` says service and kind of its operation."""
    _, _, operation, start_ns, duration_ns, status, row_id, ordinal = row
    service, kind = owners[operation]
    return FoundSpan(
        operation_id=operation,
        service_id=service,
        kind=kind,
        start_ns=start_ns,
        duration_ns=duration_ns,
        status=status,
        address=(row_id, ordinal),
    )
