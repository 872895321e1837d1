"""What a dependency map shows: all, the surroundings of a node, what is unhealthy; in groups where it is too much."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services_map.domain.health import Health
from services_map.domain.nodes import Connection, Node
from services_map.domain.summary import Figures, MapFigures

GROUP_ABOVE: Final = 200


class Direction(StrEnum):
    """Which way the surroundings of a node are looked for."""

    BOTH = "both"
    CALLERS = "callers"
    CALLEES = "callees"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownNode:
    """A box. `members` are the nodes of a group (kind GROUP, named for its family), by name; empty for others.

    `figures` are None for the user and where nothing is known; of a group they are the sum of its members'.
    `before` is that of the links into it, as is `health`; a node nobody calls is judged by its own figures alone.
    """

    node: Node
    members: tuple[Node, ...]
    figures: Figures | None
    before: Figures
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownEdge:
    """A line, or, from a node to itself, a badge: all links from what `caller` stands for to what `callee` does."""

    caller: Node
    callee: Node
    connections: tuple[Connection, ...]
    link_ids: tuple[int, ...]
    figures: Figures
    before: Figures
    health: Health
    #: 1 to 5 pixels, by calls a second.
    width: int
    #: How many calls the callee sent no span of its own for.
    unpaired: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapView:
    """By node and by (caller, callee). `loops` are edges from a node to itself: they take no part in the layout."""

    nodes: list[ShownNode]
    edges: list[ShownEdge]
    loops: dict[Node, ShownEdge]
    #: Nodes and links of the window that a filter leaves out.
    hidden_nodes: int
    hidden_links: int
    #: Links left out because they carry less than 0.1 % of what is shown; `show_rare` brings them back.
    rare_links: int
    is_grouped: bool
    #: Of all that is in the window, whatever is shown: for the words beside the filter.
    unhealthy_links: int


def choose(
    figures: MapFigures,
    *,
    focus: Node | None = None,
    hops: int = 1,
    direction: Direction = Direction.BOTH,
    only_unhealthy: bool = False,
    search: str = "",
    opened: Collection[str] = (),
    is_grouped: bool | None = None,
    show_rare: bool = False,
    group_above: int = GROUP_ABOVE,
) -> MapView:
    """Filters first, then rare links, then groups.

    `focus` with `hops` (1 to 3): what can be reached from it within so many links. `only_unhealthy`: unhealthy links,
    both their ends, and all links between these and their neighbours. `search`: nodes whose name has the text,
    whatever the case, and their neighbours. `is_grouped`: None groups where more than `group_above` nodes would be
    shown; groups named in `opened` show their members instead. A `focus` that is not there shows nothing.
    """
    raise NotImplementedError
