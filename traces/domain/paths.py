"""A trace merged by path: spans of one operation, below parents of one path, are one node.

static/js/lib/paths.js merges likewise for the flame graph, of which this is the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from traces.domain.columns import picker
from traces.domain.span import StatusCode
from traces.domain.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """`node_of[row]` is the node of a row; the rest goes by node. `parents` are -1 for roots, else smaller numbers.

    `criticals_ns` are with all below: those of the roots add up to the durations of all root spans. So are
    `inner_selves_ns`. `totals_ns` and `selves_ns` are of the node's own spans.
    """

    node_of: list[int]
    parents: list[int]
    depths: list[int]
    operation_ids: list[int]
    counts: list[int]
    error_counts: list[int]
    totals_ns: list[int]
    selves_ns: list[int]
    inner_selves_ns: list[int]
    criticals_ns: list[int]

    def __len__(self) -> int:
        return len(self.parents)


def merge_paths(trace: Trace, root: int | None = None) -> Paths:
    """Of the whole trace, or of one root and all below it: then `node_of` counts from that row. O(n), not recursive."""
    rows = trace.rows
    shown = slice(None) if root is None else slice(root, root + rows.subtree_sizes[root])
    in_order = picker(rows.order[shown])
    operation_ids: Sequence[int] = in_order(rows.spans.operation_ids)
    node_of, parents, depths, named = _find_nodes(rows.depths[shown], operation_ids)
    size = len(parents)
    errors = [int(status == StatusCode.ERROR) for status in in_order(rows.spans.statuses)]
    selves_ns = _sum(node_of, trace.self_times_ns[shown], size)
    return Paths(
        node_of=node_of,
        parents=parents,
        depths=depths,
        operation_ids=named,
        counts=_sum(node_of, [1] * len(node_of), size),
        error_counts=_sum(node_of, errors, size),
        totals_ns=_sum(node_of, in_order(rows.spans.durations_ns), size),
        selves_ns=selves_ns,
        inner_selves_ns=_add_up(parents, selves_ns),
        criticals_ns=_add_up(parents, _sum(node_of, trace.critical_path.own_ns[shown], size)),
    )


def _find_nodes(
    row_depths: Sequence[int], operation_ids: Sequence[int]
) -> tuple[list[int], list[int], list[int], list[int]]:
    """The node of each row; of each node its parent, depth and operation."""
    node_of: list[int] = []
    parents: list[int] = []
    depths: list[int] = []
    named: list[int] = []
    known: dict[tuple[int, int], int] = {}
    above = [-1]  # the node in which each depth is at the moment, one further
    for depth, operation_id in zip(row_depths, operation_ids, strict=True):
        del above[depth + 1 :]
        key = (above[depth], operation_id)
        node = known.get(key)
        if node is None:
            node = known[key] = len(parents)
            parents.append(above[depth])
            depths.append(depth)
            named.append(operation_id)
        above.append(node)
        node_of.append(node)
    return node_of, parents, depths, named


def _sum(node_of: Sequence[int], numbers: Sequence[int], size: int) -> list[int]:
    sums = [0] * size
    for node, number in zip(node_of, numbers, strict=True):
        sums[node] += number
    return sums


def _add_up(parents: Sequence[int], own: Sequence[int]) -> list[int]:
    """With all below."""
    sums = list(own)
    for node in range(len(sums) - 1, -1, -1):
        if parents[node] >= 0:
            sums[parents[node]] += sums[node]
    return sums


def fit_children(parents: Sequence[int], own: Sequence[int]) -> list[int]:
    """What each node has itself, or more where what is below it has more together."""
    sums, inside = list(own), [0] * len(own)
    for node in range(len(sums) - 1, -1, -1):
        sums[node] = max(own[node], inside[node])
        if parents[node] >= 0:
            inside[parents[node]] += sums[node]
    return sums
