"""Fan-out: very many calls, or children, of one span."""

from collections.abc import Sequence
from heapq import heappop, heappush

from traces.domain.explaining.by_row import ByRow
from traces.domain.explaining.findings import Finding, Rule
from traces.domain.explaining.main_path import MainPath

FEWEST_CALLS = 10


def find(spans: ByRow, path: MainPath) -> list[Finding]:
    """One a calling operation: FEWEST_CALLS under one parent.

    `calls` is how many the parent with the most (`row`) has, `targets` to how many services, `at_once` how many of
    them run at a time, `times` how many parents of this operation have so many; `rows` are all calls of these.
    """
    parents: dict[int, list[int]] = {}
    for parent, calls in spans.calls.items():
        if len(calls) >= FEWEST_CALLS:
            parents.setdefault(spans.operation_ids[parent], []).append(parent)
    return [_make(spans, path, rows) for rows in parents.values()]


def _make(spans: ByRow, path: MainPath, parents: Sequence[int]) -> Finding:
    parent = max(parents, key=lambda row: (len(spans.calls[row]), -row))
    calls = spans.calls[parent]
    last_ns, first_ns = max(spans.ends_ns[call] for call in calls), spans.starts_ns[calls[0]]
    return Finding(
        rule=Rule.FAN_OUT,
        row=parent,
        rows=[call for row in parents for call in spans.calls[row]],
        weight=path.share(last_ns - first_ns),
        numbers={
            "calls": len(calls),
            "targets": len({spans.operation(spans.callees[call]).service for call in calls if call in spans.callees}),
            "at_once": _count_at_once(spans, calls),
            "times": len(parents),
        },
    )


def _count_at_once(spans: ByRow, calls: Sequence[int]) -> int:
    """Calls come in the order of their starts."""
    running: list[int] = []
    most = 0
    for call in calls:
        while running and running[0] <= spans.starts_ns[call]:
            heappop(running)
        heappush(running, spans.ends_ns[call])
        most = max(most, len(running))
    return most
