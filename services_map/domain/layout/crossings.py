"""The order within columns that crosses few lines: sweeps of medians over columns, and the best that was seen.

Sugiyama's method with the median of Eades and Wormald; lines over several columns pass through a point in each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services_map.domain.layout.graph import Pair

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_SWEEPS: Final = 12
_BLOCK: Final = 1_024


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
    for column in columns:
        place[column] = np.arange(column.size)
    best, fewest = list(columns), _crossings(threads.steps, place)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        forward = sweep % 2 == 0
        for index in range(1, len(columns)) if forward else range(len(columns) - 2, -1, -1):
            left, right = threads.steps[index - 1] if forward else threads.steps[index][::-1]
            columns[index] = _sorted(columns[index], left, right, place)
            place[columns[index]] = np.arange(columns[index].size)
        crossings = _crossings(threads.steps, place)
        if crossings < fewest:
            best, fewest = list(columns), crossings
    return best


def _sorted(column: Ints, fixed: Ints, moved: Ints, place: Floats) -> Ints:
    """A column by the medians of its neighbours in the fixed one; what has none there stays where it is."""
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
    order = np.lexsort((right, left))
    ends = right[order]
    found = 0
    for start in range(0, ends.size, _BLOCK):
        rows = ends[start : start + _BLOCK]
        later = ends[start:]
        above = np.greater(rows[:, None], later[None, :])
        found += int(np.count_nonzero(np.triu(above, 1)))
    return found
