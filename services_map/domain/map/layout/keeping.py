"""A layout that follows an earlier one: what was there stays, what is new is put where there is room."""

from collections.abc import Mapping, Sequence

from services_map.domain.map.layout.coordinates import settle
from services_map.domain.map.layout.graph import Pair, neighbours, topological
from services_map.domain.map.layout.layers import MAX_BOXES
from services_map.domain.map.layout.shapes import SLOT_HEIGHT

#: How far from its neighbours something new may stand if nothing has to move for it there.
_FAR = 3 * SLOT_HEIGHT


def kept_columns(count: int, pairs: Sequence[Pair], known: Mapping[int, int]) -> list[int]:
    """`known` columns, moved right only as far as callers demand. They may begin below 0."""
    order, after, before = topological(count, pairs)
    columns = [0] * count
    boxes: dict[int, int] = {}
    for column in known.values():
        boxes[column] = boxes.get(column, 0) + 1
    for node in order:
        first = max((columns[other] + 1 for other in before[node]), default=None)
        if node in known:
            columns[node] = known[node] if first is None else max(known[node], first)
        elif first is not None:
            columns[node] = _roomy(first, [known[other] for other in after[node] if other in known], boxes)
            boxes[columns[node]] = boxes.get(columns[node], 0) + 1
    for node in order:
        if node not in known and not before[node] and after[node]:
            columns[node] = min(columns[other] for other in after[node]) - 1
    return columns


def added_columns(edges: Sequence[Pair], known: Mapping[int, int], fresh: Sequence[int]) -> list[int]:
    """`known` columns as they are; what is new stands right of its callers, or else left of its callees.

    Where it has neither among those that stand already, it stands where it does in a `fresh` layout.
    """
    columns = dict(known)
    after, before = neighbours(len(fresh), edges)
    last = max(known.values())
    for node in sorted(set(range(len(fresh))) - set(known), key=lambda node: (fresh[node], node)):
        callers = [columns[other] for other in before[node] if other in columns]
        callees = [columns[other] for other in after[node] if other in columns]
        if callers:
            columns[node] = min(max(callers), last) + 1
        else:
            columns[node] = min(callees) - 1 if callees else fresh[node]
    return [columns[node] for node in range(len(fresh))]


def _roomy(first: int, limits: list[int], boxes: Mapping[int, int]) -> int:
    """The first column with room, but left of all `limits`; where there is none, the first one."""
    column = first
    while boxes.get(column, 0) >= MAX_BOXES:
        column += 1
    return column if all(column < limit for limit in limits) else first


def kept_tops(columns: Sequence[int], pairs: Sequence[Pair], known: Mapping[int, int]) -> list[int]:
    """`known` tops, moved only where columns or something new demand it: each new box moves others by one slot at most.

    Something new stands near the mean of its neighbours. Tops may begin below 0.
    """
    count = len(columns)
    stacks: dict[int, list[int]] = {}
    for node in known:
        stacks.setdefault(columns[node], []).append(known[node])
    tops = dict(known)
    after, before = neighbours(count, pairs)
    below = max(known.values(), default=-SLOT_HEIGHT) + SLOT_HEIGHT
    for node in sorted(set(range(count)) - set(known), key=lambda node: (columns[node], node)):
        near = [tops[other] for other in (*before[node], *after[node]) if other in tops]
        wanted = round(sum(near) / len(near)) if near else below
        stack = stacks.setdefault(columns[node], [])
        tops[node] = _free(sorted(stack), wanted)
        stack.append(tops[node])
    return settle(columns, [tops[node] for node in range(count)])


def _free(stack: list[int], wanted: int) -> int:
    """The nearest top at which a box touches none of the stack, or the wanted one if that is far away."""
    spots = [wanted, *(top + move for top in stack for move in (-SLOT_HEIGHT, SLOT_HEIGHT))]
    free = [spot for spot in spots if all(abs(spot - top) >= SLOT_HEIGHT for top in stack) and spot >= 0]
    best = min(free, key=lambda spot: (abs(spot - wanted), spot), default=wanted)
    return best if abs(best - wanted) <= _FAR else wanted
