"""The columns of a trace by row, and who calls whom in it: what most rules look at, made once for all of them."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import add, ne

from traces.domain.columns import BIG, INTEGER, picker
from traces.domain.span import MAX_NS, Operation, SpanKind, StatusCode
from traces.domain.trace import Trace
from traces.domain.trace_rows import TraceRows

NO_ROW = -1
# As a plain number, which compares faster.
ERROR = int(StatusCode.ERROR)

_UNSAID = (SpanKind.UNSPECIFIED, SpanKind.INTERNAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRow:
    """`parents[row]` is NO_ROW for a root. What would end after MAX_NS ends there, as on the critical path.

    `calls` has, by parent, the children that are calls, in the order of their starts: spans that have a child in
    another service or are in another service than their parent, and spans of kind client. `callees` has the first child
    in another service of a row that has one. A consumer is nobody's callee: nobody waits for it.
    """

    trace: Trace
    starts_ns: Sequence[int]
    ends_ns: Sequence[int]
    operation_ids: Sequence[int]
    statuses: Sequence[int]
    parents: Sequence[int]
    calls: Mapping[int, Sequence[int]]
    callees: Mapping[int, int]

    @property
    def operations(self) -> Mapping[int, Operation]:
        return self.trace.rows.spans.operations

    def operation(self, row: int) -> Operation:
        return self.operations[self.operation_ids[row]]

    def duration_ns(self, row: int) -> int:
        return self.ends_ns[row] - self.starts_ns[row]

    def find_server(self, row: int) -> int | None:
        """The row of a call's other side: the only child of a client, a server in another service.

        Some senders know no such kinds; there, two are the sides of a call if the name of one ends in the other's.
        """
        callee = self.callees.get(row)
        sizes = self.trace.rows.subtree_sizes
        if callee is None or sizes[row] != 1 + sizes[callee]:
            return None
        client, server = self.operation(row), self.operation(callee)
        if client.kind in _UNSAID and server.kind in _UNSAID:
            is_call = client.name.endswith(server.name) or server.name.endswith(client.name)
        else:
            is_call = (client.kind, server.kind) == (SpanKind.CLIENT, SpanKind.SERVER)
        return callee if is_call else None

    def has_failed(self, call: int) -> bool:
        """Whether the call, or what was called, says so."""
        callee = self.callees.get(call)
        return self.statuses[call] == ERROR or (callee is not None and self.statuses[callee] == ERROR)

    def target(self, call: int) -> tuple[int, str]:
        """What a call calls: the same for calls of one operation to one service."""
        callee = self.callees.get(call)
        return self.operation_ids[call], "" if callee is None else self.operation(callee).service.name

    def name_callee(self, calls: Sequence[int]) -> dict[str, int]:
        """`callee` is the row of a span in the service that these call, left out where nobody answers for it."""
        callee = next((self.callees[call] for call in calls if call in self.callees), None)
        return {} if callee is None else {"callee": callee}


def lay_by_row(trace: Trace) -> ByRow:
    """O(n)."""
    rows, in_order = trace.rows, picker(trace.rows.order)
    starts_ns: Sequence[int] = in_order(rows.spans.starts_ns)
    ends_ns = list(map(add, starts_ns, in_order(rows.spans.durations_ns)))
    operation_ids: Sequence[int] = in_order(rows.spans.operation_ids)
    parents = _find_parents(rows)
    calls, callees = _find_calls(rows.spans.operations, operation_ids, parents)
    return ByRow(
        trace=trace,
        starts_ns=starts_ns,
        ends_ns=array(BIG, ends_ns if max(ends_ns) <= MAX_NS else [min(MAX_NS, end_ns) for end_ns in ends_ns]),
        operation_ids=operation_ids,
        statuses=in_order(rows.spans.statuses),
        parents=parents,
        calls=calls,
        callees=callees,
    )


def _find_parents(rows: TraceRows) -> "array[int]":
    """The row above at each depth is the parent of what comes next below it."""
    at_depth = [NO_ROW] * (max(rows.depths) + 2)
    parents = array(INTEGER)
    for row, depth in enumerate(rows.depths):
        at_depth[depth] = row
        parents.append(at_depth[depth - 1] if depth else NO_ROW)
    return parents


def _find_calls(
    operations: Mapping[int, Operation], operation_ids: Sequence[int], parents: Sequence[int]
) -> tuple[dict[int, list[int]], dict[int, int]]:
    used = set(operation_ids)
    services = {id_: operations[id_].service.name for id_ in used}
    clients = {id_ for id_ in used if operations[id_].kind == SpanKind.CLIENT}
    consumers = {id_ for id_ in used if operations[id_].kind == SpanKind.CONSUMER}
    services_by_row = list(map(services.__getitem__, operation_ids))
    # What stands at NO_ROW is of no root, and left out below.
    differ = map(ne, services_by_row, map(services_by_row.__getitem__, parents))
    callees: dict[int, int] = {}
    called = []
    for row in compress(range(len(parents)), differ):
        if parents[row] != NO_ROW and operation_ids[row] not in consumers:
            callees.setdefault(parents[row], row)
            called.append(row)
    of_clients = compress(range(len(parents)), map(clients.__contains__, operation_ids))
    calls: dict[int, list[int]] = {}
    for row in sorted({*called, *callees, *of_clients}):
        if parents[row] != NO_ROW:
            calls.setdefault(parents[row], []).append(row)
    return calls, callees
