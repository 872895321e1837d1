"""The layout of a map: its parts below each other, then nodes without links, then the lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from services_map.domain.calls.nodes import USER, Node
from services_map.domain.map.layout.graph import Pair, components
from services_map.domain.map.layout.parts import Part, Placed, place
from services_map.domain.map.layout.routes import MOST_REACH, route
from services_map.domain.map.layout.shapes import (
    BOX_HEIGHT,
    BOX_WIDTH,
    COLUMN_WIDTH,
    MARGIN,
    SLOT_HEIGHT,
    Layout,
    Point,
)

Spot = tuple[int, int]

_NO_PREVIOUS: Mapping[Node, Spot] = {}
#: Nodes without edges stand in rows of so many below all others; their order is (_ALONE, place).
_ALONE_A_ROW: Final = 6
_ALONE: Final = -1
#: Room between parts, beside that below each box.
_PARTS_APART: Final = 24


@dataclass(frozen=True, slots=True)
class _Block:
    """A part of the map, of nodes by number; `top` is where it was before (None: nowhere)."""

    numbers: list[int]
    placed: Placed
    is_kept: bool
    top: int | None
    has_user: bool

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Those that were there stay in their sequence; below them the user's, then the largest."""
        if self.top is not None:
            return 0, self.top, 0, self.numbers[0]
        return 1, int(not self.has_user), -len(self.numbers), self.numbers[0]


def lay_out(
    nodes: Iterable[Node],
    edges: Iterable[tuple[Node, Node]],
    previous: Mapping[Node, Spot] = _NO_PREVIOUS,
) -> Layout:
    """Place nodes in columns, callers left of whom they call.

    The result depends on what is given only, not on its order. Edges from a node to itself and edges of nodes that are
    not given have no route. `previous` is the `order` of an earlier layout, of whatever nodes: nodes in it stay where
    they were unless something new needs the room. A new node with one edge moves no other by more than one slot down
    or up, and by more than one column, all together, only where it calls what stood in the first.
    """
    named = sorted(set(nodes), key=attrgetter("kind", "name"))
    numbers = {node: number for number, node in enumerate(named)}
    found = {(numbers.get(one), numbers.get(other)) for one, other in edges}
    links = sorted((one, other) for one, other in found if one is not None and other is not None and one != other)
    known = {number: previous[node] for number, node in enumerate(named) if node in previous}
    parts = _parts(len(named), links, numbers.get(USER))
    blocks = sorted((_block(part, known) for part in parts if part[1].edges), key=lambda block: block.rank)
    order = _stack(blocks) | _line_up([part[0][0] for part in parts if not part[1].edges], known)
    pairs = [(block.numbers[one], block.numbers[other]) for block in blocks for one, other in block.placed.pairs]
    is_rearranged = any(block.top is not None and not block.is_kept for block in blocks)
    return _draw(named, set(links), [order[number] for number in range(len(named))], pairs, is_rearranged)


def _parts(count: int, links: list[Pair], user: int | None) -> list[tuple[list[int], Part]]:
    """What hangs together: the numbers of its nodes, and the same with numbers of its own."""
    members = components(count, links)
    home = {number: (index, spot) for index, part in enumerate(members) for spot, number in enumerate(part)}
    edges: list[list[Pair]] = [[] for _ in members]
    for one, other in links:
        index, spot = home[one]
        edges[index].append((spot, home[other][1]))
    users_part, users_spot = home[user] if user is not None else (None, None)
    return [
        (part, Part(len(part), part_edges, users_spot if index == users_part else None))
        for index, (part, part_edges) in enumerate(zip(members, edges, strict=True))
    ]


def _block(of: tuple[list[int], Part], previous: Mapping[int, Spot]) -> _Block:
    numbers, part = of
    known = {
        spot: previous[number]
        for spot, number in enumerate(numbers)
        if number in previous and previous[number][0] != _ALONE
    }
    placed, is_kept = place(part, known)
    top = min((top for _, top in known.values()), default=None)
    return _Block(numbers, placed, is_kept, top, part.user is not None)


def _stack(blocks: list[_Block]) -> dict[int, Spot]:
    """Column and top of all nodes. Parts that are kept move down only as far as they have to."""
    order: dict[int, Spot] = {}
    bottom: int | None = None
    for block in blocks:
        tops = block.placed.tops
        wanted = min(tops) if block.is_kept else block.top
        start = max((y for y in (wanted, bottom) if y is not None), default=0)
        lift = min(tops) - start
        for number, column, top in zip(block.numbers, block.placed.columns, tops, strict=True):
            order[number] = (column, top - lift)
        bottom = max(tops) - lift + SLOT_HEIGHT + _PARTS_APART
    highest = min((top for _, top in order.values()), default=0)
    return {number: (column, top - highest) for number, (column, top) in order.items()}


def _line_up(alone: list[int], previous: Mapping[int, Spot]) -> dict[int, Spot]:
    """Those that were alone before keep their sequence; gaps are closed."""
    places = {number: previous[number][1] for number in alone if previous.get(number, (0, 0))[0] == _ALONE}
    last = max(places.values(), default=0) + 1
    lined_up = sorted(alone, key=lambda number: (places.get(number, last), number))
    return {number: (_ALONE, spot) for spot, number in enumerate(lined_up)}


def _draw(named: list[Node], links: set[Pair], order: list[Spot], pairs: list[Pair], is_rearranged: bool) -> Layout:
    below = max((top + SLOT_HEIGHT + _PARTS_APART for column, top in order if column != _ALONE), default=0)
    columns = [place % _ALONE_A_ROW if column == _ALONE else column for column, place in order]
    tops = [below + top // _ALONE_A_ROW * SLOT_HEIGHT if column == _ALONE else top for column, top in order]
    height = max(tops, default=0) + BOX_HEIGHT
    routes: dict[tuple[Node, Node], tuple[Point, ...]] = {}
    backward = set()
    for (one, other), points in route(columns, tops, pairs, height).items():
        if (one, other) in links:
            routes[named[one], named[other]] = tuple(points)
        if (other, one) in links:
            routes[named[other], named[one]] = tuple(reversed(points))
            if columns[one] != columns[other]:
                backward.add((named[other], named[one]))
    last = max(columns, default=0)
    beside = MOST_REACH - MARGIN if any(columns[one] == columns[other] == last for one, other in pairs) else 0
    return Layout(
        positions={
            node: Point(MARGIN + column * COLUMN_WIDTH, MARGIN + top)
            for node, column, top in zip(named, columns, tops, strict=True)
        },
        order=dict(zip(named, order, strict=True)),
        routes=routes,
        backward=frozenset(backward),
        width=2 * MARGIN + last * COLUMN_WIDTH + BOX_WIDTH + beside,
        height=height + 2 * MARGIN,
        is_rearranged=is_rearranged,
    )
