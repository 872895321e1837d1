"""Two traces and all that is said of both: loaded for the page, and kept as somebody turns its pages."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache

from traces import reading
from traces.domain.comparison.alignment import Alignment, align
from traces.domain.comparison.contributions import Contribution, find_contributions
from traces.domain.comparison.counts import Counts, count_operations
from traces.domain.trace import Trace
from traces.storage.base import ProjectId

_MAX_KEPT = 3
# Without its traces a comparison takes some 200 bytes a contribution or count, and 16 a node. Where every span has a
# name of its own there are as many of those as spans: then that would be more than the traces take.
_MAX_KEPT_LINES = 100_000
_NODES_A_LINE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found out about two traces of certain versions."""

    alignment: Alignment
    contributions: list[Contribution]
    counts: list[Counts]

    @property
    def lines(self) -> int:
        """How much memory it takes, as so many lines."""
        return len(self.contributions) + len(self.counts) + len(self.alignment) // _NODES_A_LINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A is what B is held against: it is as it was, or should be."""

    a: Trace
    b: Trace
    found: Found

    @property
    def alignment(self) -> Alignment:
        return self.found.alignment

    @property
    def root_a(self) -> int:
        """The row of A's root that is compared; mostly the main one."""
        return self.alignment.rows_a[self.alignment.root]

    @property
    def root_b(self) -> int:
        return self.alignment.rows_b[self.alignment.root]

    @property
    def duration_a_ns(self) -> int:
        """How long that root is."""
        return measure(self.a, self.root_a)

    @property
    def duration_b_ns(self) -> int:
        return measure(self.b, self.root_b)

    @property
    def until_ns(self) -> int:
        """What is usual is so in the day before this."""
        return max(self.a.start_ns, self.b.start_ns)

    @property
    def delta_ns(self) -> int:
        return self.duration_b_ns - self.duration_a_ns


def measure(trace: Trace, row: int) -> int:
    """The duration of a row, in ns."""
    return trace.rows.spans.durations_ns[trace.rows.order[row]]


def load_comparison(project: ProjectId, id_a: bytes, id_b: bytes) -> Comparison:
    """Raises TraceNotFound."""
    return compare(reading.load_trace(project, id_a), reading.load_trace(project, id_b))


def compare(a: Trace, b: Trace) -> Comparison:
    """Two traces of the store."""
    return Comparison(a=a, b=b, found=_get_kept().find(a, b))


def _find_out(a: Trace, b: Trace) -> Found:
    alignment = align(a, b)
    return Found(
        alignment=alignment,
        contributions=find_contributions(alignment, a.critical_path, b.critical_path),
        counts=count_operations(a, b),
    )


class _Kept:
    """The comparisons of this process that were asked for last; one of too many lines is not kept at all."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[bytes, str, bytes, str], Found] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, a: Trace, b: Trace) -> Found:
        key = (a.trace_id, a.version, b.trace_id, b.version)
        with self._lock:
            if found := self._found.get(key):
                self._found.move_to_end(key)
                return found
        found = _find_out(a, b)
        if found.lines > _MAX_KEPT_LINES:
            return found
        with self._lock:
            self._found[key] = found
            while len(self._found) > _MAX_KEPT or sum(each.lines for each in self._found.values()) > _MAX_KEPT_LINES:
                self._found.popitem(last=False)
        return found


@cache
def _get_kept() -> _Kept:
    return _Kept()
