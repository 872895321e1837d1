"""Where the difference between two traces comes from: what each place of the tree adds to it.

The time that a span is on the critical path of its root is what it contributes to the root's duration, so the
differences of these times, over all places below the main roots, are exactly the difference of the two durations.
"""

from dataclasses import dataclass
from enum import Enum

from traces.domain.comparison.alignment import Alignment
from traces.domain.critical_path import CriticalPath


class Change(Enum):
    """GONE is only in A, ADDED only in B; SLOWER and FASTER are in both, and on the path of B longer or shorter."""

    SLOWER = "slower"
    FASTER = "faster"
    ADDED = "added"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What the calls of one place make B longer than A.

    `critical_…_ns` is how long they are on the path; of calls that only one trace has, with all that is below them.
    `call_count` is how many of them this is about, `node` the one of them that differs most. `calls_a` and `calls_b`
    are all calls of the place.
    """

    place: int
    change: Change
    critical_a_ns: int
    critical_b_ns: int
    call_count: int
    calls_a: int
    calls_b: int
    node: int

    @property
    def delta_ns(self) -> int:
        return self.critical_b_ns - self.critical_a_ns


@dataclass(slots=True)
class _Sum:
    """What is known so far of calls that both traces have, or only one."""

    node: int
    most_ns: int = -1
    critical_a_ns: int = 0
    critical_b_ns: int = 0
    call_count: int = 0


_BOTH, _ONLY_A, _ONLY_B = range(3)


def find_contributions(alignment: Alignment, path_a: CriticalPath, path_b: CriticalPath) -> list[Contribution]:
    """Those of the nodes below the main roots, the largest first; without those that are alike in both."""
    sums = _add_up(alignment, path_a, path_b)
    _count_calls(alignment, sums)
    counts = {key: found.call_count for key, found in sums.items()}
    contributions = [
        Contribution(
            place=place,
            change=_name_change(side, found),
            critical_a_ns=found.critical_a_ns,
            critical_b_ns=found.critical_b_ns,
            call_count=found.call_count,
            calls_a=counts.get((place, _BOTH), 0) + counts.get((place, _ONLY_A), 0),
            calls_b=counts.get((place, _BOTH), 0) + counts.get((place, _ONLY_B), 0),
            node=found.node,
        )
        for (place, side), found in sums.items()
        if side != _BOTH or found.critical_a_ns != found.critical_b_ns
    ]
    return sorted(contributions, key=lambda each: (-abs(each.delta_ns), -each.call_count, each.node))


def _add_up(alignment: Alignment, path_a: CriticalPath, path_b: CriticalPath) -> dict[tuple[int, int], _Sum]:
    """By place and side. Of spans that are alone, all that is below the topmost counts to that one."""
    own_a, own_b = path_a.own_ns, path_b.own_ns
    sums: dict[tuple[int, int], _Sum] = {}
    window = slice(alignment.root, alignment.end)
    nodes = zip(alignment.rows_a[window], alignment.rows_b[window], alignment.numbers[window], strict=True)
    for node, (row_a, row_b, place) in enumerate(nodes, alignment.root):
        critical_a_ns = own_a[row_a] if row_a >= 0 else 0
        critical_b_ns = own_b[row_b] if row_b >= 0 else 0
        side = _ONLY_B if row_a < 0 else _ONLY_A if row_b < 0 else _BOTH
        found = sums.get((place, side))
        if found is None:
            found = sums[place, side] = _Sum(node)
        found.critical_a_ns += critical_a_ns
        found.critical_b_ns += critical_b_ns
        if side == _BOTH:
            found.call_count += 1
            if (differs_ns := abs(critical_b_ns - critical_a_ns)) > found.most_ns:
                found.node, found.most_ns = node, differs_ns
    return sums


def _count_calls(alignment: Alignment, sums: dict[tuple[int, int], _Sum]) -> None:
    """Of spans that are alone only the topmost are calls of the place."""
    for node in alignment.tops:
        if alignment.root <= node < alignment.end:
            side = _ONLY_B if alignment.rows_a[node] < 0 else _ONLY_A
            sums[alignment.numbers[node], side].call_count += 1


def _name_change(side: int, found: _Sum) -> Change:
    if side == _BOTH:
        return Change.SLOWER if found.critical_b_ns > found.critical_a_ns else Change.FASTER
    return Change.ADDED if side == _ONLY_B else Change.GONE
