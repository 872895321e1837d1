"""The critical path of a trace's longest root, by operation and by service."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import compress
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
    end = root + rows.subtree_sizes[root]
    by_operation: dict[int, list[int]] = {}
    for row in compress(range(root, end), own_ns[root:end]):
        by_operation.setdefault(rows.spans.operation_ids[rows.order[row]], []).append(row)
    operations = [_sum_up(rows.spans.operations[id_], own_ns, on_path) for id_, on_path in by_operation.items()]
    by_service: dict[Service, list[int]] = {}
    for each in operations:
        by_service.setdefault(each.key.service, []).extend(each.rows)
    services = [_sum_up(service, own_ns, sorted(on_path)) for service, on_path in by_service.items()]
    return MainPath(
        root=root,
        duration_ns=rows.spans.durations_ns[rows.order[root]],
        operations=sorted(operations, key=_place),
        services=sorted(services, key=_place),
    )


def _sum_up(key: K, own_ns: Sequence[int], rows: Sequence[int]) -> OnPath[K]:
    return OnPath(key, sum(map(own_ns.__getitem__, rows)), rows)


def _place(each: OnPath[Operation] | OnPath[Service]) -> tuple[int, int]:
    return -each.own_ns, each.rows[0]


def _find_longest_root(trace: Trace) -> int:
    rows = trace.rows
    row, longest, longest_ns = 0, trace.root_row, rows.spans.durations_ns[rows.order[trace.root_row]]
    while row < len(rows):
        if (duration_ns := rows.spans.durations_ns[rows.order[row]]) > longest_ns:
            longest, longest_ns = row, duration_ns
        row += rows.subtree_sizes[row]
    return longest
