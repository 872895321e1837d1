"""How far down things stand in their columns: near their neighbours, never nearer to each other than they may be."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from services_map.domain.map.layout.crossings import Floats, Ints, Threads
from services_map.domain.map.layout.shapes import SLOT_HEIGHT

#: What a line takes of a column it passes through.
THREAD_HEIGHT: Final = 10
_ROUNDS: Final = 4
#: How much a line pulls that has one end, or both, in a point it passes through: long lines become straight.
_PULLS: Final = (1.0, 2.0, 8.0)


def spread(wanted: Sequence[float], apart: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) of which each is `apart[i]` or more after the one before.

    `apart[0]` is not looked at. This is isotonic regression; pool adjacent violators finds it in linear time.
    """
    sums: list[float] = []
    sizes: list[int] = []
    offset, offsets = 0.0, []
    for index, want in enumerate(wanted):
        if index:
            offset += apart[index]
        offsets.append(offset)
        total, size = want - offset, 1
        while sums and sums[-1] * size >= total * sizes[-1]:
            total += sums.pop()
            size += sizes.pop()
        sums.append(total)
        sizes.append(size)
    if len(sums) == len(offsets):
        return list(wanted)
    means = [total / size for total, size in zip(sums, sizes, strict=True) for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def settle(columns: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """Tops near the wanted ones at which no box of a column touches another; where none does, the wanted ones."""
    members: dict[int, list[int]] = {}
    for node in sorted(range(len(columns)), key=lambda node: (wanted[node], node)):
        members.setdefault(columns[node], []).append(node)
    tops = [0] * len(columns)
    for nodes in members.values():
        placed = spread([wanted[node] for node in nodes], [SLOT_HEIGHT] * len(nodes))
        for node, top in zip(nodes, placed, strict=True):
            tops[node] = int(top // 1)
    return tops


def heights(threads: Threads, columns: list[Ints], parts: Sequence[int], count: int) -> Floats:
    """The middle of each node and point, from layers in their order; the first `count` are nodes.

    A layer whose nodes take turns in `parts` columns needs that much less room.
    """
    aparts = []
    for column, divided in zip(columns, parts, strict=True):
        sizes = np.where(np.less(column, count), SLOT_HEIGHT / divided, float(THREAD_HEIGHT))
        aparts.append([0.0, *((sizes[:-1] + sizes[1:]) / 2).tolist()])
    middle = np.zeros(threads.size)
    for column, apart in zip(columns, aparts, strict=True):
        middle[column] = np.cumsum(apart) - sum(apart) / 2
    pulls = [_pulls(left, right, count) for left, right in threads.steps]
    for round_ in range(_ROUNDS):
        is_last = round_ == _ROUNDS - 1
        for forward in (True, False):
            for index in range(len(columns)) if forward else range(len(columns) - 1, -1, -1):
                sides = []
                if index and (forward or is_last):
                    left, right = threads.steps[index - 1]
                    sides.append((left, right, pulls[index - 1]))
                if index < len(columns) - 1 and (not forward or is_last):
                    left, right = threads.steps[index]
                    sides.append((right, left, pulls[index]))
                _settle(columns[index], aparts[index], sides, middle)
    return middle


def _pulls(left: Ints, right: Ints, count: int) -> Floats:
    through = np.greater_equal(left, count).astype(np.int64) + np.greater_equal(right, count)
    return np.array(_PULLS)[through]


def _settle(column: Ints, apart: list[float], sides: list[tuple[Ints, Ints, Floats]], middle: Floats) -> None:
    total, weight = np.zeros(column.size), np.zeros(column.size)
    spot = np.zeros(int(column.max()) + 1, np.int64)
    spot[column] = np.arange(column.size)
    for fixed, moved, pull in sides:
        total += np.bincount(spot[moved], middle[fixed] * pull, column.size)
        weight += np.bincount(spot[moved], pull, column.size)
    wanted = np.where(weight > 0, total / np.maximum(weight, 1e-9), middle[column])
    middle[column] = spread(wanted.tolist(), apart)
