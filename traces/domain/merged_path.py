"""The critical path of a trace's root with what repeats made one: the tree of operations that its time went to."""

from dataclasses import dataclass, field

from traces.domain.span import Operation
from traces.domain.trace import Trace


@dataclass(slots=True, kw_only=True)
class PathNode:
    """An operation below the same ones: `rows` are its spans that the path goes through, `own_ns` their time on it.

    Its spans lie between `first_ns` and `last_ns`; `depth` is 0 for the root.
    """

    operation: Operation
    depth: int
    first_ns: int
    last_ns: int
    own_ns: int = 0
    rows: list[int] = field(default_factory=list)
    children: dict[int, "PathNode"] = field(default_factory=dict)


def merge_path(trace: Trace) -> list[PathNode]:
    """In pre-order, the root of the trace first; all `own_ns` add up to its duration. O(n)."""
    rows, first = trace.rows, trace.root_row
    root_depth = rows.depths[first]
    above: list[PathNode] = []
    for row, is_passed in enumerate(_find_passed(trace), first):
        if is_passed:
            del above[rows.depths[row] - root_depth :]
            above.append(_add(trace, row, above))
    return _list_in_order(above[0])


def _add(trace: Trace, row: int, above: list[PathNode]) -> PathNode:
    """The node of a row below those above it, with the row in it."""
    rows, index = trace.rows, trace.rows.order[row]
    start_ns, operation_id = rows.spans.starts_ns[index], rows.spans.operation_ids[index]
    end_ns = start_ns + rows.spans.durations_ns[index]
    node = above[-1].children.get(operation_id) if above else None
    if node is None:
        node = PathNode(operation=rows.operation(row), depth=len(above), first_ns=start_ns, last_ns=end_ns)
        if above:
            above[-1].children[operation_id] = node
    node.first_ns, node.last_ns = min(node.first_ns, start_ns), max(node.last_ns, end_ns)
    node.own_ns += trace.critical_path.own_ns[row]
    node.rows.append(row)
    return node


def _list_in_order(root: PathNode) -> list[PathNode]:
    ordered, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        ordered.append(node)
        waiting += reversed(node.children.values())
    return ordered


def _find_passed(trace: Trace) -> list[bool]:
    """Of the root and each row below it, whether the path is in it or in something below it."""
    root, size = trace.root_row, trace.rows.subtree_sizes[trace.root_row]
    depths, own_ns = trace.rows.depths, trace.critical_path.own_ns
    passed = [own_ns[row] > 0 for row in range(root, root + size)]
    # By depth: whether the path passes a row among those that are below the next row further up.
    is_passed_below = [False] * (trace.depth + 1)
    for at in range(size - 1, -1, -1):
        depth = depths[root + at]
        passed[at] = passed[at] or is_passed_below[depth + 1]
        is_passed_below[depth + 1] = False
        is_passed_below[depth] = is_passed_below[depth] or passed[at]
    passed[0] = True
    return passed
