"""What the map shows and where it stands, put together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from services_map.domain.calls.nodes import Node
from services_map.domain.map.layout import BOX_HEIGHT, BOX_WIDTH, Layout
from services_map.domain.map.map_view import MapView
from services_map.domain.summary import Figures
from services_map.pages.map.drawing.edges import DrawnEdge, draw_edge, draw_loop
from services_map.pages.map.drawing.geometry import XY
from services_map.pages.map.drawing.labels import Label, place_labels
from services_map.pages.map.drawing.look import Look
from services_map.pages.map.drawing.nodes import DrawnNode, draw_node

#: So many of the busiest edges say their figures without being asked.
LABELLED: Final = 10
#: How much wider than high a map is that leaves most of a screen empty.
FLAT: Final = 3.5
_SLOWER_WIDTH, _SLOWER_HEIGHT = 60, 12
_PADDING = 8
# Smaller maps are not drawn larger for it.
_LEAST_WIDTH, _LEAST_HEIGHT = 760, 320


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """All of it. `nodes` are in the order of layers, lines so that the busiest lie on top."""

    nodes: list[DrawnNode]
    edges: list[DrawnEdge]
    loops: list[DrawnEdge]
    labels: list[DrawnEdge]
    view_box: str
    width: int
    height: int
    box: tuple[int, int, int, int]

    @property
    def is_flat(self) -> bool:
        """Whether it is so much wider than high that most of a usual screen would stay empty."""
        return self.width > FLAT * self.height


def draw_map(view: MapView, layout: Layout, slots: Mapping[str, int], look: Look) -> Drawing:
    """`slots` are the colours of services by name."""
    placed = sorted(view.nodes, key=lambda shown: (layout.positions[shown.node].x, layout.positions[shown.node].y))
    called = _sum_into(view)
    nodes = [draw_node(shown, called.get(shown.node), layout.positions[shown.node], slots, look) for shown in placed]
    by_rate = sorted(view.edges, key=lambda edge: (edge.figures.weight, edge.caller, edge.callee))
    labelled = {id(edge) for edge in by_rate[-LABELLED:] if edge.figures.weight}
    edges = _part_slower(
        [draw_edge(edge, layout.routes[edge.caller, edge.callee], look, id(edge) in labelled) for edge in by_rate]
    )
    width, height = layout.width + 2 * _PADDING, layout.height + 2 * _PADDING
    wide, high = max(width, _LEAST_WIDTH), max(height, _LEAST_HEIGHT)
    return Drawing(
        nodes=nodes,
        edges=edges,
        loops=[draw_loop(edge, layout.positions[node], look) for node, edge in sorted(view.loops.items())],
        labels=_place_labels(edges, nodes),
        view_box=f"{-_PADDING - (wide - width) // 2} {-_PADDING - (high - height) // 2} {wide} {high}",
        width=wide,
        height=high,
        box=(0, 0, layout.width, layout.height),
    )


def _place_labels(edges: list[DrawnEdge], nodes: list[DrawnNode]) -> list[DrawnEdge]:
    """The edges that say their figures, the busiest first, with their labels moved apart."""
    saying = [(edge, edge.line.places) for edge in reversed(edges) if edge.is_labelled and edge.line]
    boxes = [
        Label(lines=("", ""), x=node.x + BOX_WIDTH / 2, y=node.y + BOX_HEIGHT / 2, width=BOX_WIDTH) for node in nodes
    ]
    labels = place_labels([(edge.label, places) for edge, places in saying], boxes)
    return [replace(edge, label=label) for (edge, _), label in zip(saying, labels, strict=True)]


def _sum_into(view: MapView) -> dict[Node, Figures]:
    """The figures of all links into each node."""
    into: dict[Node, list[Figures]] = {}
    for edge in (*view.edges, *view.loops.values()):
        into.setdefault(edge.callee, []).append(edge.figures)
    return {node: parts[0] if len(parts) == 1 else Figures.sum(parts, parts[0].seconds) for node, parts in into.items()}


def _part_slower(edges: list[DrawnEdge]) -> list[DrawnEdge]:
    """Words before arrowheads stand above their lines, else below; where another's are, they are left to the label."""
    taken: list[XY] = []
    return [_place_slower(edge, taken) if edge.slower else edge for edge in edges]


def _place_slower(edge: DrawnEdge, taken: list[XY]) -> DrawnEdge:
    x, y = edge.line.end if edge.line else edge.at
    for place in ((round(x, 1), round(y + by, 1)) for by in (-5, 13)):
        if not any(_is_near(place, other) for other in taken):
            taken.append(place)
            return replace(edge, slower_at=place)
    return replace(edge, slower="")


def _is_near(one: XY, other: XY) -> bool:
    return abs(one[0] - other[0]) < _SLOWER_WIDTH and abs(one[1] - other[1]) < _SLOWER_HEIGHT
