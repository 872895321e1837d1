"""What a dependency map shows: all, the surroundings of a node, what is unhealthy; in groups where it is too much.

Databases, queues and external systems are boxes of their own, even where only one service uses them; in a grouped map
they belong to their users' group (see `groups`).
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.domain.map.groups import find_groups
from services_map.domain.map.health import Health, judge, width
from services_map.domain.summary import Figures, LinkSummary, MapFigures

GROUP_ABOVE: Final = 200
#: Lines with a smaller share of the calls into and out of either of their ends are rare; in maps with so few lines
#: none is.
RARE_SHARE: Final = 0.001
RARE_ABOVE: Final = 60


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
    #: Lines left out because they carry less than 0.1 % of the calls of either end; `show_rare` brings them back.
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
    """Filters first, then groups, then rare lines.

    `focus` with `hops` (1 to 3): what can be reached from it within so many links. `only_unhealthy`: unhealthy links
    and nodes, and their neighbours. `search`: nodes whose name has the text, whatever the case, and their neighbours.
    `is_grouped`: None groups where more than `group_above` nodes would be shown; groups named in `opened` show their
    members instead. A `focus` that is not there shows nothing.
    """
    nodes, links = dict.fromkeys(sorted(figures.nodes)), figures.links
    healths = {link.edge: judge(link.figures, link.before) for link in links}
    if focus is not None:
        nodes, links = _keep(nodes, links, _surroundings(focus, links, hops, direction) if focus in nodes else set())
    if search:
        text = search.casefold()
        nodes, links = _near(nodes, links, {node for node in nodes if text in node.name.casefold()})
    if only_unhealthy:
        sick = [link.edge for link in links if healths[link.edge].is_unhealthy]
        ends = {end for edge in sick for end in (edge.caller, edge.callee)}
        nodes, links = _near(nodes, links, ends | _sick_alone(figures, nodes))
    groups: dict[Node, str] = {}
    if is_grouped or (is_grouped is None and len(nodes) > group_above):
        calls = [(link.edge.caller, link.edge.callee, link.figures.weight) for link in links]
        groups = {node: name for node, name in find_groups(nodes, calls, group_above).items() if name not in opened}
    boxes = {node: Node(NodeKind.GROUP, groups[node]) if node in groups else node for node in nodes}
    edges = _join(links, boxes, healths)
    lines = [edge for edge in edges if edge.caller != edge.callee]
    shown = lines if show_rare else _without_rare(lines)
    return MapView(
        nodes=_boxes(figures, boxes, edges),
        edges=shown,
        loops={edge.caller: edge for edge in edges if edge.caller == edge.callee},
        hidden_nodes=len(figures.nodes) - len(nodes),
        hidden_links=len(figures.links) - len(links),
        rare_links=len(lines) - len(shown),
        is_grouped=bool(groups),
        unhealthy_links=sum(health.is_unhealthy for health in healths.values()),
    )


def _keep(
    nodes: Iterable[Node], links: Iterable[LinkSummary], kept: Collection[Node]
) -> tuple[dict[Node, None], list[LinkSummary]]:
    return (
        dict.fromkeys(node for node in nodes if node in kept),
        [link for link in links if link.edge.caller in kept and link.edge.callee in kept],
    )


def _near(
    nodes: Iterable[Node], links: Iterable[LinkSummary], core: Collection[Node]
) -> tuple[dict[Node, None], list[LinkSummary]]:
    """The core, its neighbours, and links with an end in the core."""
    found = [link for link in links if link.edge.caller in core or link.edge.callee in core]
    kept = {end for link in found for end in (link.edge.caller, link.edge.callee)} | set(core)
    return dict.fromkeys(node for node in nodes if node in kept), found


def _surroundings(focus: Node, links: Iterable[LinkSummary], hops: int, direction: Direction) -> set[Node]:
    near: dict[Node, set[Node]] = {}
    for link in links:
        if direction != Direction.CALLERS:
            near.setdefault(link.edge.caller, set()).add(link.edge.callee)
        if direction != Direction.CALLEES:
            near.setdefault(link.edge.callee, set()).add(link.edge.caller)
    found = edge = {focus}
    for _ in range(hops):
        edge = {other for node in edge for other in near.get(node, ())} - found
        found = found | edge
    return found


def _sick_alone(figures: MapFigures, nodes: Iterable[Node]) -> set[Node]:
    """Nodes that nobody calls and whose own figures are unhealthy."""
    called = {link.edge.callee for link in figures.links}
    found = set()
    for node in nodes:
        own = figures.nodes[node]
        if own is not None and node not in called and judge(own, Figures.nothing(own.seconds)).is_unhealthy:
            found.add(node)
    return found


def _sum(parts: Sequence[Figures]) -> Figures:
    return parts[0] if len(parts) == 1 else Figures.sum(parts, parts[0].seconds)


def _join(links: Iterable[LinkSummary], boxes: Mapping[Node, Node], healths: Mapping[Edge, Health]) -> list[ShownEdge]:
    """All links between two boxes as one line: their histograms are added, never their percentiles."""
    joined: dict[tuple[Node, Node], list[LinkSummary]] = {}
    for link in sorted(links, key=lambda link: link.edge):
        joined.setdefault((boxes[link.edge.caller], boxes[link.edge.callee]), []).append(link)
    return [_line(caller, callee, parts, healths) for (caller, callee), parts in sorted(joined.items())]


def _line(caller: Node, callee: Node, links: Sequence[LinkSummary], healths: Mapping[Edge, Health]) -> ShownEdge:
    figures, before = _sum([link.figures for link in links]), _sum([link.before for link in links])
    return ShownEdge(
        caller=caller,
        callee=callee,
        connections=tuple(sorted({link.edge.connection for link in links})),
        link_ids=tuple(id_ for link in links for id_ in link.link_ids),
        figures=figures,
        before=before,
        health=healths[links[0].edge] if len(links) == 1 else judge(figures, before),
        width=width(figures.rate),
        unpaired=sum(link.unpaired for link in links),
    )


def _without_rare(edges: list[ShownEdge]) -> list[ShownEdge]:
    """Without lines that hardly matter to either of their boxes; unhealthy ones and the last of a box stay."""
    if len(edges) <= RARE_ABOVE:
        return edges
    calls: Counter[Node] = Counter()
    lines: Counter[Node] = Counter()
    for edge in edges:
        for end in (edge.caller, edge.callee):
            calls[end] += math.ceil(edge.figures.weight)
            lines[end] += 1
    rare = set()
    for edge in sorted(edges, key=lambda edge: (edge.figures.weight, edge.caller, edge.callee)):
        is_rare = edge.figures.weight < RARE_SHARE * min(calls[edge.caller], calls[edge.callee])
        if is_rare and not edge.health.is_unhealthy and lines[edge.caller] > 1 and lines[edge.callee] > 1:
            rare.add((edge.caller, edge.callee))
            lines.subtract((edge.caller, edge.callee))
    return [edge for edge in edges if (edge.caller, edge.callee) not in rare]


def _boxes(figures: MapFigures, boxes: Mapping[Node, Node], edges: Iterable[ShownEdge]) -> list[ShownNode]:
    members: dict[Node, list[Node]] = {}
    for node, box in boxes.items():
        members.setdefault(box, []).append(node)
    into: dict[Node, list[ShownEdge]] = {}
    for edge in edges:
        into.setdefault(edge.callee, []).append(edge)
    seconds = (figures.covered.end_ns - figures.covered.start_ns) / 1e9
    return [_box(box, nodes, figures, into.get(box, []), seconds) for box, nodes in sorted(members.items())]


def _box(box: Node, nodes: Sequence[Node], figures: MapFigures, into: Sequence[ShownEdge], seconds: float) -> ShownNode:
    known = [found for node in nodes if (found := figures.nodes[node]) is not None]
    own = _sum(known) if known else None
    before = _sum([edge.before for edge in into]) if into else Figures.nothing(own.seconds if own else seconds)
    if len(into) == 1:
        health = into[0].health
    else:
        health = judge(_sum([edge.figures for edge in into]) if into else own or before, before)
    return ShownNode(
        node=box,
        members=tuple(nodes) if box.kind == NodeKind.GROUP else (),
        figures=own,
        before=before,
        health=health,
    )
