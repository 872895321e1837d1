"""Boxes of the map."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from services_map.domain.calls.node_keys import spell_node
from services_map.domain.calls.nodes import Node, NodeKind
from services_map.domain.map.health import Errors, Health
from services_map.domain.map.layout import BOX_WIDTH, Point
from services_map.domain.map.map_view import ShownNode
from services_map.domain.summary import Figures
from services_map.pages.map.drawing.fitting import cut_to_fit
from services_map.pages.map.drawing.look import Look
from services_map.pages.map.drawing.shades import Colour, shade, share_of_slow
from services_map.pages.map.drawing.shapes import Shape, shape_of
from services_map.pages.map.drawing.wording import (
    KIND_WORDS,
    describe,
    mark_of,
    name_element,
    spell_rate,
    spell_ratio,
    spell_share,
)
from traces.words import count, letters, named

# Names are bold: wider than their size says.
_NAME_LEFT, _NAME_PX = 36, 14
# The underline keeps so far from both sides; what is there at all is so wide at least.
_BAR_LEFT, _LEAST_BAR = 8, 1.5
_LETTERS = {NodeKind.DATABASE: "db", NodeKind.QUEUE: "mq", NodeKind.EXTERNAL: "ex", NodeKind.USER: "→"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnNode:
    """A box. `bars` are the thirds of its underline: (class, x, width)."""

    id: str
    key: str
    shown: ShownNode
    x: int
    y: int
    shape: Shape
    name: str
    rate: str
    sign: str
    letters: str
    slot: int | None
    shade: str
    words: str
    bars: list[tuple[str, float, float]]
    is_found: bool
    is_cut: bool
    address: str
    is_selected: bool


def draw_node(
    shown: ShownNode, called: Figures | None, place: Point, slots: Mapping[str, int], look: Look
) -> DrawnNode:
    """`called` are the figures of all links into it: by them it is judged, where there are any."""
    judged = called or shown.figures
    node, figures = shown.node, shown.figures
    key = spell_node(node)
    name = named(node.name)
    cut = cut_to_fit(name, BOX_WIDTH - _NAME_LEFT - 8, _NAME_PX)
    rate = spell_rate(figures.rate) if figures else gettext("from outside") if node.kind is NodeKind.USER else ""
    if shown.members:
        members = ngettext("%(number)s inside", "%(number)s inside", len(shown.members)) % {
            "number": count(len(shown.members))
        }
        rate = f"{members} · {rate}" if rate else members
    return DrawnNode(
        id=name_element(key),
        key=key,
        shown=shown,
        x=place.x,
        y=place.y,
        shape=shape_of(node.kind),
        name=cut,
        rate=rate,
        sign=_sign_of(judged, shown.health, look.colour),
        letters=letters_of(node),
        slot=slots.get(node.name) if node.kind is NodeKind.SERVICE else None,
        shade=shade(look.colour, judged, shown.before, shown.health),
        words=_describe(shown, judged, name),
        bars=_draw_bars(judged, shown.before),
        is_found=look.finds(node),
        is_cut=cut != name,
        address=look.selection.node(node),
        is_selected=node == look.node,
    )


def letters_of(node: Node) -> str:
    """Two letters: of a service those of its name, of others those of its kind."""
    return _LETTERS.get(node.kind) or letters(node.name)


def _sign_of(judged: Figures | None, health: Health, colour: Colour) -> str:
    """What the colour says in a character and a number."""
    if judged is None:
        return ""
    if health.errors is not Errors.FEW and (colour is not Colour.P95 or health.slowdown is None):
        return f"{mark_of(health.errors)} {spell_share(judged.error_share)}"
    return f"▲ {spell_ratio(health.slowdown)}" if health.slowdown is not None else ""


def _describe(shown: ShownNode, judged: Figures | None, name: str) -> str:
    parts = [name, str(KIND_WORDS[shown.node.kind])]
    if shown.node.kind is NodeKind.USER:
        return gettext("user: calls from outside, whose senders sent no spans here")
    if shown.members:
        parts.append(
            ngettext("%(number)s member", "%(number)s members", len(shown.members)) % {"number": len(shown.members)}
        )
    if shown.figures:
        parts += describe(shown.figures, shown.health)
    if judged and shown.figures and shown.health.errors is not Errors.FEW:
        seen = spell_share(judged.error_share)
        if seen != spell_share(shown.figures.error_share):
            parts.append(gettext("%(share)s errors as its callers see it") % {"share": seen})
    return ", ".join(parts)


def _draw_bars(figures: Figures | None, before: Figures) -> list[tuple[str, float, float]]:
    """The underline in thirds as wide as their shares; what is there is a pixel at least."""
    if not figures or not figures.weight:
        return []
    room = BOX_WIDTH - 2 * _BAR_LEFT
    failed = figures.error_share or 0.0
    slow = min(share_of_slow(figures, before), 1 - failed)
    widths = {
        name: max(_LEAST_BAR, share * room) if share else 0.0 for name, share in (("failed", failed), ("slow", slow))
    }
    widths = {"ok": max(0.0, room - sum(widths.values())), "slow": widths["slow"], "failed": widths["failed"]}
    bars: list[tuple[str, float, float]] = []
    x = float(_BAR_LEFT)
    for name, width in widths.items():
        if width:
            bars.append((name, round(x, 1), round(width, 1)))
        x += width
    return bars
