"""The critical path of a trace's longest root, by operation and by service."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from traces.domain.span import Operation, Service
from traces.domain.trace import Trace

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class OnPath(Generic[K]):
    """Whose spans are how long on the path; `rows` are those that are."""

    key: K
    own_ns: int
    rows: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MainPath:
    """Of the longest root: the first of several, but the trace's own root goes before others. Longest on it first."""

    root: int
    duration_ns: int
    operations: Sequence[OnPath[Operation]]
    services: Sequence[OnPath[Service]]

    def share(self, part_ns: float) -> float:
        """0 to 1, also of what outlives the root."""
        return min(1.0, part_ns / self.duration_ns) if self.duration_ns else 0.0


def find_main_path(trace: Trace) -> MainPath:
    """The shares add up to the duration of its root exactly."""
    rows, own_ns = trace.rows, trace.critical_path.own_ns
    root = _find_longest_root(trace)
    on_path = [row for row in range(root, root + rows.subtree_sizes[root]) if own_ns[row]]
    ids = {row: rows.spans.operation_ids[rows.order[row]] for row in on_path}
    operations = rows.spans.operations
    return MainPath(
        root=root,
        duration_ns=rows.spans.durations_ns[rows.order[root]],
        operations=_sum_up(on_path, own_ns, lambda row: operations[ids[row]]),
        services=_sum_up(on_path, own_ns, lambda row: operations[ids[row]].service),
    )


def _find_longest_root(trace: Trace) -> int:
    rows = trace.rows
    row, longest, longest_ns = 0, trace.root_row, rows.spans.durations_ns[rows.order[trace.root_row]]
    while row < len(rows):
        if (duration_ns := rows.spans.durations_ns[rows.order[row]]) > longest_ns:
            longest, longest_ns = row, duration_ns
        row += rows.subtree_sizes[row]
    return longest


def _sum_up(on_path: Sequence[int], own_ns: Sequence[int], key_of: Callable[[int], K]) -> list[OnPath[K]]:
    grouped: dict[K, list[int]] = {}
    for row in on_path:
        grouped.setdefault(key_of(row), []).append(row)
    found = [OnPath(key, sum(map(own_ns.__getitem__, rows)), rows) for key, rows in grouped.items()]
    return sorted(found, key=lambda each: (-each.own_ns, each.rows[0]))
