"""Rules are kept, and services are told what they say."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from services_map.domain.errors import InvalidRule
from services_map.domain.sampling.adaptive import OTHERS, Reason, Sampled, Told
from services_map.domain.sampling.strategy import RuleKind, Source
from services_map.models import SamplingRule
from services_map.sampling import rules as rules_of
from services_map.sampling.decided import get_decided
from services_map.sampling.rules import list_rules, remove_rule, set_rule
from services_map.sampling.telling import describe, tell
from services_map.storage.sampled_operations import write_sampled
from tests.builders import make_request, make_span, write_request
from tests.services_map.trouble import missing_rules
from traces.domain.errors import StoreUnavailable
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.django_db(transaction=True)
PROJECT = DEFAULT_PROJECT
PROBABILITY, RATE, ADAPTIVE = RuleKind.PROBABILISTIC, RuleKind.RATE_LIMITING, RuleKind.ADAPTIVE


def test_a_rule_holds_at_once_takes_the_place_of_the_last_and_goes() -> None:
    assert tell(PROJECT, "shop").source is Source.DEFAULT
    made = set_rule(PROJECT, "shop", "", PROBABILITY, 0.25)
    assert list_rules(PROJECT) == [made]
    assert (tell(PROJECT, "shop").probability, tell(PROJECT, "shop").source) == (0.25, Source.RULE)
    set_rule(PROJECT, "shop", "", RATE, 5)
    assert tell(PROJECT, "shop").traces_per_second == 5
    assert len(list_rules(PROJECT)) == 1
    assert [remove_rule(PROJECT, "shop", ""), remove_rule(PROJECT, "shop", "")] == [True, False]
    assert tell(PROJECT, "shop").source is Source.DEFAULT


def test_names_of_services_and_operations_are_told_apart_whatever_is_in_them() -> None:
    names = [("", ""), ("a", ""), ("", "a"), ("a", "a"), ("aa", ""), ("A", ""), ("a ", ""), ("ä" * 2_048, "🛒" * 2_048)]
    for at, (service, operation) in enumerate(names):
        set_rule(PROJECT, service, operation, PROBABILITY, at / 10)
    assert {(rule.service, rule.operation): rule.param for rule in list_rules(PROJECT)} == {
        name: at / 10 for at, name in enumerate(names)
    }


def test_a_rule_that_nobody_could_follow_is_not_kept() -> None:
    with pytest.raises(InvalidRule):
        set_rule(PROJECT, "shop\0", "", PROBABILITY, 0.5)
    assert not SamplingRule.objects.exists()
    assert not remove_rule(PROJECT, "shop\0", "")


def test_there_are_not_endless_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_of, "MAX_RULES", 2)
    for service in ("a", "b"):
        set_rule(PROJECT, service, "", PROBABILITY, 0.5)
    with pytest.raises(InvalidRule, match="There are 2 rules already"):
        set_rule(PROJECT, "c", "", PROBABILITY, 0.5)
    assert set_rule(PROJECT, "b", "", PROBABILITY, 0.6) in list_rules(PROJECT)


def test_who_is_asked_for_a_thousand_invented_services_asks_the_database_once(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with CaptureQueriesContext(connection) as first:
        tell(PROJECT, "shop")
    with django_assert_max_num_queries(len(first)):
        told = {tell(PROJECT, f"{'x' * 1_000}{at}").probability for at in range(1_000)}
    assert told == {1.0}


def test_while_the_database_is_away_what_was_true_before_is_told() -> None:
    set_rule(PROJECT, "shop", "", PROBABILITY, 0.25)
    tell(PROJECT, "shop")
    get_decided(PROJECT).forget()
    with missing_rules():
        assert tell(PROJECT, "shop").probability == 0.25
        with pytest.raises(StoreUnavailable):
            describe(PROJECT)


def follow_load(generation: int, probabilities: dict[str, float]) -> None:
    """What the load decided for operations of the service shop."""
    sampled = [
        Sampled(
            service="shop",
            operation=operation,
            arriving_per_second=9.0,
            sent_per_second=1.0,
            target_per_second=1.0,
            error_share=0.0,
            reason=Reason.ON_TARGET,
            told=(Told(since_s=60, probability=probability),),
            seen_s=60,
            measured_s=60,
        )
        for operation, probability in probabilities.items()
    ]
    assert write_sampled(PROJECT, sampled, [], generation=generation, now_s=60 * generation)


def test_what_the_load_decided_is_told_and_read_once_each_time_it_decides(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.SAMPLING_ADAPTIVE = True
    settings.SAMPLING_LEAST_PER_MINUTE = 30.0
    follow_load(0, {"GET /": 0.5, OTHERS: 0.25})
    told = tell(PROJECT, "shop")
    assert (told.source, told.probability, told.lower_bound_per_second) == (Source.ADAPTIVE, 0.25, 0.5)
    assert [(each.operation, each.probability) for each in told.operations] == [("GET /", 0.5)]
    get_decided(PROJECT).forget()
    with django_assert_num_queries(2):
        assert tell(PROJECT, "shop") == told
    follow_load(1, {"GET /": 0.1})
    get_decided(PROJECT).forget()
    assert [each.probability for each in tell(PROJECT, "shop").operations] == [0.1]


def test_a_rule_can_leave_one_service_to_the_load() -> None:
    follow_load(0, {"GET /": 0.5})
    assert tell(PROJECT, "shop").operations == ()
    set_rule(PROJECT, "shop", "", ADAPTIVE, 3)
    assert [each.probability for each in tell(PROJECT, "shop").operations] == [0.5]
    assert tell(PROJECT, "other").source is Source.DEFAULT


def test_every_known_service_is_described_and_what_the_file_cannot_mean(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "strategies.json"
    settings.SAMPLING_STRATEGIES_FILE = str(path)
    strategies = [
        {"service": "filed", "type": "probabilistic", "param": 0.5},
        {"service": "odd", "type": "magic"},
    ]
    path.write_text(json.dumps({"service_strategies": strategies}))
    write_request(make_request(make_span(1, 1), service="seen"))
    set_rule(PROJECT, "", "GET /health", PROBABILITY, 0)
    set_rule(PROJECT, "ruled", "", RATE, 5)
    described = describe(PROJECT)
    found = [(each.service, each.source, each.probability) for each in described.strategies]
    assert [name for name, _, _ in found] == ["filed", "ruled", "seen"]
    assert found[0] == ("filed", Source.FILE, 0.5)
    assert found[2] == ("seen", Source.DEFAULT, 1.0)
    assert [each.operation for each in described.anyone.operations] == ["GET /health"]
    assert described.file_notes == ("service_strategies[1].type must be “probabilistic” or “ratelimiting”.",)
