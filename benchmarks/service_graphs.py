"""Dependency graphs as services have them, for measuring layouts: tiers, hubs, shared databases, a few cycles."""

import random
from typing import Final

from services_map.domain.nodes import USER, Node, NodeKind

EDGES_A_NODE: Final = 1.6
BACK_SHARE: Final = 0.02
#: Of a hundred nodes.
_PEERS: Final = ((NodeKind.DATABASE, 12), (NodeKind.QUEUE, 4), (NodeKind.EXTERNAL, 4))


def service_graph(count: int, seed: int) -> tuple[list[Node], list[tuple[Node, Node]]]:
    """`count` nodes and 1.6 times as many edges; one in fifty leads from a callee back to a caller.

    Everything hangs together. Calls go to nodes that many call already: some become hubs.
    """
    chance = random.Random(seed)
    peers = [kind for kind, share in _PEERS for _ in range(count * share // 100)]
    services = [Node(NodeKind.SERVICE, f"service-{number}") for number in range(count - len(peers) - 1)]
    others = [Node(kind, f"{kind.name.lower()}-{number}") for number, kind in enumerate(peers)]
    chance.shuffle(services)
    callers = [USER, *services]
    edges: set[tuple[Node, Node]] = set()
    for number, callee in enumerate([*services, *others], start=1):
        first = max(0, min(number, len(callers)) - 40) if number < len(callers) else 0
        edges.add((chance.choice(callers[first : min(number, len(callers))][:20]), callee))
    backward = round(count * EDGES_A_NODE * BACK_SHARE)
    popular = [callee for _, callee in sorted(edges)]
    rank = {node: number for number, node in enumerate([*callers, *others])}
    while len(edges) < round(count * EDGES_A_NODE) - backward:
        caller, callee = chance.choice(services), chance.choice(popular)
        if rank[caller] < rank[callee] and (caller, callee) not in edges:
            edges.add((caller, callee))
            popular.append(callee)
    wanted = len(edges) + backward
    while len(edges) < wanted:
        caller, callee = chance.sample(services, 2)
        if rank[caller] > rank[callee]:
            edges.add((caller, callee))
    return [*callers, *others], sorted(edges)
