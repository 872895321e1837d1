"""What a rule of sampling may say."""

import math

import pytest

from services_map.domain.errors import InvalidRule
from services_map.domain.sampling.rules import MAX_NAME_LENGTH, make_book, make_rule
from services_map.domain.sampling.strategy import Rule, RuleKind, Source

PROBABILITY, RATE, ADAPTIVE = RuleKind.PROBABILISTIC, RuleKind.RATE_LIMITING, RuleKind.ADAPTIVE


@pytest.mark.parametrize(
    ("service", "operation", "kind", "param"),
    [
        ("shop", "", PROBABILITY, 0.0),
        ("shop", "GET /", PROBABILITY, 1.0),
        ("", "", PROBABILITY, 1e-9),
        ("shop", "", RATE, 1.0),
        ("", "", RATE, 1_000_000.0),
        ("shop", "GET /", ADAPTIVE, 0.001),
        ("a b/ü 🛒\n", "x" * MAX_NAME_LENGTH, ADAPTIVE, 1_000_000.0),
    ],
)
def test_what_clients_can_follow_is_a_rule(service: str, operation: str, kind: RuleKind, param: float) -> None:
    made = make_rule(service, operation, kind, param)
    assert made == Rule(service=service, operation=operation, kind=kind, param=param, source=Source.RULE)


@pytest.mark.parametrize(
    ("service", "operation", "kind", "param", "field"),
    [
        ("shop", "", PROBABILITY, -0.1, "param"),
        ("shop", "", PROBABILITY, 1.1, "param"),
        ("shop", "", PROBABILITY, math.nan, "param"),
        ("shop", "", PROBABILITY, math.inf, "param"),
        ("shop", "", RATE, 0.0, "param"),
        ("shop", "", RATE, 2.5, "param"),
        ("shop", "", RATE, -math.inf, "param"),
        ("shop", "", RATE, 1e300, "param"),
        ("shop", "GET /", RATE, 5.0, "kind"),
        ("shop", "", ADAPTIVE, 0.0, "param"),
        ("shop", "", ADAPTIVE, 1e9, "param"),
        ("a\0b", "", PROBABILITY, 0.5, "service"),
        ("shop", "\udcff", PROBABILITY, 0.5, "operation"),
        ("x" * (MAX_NAME_LENGTH + 1), "", PROBABILITY, 0.5, "service"),
        ("shop", "x" * 1_000_000, PROBABILITY, 0.5, "operation"),
    ],
)
def test_what_no_client_could_follow_is_refused(
    service: str, operation: str, kind: RuleKind, param: float, field: str
) -> None:
    with pytest.raises(InvalidRule) as refused:
        make_rule(service, operation, kind, param)
    assert refused.value.field == field
    assert len(str(refused.value)) < 200


def test_the_last_of_two_rules_for_the_same_traces_holds() -> None:
    first, last = (make_rule("shop", "", PROBABILITY, param) for param in (0.1, 0.2))
    general = make_rule("", "GET /", PROBABILITY, 0.3)
    assert make_book([first, general, last]) == {"shop": {"": last}, "": {"GET /": general}}
