"""How lines run: curves between columns, straight through the gaps between a column's boxes.

They depend on where the boxes stand only: the same boxes have the same lines, whatever was there before.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from services_map.domain.layout.coordinates import spread
from services_map.domain.layout.graph import Pair
from services_map.domain.layout.shapes import BOX_HEIGHT, BOX_WIDTH, COLUMN_WIDTH, MARGIN, Point

#: Between a line and a box, and between two lines in a gap that has room.
_CLEAR: Final = 6
_APART: Final = 8
_PORTS_APART: Final = 6
#: A line runs level until it is so far from the straight one; what is moved by less for others' sake is not moved.
_FAR: Final = 40
_SAME: Final = 2


def route(columns: Sequence[int], tops: Sequence[int], pairs: Sequence[Pair], height: int) -> dict[Pair, list[Point]]:
    """The points of each line from left to right, a first one and three for each curve; boxes begin at `tops`."""
    stops = _stops(columns, tops, pairs, height)
    _spread_ports(columns, tops, pairs, stops)
    return {pair: _curves(columns[pair[0]], stops[pair]) for pair in pairs}


def _stops(columns: Sequence[int], tops: Sequence[int], pairs: Sequence[Pair], height: int) -> dict[Pair, list[float]]:
    """How far down each line is in each of its columns."""
    stacks: list[list[int]] = [[] for _ in range(max(columns, default=-1) + 1)]
    for node, column in enumerate(columns):
        stacks[column].append(tops[node])
    passing: list[list[Pair]] = [[] for _ in stacks]
    for pair in pairs:
        for column in range(columns[pair[0]] + 1, columns[pair[1]]):
            passing[column].append(pair)
    stops = {pair: [tops[pair[0]] + BOX_HEIGHT / 2] for pair in pairs}
    for column, lines in enumerate(passing):
        gaps = _gaps(sorted(stacks[column]), height)
        ends = [end for _, end in gaps]
        wishes: dict[int, list[tuple[float, float, Pair]]] = {}
        for pair in lines:
            goal = tops[pair[1]] + BOX_HEIGHT / 2
            share = (column - columns[pair[0]]) / (columns[pair[1]] - columns[pair[0]])
            wanted = _level(stops[pair][-1], stops[pair][0] + share * (goal - stops[pair][0]))
            wishes.setdefault(_nearest(gaps, ends, wanted), []).append((wanted, goal, pair))
        for index, wished in wishes.items():
            wished.sort()
            for (wanted, _, pair), y in zip(wished, _fit([wish[0] for wish in wished], gaps[index]), strict=True):
                stops[pair].append(wanted if abs(y - wanted) <= _SAME else y)
    for pair in pairs:
        stops[pair].append(tops[pair[1]] + BOX_HEIGHT / 2)
    return stops


def _level(reached: float, straight: float) -> float:
    """Where a line goes on: level while it is not far from straight, else as far to its other side."""
    if abs(straight - reached) <= _FAR:
        return reached
    return straight + (_FAR / 2 if straight > reached else -_FAR / 2)


def _gaps(stack: list[int], height: int) -> list[tuple[float, float]]:
    edges = [-MARGIN, *(edge for top in stack for edge in (top - _CLEAR, top + BOX_HEIGHT + _CLEAR)), height + MARGIN]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _nearest(gaps: list[tuple[float, float]], ends: list[float], y: float) -> int:
    """The gap that is nearest; gaps are in order, `ends` are where they end."""
    index = min(bisect_left(ends, y), len(gaps) - 1)
    if index and gaps[index][0] > y and y - ends[index - 1] <= gaps[index][0] - y:
        return index - 1
    return index


def _fit(wanted: list[float], gap: tuple[float, float]) -> list[float]:
    low, high = gap
    if len(wanted) == 1:
        return [min(max(wanted[0], low), high)]
    apart = min(float(_APART), (high - low) / len(wanted))
    last = high - apart * (len(wanted) - 1)
    placed = spread(wanted, [apart] * len(wanted))
    return [min(max(y - index * apart, low), last) + index * apart for index, y in enumerate(placed)]


def _spread_ports(
    columns: Sequence[int], tops: Sequence[int], pairs: Sequence[Pair], stops: dict[Pair, list[float]]
) -> None:
    """Lines leave and reach a box side by side, in the order of where they come from."""
    leaving: dict[int, list[tuple[float, Pair]]] = {}
    arriving: dict[int, list[tuple[float, Pair]]] = {}
    for pair in pairs:
        leaving.setdefault(pair[0], []).append((stops[pair][1], pair))
        arriving.setdefault(pair[1], []).append((stops[pair][-2], pair))
    for ports, end in ((leaving, 0), (arriving, -1)):
        for node, lines in ports.items():
            lines.sort()
            apart = min(float(_PORTS_APART), (BOX_HEIGHT - 2 * _PORTS_APART) / len(lines))
            first = tops[node] + BOX_HEIGHT / 2 - apart * (len(lines) - 1) / 2
            for index, (_, pair) in enumerate(lines):
                stops[pair][end] = first + index * apart


def _curves(column: int, stops: list[float]) -> list[Point]:
    """Level through columns, curved between them; columns without a bend are passed at once."""
    bend = (COLUMN_WIDTH - BOX_WIDTH) // 2
    x = MARGIN + column * COLUMN_WIDTH + BOX_WIDTH
    heights = [MARGIN + round(y) for y in stops]
    points = [Point(x, heights[0])]
    for index, (y, next_y) in enumerate(pairwise(heights)):
        start = x + index * COLUMN_WIDTH
        end = start + 2 * bend
        if y == next_y and index < len(heights) - 2:
            continue
        if points[-1].x < start:
            points += (Point(points[-1].x + bend, y), Point(start - bend, y), Point(start, y))
        points += (Point(start + bend, y), Point(end - bend, next_y), Point(end, next_y))
    return points
