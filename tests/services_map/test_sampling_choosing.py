"""Who decides what a service is told."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from services_map.domain.sampling.choosing import (
    FALLBACK_PROBABILITY,
    MAX_OPERATIONS,
    Decided,
    choose,
    find_target_per_second,
)
from services_map.domain.sampling.rules import make_book, make_rule
from services_map.domain.sampling.strategy import OperationDecision, Rule, RuleKind, Source, Strategy

PROBABILITY, RATE, ADAPTIVE = RuleKind.PROBABILISTIC, RuleKind.RATE_LIMITING, RuleKind.ADAPTIVE
NOTHING = Decided(
    rules={},
    file={},
    by_load={},
    others_by_load={},
    is_adaptive=False,
    target_per_second=2.0,
    default_probability=0.75,
    least_per_second=0.25,
)


def rule(service: str, operation: str, param: float, kind: RuleKind = PROBABILITY) -> Rule:
    return make_rule(service, operation, kind, param)


def filed(service: str, operation: str, param: float, kind: RuleKind = PROBABILITY) -> Rule:
    return make_rule(service, operation, kind, param, Source.FILE)


def measured(operation: str, probability: float) -> OperationDecision:
    return OperationDecision(operation=operation, probability=probability, source=Source.ADAPTIVE, reason="measured")


def decide(*rules: Rule, by_load: dict[str, float] | None = None, others: float | None = None) -> Decided:
    """`by_load` and `others` are of the service shop."""
    return replace(
        NOTHING,
        rules=make_book(each for each in rules if each.source is Source.RULE),
        file=make_book(each for each in rules if each.source is Source.FILE),
        by_load={"shop": [measured(*each) for each in (by_load or {}).items()]},
        others_by_load={} if others is None else {"shop": measured("", others)},
    )


def told(strategy: Strategy) -> tuple[Source, float, dict[str, float]]:
    """Without a rate."""
    assert strategy.traces_per_second is None
    return (
        strategy.source,
        strategy.probability,
        {each.operation: each.probability for each in strategy.operations},
    )


def test_who_nobody_decided_for_is_told_the_default() -> None:
    assert choose("shop", NOTHING) == Strategy(
        service="shop",
        probability=0.75,
        traces_per_second=None,
        operations=(),
        lower_bound_per_second=0.0,
        source=Source.DEFAULT,
        reason="No rule, no file: SAMPLING_DEFAULT_PROBABILITY holds.",
    )


def test_a_rule_comes_before_the_file_and_what_is_said_of_a_service_before_what_is_said_of_all() -> None:
    every = [rule("shop", "", 0.1), rule("", "", 0.2), filed("shop", "", 0.3), filed("", "", 0.4)]
    for left in range(len(every)):
        source, probability, _ = told(choose("shop", decide(*every[left:])))
        assert (source, probability) == (every[left].source, every[left].param)
    assert told(choose("other", decide(*every)))[1] == 0.2
    assert told(choose("", decide(*every)))[1] == 0.2


def test_the_load_decides_only_where_nobody_did() -> None:
    adaptive = replace(decide(by_load={"GET /": 0.5}, others=0.9), is_adaptive=True)
    assert told(choose("shop", adaptive)) == (Source.ADAPTIVE, 0.9, {"GET /": 0.5})
    assert told(choose("new", adaptive)) == (Source.ADAPTIVE, 0.75, {})
    ruled = replace(decide(rule("shop", "", 0.1), by_load={"GET /": 0.5}), is_adaptive=True)
    assert told(choose("shop", ruled)) == (Source.RULE, 0.1, {})
    off = decide(by_load={"GET /": 0.5})
    assert told(choose("shop", off)) == (Source.DEFAULT, 0.75, {})


@pytest.mark.parametrize("make", [rule, filed])
def test_a_rule_may_leave_it_to_the_load(make: Callable[[str, str, float, RuleKind], Rule]) -> None:
    decided = decide(make("shop", "", 5, ADAPTIVE), by_load={"GET /": 0.5}, others=0.1)
    found = choose("shop", decided)
    assert told(found)[1:] == (0.1, {"GET /": 0.5})
    assert found.lower_bound_per_second == 0.25
    assert found.reason.endswith(" lets it follow the load, to 5 traces a second of each operation.")
    one = choose("shop", decide(make("shop", "", 1, ADAPTIVE))).reason
    assert one.endswith(" lets it follow the load, to 1 trace a second of each operation.")


def test_exceptions_hold_if_they_come_from_who_decides_or_from_before() -> None:
    decided = decide(
        rule("shop", "a", 0.01),
        rule("", "a", 0.02),
        rule("", "b", 0.03),
        filed("shop", "", 0.5),
        filed("shop", "a", 0.04),
        filed("shop", "c", 0.05),
        filed("", "c", 0.06),
        filed("", "d", 0.07),
    )
    assert told(choose("shop", decided)) == (Source.FILE, 0.5, {"a": 0.01, "b": 0.03, "c": 0.05, "d": 0.07})
    by_rule = replace(decided, rules=make_book([rule("shop", "", 0.9), rule("", "b", 0.03)]))
    assert told(choose("shop", by_rule)) == (Source.RULE, 0.9, {"b": 0.03})


def test_an_exception_to_the_load_is_no_business_of_the_load() -> None:
    decided = replace(decide(rule("shop", "a", 0.5), by_load={"a": 0.1, "b": 0.2}), is_adaptive=True)
    found = choose("shop", decided)
    assert told(found) == (Source.ADAPTIVE, 0.75, {"a": 0.5, "b": 0.2})
    assert [each.source for each in found.operations] == [Source.RULE, Source.ADAPTIVE]


def test_an_exception_may_follow_the_load_once_it_was_measured() -> None:
    rules = rule("shop", "", 0.5), rule("shop", "a", 3, ADAPTIVE)
    assert told(choose("shop", decide(*rules, by_load={"a": 0.1, "b": 0.2}))) == (Source.RULE, 0.5, {"a": 0.1})
    assert told(choose("shop", decide(*rules))) == (Source.RULE, 0.5, {})


def test_who_sends_nothing_of_one_operation_is_told_no_lower_bound_which_would_send_it() -> None:
    decided = replace(decide(rule("shop", "GET /health", 0.0), by_load={"a": 0.1}), is_adaptive=True)
    assert choose("shop", decided).lower_bound_per_second == 0
    assert choose("other", decided).lower_bound_per_second == 0.25


def test_a_rate_is_told_alone() -> None:
    found = choose("shop", decide(rule("shop", "", 7, RATE), by_load={"a": 0.1}))
    assert (found.traces_per_second, found.probability, found.operations) == (7, FALLBACK_PROBABILITY, ())
    assert found.reason == "A rule for this service limits each of its processes to 7 traces a second."


def test_a_rate_with_exceptions_cannot_be_told_and_the_reason_says_so() -> None:
    for service in ("shop", ""):
        decided = decide(filed(service, "", 7, RATE), filed(service, "GET /health", 0), rule("", "b", 0.1))
        found = choose("shop", decided)
        assert told(found) == (Source.FILE, FALLBACK_PROBABILITY, {"GET /health": 0, "b": 0.1})
        assert "limits it to 7 traces a second, but some operations are exceptions" in found.reason


def test_a_rate_of_a_service_outweighs_exceptions_for_all() -> None:
    found = choose("shop", decide(rule("shop", "", 7, RATE), rule("", "GET /health", 0)))
    assert (found.traces_per_second, found.operations) == (7, ())
    assert found.reason.endswith("Exceptions for every service cannot be told together with a rate.")


def test_no_more_operations_are_told_than_clients_keep_apart() -> None:
    many = {f"operation {at:04}": 0.1 for at in range(1_000)}
    decided = replace(decide(rule("shop", "zebra", 0.5), by_load=many), is_adaptive=True)
    found = choose("shop", decided)
    assert len(found.operations) == MAX_OPERATIONS
    assert found.operations[-1].operation == "zebra"
    assert found.operations[-2].operation == "operation 0254"
    assert "A client keeps 256 operations apart; the others of these 1,001" in found.reason


def test_an_operation_of_an_endless_name_is_told_to_nobody() -> None:
    decided = replace(decide(by_load={"x" * 1_000_000: 0.1, "a": 0.2}), is_adaptive=True)
    assert told(choose("shop", decided))[2] == {"a": 0.2}


def test_the_target_of_an_operation_is_that_of_whoever_decides_for_it() -> None:
    rules = (
        rule("shop", "", 5, ADAPTIVE),
        rule("shop", "health", 0),
        rule("", "deep", 7, ADAPTIVE),
        rule("fixed", "", 0.5),
    )
    for is_adaptive, (service, operation, expected) in product(
        (False, True),
        [
            ("shop", "x", 5),
            ("shop", "health", None),
            ("shop", "deep", 7),
            ("other", "deep", 7),
            ("fixed", "x", None),
            ("fixed", "deep", 7),
        ],
    ):
        decided = replace(decide(*rules), is_adaptive=is_adaptive)
        assert find_target_per_second(service, operation, decided) == expected, (service, operation)
    assert find_target_per_second("other", "x", NOTHING) is None
    assert find_target_per_second("other", "x", replace(NOTHING, is_adaptive=True)) == 2.0
