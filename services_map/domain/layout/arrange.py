"""The layout of a map, from what it shows and what it looked like before."""

from collections.abc import Iterable, Mapping

from services_map.domain.layout.shapes import BOX_HEIGHT, BOX_WIDTH, COLUMN_WIDTH, SLOT_HEIGHT, Layout, Point
from services_map.domain.nodes import Node

_NO_PREVIOUS: Mapping[Node, tuple[int, int]] = {}


def lay_out(
    nodes: Iterable[Node],
    edges: Iterable[tuple[Node, Node]],
    previous: Mapping[Node, tuple[int, int]] = _NO_PREVIOUS,
) -> Layout:
    """Place nodes in columns, callers left of whom they call.

    The result depends on what is given only, not on its order. Edges from a node to itself and edges of nodes that are
    not given have no route. `previous` is the `order` of an earlier layout, of whatever nodes: nodes in it stay where
    they were unless something new needs the room.
    """
    placed = {node: (0, row * SLOT_HEIGHT) for row, node in enumerate(sorted(set(nodes)))}
    positions = {node: Point(column * COLUMN_WIDTH, y) for node, (column, y) in placed.items()}
    routes = {
        (caller, callee): (
            Point(positions[caller].x + BOX_WIDTH, positions[caller].y + BOX_HEIGHT // 2),
            Point(positions[caller].x + COLUMN_WIDTH, positions[caller].y + BOX_HEIGHT // 2),
            Point(positions[callee].x - COLUMN_WIDTH + BOX_WIDTH, positions[callee].y + BOX_HEIGHT // 2),
            Point(positions[callee].x, positions[callee].y + BOX_HEIGHT // 2),
        )
        for caller, callee in sorted(set(edges))
        if caller != callee and caller in positions and callee in positions
    }
    return Layout(
        positions=positions,
        order=placed,
        routes=routes,
        backward=frozenset(routes),
        width=BOX_WIDTH,
        height=len(placed) * SLOT_HEIGHT,
        is_rearranged=False,
    )
