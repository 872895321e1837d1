"""Lines of the map, and the badges of what calls itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from services_map.domain.layout import BOX_WIDTH, Point
from services_map.domain.map_view import ShownEdge
from services_map.domain.node_keys import spell_node
from services_map.map_drawing.fitting import measure_px
from services_map.map_drawing.geometry import XY, Line, draw_line
from services_map.map_drawing.labels import LABEL_PX, Label
from services_map.map_drawing.shades import Colour, shade
from services_map.map_drawing.wording import (
    describe,
    mark_of,
    name_element,
    spell_duration,
    spell_rate,
    spell_ratio,
    spell_share,
)
from traces.words import named


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnEdge:
    """A link between two boxes, or (`loop`) of one to itself. `mark` is a sign beside the colour."""

    id: str
    shown: ShownEdge
    caller_id: str
    callee_id: str
    line: Line | None
    shade: str
    mark: str
    slower: str
    label: Label
    is_labelled: bool
    words: str
    loop_at: XY = (0.0, 0.0)

    @property
    def width(self) -> int:
        return self.shown.width


def draw_edge(edge: ShownEdge, route: Sequence[Point], colour: Colour, is_labelled: bool) -> DrawnEdge:
    """A line along the route that the layout found."""
    line = draw_line(route, edge.width)
    return _edge(edge, colour, line, _label(edge, line.places[0]), is_labelled, (0.0, 0.0))


def draw_loop(edge: ShownEdge, place: Point, colour: Colour) -> DrawnEdge:
    """A badge at the corner of the box that calls itself."""
    at = (float(place.x + BOX_WIDTH - 10), float(place.y))
    return _edge(edge, colour, None, _label(edge, (at[0], at[1] - 26)), False, at)


def _edge(edge: ShownEdge, colour: Colour, line: Line | None, label: Label, is_labelled: bool, at: XY) -> DrawnEdge:
    caller, callee = spell_node(edge.caller), spell_node(edge.callee)
    slowdown = edge.health.slowdown
    words = gettext("%(caller)s calls %(callee)s") % {
        "caller": named(edge.caller.name),
        "callee": named(edge.callee.name),
    }
    return DrawnEdge(
        id=name_element(caller, callee),
        shown=edge,
        caller_id=name_element(caller),
        callee_id=name_element(callee),
        line=line,
        shade=shade(colour, edge.figures, edge.before, edge.health),
        mark=mark_of(edge.health.errors),
        slower="" if slowdown is None else f"p95 {spell_ratio(slowdown)}",
        label=label,
        is_labelled=is_labelled,
        words=", ".join([words, *describe(edge.figures, edge.health)]),
        loop_at=at,
    )


def _label(edge: ShownEdge, at: XY) -> Label:
    sign = mark_of(edge.health.errors)
    lines = (
        f"{spell_rate(edge.figures.rate)} · {f'{sign} ' if sign else ''}{spell_share(edge.figures.error_share)}",
        f"p95 {spell_duration(edge.figures.p95_ns)}",
    )
    return Label(lines=lines, x=at[0], y=at[1], width=max(measure_px(line, LABEL_PX) for line in lines) + 8)
