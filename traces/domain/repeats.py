"""Runs of siblings that do the same: five hundred SELECTs in a row are one thing to a reader."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import add, eq

FEWEST_MEMBERS = 5


@dataclass(frozen=True, slots=True)
class Repeat:
    """A run of rows with the same parent, one after the other, each with its subtree.

    `slowest` is the row of the longest member, the first of several; `end` the row after the last one's subtree.
    """

    head: int
    member_count: int
    slowest: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Siblings:
    """What of a trace's rows decides: see `TraceRows`. `root_parents` says what the roots name as their parent."""

    depths: Sequence[int]
    subtree_sizes: Sequence[int]
    operation_ids: Sequence[int]
    error_rows: Sequence[int]
    root_parents: dict[int, bytes | None]


def find_repeats(rows: Siblings, duration_ns: Callable[[int], int]) -> tuple[Repeat, ...]:
    """The runs of at least FEWEST_MEMBERS siblings of one operation without an error in their subtrees, by head. O(n).

    Roots are siblings where they name the same parent, which is missing, or none. `duration_ns` says how long the span
    in a row took; it is asked about members only.
    """
    ends = list(map(add, range(len(rows.depths)), rows.subtree_sizes))
    counts: dict[int, int] = {}
    heads: dict[int, int] = {}
    for row in _rows_before_their_like(rows, ends):
        following = ends[row]
        counts[following] = counts.pop(row, 1) + 1
        heads[following] = heads.pop(row, row)
    found = [
        _measure(duration_ns, ends, heads[last], count) for last, count in counts.items() if count >= FEWEST_MEMBERS
    ]
    return tuple(sorted(found, key=lambda repeat: repeat.head))


def _rows_before_their_like(rows: Siblings, ends: Sequence[int]) -> Iterator[int]:
    """The rows, in order, whose next sibling belongs into one run with them."""
    after = -1
    operation_ids, depths = [*rows.operation_ids, after], [*rows.depths, after]
    is_like = map(eq, map(operation_ids.__getitem__, ends), operation_ids)
    error_rows = rows.error_rows
    for row in compress(range(len(ends)), is_like):
        following = ends[row]
        # What follows a subtree is never deeper; where it is less deep, there is no sibling.
        if depths[following] != depths[row]:
            continue
        if depths[row] == 0 and rows.root_parents[row] != rows.root_parents[following]:
            continue
        if error_rows and bisect_left(error_rows, row) != bisect_left(error_rows, ends[following]):
            continue
        yield row


def _measure(duration_ns: Callable[[int], int], ends: Sequence[int], head: int, count: int) -> Repeat:
    slowest, row, longest_ns = head, head, duration_ns(head)
    for _ in range(count - 1):
        row = ends[row]
        if duration_ns(row) > longest_ns:
            slowest, longest_ns = row, duration_ns(row)
    return Repeat(head, count, slowest, ends[row])
