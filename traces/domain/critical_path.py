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
* Every root has a path of its own, as long as it is: the pieces of one root add up to its duration exactly.

The idea of walking back over the child that finished last is that of CRISP (Zhang et al., USENIX ATC 2022), which
allows for overlaps, and of Jaeger's page, which does not and leaves out a child that ends just when the next begins.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from traces.domain.columns import BIG, INTEGER, picker
from traces.domain.span import SpanKind
from traces.domain.trace_rows import TraceRows

# The C type of 64 bits that holds the end of a span that no clock shows.
UNSIGNED = "Q"
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
    return _Walk(rows).find()


class _Walk:
    def __init__(self, rows: TraceRows) -> None:
        spans, in_order = rows.spans, picker(rows.order)
        self._rows = rows
        self._starts_ns: Sequence[int] = in_order(spans.starts_ns)
        self._durations_ns: Sequence[int] = in_order(spans.durations_ns)
        self._operation_ids: Sequence[int] = in_order(spans.operation_ids)
        self._producers = {id_ for id_, each in spans.operations.items() if each.kind == SpanKind.PRODUCER}
        self._consumers = {id_ for id_, each in spans.operations.items() if each.kind == SpanKind.CONSUMER}
        self._pieces: list[tuple[int, int, int]] = []

    def find(self) -> CriticalPath:
        pieces: list[tuple[int, int, int]] = []
        for row, depth in enumerate(self._rows.depths):
            if depth == 0:
                self._pieces = []
                self._follow(row)
                pieces += reversed(self._pieces)
        own_ns = array(BIG, bytes(8 * len(self._rows)))
        for row, start_ns, end_ns in pieces:
            own_ns[row] += end_ns - start_ns
        return CriticalPath(
            rows=array(INTEGER, [row for row, _, _ in pieces]),
            starts_ns=array(BIG, [start_ns for _, start_ns, _ in pieces]),
            ends_ns=array(UNSIGNED, [end_ns for _, _, end_ns in pieces]),
            own_ns=own_ns,
        )

    def _follow(self, root: int) -> None:
        """The pieces of one root, the last first."""
        start_ns = self._starts_ns[root]
        open_frames = [self._enter(root, start_ns, start_ns + self._durations_ns[root])]
        while open_frames:
            row, start_ns, end_ns, children, last_ns = open_frames.pop()
            child_end_ns = -1
            while children:
                child = children.pop()
                child_end_ns = self._find_end(child, end_ns, last_ns)
                if child_end_ns >= 0:
                    break
            if child_end_ns < 0:
                self._note(row, start_ns, end_ns)
                continue
            self._note(row, child_end_ns, end_ns)
            child_start_ns = max(start_ns, self._starts_ns[child])
            open_frames.append((row, start_ns, child_start_ns, children, self._durations_ns[child]))
            open_frames.append(self._enter(child, child_start_ns, child_end_ns))

    def _enter(self, row: int, start_ns: int, end_ns: int) -> _Frame:
        """A span that is on the path from `start_ns` to `end_ns`, but for what its children take of that."""
        starts_ns, durations_ns = self._starts_ns, self._durations_ns
        children = [
            child
            for child in self._rows.find_children(row)
            if starts_ns[child] < end_ns and starts_ns[child] + durations_ns[child] > start_ns and durations_ns[child]
        ]
        if self._operation_ids[row] in self._producers:
            children = [child for child in children if self._operation_ids[child] not in self._consumers]
        children.sort(key=lambda child: (min(end_ns, starts_ns[child] + durations_ns[child]), -starts_ns[child]))
        return row, start_ns, end_ns, children, 0

    def _find_end(self, child: int, end_ns: int, last_ns: int) -> int:
        """Where a child leaves the path, which goes on at `end_ns` with a sibling of `last_ns`; -1: it is not on it."""
        start_ns, duration_ns = self._starts_ns[child], self._durations_ns[child]
        child_end_ns = start_ns + duration_ns
        if last_ns:
            allowed_ns = min(MAX_OVERLAP_NS, OVERLAP_SHARE * min(last_ns, duration_ns))
            if child_end_ns - end_ns > allowed_ns:
                return -1
        return min(child_end_ns, end_ns) if start_ns < end_ns else -1

    def _note(self, row: int, start_ns: int, end_ns: int) -> None:
        if end_ns > start_ns:
            self._pieces.append((row, start_ns, end_ns))
