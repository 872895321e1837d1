"""What the rules of "What happened" say of the demo's incidents, and the table that counts it."""

from collections import Counter

from benchmarks.explanations import count, explain_all, tell_demo
from traces.domain.explaining.findings import Rule

# What the first sentence of such a trace, or one of its sentences, is about; of all traces of the incident.
FIRST = {"retry-storm": Rule.RETRIES, "client-timeout": Rule.ERROR_ORIGIN, "fraud-check": Rule.ERROR_ORIGIN}
SAID = {
    "n-plus-one": Rule.N_PLUS_ONE,
    "clock-skew": Rule.SKEW,
    "missing-parents": Rule.ORPHANS,
    "exceptions": Rule.ERROR_ORIGIN,
}


def test_the_demos_incidents_are_named_and_nothing_else_is() -> None:
    explained = list(explain_all(tell_demo(1, traces=250, batch_spans=500)))
    for each in explained:
        rules = [finding.rule for finding in each.findings]
        if each.group in FIRST:
            assert rules[0] is FIRST[each.group]
        if each.group in SAID:
            assert SAID[each.group] in rules
    speaking = Counter((rule, each.group) for each in explained for rule in {finding.rule for finding in each.findings})
    for group, rule in (FIRST | SAID).items():
        if rule is not Rule.ERROR_ORIGIN:
            assert {other for each, other in speaking if each is rule} == {group}
    table = count(explained)
    assert f"| retry-storm | {speaking[Rule.RETRIES, 'retry-storm']} |" in table
    assert len(table.splitlines()) == 2 + len({each.group for each in explained})
