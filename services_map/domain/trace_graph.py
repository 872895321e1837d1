"""Who called whom in one trace: its services, or their operations, and the calls between them.

A call is a span below a span of another node. It failed if the span that was called did.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from traces.domain.columns import picker
from traces.domain.span import Operation, Service, StatusCode
from traces.domain.trace import Trace

Pair = tuple[int, int]

# More lines are a tangle. Those with failures stay first, then the busiest.
MAX_CALLS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A service, an operation of it, or (neither) what is left beside the `most` that are shown.

    `operation_ids` are all in it. `critical_ns` is the time that its own spans are on the critical path. `row` is the
    span that is longest on it; of equals the longest.
    """

    service: Service | None
    operation: Operation | None
    operation_ids: tuple[int, ...]
    span_count: int
    error_count: int
    self_ns: int
    critical_ns: int
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What one node asked of another."""

    count: int
    error_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceGraph:
    """`calls` are between places in `nodes`: from a node to itself, only where a node is one operation.

    `nodes` are in the order of their critical path time. `critical_ns` is that of all, as long as all roots are.
    `left_out` is how many pairs call each other less than those in `calls`, of which there are MAX_CALLS at most.
    """

    nodes: list[Node]
    calls: dict[Pair, Calls]
    left_out: int
    critical_ns: int


def build_graph(trace: Trace, by_operation: bool, most: int) -> TraceGraph:
    """At most `most` nodes, one of them for all that is left. O(n)."""
    sums = _sum_by_operation(trace)
    operations = trace.rows.spans.operations
    members: dict[Operation | Service, list[int]] = {}
    for id_ in sums:
        members.setdefault(operations[id_] if by_operation else operations[id_].service, []).append(id_)
    nodes = sorted(
        (_make_node([sums[id_] for id_ in ids], operations, by_operation) for ids in members.values()),
        key=lambda node: (-node.critical_ns, -node.self_ns, node.row),
    )
    if len(nodes) > most:
        nodes = [*nodes[: most - 1], _join(nodes[most - 1 :])]
    places = {id_: place for place, node in enumerate(nodes) for id_ in node.operation_ids}
    calls = _count_calls(trace, places, by_operation)
    kept = sorted(calls, key=lambda pair: (not calls[pair].error_count, -calls[pair].count, pair))[:MAX_CALLS]
    return TraceGraph(
        nodes=nodes,
        calls={pair: calls[pair] for pair in kept},
        left_out=len(calls) - len(kept),
        critical_ns=sum(node.critical_ns for node in nodes),
    )


@dataclass(slots=True)
class _Sums:
    """Of the spans of one operation."""

    operation_id: int
    spans: int = 0
    errors: int = 0
    self_ns: int = 0
    critical_ns: int = 0
    best: tuple[int, int, int] = (-1, -1, 0)


def _sum_by_operation(trace: Trace) -> dict[int, _Sums]:
    """By operation id, in the order of their first rows."""
    in_order = picker(trace.rows.order)
    spans = trace.rows.spans
    sums: dict[int, _Sums] = {}
    columns = zip(
        in_order(spans.operation_ids),
        in_order(spans.statuses),
        in_order(spans.durations_ns),
        trace.self_times_ns,
        trace.critical_path.own_ns,
        strict=True,
    )
    for row, (id_, status, duration_ns, self_ns, critical_ns) in enumerate(columns):
        of = sums.get(id_)
        if of is None:
            of = sums[id_] = _Sums(id_)
        of.spans += 1
        of.errors += status == StatusCode.ERROR
        of.self_ns += self_ns
        of.critical_ns += critical_ns
        if critical_ns >= of.best[0] and (candidate := (critical_ns, duration_ns, -row)) > of.best:
            of.best = candidate
    return sums


def _make_node(sums: Sequence[_Sums], operations: Mapping[int, Operation], by_operation: bool) -> Node:
    operation = operations[sums[0].operation_id]
    return Node(
        service=operation.service,
        operation=operation if by_operation else None,
        operation_ids=tuple(each.operation_id for each in sums),
        span_count=sum(each.spans for each in sums),
        error_count=sum(each.errors for each in sums),
        self_ns=sum(each.self_ns for each in sums),
        critical_ns=sum(each.critical_ns for each in sums),
        row=-max(sums, key=attrgetter("best")).best[2],
    )


def _join(nodes: Sequence[Node]) -> Node:
    """All of them as one; `row` is that of the first."""
    return Node(
        service=None,
        operation=None,
        operation_ids=tuple(id_ for node in nodes for id_ in node.operation_ids),
        span_count=sum(node.span_count for node in nodes),
        error_count=sum(node.error_count for node in nodes),
        self_ns=sum(node.self_ns for node in nodes),
        critical_ns=sum(node.critical_ns for node in nodes),
        row=nodes[0].row,
    )


def _count_calls(trace: Trace, places: Mapping[int, int], has_loops: bool) -> dict[Pair, Calls]:
    in_order = picker(trace.rows.order)
    spans = trace.rows.spans
    counts: Counter[Pair] = Counter()
    errors: Counter[Pair] = Counter()
    above: list[int] = []  # the place of the span in each depth at the moment
    for depth, id_, status in zip(
        trace.rows.depths, in_order(spans.operation_ids), in_order(spans.statuses), strict=True
    ):
        del above[depth:]
        place = places[id_]
        if depth and (has_loops or above[-1] != place):
            pair = above[-1], place
            counts[pair] += 1
            if status == StatusCode.ERROR:
                errors[pair] += 1
        above.append(place)
    return {pair: Calls(count=count, error_count=errors[pair]) for pair, count in counts.items()}
