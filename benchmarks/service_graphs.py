"""Dependency graphs as services have them, for measuring layouts: tiers, hubs, shared databases, a few cycles."""

import random
from collections.abc import Sequence
from typing import Final

from services_map.domain.calls.nodes import USER, Node, NodeKind

Graph = tuple[list[Node], list[tuple[Node, Node]]]

EDGES_A_NODE: Final = 1.6
BACK_SHARE: Final = 0.02
#: Of all nodes, from the edge inwards: gateways, services for pages, then what these use.
_TIERS: Final = (0.03, 0.15, 0.22, 0.2, 0.12, 0.08)
#: Of all nodes; what is left of the tiers.
_PEERS: Final = ((NodeKind.DATABASE, 0.12), (NodeKind.QUEUE, 0.04), (NodeKind.EXTERNAL, 0.04))


def service_graph(count: int, seed: int) -> Graph:
    """`count` nodes and 1.6 times as many edges; one in fifty leads from a callee back to a caller.

    Everything hangs together. Callees are chosen by how many call them already, so that some become hubs.
    """
    chance = random.Random(seed)
    tiers = _make_tiers(count, chance)
    rank = {node: number for number, tier in enumerate(tiers) for node in tier}
    edges = {(chance.choice(tiers[rank[node] - 1]), node) for tier in tiers[1:-1] for node in tier}
    services = [node for tier in tiers[1:-1] for node in tier]
    edges |= {(chance.choice(services), node) for node in tiers[-1]}
    backward = round(count * EDGES_A_NODE * BACK_SHARE)
    forward = round(count * EDGES_A_NODE) - backward
    popular = [callee for _, callee in sorted(edges)]
    while len(edges) < forward:
        caller, callee = chance.choice(services), chance.choice(popular)
        if rank[caller] < rank[callee] and (caller, callee) not in edges:
            edges.add((caller, callee))
            popular.append(callee)
    while len(edges) < forward + backward:
        caller, callee = chance.sample(services, 2)
        if rank[caller] > rank[callee]:
            edges.add((caller, callee))
    return [node for tier in tiers for node in tier], sorted(edges)


def _make_tiers(count: int, chance: random.Random) -> Sequence[Sequence[Node]]:
    """The user, then services, then what they keep data in; names say nothing of where a node stands."""
    peers = [
        Node(kind, f"{kind.name.lower()}-{number}") for kind, share in _PEERS for number in range(round(count * share))
    ]
    names = list(range(count - len(peers) - 1))
    chance.shuffle(names)
    tiers: list[list[Node]] = [[USER]]
    for share in _TIERS[:-1]:
        size = max(1, round(count * share))
        tiers.append([Node(NodeKind.SERVICE, f"service-{name}") for name in names[:size]])
        names = names[size:]
    tiers.append([Node(NodeKind.SERVICE, f"service-{name}") for name in names])
    return [*tiers, peers]
