"""Routes of edges as SVG paths: where a line ends so that its arrowhead fits, and where its label stands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

#: x and y in pixels of the map, y downwards.
XY: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An edge as it is drawn: `path` is stroked, `head` (a triangle) filled.

    Words may stand at `places`, the best first, and before the arrowhead at `end`.
    """

    path: str
    head: str
    places: list[XY]
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
        places=places_on(points),
        end=_move(tip, along, -length - 4),
    )


def spell_path(points: Sequence[XY]) -> str:
    """`M0,0C1,1 2,2 3,3`; two points are a straight line."""
    joint = "C" if len(points) > 3 else "L"
    return f"M{_spell(points[0])}{joint}{' '.join(_spell(point) for point in points[1:])}"


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


def places_on(points: Sequence[XY]) -> list[XY]:
    """Where words may stand on a route, the best first: the middle, then further out."""
    if len(points) < 4:
        return [((points[0][0] + points[-1][0]) / 2, (points[0][1] + points[-1][1]) / 2)]
    pieces = (len(points) - 1) // 3
    marks = [(piece, share) for piece in range(pieces) for share in (0.5, 0.3, 0.7)]
    marks.sort(key=lambda mark: (abs(mark[0] + mark[1] - pieces / 2), mark))
    return [_point_at(points[3 * piece : 3 * piece + 4], share) for piece, share in marks]


def _point_at(piece: Sequence[XY], share: float) -> XY:
    rest = 1 - share
    factors = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    x, y = (sum(f * p[axis] for f, p in zip(factors, piece, strict=True)) for axis in (0, 1))
    return x, y
