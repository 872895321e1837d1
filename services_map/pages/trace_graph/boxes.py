"""Boxes of a trace's graph."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext, ngettext

from services_map.domain.calls.nodes import NodeKind
from services_map.domain.map.layout import BOX_WIDTH, Point
from services_map.domain.trace_graph import Node
from services_map.pages.map.drawing.fitting import cut_to_fit, measure_px
from services_map.pages.map.drawing.shapes import Shape, shape_of
from traces.words import count, duration, letters, named, percent

#: Heat in steps of the share of the critical path; the first is none at all.
HEATS: Final = (0.0, 0.02, 0.1, 0.25, 0.5)
_NAME_LEFT, _NAME_PX, _FACTS_PX = 36, 14, 11
_BAR_LEFT, _LEAST_BAR = 8, 1.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """A node where it stands. `numbers` are those of its operations in the trace's block of columns."""

    node: Node
    key: str
    x: int
    y: int
    shape: Shape
    name: str
    full_name: str
    facts: str
    letters: str
    slot: int | None
    heat: int
    share: str
    bar_width: float
    errors: str
    words: str
    numbers: str
    own_id: str

    @property
    def service(self) -> str:
        """Whose operation it is; empty of what is no operation."""
        return named(self.node.operation.service.name) if self.node.operation else ""


def draw_box(node: Node, key: str, place: Point, whole_ns: int, numbers: str, own_id: str) -> Box:
    """`whole_ns` is what all nodes have of the critical path."""
    share = node.critical_ns / whole_ns if whole_ns else 0.0
    full_name = name_node(node)
    room = BOX_WIDTH - _NAME_LEFT - 8
    spans = ngettext("%(number)s span", "%(number)s spans", node.span_count) % {"number": count(node.span_count)}
    facts = f"{spans} · {duration(node.self_ns)}"
    if measure_px(facts, _FACTS_PX) > room + 6:
        facts = f"{count(node.span_count)} × · {duration(node.self_ns)}"
    return Box(
        node=node,
        key=key,
        x=place.x,
        y=place.y,
        shape=shape_of(NodeKind.SERVICE if node.service else NodeKind.GROUP),
        name=cut_to_fit(full_name, room, _NAME_PX),
        full_name=full_name,
        facts=cut_to_fit(facts, room + 6, _FACTS_PX),
        letters=letters(node.service.name) if node.service else "…",
        slot=node.service.slot if node.service else None,
        heat=find_heat(share),
        share=percent(share) if share else "",
        bar_width=round(max(_LEAST_BAR, share * (BOX_WIDTH - 2 * _BAR_LEFT)), 1) if node.critical_ns else 0.0,
        errors=f"✕ {count(node.error_count)}" if node.error_count else "",
        words=", ".join(_describe(node, full_name, spans, percent(share))),
        numbers=numbers,
        own_id=own_id,
    )


def name_node(node: Node) -> str:
    """Of an operation only what it is called: the letters say whose it is."""
    if node.operation:
        return named(node.operation.name)
    if node.service:
        return named(node.service.name)
    return ngettext("%(number)s other", "%(number)s others", len(node.operation_ids)) % {
        "number": count(len(node.operation_ids))
    }


def find_heat(share: float) -> int:
    """0 to 5: which of HEATS a share is above."""
    return sum(share > least for least in HEATS)


def _describe(node: Node, name: str, spans: str, share: str) -> list[str]:
    parts = [name]
    if node.operation:
        parts.append(gettext("of %(service)s") % {"service": named(node.operation.service.name)})
    parts += [
        spans,
        gettext("%(duration)s self time") % {"duration": duration(node.self_ns)},
        gettext("%(duration)s of the critical path (%(share)s)")
        % {"duration": duration(node.critical_ns), "share": share},
    ]
    if node.error_count:
        parts.append(
            ngettext("%(number)s failed", "%(number)s failed", node.error_count) % {"number": count(node.error_count)}
        )
    return parts
