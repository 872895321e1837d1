"""Lines of the map, and the badges of what calls itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from services_map.domain.calls.node_keys import spell_node
from services_map.domain.map.layout import BOX_WIDTH, Point
from services_map.domain.map.map_view import ShownEdge
from services_map.pages.map.drawing.fitting import measure_px
from services_map.pages.map.drawing.geometry import XY, Line, draw_line
from services_map.pages.map.drawing.labels import LABEL_PX, Label
from services_map.pages.map.drawing.look import Look
from services_map.pages.map.drawing.shades import shade
from services_map.pages.map.drawing.wording import (
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
    address: str
    is_selected: bool
    at: XY = (0.0, 0.0)
    slower_at: XY = (0.0, 0.0)

    @property
    def mark_y(self) -> float:
        return self.label.y + 4

    @property
    def width(self) -> int:
        return self.shown.width


def draw_edge(edge: ShownEdge, route: Sequence[Point], look: Look, is_labelled: bool) -> DrawnEdge:
    """A line along the route that the layout found."""
    line = draw_line(route, edge.width)
    return _draw(edge, look, _label(edge, line.places[0]), line=line, is_labelled=is_labelled)


def draw_loop(edge: ShownEdge, place: Point, look: Look) -> DrawnEdge:
    """A badge at the corner of the box that calls itself."""
    at = (float(place.x + BOX_WIDTH - 10), float(place.y))
    return replace(_draw(edge, look, _label(edge, (at[0], at[1] - 26))), at=at)


def _draw(edge: ShownEdge, look: Look, label: Label, line: Line | None = None, is_labelled: bool = False) -> DrawnEdge:
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
        shade=shade(look.colour, edge.figures, edge.before, edge.health),
        mark=mark_of(edge.health.errors),
        slower="" if slowdown is None else f"p95 {spell_ratio(slowdown)}",
        label=label,
        is_labelled=is_labelled,
        words=", ".join([words, *describe(edge.figures, edge.health)]),
        address=look.selection.link(edge.caller, edge.callee),
        is_selected=look.link == (edge.caller, edge.callee),
    )


def _label(edge: ShownEdge, at: XY) -> Label:
    sign = mark_of(edge.health.errors)
    lines = (
        f"{spell_rate(edge.figures.rate)} · {f'{sign} ' if sign else ''}{spell_share(edge.figures.error_share)}",
        f"p95 {spell_duration(edge.figures.p95_ns)}",
    )
    width = round(max(measure_px(line, LABEL_PX) for line in lines)) + 8
    return Label(lines=lines, x=round(at[0], 1), y=round(at[1], 1), width=width)
