"""Spans as sums: which cells of which rows they add to, and rows added to rows. Columns in, columns out."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services_map.domain.latency.buckets import BUCKETS_A_ROW, buckets_of
from services_map.domain.latency.cells import (
    CELL,
    ENTRY,
    EXAMPLE,
    FAILED,
    ROOT,
    STATUS_SHIFT,
    VERSION_SHIFT,
    WEIGHT,
    WEIGHT_UNIT,
)
from services_map.domain.latency.levels import MINUTE
from traces.domain.span import StatusCode

_NANOSECONDS: Final = 10**9
_MAX_COUNT: Final = 2**32 - 1
# Slots of a minute until the year 2262 fit into so many bits.
_SLOT_BITS: Final = 28
_START_BITS: Final = 34
_IntColumn = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Spans to be counted, as columns of one length. `times` is 1, or -1 to take one back.

    `trace_ids` and `span_ids` are rows of 16 and of 8 bytes.
    """

    subjects: _IntColumn
    starts_ns: _IntColumn
    durations_ns: _IntColumn
    statuses: _IntColumn
    are_roots: NDArray[np.bool_]
    are_entries: NDArray[np.bool_]
    versions: _IntColumn
    units: _IntColumn
    times: _IntColumn
    trace_ids: NDArray[np.uint8]
    span_ids: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Cells and examples of many rows. A row is (subject, start of its slot in seconds); rows ascend.

    `cell_rows` and `example_rows` say which row each cell and example belongs to, ascending; so do keys within a row.
    """

    subjects: _IntColumn
    starts_s: _IntColumn
    cell_rows: _IntColumn
    keys: _IntColumn
    counts: _IntColumn
    units: _IntColumn
    example_rows: _IntColumn
    examples: NDArray[np.void]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRow:
    """A row as it is stored."""

    subject: int
    start_s: int
    cells: bytes
    weights: bytes
    examples: bytes


def count_spans(spans: Counted) -> Sums:
    """The sums of spans by minute."""
    slots = spans.starts_ns // (MINUTE * _NANOSECONDS)
    buckets = buckets_of(spans.durations_ns)
    keys = (
        spans.versions << VERSION_SHIFT
        | np.clip(spans.statuses, 0, StatusCode.ERROR.value) << STATUS_SHIFT
        | spans.are_roots * ROOT
        | spans.are_entries * ENTRY
        | buckets
    )
    is_new = spans.times > 0
    examples = np.zeros(int(is_new.sum()), EXAMPLE)
    failed = np.where(spans.statuses == StatusCode.ERROR.value, FAILED, 0)
    examples["key"] = (buckets // BUCKETS_A_ROW | failed)[is_new]
    examples["duration_ns"] = spans.durations_ns[is_new]
    examples["trace_id"] = spans.trace_ids[is_new]
    examples["span_id"] = spans.span_ids[is_new]
    rows, row_of = np.unique(spans.subjects << _SLOT_BITS | slots, return_inverse=True)
    return _sum(
        rows >> _SLOT_BITS,
        (rows & (1 << _SLOT_BITS) - 1) * MINUTE,
        (row_of, keys, spans.times, spans.units * spans.times),
        (row_of[is_new], examples),
    )


def coarsen(sums: Sums, level_s: int) -> Sums:
    """The same sums in slots of `level_s` seconds, a multiple of those they are in."""
    slots = sums.starts_s // level_s
    rows, row_of = np.unique(sums.subjects << _SLOT_BITS | slots, return_inverse=True)
    return _sum(
        rows >> _SLOT_BITS,
        (rows & (1 << _SLOT_BITS) - 1) * level_s,
        (row_of[sums.cell_rows], sums.keys, sums.counts, sums.units),
        (row_of[sums.example_rows], sums.examples),
    )


def add_stored(sums: Sums, stored: Sequence[PackedRow], deleted: Collection[bytes] = ()) -> Sums:
    """The sums with what is stored of their rows; rows of others are not allowed.

    Examples of traces that are `deleted` go.
    """
    if not stored:
        return sums
    packed = sums.subjects << _START_BITS | sums.starts_s
    wanted = np.array([row.subject << _START_BITS | row.start_s for row in stored], np.int64)
    row_of = np.searchsorted(packed, wanted)
    lengths = [len(row.cells) // CELL.itemsize for row in stored]
    cells = np.frombuffer(b"".join(row.cells for row in stored), CELL)
    counts = cells["count"].astype(np.int64)
    units = counts * WEIGHT_UNIT
    ends = np.cumsum(lengths)
    for index, row in enumerate(stored):
        if row.weights:
            units[ends[index] - lengths[index] : ends[index]] = np.frombuffer(row.weights, WEIGHT).astype(np.int64)
    examples = np.frombuffer(b"".join(row.examples for row in stored), EXAMPLE)
    example_rows = np.repeat(row_of, [len(row.examples) // EXAMPLE.itemsize for row in stored])
    if deleted:
        traces = np.ascontiguousarray(examples["trace_id"]).view("V16").reshape(-1)
        is_kept = ~np.isin(traces, np.frombuffer(b"".join(deleted), "V16"))
        examples, example_rows = examples[is_kept], example_rows[is_kept]
    return _sum(
        sums.subjects,
        sums.starts_s,
        (
            np.concatenate([sums.cell_rows, np.repeat(row_of, lengths)]),
            np.concatenate([sums.keys, cells["key"].astype(np.int64)]),
            np.concatenate([sums.counts, counts]),
            np.concatenate([sums.units, units]),
        ),
        (
            np.concatenate([sums.example_rows, example_rows]),
            np.concatenate([sums.examples, examples]),
        ),
    )


def pack_rows(sums: Sums) -> Iterator[PackedRow]:
    """The rows as they are stored. One that counts nothing any more has no cells; no cell counts less than nothing."""
    cell_rows, keys, counts, units = _fit(sums)
    is_there = counts > 0
    cell_rows, keys, counts, units = cell_rows[is_there], keys[is_there], counts[is_there], units[is_there]
    cells = np.empty(keys.size, CELL)
    cells["key"], cells["count"] = keys, counts
    is_weighted = units != counts * WEIGHT_UNIT
    weighted_rows = set(np.unique(cell_rows[is_weighted]).tolist())
    all_cells, all_weights = cells.tobytes(), units.astype(WEIGHT).tobytes()
    all_examples = sums.examples.tobytes()
    cell_ends = np.searchsorted(cell_rows, np.arange(sums.subjects.size), side="right").tolist()
    example_ends = np.searchsorted(sums.example_rows, np.arange(sums.subjects.size), side="right").tolist()
    first_cell = first_example = 0
    rows = zip(sums.subjects.tolist(), sums.starts_s.tolist(), cell_ends, example_ends, strict=True)
    for index, (subject, start_s, cell_end, example_end) in enumerate(rows):
        yield PackedRow(
            subject=subject,
            start_s=start_s,
            cells=all_cells[first_cell * CELL.itemsize : cell_end * CELL.itemsize],
            weights=all_weights[first_cell * WEIGHT.itemsize : cell_end * WEIGHT.itemsize]
            if index in weighted_rows
            else b"",
            examples=all_examples[first_example * EXAMPLE.itemsize : example_end * EXAMPLE.itemsize],
        )
        first_cell, first_example = cell_end, example_end


def _sum(
    subjects: _IntColumn,
    starts_s: _IntColumn,
    cells: tuple[_IntColumn, _IntColumn, _IntColumn, _IntColumn],
    examples: tuple[_IntColumn, NDArray[np.void]],
) -> Sums:
    """Cells (row, key, count, units) with equal row and key added up; of each row and key one example."""
    rows, keys, counts, units = cells
    packed = rows << 32 | keys
    order = np.argsort(packed, kind="stable")
    packed = packed[order]
    firsts = np.flatnonzero(np.append(True, packed[1:] != packed[:-1])) if packed.size else np.empty(0, np.int64)
    counts = np.add.reduceat(counts[order], firsts) if packed.size else counts
    units = np.add.reduceat(units[order], firsts) if packed.size else units
    # One more and one less of different weight do not cancel.
    kept = (counts != 0) | (units != 0)
    packed = packed[firsts][kept]
    example_rows, kept_examples = _choose_examples(*examples)
    return Sums(
        subjects=subjects,
        starts_s=starts_s,
        cell_rows=packed >> 32,
        keys=packed & (1 << 32) - 1,
        counts=counts[kept],
        units=units[kept],
        example_rows=example_rows,
        examples=kept_examples,
    )


def _choose_examples(rows: _IntColumn, examples: NDArray[np.void]) -> tuple[_IntColumn, NDArray[np.void]]:
    """Of each row and key the example with the lowest ids: ids are random, and the choice does not depend on order."""
    packed = rows << 16 | examples["key"].astype(np.int64)
    spans = np.ascontiguousarray(examples["span_id"]).view(">u8").reshape(-1)
    traces = np.ascontiguousarray(examples["trace_id"]).view(">u8").reshape(-1, 2)
    order = np.lexsort((traces[:, 1], traces[:, 0], spans, packed))
    packed = packed[order]
    is_first = np.append(True, packed[1:] != packed[:-1]) if packed.size else np.empty(0, np.bool_)
    return packed[is_first] >> 16, examples[order[is_first]]


def _fit(sums: Sums) -> tuple[_IntColumn, _IntColumn, _IntColumn, _IntColumn]:
    """The cells, where counts that do not fit into one take several. Whoever reads cells adds them up anyway."""
    rows, keys, counts, units = sums.cell_rows, sums.keys, sums.counts, sums.units
    while (large := np.flatnonzero(counts > _MAX_COUNT)).size:
        rows, keys = np.append(rows, rows[large]), np.append(keys, keys[large])
        rest = counts[large] - _MAX_COUNT
        moved = np.minimum(units[large], rest * WEIGHT_UNIT)
        counts, units = np.append(np.minimum(counts, _MAX_COUNT), rest), np.append(units, moved)
        units[large] -= moved
        order = np.argsort(rows << 32 | keys, kind="stable")
        rows, keys, counts, units = rows[order], keys[order], counts[order], units[order]
    return rows, keys, counts, units
