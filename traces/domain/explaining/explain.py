"""All rules asked about a trace, and what they found in the order in which it is said."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from traces.domain.explaining import (
    dominant,
    error_origin,
    fan_out,
    gap,
    n_plus_one,
    network,
    orphans,
    retries,
    sequential,
    skew,
    slow,
)
from traces.domain.explaining.by_row import lay_by_row
from traces.domain.explaining.findings import PROPERTIES, QUALITY, Finding, Rule
from traces.domain.explaining.main_path import MainPath
from traces.domain.span import Operation
from traces.domain.trace import Trace
from traces.domain.usual import Usual

# Nobody reads more. Where every span has a name of its own, each would be found for itself.
MOST_FINDINGS = 50
# Such a share of the time, or of the rows, of another finding is the same thing.
_SAME_TIME, _SAME_ROWS = 0.8, 0.5


def explain(trace: Trace, path: MainPath, usual: Mapping[Operation, Usual]) -> list[Finding]:
    """First what is particular to this trace, then what is wrong with its spans, then what such traces are like;
    MOST_FINDINGS at most.
    """
    spans = lay_by_row(trace)
    retried = retries.find(spans, path)
    findings = [
        *dominant.find(spans, path, usual),
        *slow.find(spans, path, usual),
        *error_origin.find(spans, retries.list_recovered(spans, retried)),
        *retried,
        *network.find(spans, path),
        *gap.find(spans, path),
        *skew.find(spans, path),
        *orphans.find(spans),
        *n_plus_one.find(spans, path),
        *sequential.find(spans, path),
        *fan_out.find(spans, path),
    ]
    waiting = {spans.parents[row] for each in retried for row in each.rows}
    said = sorted(drop_repetitions(findings, waiting), key=lambda each: (_place(each.rule), -each.weight, each.row))
    return said[:MOST_FINDINGS]


def _place(rule: Rule) -> int:
    return 2 if rule in PROPERTIES else 1 if rule in QUALITY else 0


def drop_repetitions(findings: Sequence[Finding], waiting: Container[int] = ()) -> list[Finding]:
    """Of findings that say the same of the same spans only the one that says more.

    What passes between a client and its server says more than that the client takes long; a loop and calls that could
    overlap say more than that they are many. Where a gap is what the longest on the path consists of, that one says
    so (`gap_ns`). A gap in a `waiting` row, which tried something again, is its wait.
    """
    findings = _join_gap([each for each in findings if each.rule is not Rule.GAP or each.row not in waiting])
    waits = {each.row: each.numbers["gap_ns"] for each in findings if each.rule is Rule.NETWORK}
    patterns = _list_patterns(findings)
    return [each for each in findings if not _is_wait(each, waits) and not _is_pattern(each, patterns)]


def _join_gap(findings: Sequence[Finding]) -> Sequence[Finding]:
    for longest in findings:
        if longest.rule is not Rule.DOMINANT:
            continue
        for gap_in_it in findings:
            if gap_in_it.rule is not Rule.GAP or gap_in_it.row != longest.row:
                continue
            gap_ns = gap_in_it.numbers["gap_ns"]
            if gap_ns >= _SAME_TIME * longest.numbers["own_ns"]:
                joined = replace(longest, numbers={**longest.numbers, "gap_ns": gap_ns})
                return [joined if each is longest else each for each in findings if each is not gap_in_it]
    return findings


def _is_wait(finding: Finding, waits: Mapping[int, int]) -> bool:
    if finding.rule is Rule.DOMINANT:
        return waits.get(finding.row, 0) >= _SAME_TIME * finding.numbers["own_ns"]
    return finding.rule is Rule.SLOW and finding.row in waits


def _list_patterns(findings: Sequence[Finding]) -> dict[int, list[int]]:
    """By row, the numbers of the loops and of the calls that could overlap that it is in: one of each, at most."""
    patterns: dict[int, list[int]] = {}
    for number, each in enumerate(findings):
        if each.rule in (Rule.N_PLUS_ONE, Rule.SEQUENTIAL):
            for row in each.rows:
                patterns.setdefault(row, []).append(number)
    return patterns


def _is_pattern(finding: Finding, patterns: Mapping[int, Sequence[int]]) -> bool:
    """In time that grows with the rows of the finding, however many patterns there are."""
    if finding.rule is not Rule.FAN_OUT:
        return False
    counts = Counter(number for row in finding.rows for number in patterns.get(row, ()))
    return max(counts.values(), default=0) >= _SAME_ROWS * len(finding.rows)
