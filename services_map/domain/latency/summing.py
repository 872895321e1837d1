"""Cells of many subjects, summed: figures, series and heatmaps. No loop over rows or cells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services_map.domain.latency.buckets import BUCKETS, BUCKETS_A_ROW, MIDDLE_NS, UPPER_NS
from services_map.domain.latency.cells import BUCKET_BITS, CELL, ENTRY, STATUS_SHIFT, UNPAIRED, VERSION_SHIFT
from services_map.domain.latency.covering import Slots
from services_map.domain.latency.histogram import Histogram
from services_map.domain.latency.joined_rows import JoinedRows
from services_map.domain.summary import Figures, Heatmap, Series
from traces.domain.span import MAX_NS, StatusCode

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_SHARES: Final = (0.5, 0.95, 0.99)
_BUCKET: Final = (1 << BUCKET_BITS) - 1
_STATUS: Final = 3 << STATUS_SHIFT
_VERSION: Final = 0xFFFF << VERSION_SHIFT
_FAILED: Final = StatusCode.ERROR << STATUS_SHIFT


@dataclass(frozen=True, eq=False)
class Tally:
    """Cells of the subjects 0 to `size` - 1 that are to be summed. They stay packed until only those are left."""

    size: int
    #: Of each row its subject, and the start of its slot.
    row_subjects: Ints
    row_starts_s: Ints
    #: Of each cell its row, and what it stands for; None where every span stands for itself.
    rows: Ints
    cells: NDArray[np.void]
    packed_weights: Floats | None

    @cached_property
    def keys(self) -> Ints:
        return self.cells["key"].astype(np.int64)

    @cached_property
    def counts(self) -> Floats:
        return self.cells["count"].astype(np.float64)

    @property
    def weights(self) -> Floats:
        """The same array as `counts` where every span stands for itself."""
        return self.counts if self.packed_weights is None else self.packed_weights

    @cached_property
    def subjects(self) -> Ints:
        return self.row_subjects[self.rows]

    @cached_property
    def starts_s(self) -> Ints:
        return self.row_starts_s[self.rows]

    @cached_property
    def buckets(self) -> Ints:
        return self.keys & _BUCKET

    @property
    def are_failed(self) -> Flags:
        return self.has_bits(_STATUS, _FAILED)

    def has_bits(self, mask: int, wanted: int) -> Flags:
        """Whether the key of each cell, masked, is what is wanted."""
        return np.asarray(np.equal(self.cells["key"] & np.uint32(mask), np.uint32(wanted)))

    def select(self, kept: Flags) -> "Tally":
        """Only these cells."""
        if kept.all():
            return self
        # Numbers of eight bytes are taken by their places: much faster than records by a mask.
        at = np.flatnonzero(kept)
        cells = self.cells.view(np.uint64).take(at).view(CELL)
        weights = None if self.packed_weights is None else self.packed_weights.take(at)
        return Tally(self.size, self.row_subjects, self.row_starts_s, self.rows.take(at), cells, weights)

    def regroup(self, numbers: Sequence[int]) -> "Tally":
        """Only these subjects, numbered in this order."""
        places = np.full(self.size, -1, np.int64)
        places[numbers] = np.arange(len(numbers))
        moved = replace(self, size=len(numbers), row_subjects=places[self.row_subjects])
        return moved.select(moved.subjects >= 0)


def tally(counted: JoinedRows, groups: Sequence[Sequence[int]]) -> Tally:
    """The cells of each group of subjects' ids; those of other subjects are left out."""
    numbers = number_rows(counted, groups)
    whole = Tally(
        size=len(groups),
        row_subjects=numbers,
        row_starts_s=counted.starts_s,
        rows=np.repeat(np.arange(counted.sizes.size), counted.sizes),
        cells=np.frombuffer(counted.cells, CELL),
        packed_weights=counted.weights,
    )
    return whole if numbers.min(initial=0) >= 0 else whole.select(whole.subjects >= 0)


def number_rows(counted: JoinedRows, groups: Sequence[Sequence[int]]) -> Ints:
    """The number of the group that each row's subject is in, -1 where it is in none."""
    ids = np.array([id_ for group in groups for id_ in group] or [-1], np.int64)
    numbers = np.array([number for number, group in enumerate(groups) for _ in group] or [-1], np.int64)
    order = np.argsort(ids, kind="stable")
    ids, numbers = ids[order], numbers[order]
    places = np.minimum(np.searchsorted(ids, counted.subjects), ids.size - 1)
    return np.where(ids[places] == counted.subjects, numbers[places], -1)


