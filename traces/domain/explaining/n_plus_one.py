"""N+1: a call for each of many things, one after the other, where one call for all might do."""

from collections.abc import Sequence

from traces.domain.explaining.by_row import ByRow
from traces.domain.explaining.findings import CLOCK_UNREST_NS, Finding, Rule
from traces.domain.explaining.main_path import MainPath

FEWEST_CALLS = 5
LEAST_SEQUENTIAL_SHARE = 0.8
LEAST_SHARE_OF_PARENT = 0.2


def find(spans: ByRow, path: MainPath) -> list[Finding]:
    """One a calling operation and target: FEWEST_CALLS siblings, LEAST_SEQUENTIAL_SHARE of them after all before ended.

    Together they take LEAST_SHARE_OF_PARENT. Where most failed they are attempts, of which `retries` speaks. `calls`
    is how many the parent with the most has, `sum_ns` how long they take, `times` how many parents of this operation
    are like it; `row` is the first call of that parent, `rows` are those of all.
    """
    groups: dict[tuple[int, tuple[int, str]], list[Sequence[int]]] = {}
    for parent, calls in spans.calls.items():
        if len(calls) < FEWEST_CALLS:
            continue
        by_target: dict[tuple[int, str], list[int]] = {}
        for call in calls:
            by_target.setdefault(spans.target(call), []).append(call)
        for target, same in by_target.items():
            if len(same) >= FEWEST_CALLS and _is_loop(spans, parent, same):
                groups.setdefault((spans.operation_ids[parent], target), []).append(same)
    return [_make(spans, path, each) for each in groups.values()]


def _is_loop(spans: ByRow, parent: int, calls: Sequence[int]) -> bool:
    sum_ns = sum(map(spans.duration_ns, calls))
    if not sum_ns or sum_ns < LEAST_SHARE_OF_PARENT * spans.duration_ns(parent):
        return False
    if 2 * sum(map(spans.has_failed, calls)) > len(calls):
        return False
    after, latest_ns = 0, spans.ends_ns[calls[0]]
    for call in calls[1:]:
        after += spans.starts_ns[call] >= latest_ns - CLOCK_UNREST_NS
        latest_ns = max(latest_ns, spans.ends_ns[call])
    return after >= LEAST_SEQUENTIAL_SHARE * (len(calls) - 1)


def _make(spans: ByRow, path: MainPath, groups: Sequence[Sequence[int]]) -> Finding:
    most = max(groups, key=lambda calls: (len(calls), -calls[0]))
    sum_ns = sum(map(spans.duration_ns, most))
    return Finding(
        rule=Rule.N_PLUS_ONE,
        row=most[0],
        rows=[call for calls in groups for call in calls],
        weight=path.share(sum_ns),
        numbers={"calls": len(most), "sum_ns": sum_ns, "times": len(groups)} | spans.name_callee(most),
    )
