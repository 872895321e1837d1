"""The order within columns that crosses few lines.

Sweeps over the columns sort each by the mean place of its neighbours in the one before (Sugiyama, Tagawa, Toda 1981);
the best that was seen is improved by sifting (Matuszewski, Schönfeld, Molitor 1999): each thing is put where it
crosses least. Lines over several columns pass through a point in each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services_map.domain.map.layout.graph import Pair

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_SWEEPS: Final = 8
#: Sifting costs time by the square of things: small maps have several rounds, the largest none.
_MAX_SIFTINGS: Final = 6
_SIFTED_THINGS: Final = 2_800
_BLOCK: Final = 128
_LATER: Final = np.triu(np.ones((_BLOCK, _BLOCK), np.bool_))


@dataclass(frozen=True, slots=True)
class Threads:
    """Nodes and, after them, the points that long lines pass through. `steps[c]` joins column c with c + 1."""

    columns: list[Ints]
    steps: list[tuple[Ints, Ints]]
    size: int


def thread(columns: Sequence[int], pairs: Sequence[Pair]) -> Threads:
    """Long lines cut into steps from column to column. In each column nodes come first, by number."""
    width = max(columns) + 1
    members: list[list[int]] = [[] for _ in range(width)]
    for node, column in enumerate(columns):
        members[column].append(node)
    steps: list[tuple[list[int], list[int]]] = [([], []) for _ in range(width - 1)]
    size = len(columns)
    for one, other in pairs:
        left = one
        for column in range(columns[one], columns[other] - 1):
            steps[column][0].append(left)
            steps[column][1].append(size)
            members[column + 1].append(size)
            left = size
            size += 1
        steps[columns[other] - 1][0].append(left)
        steps[columns[other] - 1][1].append(other)
    return Threads(
        [np.array(column, np.int64) for column in members],
        [(np.array(left, np.int64), np.array(right, np.int64)) for left, right in steps],
        size,
    )


def untangle(threads: Threads) -> list[Ints]:
    """The columns of `threads`, reordered."""
    columns = list(threads.columns)
    place = np.zeros(threads.size)
    _number(columns, place)
    best, fewest = list(columns), _crossings(threads.steps, place)
    idle = 0
    for sweep in range(_SWEEPS):
        if not fewest or idle > 1:
            break
        _sweep(columns, threads.steps, place, is_forward=sweep % 2 == 0)
        crossings = _crossings(threads.steps, place)
        idle += 1
        if crossings < fewest:
            best, fewest, idle = list(columns), crossings, 0
    _number(best, place)
    for _ in range(min(_MAX_SIFTINGS, _SIFTED_THINGS // threads.size)):
        if not fewest or not _sift(best, threads.steps, place):
            break
    return best


def _number(columns: list[Ints], place: Floats) -> None:
    for column in columns:
        place[column] = np.arange(column.size)


def _sweep(columns: list[Ints], steps: list[tuple[Ints, Ints]], place: Floats, *, is_forward: bool) -> None:
    """Sort each column by the one before it, which is sorted already."""
    for index in range(1, len(columns)) if is_forward else range(len(columns) - 2, -1, -1):
        fixed, moved = steps[index - 1] if is_forward else steps[index][::-1]
        columns[index] = _sorted(columns[index], fixed, moved, place)
        place[columns[index]] = np.arange(columns[index].size)


def _sorted(column: Ints, fixed: Ints, moved: Ints, place: Floats) -> Ints:
    """A column by the means of its neighbours' places in the fixed one; what has none there stays where it is."""
    if column.size < 2:
        return column
    spots = place[moved].astype(np.int64)
    total = np.bincount(spots, place[fixed], column.size)
    degree = np.bincount(spots, None, column.size)
    middle = np.where(degree > 0, total / np.maximum(degree, 1), place[column])
    return column[np.argsort(middle, kind="stable")]


def _crossings(steps: list[tuple[Ints, Ints]], place: Floats) -> int:
    return sum(_inversions(place[left], place[right]) for left, right in steps)


def _inversions(left: Floats, right: Floats) -> int:
    """How many pairs of lines between two columns cross."""
    if left.size < 2:
        return 0
    width = int(right.max()) + 1
    ends = np.sort((left * width + right).astype(np.int64)) % width
    found = 0
    for start in range(0, ends.size, _BLOCK):
        rows = ends[start : start + _BLOCK, None]
        found += int(np.count_nonzero(np.greater(rows, rows.T) & _LATER[: rows.size, : rows.size]))
        found += int(np.count_nonzero(np.greater(rows, ends[start + _BLOCK :])))
    return found


def _sift(columns: list[Ints], steps: list[tuple[Ints, Ints]], place: Floats) -> int:
    """Put each thing of each column where it crosses the fewest lines, all others staying. How many that saves."""
    saved = 0
    for index, column in enumerate(columns):
        if column.size < 2:
            continue
        costs = np.zeros((column.size, column.size), np.int32)
        if index:
            left, right = steps[index - 1]
            costs += _costs(place, left, right, column.size, columns[index - 1].size)
        if index < len(steps):
            left, right = steps[index]
            costs += _costs(place, right, left, column.size, columns[index + 1].size)
        order, fewer = _sifted(costs)
        saved += fewer
        columns[index] = column[order]
        place[columns[index]] = np.arange(column.size)
    return saved


def _sifted(costs: NDArray[np.int32]) -> tuple[Ints, int]:
    """The order of a column, and how many crossings it has less, from what each pair costs either way round."""
    size = len(costs)
    gains = costs.T - costs
    order = np.arange(size)
    sums = np.zeros(size + 1, np.int32)
    saved = 0
    for thing in range(size):
        # Put before what is at p it saves sums[spot] - sums[p], further up as well as further down.
        gains[thing].take(order).cumsum(out=sums[1:])
        target = int(sums.argmin())
        spot = int(np.equal(order, thing).argmax())
        fewer = int(sums[spot] - sums[target])
        if not fewer:
            continue
        saved += fewer
        if target > spot:
            order[spot : target - 1] = order[spot + 1 : target].copy()
            order[target - 1] = thing
        else:
            order[target + 1 : spot + 1] = order[target:spot].copy()
            order[target] = thing
    return order, saved


def _costs(place: Floats, fixed: Ints, moved: Ints, size: int, other: int) -> NDArray[np.int32]:
    """How often lines of two things cross, by which of them (row) is above which (column)."""
    rows, spots = place[moved].astype(np.int64), place[fixed].astype(np.int64)
    lines = np.bincount(spots * size + rows, None, size * other).astype(np.int32).reshape(other, size)
    above = np.cumsum(lines, axis=0, dtype=np.int32) - lines
    order = np.argsort(rows, kind="stable")
    sums = np.zeros((rows.size + 1, size), np.int32)
    np.cumsum(above[spots[order]], axis=0, out=sums[1:])
    ends = np.cumsum(np.bincount(rows, None, size))
    starts = np.concatenate(([0], ends[:-1]))
    return sums[ends] - sums[starts]
