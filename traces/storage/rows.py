"""Reading the tables of partitions: parts, rows and bodies."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeVar

import structlog
import zstandard
from django.db import OperationalError, ProgrammingError, connection
from google.protobuf.message import DecodeError

from traces.domain.deadline import check_time
from traces.domain.span import Span
from traces.storage.blocks import ROW_BITS
from traces.storage.decode import decode_spans
from traces.storage.engine import SqlValue
from traces.storage.layout import Tables
from traces.storage.partitions import bound_in, partition_of

_Item = TypeVar("_Item")
log = structlog.get_logger(__name__)
PARTITIONS_A_STATEMENT = 100
_IDS_A_STATEMENT = 5_000
_BODIES_A_STATEMENT = 8
# The second is SQLite's, where a full-text table is dropped between its parts.
_MISSING_TABLE = re.compile(r"no such table|vtable constructor failed|does not exist")


class PartitionGone(Exception):
    """A partition was dropped or merged while it was being read: read again, from the list of partitions on."""


@dataclass(frozen=True, slots=True)
class Part:
    """A trace's rows in one block."""

    trace_id: bytes
    block: int
    first_row: int
    span_count: int
    start_ns: int
    end_ns: int
    error_count: int
    root_operation: int | None
    root_start_ns: int | None


def query(sql: str, values: Sequence[SqlValue] = ()) -> list[tuple[Any, ...]]:
    """All rows of a SELECT. Raises PartitionGone where a table is not there any more."""
    with noticing_gone_partitions(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


@contextmanager
def noticing_gone_partitions() -> Iterator[None]:
    """A table that is not there any more is PartitionGone."""
    try:
        yield
    except (OperationalError, ProgrammingError) as problem:
        if is_about_a_missing_table(problem):
            raise PartitionGone(str(problem)) from problem
        raise


def is_about_a_missing_table(problem: Exception) -> bool:
    return bool(_MISSING_TABLE.search(str(problem)))


def read_parts(
    project: int, trace_ids: Sequence[bytes], among: Iterable[int], newest_block: int | None = None
) -> dict[bytes, list[Part]]:
    """The parts of some traces in the partitions `among`, as a view up to `newest_block` sees them."""
    parts: dict[bytes, list[Part]] = defaultdict(list)
    for numbers in chunked(list(among), PARTITIONS_A_STATEMENT):
        for ids in chunked(trace_ids, _IDS_A_STATEMENT // len(numbers) + 1):
            for row in _read_parts(project, ids, numbers, newest_block):
                part = Part(bytes(row[0]), *row[1:])
                parts[part.trace_id].append(part)
    return parts


def _read_parts(
    project: int, trace_ids: Sequence[bytes], numbers: Sequence[int], newest_block: int | None
) -> list[tuple[Any, ...]]:
    columns = "trace_id, block, first_row, span_count, start_ns, end_ns, error_count, root_operation, root_start_ns"
    condition = f"project = %s AND trace_id IN ({', '.join(['%s'] * len(trace_ids))})"
    values: list[SqlValue] = [project, *trace_ids]
    selects = [
        f"SELECT {columns} FROM {Tables(number).trace_part} WHERE {condition}"
        + ("" if newest_block is None else f" AND block <= {bound_in(number, newest_block)}")
        for number in numbers
    ]
    return query(" UNION ALL ".join(selects), values * len(numbers))


def first_spans(parts: Sequence[Part], most: int) -> Sequence[Part]:
    """The parts that hold the `most` spans of a trace to show: those with a root, then those that arrived first.

    The last of them may be a piece of a part, whose spans are in the order of their starts.
    """
    if sum(part.span_count for part in parts) <= most:
        return parts
    shown, room = [], most
    for part in sorted(parts, key=lambda part: (part.root_operation is None, part.block)):
        shown.append(replace(part, span_count=min(room, part.span_count)))
        room -= shown[-1].span_count
        if not room:
            break
    return shown


def read_spans(addresses: Iterable[tuple[int, int]]) -> dict[int, Span]:
    """Whole spans by row id; what is gone or cannot be read is left out, and the latter is logged."""
    by_block: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row_id, ordinal in addresses:
        by_block[row_id >> ROW_BITS].append((row_id, ordinal))
    spans: dict[int, Span] = {}
    for block, wanted in by_block.items():
        check_time()
        row_of = {ordinal: row_id for row_id, ordinal in wanted}
        with suppress(PartitionGone):
            spans.update((row_of[ordinal], span) for ordinal, span in decode_block(block, row_of))
    return spans


def decode_block(block: int, ordinals: Iterable[int]) -> Iterator[tuple[int, Span]]:
    """(ordinal, span) of some spans of a block. Raises PartitionGone."""
    found = _find_body(block)
    if found is None:
        return
    wanted = list(ordinals)
    try:
        yield from decode_spans(found.otlp, wanted, found.cuts)
    except DecodeError as problem:
        log.error("a block cannot be read", block=block, spans=len(wanted), problem=str(problem))


def read_bodies(blocks: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """(block, its OTLP), a few at a time and in no particular order. A damaged one is left out and logged.

    Nothing of them is remembered: whoever reads a whole trace would drive out what others need. Raises PartitionGone.
    """
    unpack = zstandard.ZstdDecompressor().decompress
    for partition, of_partition in groupby(sorted(blocks), partition_of):
        sql = f"SELECT block, body FROM {Tables(partition).block_body} WHERE block IN "
        for some in chunked(list(of_partition), _BODIES_A_STATEMENT):
            check_time()
            rows = query(f"{sql}({', '.join(['%s'] * len(some))})", some)
            if len(rows) < len(some):
                raise PartitionGone(f"some of the blocks {some}")
            for block, body in rows:
                try:
                    yield block, unpack(bytes(body))
                except zstandard.ZstdError as problem:
                    log.error("a block cannot be decompressed", block=block, problem=str(problem))


def read_body(block: int) -> bytes | None:
    """The OTLP of a block, or None if it is damaged."""
    found = _find_body(block)
    return found.otlp if found else None


def _find_body(block: int) -> "_Body | None":
    try:
        return _read_body(block)
    except zstandard.ZstdError as problem:
        log.error("a block cannot be decompressed", block=block, problem=str(problem))
        return None


@dataclass(frozen=True, slots=True)
class _Body:
    """A block's OTLP, and what ingest had to change in it: see `decode_spans`."""

    otlp: bytes
    cuts: dict[str, str]


@lru_cache(maxsize=8)
def _read_body(block: int) -> _Body:
    """Blocks never change: the last few are remembered."""
    tables = Tables(partition_of(block))
    rows = query(f"SELECT body, cuts FROM {tables.block_body} JOIN {tables.block} ON id = block WHERE id = %s", [block])
    if not rows:
        raise PartitionGone(f"block {block}")
    body, cuts = rows[0]
    return _Body(zstandard.ZstdDecompressor().decompress(bytes(body)), json.loads(bytes(cuts)) if cuts else {})


def forget_bodies() -> None:
    """Drop the remembered blocks."""
    _read_body.cache_clear()


def chunked(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """`items` in portions of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
