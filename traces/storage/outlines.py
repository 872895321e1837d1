"""One trace as columns, and the version of what is stored of it."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import xxhash
from django.conf import settings
from django.db import connection

from traces.domain.columns import BIG, INTEGER, SpanColumns
from traces.domain.deadline import check_time
from traces.storage.blocks import ROW_BITS
from traces.storage.engine import SqlValue
from traces.storage.layout import Tables
from traces.storage.names import NameBook
from traces.storage.partitions import partition_of
from traces.storage.rows import PARTITIONS_A_STATEMENT, Part, chunked, noticing_gone_partitions, query

_COLUMNS = "id, ordinal, span_id, parent_span_id, operation, start_ns, duration_ns, status, flags"
# A trace may lie in a part a span: asked for one by one, they would take a second for every 30,000.
_PARTS_A_STATEMENT = 200
_SPANS_A_STATEMENT = 20_000
# So many rows are turned into columns at once: they fit the processor's cache, and no heap of tuples piles up.
_ROWS_A_TURN = 500


def read_outlines(trace_id: bytes, parts: Iterable[Part], names: NameBook, version: str) -> SpanColumns:
    """The spans of a trace's parts; `version` is that of the trace."""
    columns = SpanColumns(
        trace_id=trace_id,
        row_ids=array(BIG),
        ordinals=array(INTEGER),
        span_ids=[],
        parent_span_ids=[],
        operation_ids=array(INTEGER),
        starts_ns=array(BIG),
        durations_ns=array(BIG),
        statuses=array(INTEGER),
        flags=array(INTEGER),
        operations=names.operations,
        version=version,
    )
    for rows in _read_rows(parts):
        row_ids, ordinals, span_ids, parents, operation_ids, starts_ns, durations_ns, statuses, flags = zip(
            *rows, strict=True
        )
        columns.row_ids.fromlist(list(row_ids))
        columns.ordinals.fromlist(list(ordinals))
        columns.span_ids.extend(_as_bytes(span_ids))
        columns.parent_span_ids.extend(_as_bytes(parents))
        columns.operation_ids.fromlist(list(operation_ids))
        columns.starts_ns.fromlist(list(starts_ns))
        columns.durations_ns.fromlist(list(durations_ns))
        columns.statuses.fromlist(list(statuses))
        columns.flags.fromlist(list(flags))
    return columns


def _read_rows(parts: Iterable[Part]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of _COLUMNS, some hundred at a time."""
    for partition, some in _portions(parts):
        check_time()
        ranges: list[SqlValue] = []
        for part in some:
            first = (part.block << ROW_BITS) + part.first_row
            ranges += (first, first + part.span_count - 1)
        condition = " OR ".join(["id BETWEEN %s AND %s"] * len(some))
        with noticing_gone_partitions(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {_COLUMNS} FROM {Tables(partition).span} WHERE {condition}", ranges)
            while rows := cursor.fetchmany(_ROWS_A_TURN):
                yield rows


def _portions(parts: Iterable[Part]) -> Iterator[tuple[int, list[Part]]]:
    """Parts of one partition, as many as one statement asks for."""
    by_partition: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_partition[partition_of(part.block)].append(part)
    for partition, of_partition in by_partition.items():
        portion: list[Part] = []
        spans = 0
        for part in of_partition:
            if portion and (len(portion) == _PARTS_A_STATEMENT or spans + part.span_count > _SPANS_A_STATEMENT):
                yield partition, portion
                portion, spans = [], 0
            portion.append(part)
            spans += part.span_count
        yield partition, portion


def _as_bytes(items: Sequence[Any]) -> Sequence[Any]:
    """PostgreSQL's driver may hand out memoryviews; a missing one stays None."""
    if connection.vendor == "sqlite":
        return items
    return [None if item is None else bytes(item) for item in items]


def find_version(project: int, trace_ids: Sequence[bytes], among: Sequence[int]) -> str:
    """The version of a trace, which may have several ids, in the partitions `among`; empty where none has a part of it.

    Counts and sums of a partition take a hundredth of the time that thousands of parts would. When the spans begin
    and end tells a database from one that was made anew in its place.
    """
    state: list[tuple[int, ...]] = []
    places = ", ".join(["%s"] * len(trace_ids))
    for numbers in chunked(among, PARTITIONS_A_STATEMENT):
        selects = (
            f"SELECT {number}, count(*), sum(span_count), sum(block), max(block), min(start_ns), max(end_ns)"
            f" FROM {Tables(number).trace_part} WHERE project = %s AND trace_id IN ({places})"
            for number in numbers
        )
        rows = query(" UNION ALL ".join(selects), [project, *trace_ids] * len(numbers))
        # PostgreSQL's sums are Decimal.
        state.extend((partition, parts, *map(int, sums)) for partition, parts, *sums in rows if parts)
    return _fingerprint(state)


def version_of(parts: Iterable[Part]) -> str:
    """What `find_version` says of a trace, from all its parts."""
    by_partition: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_partition[partition_of(part.block)].append(part)
    return _fingerprint(
        (
            partition,
            len(some),
            sum(part.span_count for part in some),
            sum(part.block for part in some),
            max(part.block for part in some),
            min(part.start_ns for part in some),
            max(part.end_ns for part in some),
        )
        for partition, some in by_partition.items()
    )


def _fingerprint(state: Iterable[tuple[int, ...]]) -> str:
    """Blocks never change and their numbers are not used again: these sums tell two sets of parts apart."""
    ordered = sorted(state)
    return xxhash.xxh3_128_hexdigest(repr((settings.TRACE_MAX_SPANS, ordered)).encode()) if ordered else ""