def list_subjects(*counted: JoinedRows) -> list[int]:
    """The ids of the subjects with rows, ascending."""
    found: list[int] = np.unique(np.concatenate([rows.subjects for rows in counted])).tolist()
    return found


def find_busiest(counted: Sequence[JoinedRows], groups: Sequence[Sequence[int]], most: int) -> list[int]:
    """The numbers of the groups with the most calls in all of `counted`, at most `most`."""
    parts = [tally(rows, groups) for rows in counted]
    weights = sum((_add(part.subjects, part.weights, part.size) for part in parts), np.zeros(len(groups)))
    found: list[int] = np.argsort(-weights, kind="stable")[:most].tolist()
    return found


def choose_busiest(ids: Sequence[int], counted: Sequence[JoinedRows], most: int) -> list[int]:
    """The ids of the subjects with the most calls in all of `counted`, where there are more than `most`."""
    if len(ids) <= most:
        return list(ids)
    return [ids[number] for number in find_busiest(counted, [[id_] for id_ in ids], most)]


def have_entries(cells: Tally) -> Flags:
    """Whether each subject has a cell of requests to its service."""
    found = np.zeros(cells.size, np.bool_)
    rows_with = np.zeros(cells.row_subjects.size, np.bool_)
    rows_with[cells.rows[cells.has_bits(ENTRY, ENTRY)]] = True
    found[cells.row_subjects[rows_with]] = True
    return found


def decide_entries(cells: Tally, before: Tally) -> Flags:
    """Whether the figures of each subject are of requests: if it has some, or, without any cells, had some before."""
    is_silent = np.ones(cells.size, np.bool_)
    is_silent[cells.subjects] = False
    decided: Flags = np.logical_or(have_entries(cells), np.logical_and(is_silent, have_entries(before)))
    return decided


def keep_entries(cells: Tally, uses_entries: Flags) -> Tally:
    """Only requests of the subjects that have some, all cells of the others."""
    is_wanted = cells.has_bits(ENTRY, ENTRY)
    if not uses_entries.all():
        is_wanted |= ~uses_entries[cells.subjects]
    return cells.select(is_wanted)


def keep_version(cells: Tally, number: int) -> Tally:
    """Only spans of one version."""
    return cells.select(cells.has_bits(_VERSION, number << VERSION_SHIFT))


def sum_figures(cells: Tally, seconds: float) -> list[Figures]:
    """The figures of each subject."""
    every = _sum_buckets(cells)
    failed = _sum_buckets(cells.select(cells.are_failed))
    return [
        Figures(seconds=seconds, durations=durations, failed=of_failed)
        for durations, of_failed in zip(every, failed, strict=True)
    ]


def sum_rest(cells: Tally, others: Sequence[int], seconds: float) -> Figures:
    """The figures of all subjects together but for the `others`."""
    is_rest = np.ones(cells.size, np.bool_)
    is_rest[others] = False
    rest = cells.select(is_rest[cells.subjects])
    return sum_figures(replace(rest, size=1, row_subjects=np.zeros_like(rest.row_subjects)), seconds)[0]


def _sum_buckets(cells: Tally) -> list[Histogram]:
    """A histogram each; subjects without cells share one."""
    is_used = np.bincount(cells.subjects, minlength=cells.size) > 0
    used = np.flatnonzero(is_used)
    places = (np.cumsum(is_used) - 1)[cells.subjects] * BUCKETS + cells.buckets
    size, shape = used.size * BUCKETS, (used.size, BUCKETS)
    counts = _add(places, cells.counts, size)
    weights = counts if cells.weights is cells.counts else _add(places, cells.weights, size)
    found = [Histogram.empty()] * cells.size
    rows = zip(used.tolist(), counts.astype(np.int64).reshape(shape), weights.reshape(shape), strict=True)
    for subject, counts_of, weights_of in rows:
        found[subject] = Histogram(counts_of, weights_of)
    return found


