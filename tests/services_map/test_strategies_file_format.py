"""Jaeger's file of strategies, as it is written by those who have one."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services_map.domain.sampling.file_format import StrategiesRejected, parse_strategies
from services_map.domain.sampling.rules import MAX_RULES
from services_map.domain.sampling.strategy import RuleKind, Source

PROBABILITY, RATE = RuleKind.PROBABILISTIC, RuleKind.RATE_LIMITING
HALF = {"type": "probabilistic", "param": 0.5}


def read(document: Any) -> tuple[dict[tuple[str, str], tuple[RuleKind, float]], tuple[str, ...]]:
    """Rules by service and operation, and the notes."""
    found = parse_strategies(document if isinstance(document, bytes) else json.dumps(document).encode())
    rules = {
        (service, operation): (rule.kind, rule.param)
        for service, operations in found.book.items()
        for operation, rule in operations.items()
    }
    assert all(rule.source is Source.FILE for operations in found.book.values() for rule in operations.values())
    return rules, found.notes


def refusal(document: Any) -> str:
    with pytest.raises(StrategiesRejected) as refused:
        read(document)
    return str(refused.value)


def test_services_operations_and_the_default_are_rules() -> None:
    document = {
        "default_strategy": {**HALF, "operation_strategies": [{"operation": "/health", **HALF, "param": 0}]},
        "service_strategies": [
            {"service": "shop", "type": "probabilistic", "param": 0.8},
            {
                "service": "pay",
                "type": "ratelimiting",
                "param": 5,
                "operation_strategies": [{"operation": "POST /", "type": "probabilistic", "param": 0.2}],
            },
        ],
    }
    assert read(document) == (
        {
            ("", ""): (PROBABILITY, 0.5),
            ("", "/health"): (PROBABILITY, 0),
            ("shop", ""): (PROBABILITY, 0.8),
            ("pay", ""): (RATE, 5),
            ("pay", "POST /"): (PROBABILITY, 0.2),
        },
        (),
    )


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"default_strategy": None, "service_strategies": None},
        {"service_strategies": []},
        {"comment": ["anything"], "default_strategy": {"operation_strategies": None, "type": "probabilistic"}},
    ],
)
def test_what_is_not_given_may_be_null_or_absent(document: Any) -> None:
    rules, notes = read(document)
    assert (set(rules.values()), notes) in ((set(), ()), ({(PROBABILITY, 0.0)}, ()))


def test_keys_are_read_in_any_case_as_go_reads_them() -> None:
    document = {"Service_Strategies": [{"SERVICE": "shop", "Type": "probabilistic", "Param": 1}]}
    assert read(document) == ({("shop", ""): (PROBABILITY, 1)}, ())


def test_a_service_may_have_exceptions_alone() -> None:
    operations = [{"operation": "/health", "type": "probabilistic", "param": 0.1}]
    rules = {("shop", "/health"): (PROBABILITY, 0.1)}
    assert read({"service_strategies": [{"service": "shop", "operation_strategies": operations}]}) == (rules, ())


def test_rates_are_whole_numbers_and_a_fraction_is_not_nothing() -> None:
    for param, expected in ((2.9, 2), (0.4, 1), (1_000_000, 1_000_000)):
        strategy = {"service": "shop", "type": "ratelimiting", "param": param}
        assert read({"service_strategies": [strategy]}) == ({("shop", ""): (RATE, expected)}, ())


def test_of_two_strategies_of_a_service_the_last_holds_as_a_whole() -> None:
    first = {"service": "shop", **HALF, "operation_strategies": [{"operation": "a", **HALF}]}
    rules, (note,) = read({"service_strategies": [first, {"service": "shop", **HALF, "param": 0.1}]})
    assert rules == {("shop", ""): (PROBABILITY, 0.1)}
    assert note == "service_strategies[0] is of the same service as service_strategies[1], which holds."


@pytest.mark.parametrize(
    ("strategy", "note"),
    [
        ({"type": "adaptive"}, "service_strategies[0].type must be “probabilistic” or “ratelimiting”."),
        (
            {"type": "Probabilistic", "param": 1},
            "service_strategies[0].type must be “probabilistic” or “ratelimiting”.",
        ),
        ({"param": 0.5}, "service_strategies[0].type must be “probabilistic” or “ratelimiting”."),
        ({}, "service_strategies[0].type must be “probabilistic” or “ratelimiting”."),
        ({"type": "probabilistic", "param": 1.5}, "service_strategies[0]: A probability is a number from 0 to 1."),
        ({"type": "probabilistic", "param": -1}, "service_strategies[0]: A probability is a number from 0 to 1."),
        ({"type": "probabilistic", "param": 10**300}, "service_strategies[0]: A probability is a number from 0 to 1."),
        ({**HALF, "service": "a\0b"}, "service_strategies[0]: The name of the service has characters"),
        ({**HALF, "service": "x" * 5_000}, "service_strategies[0]: The name of the service is longer than 2,048"),
        ({**HALF, "service": ""}, "service_strategies[0] names no service."),
        ({**HALF, "service": None}, "service_strategies[0] names no service."),
        ({"type": "ratelimiting", "param": 0}, "service_strategies[0]: A rate is a whole number of traces"),
        ({"type": "ratelimiting", "param": 1e12}, "service_strategies[0]: A rate is a whole number of traces"),
        (
            {"operation_strategies": [{"operation": "a", "type": "ratelimiting", "param": 5}]},
            "service_strategies[0].operation_strategies[0]: Clients can limit the rate of a service",
        ),
        ({"operation_strategies": [HALF]}, "service_strategies[0].operation_strategies[0] names no operation."),
    ],
)
def test_what_cannot_be_followed_is_left_out_and_noted(strategy: dict[str, Any], note: str) -> None:
    kept = {"service": "kept", **HALF}
    rules, (found,) = read({"service_strategies": [{"service": "shop"} | strategy, kept]})
    assert rules == {("kept", ""): (PROBABILITY, 0.5)}
    assert found.startswith(note)
    assert len(found) < 200


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (b"", "It is not JSON: "),
        (b"\xff\xfe", "It is not JSON: "),
        (b'{"default_strategy": {"param": NaN}}', "It is not JSON: "),
        (b"[" * 1_000_000, "It is not JSON: "),
        (b"default_strategy:\n  type: probabilistic\n", "It is not JSON: "),
        ([], "The file must be an object."),
        (None, "The file must be an object."),
        ({"default_strategy": "probabilistic"}, "default_strategy must be an object."),
        ({"service_strategies": {"shop": HALF}}, "service_strategies must be a list."),
        ({"service_strategies": [HALF, "shop"]}, "service_strategies[1] must be an object."),
        ({"service_strategies": [{"service": 7, **HALF}]}, "service_strategies[0].service must be a text."),
        (
            {"service_strategies": [{"service": "a", "type": "probabilistic", "param": "0.5"}]},
            "service_strategies[0].param must be a number.",
        ),
        ({"default_strategy": {"type": "probabilistic", "param": True}}, "default_strategy.param must be a number."),
        ({"default_strategy": {"operation_strategies": {}}}, "default_strategy.operation_strategies must be a list."),
        (
            {"default_strategy": {"operation_strategies": [["a", 1]]}},
            "default_strategy.operation_strategies[0] must be an object.",
        ),
    ],
)
def test_what_is_no_file_of_strategies_is_refused_as_a_whole(document: Any, sentence: str) -> None:
    assert refusal(document).startswith(sentence)


def test_there_are_not_endless_strategies_and_notes() -> None:
    good = [{"service": f"s{at}", **HALF} for at in range(MAX_RULES + 1)]
    assert refusal({"service_strategies": good}) == "It has more than 10,000 strategies."
    bad = [{"service": f"s{at}"} for at in range(50)]
    rules, notes = read({"service_strategies": bad})
    assert (rules, len(notes), notes[-1]) == ({}, 21, "30 more strategies are left out.")


LEAVES = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text()
KEYS = st.sampled_from(
    ["default_strategy", "service_strategies", "operation_strategies", "service", "operation", "type", "param"]
)


@settings(max_examples=30, deadline=None)
@given(st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=12))
def test_any_json_is_read_or_refused(document: Any) -> None:
    try:
        rules, _ = read(document)
    except StrategiesRejected:
        return
    assert all(0 <= param <= 1_000_000 for _, param in rules.values())
