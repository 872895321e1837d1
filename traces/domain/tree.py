"""Who is below whom in a trace, in the order of the waterfall. Lists of numbers only; nothing here recurses.

Spans are numbered in the order of their starts. Whatever they say of their parents (nobody, one that is not here,
themselves, a circle), every span gets exactly one row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from operator import eq

# The number of the parent of a root.
NONE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Pre-order: `order[row]` is the number of the span in that row; depths and sizes go by rows, too.

    `subtree_sizes` counts a span and all below it. `parents` has the number of each span's parent, by number: NONE of
    a root.
    """

    order: list[int]
    depths: list[int]
    subtree_sizes: list[int]
    parents: list[int]

    def renumber(self, numbers: Sequence[int]) -> "Tree":
        """The same tree, its spans in another order: `numbers` has the number that each had, by its new one."""
        new_numbers = [NONE] * (len(numbers) + 1)
        for new, old in enumerate(numbers):
            new_numbers[old] = new
        return _walk([new_numbers[self.parents[old]] for old in numbers])


def build_tree(span_ids: Sequence[bytes], parent_span_ids: Sequence[bytes | None]) -> Tree:
    """The tree of spans in the order of their starts; children stand in that order, too. O(n).

    Where several spans share an id, children hang under the first: see `traces.domain.shared_ids` for better. A circle
    is cut above its earliest span.
    """
    parents = _find_parents(span_ids, parent_span_ids)
    tree = _walk(parents)
    if len(tree.order) < len(parents):
        _cut_circles(parents, tree.order)
        tree = _walk(parents)
    return tree


def _find_parents(span_ids: Sequence[bytes], parent_span_ids: Sequence[bytes | None]) -> list[int]:
    """The number of each span's parent; NONE for a root, for a parent that is not here, and for itself."""
    number_of: dict[bytes | None, int] = dict(zip(reversed(span_ids), range(len(span_ids) - 1, -1, -1), strict=True))
    parents = list(map(number_of.get, parent_span_ids, repeat(NONE)))
    for number in list(compress(range(len(parents)), map(eq, parents, range(len(parents))))):
        parents[number] = NONE
    return parents


def _walk(parents: list[int]) -> Tree:
    """Pre-order of what can be reached from a root. Roots are the children of an imaginary last span."""
    next_siblings = [NONE] * len(parents)
    first_children = [NONE] * (len(parents) + 1)
    for number in range(len(parents) - 1, -1, -1):
        parent = parents[number]
        next_siblings[number] = first_children[parent]
        first_children[parent] = number
    order: list[int] = []
    depths: list[int] = []
    sizes = [1] * len(parents)
    open_rows: list[int] = []
    number = first_children[NONE]
    while True:
        while number != NONE:
            depths.append(len(open_rows))
            open_rows.append(len(order))
            order.append(number)
            number = first_children[number]
        if not open_rows:
            return Tree(order=order, depths=depths, subtree_sizes=sizes, parents=parents)
        row = open_rows.pop()
        sizes[row] = len(order) - row
        number = next_siblings[order[row]]


def _cut_circles(parents: list[int], reached: list[int]) -> None:
    """Takes the earliest span of each circle from its parent: then all can be reached."""
    met_by = [NONE] * len(parents)
    for number in reached:
        met_by[number] = len(parents)
    for first in range(len(parents)):
        number = first
        while met_by[number] == NONE:
            met_by[number] = first
            number = parents[number]
        if met_by[number] == first:
            parents[_earliest_of_circle(parents, number)] = NONE


def _earliest_of_circle(parents: list[int], start: int) -> int:
    earliest, number = start, parents[start]
    while number != start:
        earliest = min(earliest, number)
        number = parents[number]
    return earliest
