"""Routes of edges as SVG paths: where a line ends so that its arrowhead fits, and where its label stands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

#: x and y in pixels of the map, y downwards.
XY: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An edge as it is drawn: `path` is stroked, `head` (a triangle) filled; `middle` and `end` are places for words."""

    path: str
    head: str
    middle: XY
    end: XY


def draw_line(points: Sequence[XY], width: float) -> Line:
    """Cubic Bézier points (one, and three more a piece) drawn `width` wide, with an arrowhead at the last of them."""
    tip = points[-1]
    along = direction(points)
    length = 6 + 1.5 * width
    base = _move(tip, along, -length)
    shortened = [*points[:-2], _move(points[-2], along, -length), base] if len(points) > 3 else [*points[:-1], base]
    half = 3 + width
    side = (-along[1], along[0])
    corners = (tip, _move(base, side, half), _move(base, side, -half))
    return Line(
        path=spell_path(shortened),
        head=f"M{'L'.join(_spell(corner) for corner in corners)}Z",
        middle=middle_of(points),
        end=_move(tip, along, -length - 4),
    )


def spell_path(points: Sequence[XY]) -> str:
    """`M0,0C1,1 2,2 3,3`; two points are a straight line."""
    joint = "C" if len(points) > 3 else "L"
    return f"M{_spell(points[0])}{joint}{' '.join(_spell(point) for point in points[1:])}"


def middle_of(points: Sequence[XY]) -> XY:
    """The middle of the middle piece."""
    pieces = (len(points) - 1) // 3
    if not pieces:
        return (points[0][0] + points[-1][0]) / 2, (points[0][1] + points[-1][1]) / 2
    first = 3 * ((pieces - 1) // 2)
    if pieces % 2 == 0:
        return points[first + 3]
    a, b, c, d = points[first : first + 4]
    x, y = ((a[axis] + 3 * b[axis] + 3 * c[axis] + d[axis]) / 8 for axis in (0, 1))
    return x, y


def direction(points: Sequence[XY]) -> XY:
    """Which way an edge arrives, as a step of length 1; to the right where its last points coincide."""
    tip = points[-1]
    for before in reversed(points[:-1]):
        far = math.dist(before, tip)
        if far > 0.01:
            return (tip[0] - before[0]) / far, (tip[1] - before[1]) / far
    return 1.0, 0.0


def _move(point: XY, along: XY, by: float) -> XY:
    return point[0] + along[0] * by, point[1] + along[1] * by


def _spell(point: XY) -> str:
    return f"{spell_number(point[0])},{spell_number(point[1])}"


def spell_number(number: float) -> str:
    """To a tenth of a pixel: `12`, `12.5`, `-0.3`."""
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
