"""Who is below whom in a trace, in the order of the waterfall. Lists of numbers only; nothing here recurses.

Spans are numbered in the order of their starts. Whatever they say of their parents (nobody, one that is not here,
themselves, a circle), every span gets exactly one row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

_Item = TypeVar("_Item")
_NONE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Pre-order: `order[row]` is the number of the span in that row; the other lists go by rows, too.

    `subtree_sizes` counts a span and all below it, `child_counts` those directly below it.
    """

    order: list[int]
    depths: list[int]
    subtree_sizes: list[int]
    child_counts: list[int]


def build_tree(span_ids: Sequence[bytes], parent_span_ids: Sequence[bytes | None]) -> Tree:
    """The tree of spans in the order of their starts; children stand in that order, too. O(n).

    Where several spans share an id, children hang under the first. A circle is cut above its earliest span.
    """
    parents = _find_parents(span_ids, parent_span_ids)
    order = _walk(parents)
    if len(order) < len(parents):
        _cut_circles(parents, order)
        order = _walk(parents)
    return _measure(parents, order)


def _find_parents(span_ids: Sequence[bytes], parent_span_ids: Sequence[bytes | None]) -> list[int]:
    """The number of each span's parent; _NONE for a root, for a parent that is not here, and for itself."""
    number_of: dict[bytes | None, int] = dict(zip(reversed(span_ids), range(len(span_ids) - 1, -1, -1), strict=True))
    find = number_of.get
    return [
        _NONE if (parent := find(parent_id, _NONE)) == number else parent
        for number, parent_id in enumerate(parent_span_ids)
    ]


def _walk(parents: list[int]) -> list[int]:
    """Pre-order of what can be reached from a root. Roots are the children of an imaginary last span."""
    next_siblings = [_NONE] * len(parents)
    first_children = [_NONE] * (len(parents) + 1)
    for number in range(len(parents) - 1, -1, -1):
        parent = parents[number]
        next_siblings[number] = first_children[parent]
        first_children[parent] = number
    order: list[int] = []
    waiting = [first_children[_NONE]] if first_children[_NONE] != _NONE else []
    while waiting:
        number = waiting.pop()
        order.append(number)
        if (sibling := next_siblings[number]) != _NONE:
            waiting.append(sibling)
        if (child := first_children[number]) != _NONE:
            waiting.append(child)
    return order


def _cut_circles(parents: list[int], reached: list[int]) -> None:
    """Takes the earliest span of each circle from its parent: then all can be reached."""
    met_by = [_NONE] * len(parents)
    for number in reached:
        met_by[number] = len(parents)
    for first in range(len(parents)):
        number = first
        while met_by[number] == _NONE:
            met_by[number] = first
            number = parents[number]
        if met_by[number] == first:
            parents[_earliest_of_circle(parents, number)] = _NONE


def _earliest_of_circle(parents: list[int], start: int) -> int:
    earliest, number = start, parents[start]
    while number != start:
        earliest = min(earliest, number)
        number = parents[number]
    return earliest


def _measure(parents: list[int], order: list[int]) -> Tree:
    """One entry more than spans: the last is the imaginary parent of the roots."""
    depths, sizes, counts = [_NONE] * (len(parents) + 1), [1] * (len(parents) + 1), [0] * (len(parents) + 1)
    for number in order:
        parent = parents[number]
        depths[number] = depths[parent] + 1
        counts[parent] += 1
    for number in reversed(order):
        sizes[parents[number]] += sizes[number]
    return Tree(
        order=order,
        depths=_take(depths, order),
        subtree_sizes=_take(sizes, order),
        child_counts=_take(counts, order),
    )


def _take(items: Sequence[_Item], indexes: Sequence[int]) -> list[_Item]:
    """The items at these places, in their order."""
    return [items[index] for index in indexes]
