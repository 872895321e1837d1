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


def find_contributions(alignment: Alignment, path_a: CriticalPath, path_b: CriticalPath) -> list[Contribution]:
    """Those of the nodes below the main roots, the largest first; without those that are alike in both."""
    both, only_a, only_b = _add_up(alignment, path_a, path_b)
    found = []
    for place, (in_both, in_a, in_b) in enumerate(zip(both.calls, only_a.calls, only_b.calls, strict=True)):
        calls_a, calls_b = in_both + in_a, in_both + in_b
        if both.a_ns[place] != both.b_ns[place]:
            change = Change.SLOWER if both.b_ns[place] > both.a_ns[place] else Change.FASTER
            found.append(both.name(place, change, calls_a, calls_b))
        if in_a:
            found.append(only_a.name(place, Change.GONE, calls_a, calls_b))
        if in_b:
            found.append(only_b.name(place, Change.ADDED, calls_a, calls_b))
    return sorted(found, key=lambda each: (-abs(each.delta_ns), -each.call_count, each.node))


class _Sums:
    """By place, of calls that both traces have or only one: times on both paths, how many, and which differs most."""

    def __init__(self, place_count: int) -> None:
        self.a_ns, self.b_ns, self.calls = ([0] * place_count for _ in range(3))
        self.most_ns, self.nodes = ([-1] * place_count for _ in range(2))

    def name(self, place: int, change: Change, calls_a: int, calls_b: int) -> Contribution:
        return Contribution(
            place=place,
            change=change,
            critical_a_ns=self.a_ns[place],
            critical_b_ns=self.b_ns[place],
            call_count=self.calls[place],
            calls_a=calls_a,
            calls_b=calls_b,
            node=self.nodes[place],
        )


def _add_up(alignment: Alignment, path_a: CriticalPath, path_b: CriticalPath) -> tuple[_Sums, _Sums, _Sums]:
    """Of calls in both, only in A, only in B; of those the topmost alone are calls, with the time of all below them."""
    own_a, own_b = path_a.own_ns, path_b.own_ns
    both, only_a, only_b = (_Sums(len(alignment.keys)) for _ in range(3))
    window = slice(alignment.root, alignment.end)
    nodes = zip(alignment.rows_a[window], alignment.rows_b[window], alignment.places[window], strict=True)
    for node, (row_a, row_b, place) in enumerate(nodes, alignment.root):
        if row_a < 0:
            only_b.b_ns[place] += own_b[row_b]
        elif row_b < 0:
            only_a.a_ns[place] += own_a[row_a]
        else:
            a_ns, b_ns = own_a[row_a], own_b[row_b]
            both.a_ns[place] += a_ns
            both.b_ns[place] += b_ns
            both.calls[place] += 1
            if abs(b_ns - a_ns) > both.most_ns[place]:
                both.most_ns[place], both.nodes[place] = abs(b_ns - a_ns), node
    for node in alignment.tops:
        if alignment.root <= node < alignment.end:
            only = only_b if alignment.rows_a[node] < 0 else only_a
            place = alignment.places[node]
            only.calls[place] += 1
            only.nodes[place] = node if only.nodes[place] < 0 else only.nodes[place]
    return both, only_a, only_b
