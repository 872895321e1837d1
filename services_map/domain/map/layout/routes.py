"""How lines run: curves between columns, level through the gaps between a column's boxes.

They depend on where the boxes stand only: the same boxes have the same lines, whatever was there before.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Final

from services_map.domain.map.layout.coordinates import spread
from services_map.domain.map.layout.graph import Pair
from services_map.domain.map.layout.shapes import BOX_HEIGHT, BOX_WIDTH, COLUMN_WIDTH, MARGIN, Point

Gap = tuple[float, float]
_as_point = partial(tuple.__new__, Point)

#: Between a line and a box.
_CLEAR: Final = 6
#: Between two lines in a gap, and between two at a box; where there is no room, less. Lines take up a part of a gap at
#: most: pushing them further apart would bend them all in each column.
_APART: Final = 6
_TAKEN: Final = 1 / 3
#: A line runs level until it is so far from the straight one; what is moved by less for others' sake is not moved.
_FAR: Final = 40
#: How far the handles of a line within a column stand out to the right.
_LEAST_REACH: Final = 40
MOST_REACH: Final = 90
_SAME: Final = 3


@dataclass(slots=True)
class _Line:
    """From left to right. `stops` are how far down it is at the right side of its first box, in columns, at its end."""

    pair: Pair
    first: int
    start: float
    slope: float
    goal: float
    stops: list[float] = field(default_factory=list)


def route(columns: Sequence[int], tops: Sequence[int], pairs: Sequence[Pair], height: int) -> dict[Pair, list[Point]]:
    """The points of each line from left to right, a first one and three for each curve; boxes begin at `tops`."""
    lines = [_begin(columns, tops, pair) for pair in pairs]
    stacks: list[list[int]] = [[] for _ in range(max(columns, default=-1) + 1)]
    for column, top in sorted(zip(columns, tops, strict=True)):
        stacks[column].append(top)
    passing: list[list[_Line]] = [[] for _ in stacks]
    for line in lines:
        for column in range(line.first + 1, columns[line.pair[1]]):
            passing[column].append(line)
    for column, (stack, some) in enumerate(zip(stacks, passing, strict=True)):
        _pass(column, _gaps(stack, height), some)
    for line in lines:
        line.stops.append(line.goal)
    _spread_ports(columns, tops, lines)
    return {
        line.pair: _curves(line) if columns[line.pair[0]] != columns[line.pair[1]] else _bracket(line) for line in lines
    }


def _begin(columns: Sequence[int], tops: Sequence[int], pair: Pair) -> _Line:
    left, right = pair
    start, goal = tops[left] + BOX_HEIGHT / 2, tops[right] + BOX_HEIGHT / 2
    slope = (goal - start) / max(columns[right] - columns[left], 1)
    return _Line(pair, columns[left], start, slope, goal, [start])


def _gaps(stack: Sequence[int], height: int) -> list[Gap]:
    """Where a line can pass a column of boxes, from top to bottom."""
    edges = [-MARGIN, *(edge for top in stack for edge in (top - _CLEAR, top + BOX_HEIGHT + _CLEAR)), height + MARGIN]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _pass(column: int, gaps: Sequence[Gap], lines: Sequence[_Line]) -> None:
    """The stop of each line in a column: in the gap nearest to where it would be, beside the others there."""
    ends = [end for _, end in gaps]
    last = len(gaps) - 1
    wishes: dict[int, list[tuple[float, float, Pair, _Line]]] = {}
    for line in lines:
        straight = line.start + line.slope * (column - line.first)
        wanted = line.stops[-1]
        if straight - wanted > _FAR:
            wanted = straight + _FAR / 2
        elif wanted - straight > _FAR:
            wanted = straight - _FAR / 2
        index = min(bisect_left(ends, wanted), last)
        if index and gaps[index][0] > wanted and wanted - ends[index - 1] <= gaps[index][0] - wanted:
            index -= 1
        wishes.setdefault(index, []).append((wanted, line.goal, line.pair, line))
    for index, wished in wishes.items():
        wished.sort()
        for (wanted, _, _, line), y in zip(wished, _fit([wish[0] for wish in wished], gaps[index]), strict=True):
            line.stops.append(wanted if abs(y - wanted) <= _SAME else y)


def _fit(wanted: list[float], gap: Gap) -> list[float]:
    low, high = gap
    if len(wanted) == 1:
        return [min(max(wanted[0], low), high)]
    apart = min(float(_APART), _TAKEN * (high - low) / len(wanted))
    last = high - apart * (len(wanted) - 1)
    placed = spread(wanted, [apart] * len(wanted))
    return [min(max(y - index * apart, low), last) + index * apart for index, y in enumerate(placed)]


def _spread_ports(columns: Sequence[int], tops: Sequence[int], lines: Sequence[_Line]) -> None:
    """Lines leave and reach a box side by side, in the order of where they come from."""
    on_right: dict[int, list[tuple[float, Pair, int, _Line]]] = {}
    on_left: dict[int, list[tuple[float, Pair, int, _Line]]] = {}
    for line in lines:
        left, right = line.pair
        ends = on_left if columns[left] != columns[right] else on_right
        on_right.setdefault(left, []).append((line.stops[1], line.pair, 0, line))
        ends.setdefault(right, []).append((line.stops[-2], line.pair, -1, line))
    for side in (on_right, on_left):
        for node, ended in side.items():
            ended.sort()
            apart = min(float(_APART), (BOX_HEIGHT - 2 * _APART) / len(ended))
            first = tops[node] + BOX_HEIGHT / 2 - apart * (len(ended) - 1) / 2
            for index, (_, _, end, line) in enumerate(ended):
                line.stops[end] = first + index * apart


def _bracket(line: _Line) -> list[Point]:
    """From right side to right side of two boxes of one column."""
    x = MARGIN + line.first * COLUMN_WIDTH + BOX_WIDTH
    start, end = (MARGIN + round(y) for y in line.stops)
    reach = x + min(MOST_REACH, _LEAST_REACH + abs(end - start) // 8)
    return [Point(x, start), Point(reach, start), Point(reach, end), Point(x, end)]


def _curves(line: _Line) -> list[Point]:
    """Level through columns, curved between them; columns without a bend are passed at once."""
    bend = (COLUMN_WIDTH - BOX_WIDTH) // 2
    heights = [MARGIN + round(y) for y in line.stops]
    start = x = MARGIN + line.first * COLUMN_WIDTH + BOX_WIDTH
    points = [(x, heights[0])]
    last = len(heights) - 2
    for index, (y, next_y) in enumerate(pairwise(heights)):
        if y != next_y or index == last:
            if x < start:
                points += ((x + bend, y), (start - bend, y), (start, y))
            x = start + 2 * bend
            points += ((start + bend, y), (x - bend, next_y), (x, next_y))
        start += COLUMN_WIDTH
    # Most of a large map's time would go into calls of Point.
    return list(map(_as_point, points))
