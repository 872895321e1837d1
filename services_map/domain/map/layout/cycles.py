"""Which edges run against the direction of reading: as few as we find, so that the others have no cycle.

The sequence is that of Eades, Lin and Smyth, "A fast and effective heuristic for the feedback arc set problem" (1993):
take away sinks to the end, sources to the front, else the node with the most edges out and the fewest in to the front.
Edges against it are then tried once more, one by one: most of a sequence's mistakes are found that way.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from services_map.domain.map.layout.graph import Pair, neighbours


def against(count: int, edges: Sequence[Pair], doubtful: Sequence[Pair] = ()) -> set[Pair]:
    """The edges to be drawn from right to left.

    `doubtful` edges of them are asked last: they follow the others if they can.
    """
    last = set(doubtful)
    sure = [edge for edge in edges if edge not in last]
    place = _sequence(count, sure)
    backward = last | {(one, other) for one, other in sure if place[one] > place[other]}
    after, _ = neighbours(count, (edge for edge in sure if edge not in backward))
    refused = set()
    for one, other in sorted(backward):
        if _leads_to(after, other, one):
            refused.add((one, other))
        else:
            after[one].append(other)
    return refused


def _leads_to(after: list[list[int]], start: int, goal: int) -> bool:
    is_seen = bytearray(len(after))
    is_seen[start] = 1
    stack = [start]
    while stack:
        for node in after[stack.pop()]:
            if node == goal:
                return True
            if not is_seen[node]:
                is_seen[node] = 1
                stack.append(node)
    return start == goal


def _sequence(count: int, edges: Sequence[Pair]) -> list[int]:
    """The place of each node in the sequence; among equals the one nearest to a source, then the lowest number."""
    after, before = neighbours(count, edges)
    outs, ins = [len(nodes) for nodes in after], [len(nodes) for nodes in before]
    steps = _steps_from_sources(after, before)

    def turn(node: int) -> tuple[int, int, int, int]:
        if not outs[node]:
            return 0, 0, 0, node
        return (2, ins[node] - outs[node], steps[node], node) if ins[node] else (1, 0, 0, node)

    turns = [turn(node) for node in range(count)]
    heapify(turns)
    place = [-1] * count
    front, back = 0, count
    while front < back:
        asked = heappop(turns)
        node = asked[3]
        if place[node] >= 0 or asked != turn(node):
            continue
        if asked[0]:
            place[node] = front
            front += 1
        else:
            back -= 1
            place[node] = back
        for others, degrees in ((after[node], ins), (before[node], outs)):
            for other in others:
                if place[other] < 0:
                    degrees[other] -= 1
                    heappush(turns, turn(other))
    return place


def _steps_from_sources(after: list[list[int]], before: list[list[int]]) -> list[int]:
    """How many edges each node is away from one that nobody calls: a cycle is best opened where one comes into it."""
    count = len(after)
    steps = [0 if not before[node] else count for node in range(count)]
    queue = [node for node in range(count) if not steps[node]]
    for node in queue:
        for other in after[node]:
            if steps[other] == count:
                steps[other] = steps[node] + 1
                queue.append(other)
    return steps