def _add(places: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(places, values, size).astype(np.float64, copy=False)


def sum_totals_ns(cells: Tally) -> Floats:
    """The time that the calls of each subject took together."""
    return _add(cells.subjects, cells.weights * MIDDLE_NS[cells.buckets], cells.size)


def sum_unpaired(cells: Tally) -> list[float]:
    """How many calls of each link met nobody who sent a span."""
    found: list[float] = _add(cells.subjects, cells.weights * cells.has_bits(UNPAIRED, UNPAIRED), cells.size).tolist()
    return found


def make_series(cells: Tally, slots: Slots, now_ns: int = MAX_NS) -> list[Series]:
    """The series of each subject; what comes after `now_ns` does not count as time without calls."""
    count = slots.count
    places = cells.subjects * count + (cells.starts_s - slots.start_s) // slots.step_s
    size, shape = cells.size * count, (cells.size, count)
    weights = _add(places, cells.weights, size).reshape(shape)
    failed = _add(places, cells.weights * cells.are_failed, size).reshape(shape)
    durations = [_as_lists(values.reshape(shape)) for values in _percentiles(places, cells, size)]
    starts_s, lengths_s = slots.starts_s, slots.lengths_s(now_ns)
    return [
        Series(
            step_s=slots.step_s,
            starts_s=starts_s,
            lengths_s=lengths_s,
            weights=weights[n].tolist(),
            failed=failed[n].tolist(),
            p50_ns=durations[0][n],
            p95_ns=durations[1][n],
            p99_ns=durations[2][n],
            max_ns=durations[3][n],
        )
        for n in range(cells.size)
    ]


def _percentiles(places: Ints, cells: Tally, size: int) -> list[Floats]:
    """For each place the three percentiles and the maximum, NaN where there is nothing."""
    order = np.argsort(places << BUCKET_BITS | cells.buckets, kind="stable")
    buckets, weights = cells.buckets[order], cells.weights[order]
    # A cell may weigh nothing, where what it counted was taken away again.
    sizes = np.bincount(places, minlength=size)
    used = np.flatnonzero(sizes)
    ends = np.cumsum(sizes)[used]
    begins = ends - sizes[used]
    reached = np.cumsum(weights)
    below = np.where(begins > 0, reached[np.maximum(begins, 1) - 1], 0.0)
    total = reached[ends - 1] - below
    found = []
    for share in _SHARES:
        # As in Histogram.percentile_ns.
        at = np.searchsorted(reached, below + share * total * (1 - 1e-12), side="left")
        found.append(_spread(used, MIDDLE_NS[buckets[np.clip(at, begins, ends - 1)]], size))
    return [*found, _spread(used, UPPER_NS[buckets[ends - 1]].astype(np.float64), size)]


def _spread(places: Ints, values: Floats, size: int) -> Floats:
    spread = np.full(size, np.nan)
    spread[places] = values
    return spread


def _as_lists(values: Floats) -> list[list[float | None]]:
    """NaN as None."""
    objects = values.astype(object)
    objects[np.isnan(values)] = None
    lists: list[list[float | None]] = objects.tolist()
    return lists


def make_heatmap(cells: Tally, slots: Slots) -> Heatmap:
    """Of all subjects together."""
    rows = cells.buckets // BUCKETS_A_ROW
    first, last = (int(rows.min()), int(rows.max())) if rows.size else (0, -1)
    shape = (last - first + 1, slots.count)
    places = (rows - first) * slots.count + (cells.starts_s - slots.start_s) // slots.step_s
    every = _add(places, cells.weights, shape[0] * shape[1])
    failed = _add(places, cells.weights * cells.are_failed, shape[0] * shape[1])
    return Heatmap(
        step_s=slots.step_s,
        starts_s=slots.starts_s,
        first_row=first,
        weights=every.reshape(shape).tolist(),
        failed=failed.reshape(shape).tolist(),
    )


def find_versions(cells: Tally) -> list[list[int]]:
    """The numbers of the versions that each subject's cells are of, ascending."""
    versions = cells.cells["key"] >> np.uint32(VERSION_SHIFT)
    # Cells of one version mostly stand together in their row: one of each run is enough.
    is_first = np.ones(versions.size, np.bool_)
    is_first[1:] = (versions[1:] != versions[:-1]) | (cells.rows[1:] != cells.rows[:-1])
    numbers, subjects = versions[is_first].astype(np.int64), cells.row_subjects[cells.rows[is_first]]
    is_seen = np.zeros((cells.size, int(numbers.max(initial=0)) + 1), np.bool_)
    is_seen[subjects, numbers] = True
    return [np.flatnonzero(of_subject).tolist() for of_subject in is_seen]


def find_last_slots(counted: JoinedRows, groups: Sequence[Sequence[int]]) -> list[int]:
    """The start of the latest row of each group, 0 without one."""
    numbers = number_rows(counted, groups)
    known = numbers >= 0
    latest = np.zeros(len(groups), np.int64)
    np.maximum.at(latest, numbers[known], counted.starts_s[known])
    found: list[int] = latest.tolist()
    return found
