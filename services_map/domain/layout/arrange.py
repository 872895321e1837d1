"""The layout of a map: its parts below each other, then nodes without links, then the lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services_map.domain.layout.graph import Pair, components
from services_map.domain.layout.parts import Part, Placed, place
from services_map.domain.layout.routes import route
from services_map.domain.layout.shapes import (
    BOX_HEIGHT,
    BOX_WIDTH,
    COLUMN_WIDTH,
    MARGIN,
    SLOT_HEIGHT,
    Layout,
    Point,
)
from services_map.domain.nodes import USER, Node

Order = dict[Node, tuple[int, int]]

_NO_PREVIOUS: Mapping[Node, tuple[int, int]] = {}
#: Nodes without edges stand in rows of so many below all others; their order is (_ALONE, place).
_ALONE_A_ROW: Final = 6
_ALONE: Final = -1
#: Room between parts, beside that below each box.
_PARTS_APART: Final = 24


@dataclass(frozen=True, slots=True)
class _Block:
    """A part of the map; `top` is where it was before (None: nowhere)."""

    nodes: list[Node]
    placed: Placed
    is_kept: bool
    top: int | None

    @property
    def rank(self) -> tuple[int, int, int, Node]:
        """Those that were there stay in their sequence; below them the user's, then the largest."""
        if self.top is not None:
            return 0, self.top, 0, self.nodes[0]
        return 1, int(USER not in self.nodes), -len(self.nodes), self.nodes[0]


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
    named = sorted(set(nodes))
    numbers = {node: number for number, node in enumerate(named)}
    links = sorted(
        {(numbers[one], numbers[other]) for one, other in edges if one != other and one in numbers and other in numbers}
    )
    blocks = []
    alone = []
    for members, part in _parts(named, links):
        if part.edges:
            blocks.append(_block(members, part, previous))
        else:
            alone += members
    blocks.sort(key=lambda block: block.rank)
    order = _stack(blocks) | _line_up(alone, previous)
    pairs = [
        (numbers[block.nodes[one]], numbers[block.nodes[other]])
        for block in blocks
        for one, other in block.placed.pairs
    ]
    return _draw(named, set(links), order, pairs, any(block.top is not None and not block.is_kept for block in blocks))


def _parts(named: list[Node], links: list[Pair]) -> list[tuple[list[Node], Part]]:
    members = components(len(named), links)
    home = {number: (index, spot) for index, part in enumerate(members) for spot, number in enumerate(part)}
    edges: list[list[Pair]] = [[] for _ in members]
    for one, other in links:
        index, spot = home[one]
        edges[index].append((spot, home[other][1]))
    found = []
    for part, part_edges in zip(members, edges, strict=True):
        nodes = [named[number] for number in part]
        found.append((nodes, Part(len(nodes), part_edges, nodes.index(USER) if USER in nodes else None)))
    return found


def _block(nodes: list[Node], part: Part, previous: Mapping[Node, tuple[int, int]]) -> _Block:
    known = {
        spot: previous[node] for spot, node in enumerate(nodes) if node in previous and previous[node][0] != _ALONE
    }
    placed, is_kept = place(part, known)
    return _Block(nodes, placed, is_kept, min((top for _, top in known.values()), default=None))


def _stack(blocks: list[_Block]) -> Order:
    """Column and top of all nodes. Parts that are kept move down only as far as they have to."""
    order: Order = {}
    bottom: int | None = None
    for block in blocks:
        tops = block.placed.tops
        wanted = min(tops) if block.is_kept else block.top
        start = max((y for y in (wanted, bottom) if y is not None), default=0)
        lift = min(tops) - start
        for node, column, top in zip(block.nodes, block.placed.columns, tops, strict=True):
            order[node] = (column, top - lift)
        bottom = max(tops) - lift + SLOT_HEIGHT + _PARTS_APART
    highest = min((top for _, top in order.values()), default=0)
    return {node: (column, top - highest) for node, (column, top) in order.items()}


def _line_up(alone: list[Node], previous: Mapping[Node, tuple[int, int]]) -> Order:
    """Those that were alone before keep their sequence; gaps are closed."""
    places = {node: previous[node][1] for node in alone if node in previous and previous[node][0] == _ALONE}
    last = max(places.values(), default=0) + 1
    lined_up = sorted(alone, key=lambda node: (places.get(node, last), node))
    return {node: (_ALONE, spot) for spot, node in enumerate(lined_up)}


def _draw(named: list[Node], links: set[Pair], order: Order, pairs: list[Pair], is_rearranged: bool) -> Layout:
    below = max((top + SLOT_HEIGHT + _PARTS_APART for column, top in order.values() if column != _ALONE), default=0)
    spots = [
        order[node]
        if order[node][0] != _ALONE
        else (order[node][1] % _ALONE_A_ROW, below + order[node][1] // _ALONE_A_ROW * SLOT_HEIGHT)
        for node in named
    ]
    columns, tops = [column for column, _ in spots], [top for _, top in spots]
    height = max(tops, default=0) + BOX_HEIGHT
    routes: dict[tuple[Node, Node], tuple[Point, ...]] = {}
    backward = set()
    for (one, other), points in route(columns, tops, pairs, height).items():
        if (one, other) in links:
            routes[named[one], named[other]] = tuple(points)
        if (other, one) in links:
            routes[named[other], named[one]] = tuple(reversed(points))
            backward.add((named[other], named[one]))
    return Layout(
        positions={
            node: Point(MARGIN + column * COLUMN_WIDTH, MARGIN + top)
            for node, (column, top) in zip(named, spots, strict=True)
        },
        order=order,
        routes=routes,
        backward=frozenset(backward),
        width=2 * MARGIN + max(columns, default=0) * COLUMN_WIDTH + BOX_WIDTH,
        height=height + 2 * MARGIN,
        is_rearranged=is_rearranged,
    )
