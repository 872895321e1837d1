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


# A span the walk is in: its row; where its part of the path begins; children that may be on the path, the last to end
# last; the duration of the child that was on it last.
_Frame = tuple[int, int, list[int], int]


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
        """Adds the pieces of one root, which are found the last first; each ends where the one before begins."""
        all_starts_ns, all_ends_ns, sizes = self._starts_ns, self._ends_ns, self._sizes
        rows: list[int] = []
        starts_ns: list[int] = []
        at_ns = all_ends_ns[root]
        entered: list[_Frame] = [(root, all_starts_ns[root], self._list_children(root, all_starts_ns[root], at_ns), 0)]
        while entered:
            row, start_ns, children, last_ns = entered.pop()
            while children:
                child = children.pop()
                child_start_ns, child_end_ns = all_starts_ns[child], all_ends_ns[child]
                child_ns, over_ns = child_end_ns - child_start_ns, child_end_ns - at_ns
                if child_start_ns < start_ns:
                    child_start_ns = start_ns
                if child_start_ns >= at_ns or (over_ns > 0 and last_ns and over_ns > _allow(last_ns, child_ns)):
                    continue
                if over_ns < 0:
                    rows.append(row)
                    starts_ns.append(child_end_ns)
                    at_ns = child_end_ns
                last_ns = child_ns
                if sizes[child] > 1:
                    entered.append((row, start_ns, children, last_ns))
                    entered.append((child, child_start_ns, self._list_children(child, child_start_ns, at_ns), 0))
                    break
                rows.append(child)
                starts_ns.append(child_start_ns)
                at_ns = child_start_ns
            else:
                if start_ns < at_ns:
                    rows.append(row)
                    starts_ns.append(start_ns)
                    at_ns = start_ns
        self._add(rows, starts_ns, [all_ends_ns[root], *starts_ns])

    def _add(self, rows: list[int], starts_ns: list[int], ends_ns: list[int]) -> None:
        path = self.path
        for row, start_ns, end_ns in zip(rows, starts_ns, ends_ns, strict=False):
            path.own_ns[row] += end_ns - start_ns
        path.rows.extend(reversed(rows))
        path.starts_ns.extend(reversed(starts_ns))
        path.ends_ns.extend(reversed(ends_ns[: len(rows)]))

    def _list_children(self, row: int, start_ns: int, end_ns: int) -> list[int]:
        """Those that may be on the path while a span is on it, from `start_ns` to `end_ns`; the last to end last."""
        starts_ns, ends_ns, sizes = self._starts_ns, self._ends_ns, self._sizes
        children, child, end = [], row + 1, row + sizes[row]
        latest_ns, is_in_order = start_ns, True
        while child < end and (child_start_ns := starts_ns[child]) < end_ns:
            child_end_ns = ends_ns[child]
            if child_end_ns > start_ns and child_end_ns > child_start_ns:
                children.append(child)
                # Calls one after another are, and there are many of them.
                if not latest_ns < child_end_ns or latest_ns >= end_ns:
                    is_in_order = False
                latest_ns = child_end_ns
            child += sizes[child]
        if self._operation_ids[row] in self._producers:
            children = [child for child in children if self._operation_ids[child] not in self._consumers]
        if not is_in_order:
            children.sort(key=lambda child: (min(end_ns, ends_ns[child]), -starts_ns[child]))
        return children


def _allow(last_ns: int, duration_ns: int) -> float:
    """By how much siblings of these durations may overlap."""
    return min(MAX_OVERLAP_NS, OVERLAP_SHARE * min(last_ns, duration_ns))
