"""The critical path of a trace: at every moment of a root span, the one span that its end was waiting for.

The rules, read backwards from the end of a root:

* The path is in a span until the last of its children ended; there it goes into that child, and from the child's start
  back into the span: to the next child that ended before that start, or, where none did, to the span's own start.
  Whoever makes a piece of the path shorter makes the root shorter, until another way becomes the longest.
* A child that was still running when the child on the path began is not waited for: that one did not need it. Overlaps
  of at most OVERLAP_SHARE of the shorter of both (and of MAX_OVERLAP_NS) come from clocks; there the earlier child is
  cut where the later one begins.
* Of children that end together the longest is on the path.
* A child that starts before its parent or outlives it counts while the parent ran; one that has nothing to do with that
  time, or takes none, is not on the path, and neither is what is below it.
* A consumer below a producer is not waited for.
* Every root has a path of its own, as long as it is: the pieces of one root add up to its duration exactly. What would
  end after MAX_NS ends there.

The idea of walking back over the child that finished last is that of CRISP (Zhang et al., USENIX ATC 2022), which
allows for overlaps, and of Jaeger's page, which does not and leaves out a child that ends just when the next begins.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import add

from traces.domain.columns import BIG, INTEGER, picker
from traces.domain.span import MAX_NS, SpanKind
from traces.domain.trace_rows import TraceRows

OVERLAP_SHARE = 0.01
MAX_OVERLAP_NS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalPath:
    """Pieces in the order of roots and, in each, of time: `rows[i]` is on the path from `starts_ns[i]` to `ends_ns[i]`.

    `own_ns[row]` is how long a row is on the path: of a root and all below it they add up to the root's duration.
    """

    rows: "array[int]"
    starts_ns: "array[int]"
    ends_ns: "array[int]"
    own_ns: "array[int]"


# A span the walk is in: its row, where its part of the path begins and where what is not walked yet ends; children
# that may be on the path, the last to end last; the duration of the child that was on it last.
_Frame = tuple[int, int, int, list[int], int]


def find_critical_path(rows: TraceRows) -> CriticalPath:
    """See above. O(n log n), and nothing recurses."""
    walk = _Walk(rows)
    for row, depth in enumerate(rows.depths):
        if depth == 0:
            walk.follow(row)
    return walk.path


class _Walk:
    def __init__(self, rows: TraceRows) -> None:
        spans, in_order = rows.spans, picker(rows.order)
        self._sizes = rows.subtree_sizes
        self._starts_ns: Sequence[int] = in_order(spans.starts_ns)
        ends_ns = list(map(add, self._starts_ns, in_order(spans.durations_ns)))
        self._ends_ns = ends_ns if max(ends_ns) <= MAX_NS else [min(MAX_NS, end_ns) for end_ns in ends_ns]
        self._operation_ids: Sequence[int] = in_order(spans.operation_ids)
        self._producers = {id_ for id_, each in spans.operations.items() if each.kind == SpanKind.PRODUCER}
        self._consumers = {id_ for id_, each in spans.operations.items() if each.kind == SpanKind.CONSUMER}
        self.path = CriticalPath(
            rows=array(INTEGER), starts_ns=array(BIG), ends_ns=array(BIG), own_ns=array(BIG, bytes(8 * len(rows)))
        )

    def follow(self, root: int) -> None:
        """Adds the pieces of one root, which are found the last first."""
        rows, starts_ns, ends_ns = array(INTEGER), array(BIG), array(BIG)
        own_ns = self.path.own_ns

        def note(row: int, start_ns: int, end_ns: int) -> None:
            if end_ns > start_ns:
                rows.append(row)
                starts_ns.append(start_ns)
                ends_ns.append(end_ns)
                own_ns[row] += end_ns - start_ns

        entered: list[_Frame] = [self._enter(root, self._starts_ns[root], self._ends_ns[root])]
        while entered:
            row, start_ns, end_ns, children, last_ns = entered.pop()
            while children:
                child = children.pop()
                child_start_ns, child_end_ns = self._starts_ns[child], self._ends_ns[child]
                child_ns, over_ns = child_end_ns - child_start_ns, child_end_ns - end_ns
                if child_start_ns >= end_ns or (over_ns > 0 and last_ns and over_ns > _allow(last_ns, child_ns)):
                    continue
                child_start_ns, child_end_ns = max(start_ns, child_start_ns), min(end_ns, child_end_ns)
                note(row, child_end_ns, end_ns)
                end_ns, last_ns = child_start_ns, child_ns
                if self._sizes[child] > 1:
                    entered.append((row, start_ns, end_ns, children, last_ns))
                    entered.append(self._enter(child, child_start_ns, child_end_ns))
                    break
                note(child, child_start_ns, child_end_ns)
            else:
                note(row, start_ns, end_ns)
        for found, kept in ((rows, self.path.rows), (starts_ns, self.path.starts_ns), (ends_ns, self.path.ends_ns)):
            found.reverse()
            kept.extend(found)

    def _enter(self, row: int, start_ns: int, end_ns: int) -> _Frame:
        """A span that is on the path from `start_ns` to `end_ns`, but for what its children take of that."""
        starts_ns, ends_ns, sizes = self._starts_ns, self._ends_ns, self._sizes
        children, child, end = [], row + 1, row + sizes[row]
        while child < end and starts_ns[child] < end_ns:
            if ends_ns[child] > start_ns and ends_ns[child] > starts_ns[child]:
                children.append(child)
            child += sizes[child]
        if self._operation_ids[row] in self._producers:
            children = [child for child in children if self._operation_ids[child] not in self._consumers]
        children.sort(key=lambda child: (min(end_ns, ends_ns[child]), -starts_ns[child]))
        return row, start_ns, end_ns, children, 0


def _allow(last_ns: int, duration_ns: int) -> float:
    """By how much siblings of these durations may overlap."""
    return min(MAX_OVERLAP_NS, OVERLAP_SHARE * min(last_ns, duration_ns))
