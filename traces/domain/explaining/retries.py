"""Calls that were made again because they had failed."""

from collections.abc import Iterator, Sequence

from traces.domain.explaining.by_row import ByRow
from traces.domain.explaining.findings import CLOCK_UNREST_NS, Finding, Rule
from traces.domain.explaining.main_path import MainPath

LONGEST_WAIT_NS = 1_000_000_000
# Whoever waits longer from attempt to attempt rarely more than doubles it; the rest is chance.
WAIT_GROWTH = 3


def find(spans: ByRow, path: MainPath) -> list[Finding]:
    """One a calling operation and target: siblings of one operation, each but the last failed, one after the other.

    The next attempt starts after the end of the previous one, within LONGEST_WAIT_NS or WAIT_GROWTH times the wait
    before. A single pair of which both failed may be two calls as well as one that was tried twice, and is no finding.
    Those whose last attempt did not fail (`is_success`, 0 or 1) are told apart from the others. `attempts` is the most
    of one, `whole_ns` from its first one's start to its last one's end, `waited_ns` how much of that was between them;
    `times` is how many calls were tried again, `row` the first attempt of that one, `rows` are all.
    """
    chains: dict[tuple[int, tuple[int, str], bool], list[Sequence[int]]] = {}
    for parent, calls in spans.calls.items():
        if len(calls) < 2 or not any(map(spans.has_failed, calls)):
            continue
        by_target: dict[tuple[int, str], list[int]] = {}
        for call in calls:
            by_target.setdefault(spans.target(call), []).append(call)
        for target, same in by_target.items():
            for chain in _split(spans, same):
                key = spans.operation_ids[parent], target, spans.has_failed(chain[-1])
                chains.setdefault(key, []).append(chain)
    return [_make(spans, path, each) for each in chains.values()]


def list_recovered(spans: ByRow, findings: Sequence[Finding]) -> set[int]:
    """The failed attempts, and what they called, of calls that succeeded in the end: their errors went no further."""
    attempts = {row for each in findings if each.numbers["is_success"] for row in each.rows}
    return attempts | {spans.callees[row] for row in attempts if row in spans.callees}


def _split(spans: ByRow, calls: Sequence[int]) -> Iterator[Sequence[int]]:
    """The runs that are attempts at one thing."""
    run: list[int] = []
    wait_ns = 0
    for call in calls:
        if run and spans.has_failed(run[-1]):
            next_wait_ns = spans.starts_ns[call] - spans.ends_ns[run[-1]]
            if -CLOCK_UNREST_NS <= next_wait_ns <= max(LONGEST_WAIT_NS, WAIT_GROWTH * wait_ns):
                run.append(call)
                wait_ns = next_wait_ns
                continue
        if _is_retried(spans, run):
            yield run
        run, wait_ns = [call], 0
    if _is_retried(spans, run):
        yield run


def _is_retried(spans: ByRow, run: Sequence[int]) -> bool:
    return len(run) > 2 or (len(run) == 2 and not spans.has_failed(run[-1]))


def _make(spans: ByRow, path: MainPath, chains: Sequence[Sequence[int]]) -> Finding:
    most = max(chains, key=lambda chain: (len(chain), -chain[0]))
    whole_ns = spans.ends_ns[most[-1]] - spans.starts_ns[most[0]]
    return Finding(
        rule=Rule.RETRIES,
        row=most[0],
        rows=[row for chain in chains for row in chain],
        weight=0.5 + path.share(whole_ns),
        numbers={
            "attempts": len(most),
            "is_success": int(not spans.has_failed(most[-1])),
            "whole_ns": whole_ns,
            "waited_ns": max(0, whole_ns - sum(map(spans.duration_ns, most))),
            "times": len(chains),
        }
        | spans.name_callee(most),
    )
