"""Nodes as numbers 0 to count - 1 in the order of their names, edges as pairs of them."""

from collections.abc import Iterable, Sequence

Pair = tuple[int, int]


def neighbours(count: int, edges: Iterable[Pair]) -> tuple[list[list[int]], list[list[int]]]:
    """Of each node: what it points to, and what points to it."""
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for one, other in edges:
        after[one].append(other)
        before[other].append(one)
    return after, before


def components(count: int, edges: Sequence[Pair]) -> list[list[int]]:
    """The nodes that hang together, each part ascending; parts by their lowest node."""
    after, before = neighbours(count, edges)
    is_seen = bytearray(count)
    found = []
    for start in range(count):
        if is_seen[start]:
            continue
        is_seen[start] = 1
        part = [start]
        for node in part:
            for other in (*after[node], *before[node]):
                if not is_seen[other]:
                    is_seen[other] = 1
                    part.append(other)
        found.append(sorted(part))
    return found


def topological(count: int, pairs: Iterable[Pair]) -> tuple[list[int], list[list[int]], list[list[int]]]:
    """Each node after all that point to it (there must be no cycle); and what `neighbours` says."""
    after, before = neighbours(count, pairs)
    waits = [len(nodes) for nodes in before]
    order = [node for node in range(count) if not waits[node]]
    for node in order:
        for other in after[node]:
            waits[other] -= 1
            if not waits[other]:
                order.append(other)
    return order, after, before
