"""Which nodes of a large map are drawn as one: families by name, or else those that talk with each other the most.

A family is what stands before the first `-`, `.`, `/` or `_` of a name: `payment-api` and `payment-worker` are of
`payment`. Where most names begin alike (`acme-…`), that beginning is skipped. A database, queue or external system
that is of no family but used by one only belongs to it, too. A group has at least two nodes, and the user is in none.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services_map.domain.nodes import Node, NodeKind

#: With fewer nodes a group says nothing, with more of them a community does.
LEAST_MEMBERS: Final = 2
MOST_IN_COMMUNITY: Final = 24
_ROUNDS: Final = 10
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
        if 2 * size <= len(nodes) or 2 * longer <= size:
            break
        depth += 1
    found = {node: _beginning(split, depth) for node, split in words.items()}
    return {node: name for node, name in found.items() if sizes[name] >= LEAST_MEMBERS}


def communities(nodes: Sequence[Node], links: Links) -> dict[Node, str]:
    """Label propagation in a fixed order: each node joins those it exchanges the most calls with, while there is room.

    A community is named for its member that takes part in most calls.
    """
    near: dict[Node, dict[Node, float]] = {node: defaultdict(float) for node in nodes}
    for caller, callee, calls in links:
        if caller != callee and caller in near and callee in near:
            near[caller][callee] += calls
            near[callee][caller] += calls
    labels = {node: node for node in nodes}
    sizes = Counter(labels.values())
    for _ in range(_ROUNDS):
        moved = False
        for node in nodes:
            label = _strongest(node, near[node], labels, sizes)
            if label != labels[node]:
                sizes[labels[node]] -= 1
                sizes[label] += 1
                labels[node] = label
                moved = True
        if not moved:
            break
    return _name(labels, near)


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


def _strongest(node: Node, near: Mapping[Node, float], labels: Mapping[Node, Node], sizes: Mapping[Node, int]) -> Node:
    pulls: dict[Node, float] = {}
    for other, calls in sorted(near.items()):
        label = labels[other]
        if label == labels[node] or sizes[label] < MOST_IN_COMMUNITY:
            pulls[label] = pulls.get(label, 0.0) + calls
    return min(pulls, key=lambda label: (-pulls[label], label), default=labels[node])


def _name(labels: Mapping[Node, Node], near: Mapping[Node, Mapping[Node, float]]) -> dict[Node, str]:
    members: dict[Node, list[Node]] = {}
    for node, label in labels.items():
        members.setdefault(label, []).append(node)
    named: dict[Node, str] = {}
    taken: Counter[str] = Counter()
    for nodes in sorted(members.values()):
        if len(nodes) < LEAST_MEMBERS:
            continue
        busiest = min(nodes, key=lambda node: (-sum(near[node].values()), node))
        taken[busiest.name] += 1
        # A service and a database may have one name.
        name = busiest.name if taken[busiest.name] == 1 else f"{busiest.name} ({taken[busiest.name]})"
        named |= dict.fromkeys(nodes, name)
    return named
