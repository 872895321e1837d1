"""Which nodes of a large map are drawn as one: families by name, or else those that talk with each other the most.

A family is what stands before the first `-`, `.`, `/` or `_` of a name: `payment-api` and `payment-worker` are of
`payment`. Where most of many names begin alike (`acme-…`), one word more tells families apart. A database, queue or
external system that is of no family but used by one only belongs to it, too. A group has at least two nodes, and the
user is in none.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services_map.domain.calls.nodes import Node, NodeKind

#: A group of fewer nodes says nothing, a community of more is not one.
LEAST_MEMBERS: Final = 2
MOST_IN_COMMUNITY: Final = 24
#: So many boxes can be looked at together: no more communities are joined.
FEW_BOXES: Final = 60
_SEPARATORS: Final = re.compile(r"[-./_]+")

Links = Sequence[tuple[Node, Node, float]]


def find_groups(nodes: Iterable[Node], links: Links, most: int) -> dict[Node, str]:
    """The group of each node that is in one; families, unless they leave more than `most` boxes.

    `links` are caller, callee and calls. The same nodes and links have the same groups, in whatever order they come.
    """
    named = sorted(node for node in nodes if node.kind != NodeKind.USER)
    by_name = _dock(families(named), named, links)
    if _count_boxes(by_name, named) <= most:
        return by_name
    by_calls = communities(named, links)
    return by_calls if _count_boxes(by_calls, named) < _count_boxes(by_name, named) else by_name


def families(nodes: Sequence[Node]) -> dict[Node, str]:
    """The family of each node that shares it with another one."""
    words = {node: [word for word in _SEPARATORS.split(node.name) if word] or [node.name] for node in nodes}
    depth = 1
    while True:
        sizes = Counter(_beginning(split, depth) for split in words.values())
        name, size = sizes.most_common(1)[0] if sizes else ("", 0)
        longer = sum(len(split) > depth for split in words.values() if _beginning(split, depth) == name)
        if size <= max(MOST_IN_COMMUNITY, len(nodes) // 2) or 2 * longer <= size:
            break
        depth += 1
    found = {node: _beginning(split, depth) for node, split in words.items()}
    return {node: name for node, name in found.items() if sizes[name] >= LEAST_MEMBERS}


def communities(nodes: Sequence[Node], links: Links) -> dict[Node, str]:
    """Those with the most calls between them come together first, until few enough boxes are left.

    No community has more than MOST_IN_COMMUNITY nodes. It is named for its member that takes part in most calls.
    """
    between: dict[tuple[Node, Node], float] = defaultdict(float)
    busy: dict[Node, float] = dict.fromkeys(nodes, 0.0)
    for caller, callee, calls in links:
        if caller != callee and caller in busy and callee in busy:
            between[min(caller, callee), max(caller, callee)] += calls
            busy[caller] += calls
            busy[callee] += calls
    members = {node: [node] for node in nodes}
    boxes = len(members)
    for (one, other), _ in sorted(between.items(), key=lambda item: (-item[1], item[0])):
        first, second = members[one], members[other]
        if boxes <= FEW_BOXES:
            break
        if first is not second and len(first) + len(second) <= MOST_IN_COMMUNITY:
            first += second
            members |= dict.fromkeys(second, first)
            boxes -= 1
    return _name(members, busy)


def _beginning(words: Sequence[str], depth: int) -> str:
    return "-".join(words[:depth])


def _dock(groups: Mapping[Node, str], nodes: Sequence[Node], links: Links) -> dict[Node, str]:
    callers: dict[Node, set[Node | str]] = {}
    for caller, callee, _ in links:
        callers.setdefault(callee, set()).add(groups.get(caller, caller))
    docked = dict(groups)
    for node in nodes:
        using = callers.get(node, set())
        if node.kind != NodeKind.SERVICE and node not in groups and len(using) == 1:
            (user,) = using
            if isinstance(user, str):
                docked[node] = user
    return docked


def _count_boxes(groups: Mapping[Node, str], nodes: Sequence[Node]) -> int:
    return len(set(groups.values())) + sum(node not in groups for node in nodes)


def _name(members: Mapping[Node, Sequence[Node]], busy: Mapping[Node, float]) -> dict[Node, str]:
    named: dict[Node, str] = {}
    taken: Counter[str] = Counter()
    for node, together in members.items():
        if node in named or len(together) < LEAST_MEMBERS:
            continue
        name = min(together, key=lambda node: (-busy[node], node)).name
        taken[name] += 1
        # A service and a database may have one name.
        named |= dict.fromkeys(together, name if taken[name] == 1 else f"{name} ({taken[name]})")
    return named
