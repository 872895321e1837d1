"""Calls to different targets that never overlap, though they might: nobody can tell from spans whether they could."""

from collections.abc import Sequence

from traces.domain.explaining.by_row import ByRow
from traces.domain.explaining.findings import CLOCK_UNREST_NS, Finding, Rule
from traces.domain.explaining.main_path import MainPath
from traces.domain.span import Service

FEWEST_CALLS = 3
FEWEST_TARGETS = 3
LEAST_SHARE_OF_PARENT = 0.5
LEAST_SAVING_NS = 20_000_000
LEAST_SAVING_SHARE = 0.2


def find(spans: ByRow, path: MainPath) -> list[Finding]:
    """One a calling operation: FEWEST_CALLS to FEWEST_TARGETS, none before all previous ended.

    Together they take LEAST_SHARE_OF_PARENT; all but the longest take LEAST_SAVING_NS and LEAST_SAVING_SHARE of the
    parent. `calls` and `sum_ns` are of the parent that could save most (`row`), `saving_ns` what it could, `times` how
    many parents of this operation are like it.
    """
    parents: dict[int, list[int]] = {}
    for parent, calls in spans.calls.items():
        if len(calls) >= FEWEST_CALLS and _could_overlap(spans, parent, calls):
            parents.setdefault(spans.operation_ids[parent], []).append(parent)
    return [_make(spans, path, rows) for rows in parents.values()]


def _could_overlap(spans: ByRow, parent: int, calls: Sequence[int]) -> bool:
    sum_ns, saving_ns = _measure(spans, calls)
    parent_ns = spans.duration_ns(parent)
    if sum_ns < LEAST_SHARE_OF_PARENT * parent_ns or saving_ns < max(LEAST_SAVING_NS, LEAST_SAVING_SHARE * parent_ns):
        return False
    if len({_find_target(spans, call) for call in calls}) < FEWEST_TARGETS:
        return False
    latest_ns = 0
    for call in calls:
        if spans.starts_ns[call] < latest_ns - CLOCK_UNREST_NS:
            return False
        latest_ns = max(latest_ns, spans.ends_ns[call])
    return True


def _find_target(spans: ByRow, call: int) -> Service | int:
    """The service that is called; of a call nobody answers for, such as one of a database, its operation."""
    callee = spans.callees.get(call)
    return spans.operation_ids[call] if callee is None else spans.operation(callee).service


def _measure(spans: ByRow, calls: Sequence[int]) -> tuple[int, int]:
    """How long all calls take, and all but the longest."""
    durations_ns = [spans.duration_ns(call) for call in calls]
    sum_ns = sum(durations_ns)
    return sum_ns, sum_ns - max(durations_ns)


def _make(spans: ByRow, path: MainPath, parents: Sequence[int]) -> Finding:
    parent = max(parents, key=lambda row: _measure(spans, spans.calls[row])[1])
    sum_ns, saving_ns = _measure(spans, spans.calls[parent])
    return Finding(
        rule=Rule.SEQUENTIAL,
        row=parent,
        rows=[call for row in parents for call in spans.calls[row]],
        weight=path.share(saving_ns),
        numbers={
            "calls": len(spans.calls[parent]),
            "sum_ns": sum_ns,
            "saving_ns": saving_ns,
            "times": len(parents),
        },
    )
