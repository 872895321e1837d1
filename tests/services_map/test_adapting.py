"""What was rolled up decides what services are told: once a minute, whoever does it."""

from dataclasses import replace

import numpy as np
import pytest
from pytest_django import Settings

from services_map import tasks
from services_map.domain.latency.cells import CELL, make_key
from services_map.domain.latency.levels import MINUTE
from services_map.domain.sampling.adaptive import OTHERS, Reason, Sampled, Told
from services_map.domain.sampling.following import MINUTES, Load
from services_map.domain.sampling.strategy import RuleKind, Source
from services_map.models import RollUpState, SampledOperation, Subject
from services_map.sampling import adapting
from services_map.sampling.adapted import count_by_reason, load_adapted, load_sampled
from services_map.sampling.adapting import NOTHING, Followed, decide, follow_load, is_news
from services_map.sampling.decided import load_decided
from services_map.sampling.rules import remove_rule, set_rule
from services_map.storage.sampled_operations import read_sampled, read_state, write_sampled
from tests.builders import NOW_NS, SECOND
from tests.services_map.rows import insert_rows, learn_operation, raise_generation
from traces.domain.span import StatusCode
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.django_db(transaction=True)
#: The start of a minute, half a minute after everything that came was counted.
NOW_S = NOW_NS // SECOND // 60 * 60


@pytest.fixture(autouse=True)
def is_adaptive(settings: Settings) -> None:
    settings.SAMPLING_ADAPTIVE = True


def send(operation: int, a_minute: int, failed: int = 0) -> None:
    """Traces begin with the operation, for as long as is looked back."""
    keys = [make_key(0, status, is_root=True, is_entry=True, bucket=900) for status in (0, StatusCode.ERROR)]
    cells = np.array([*zip(keys, (a_minute - failed, failed), strict=True)], CELL).tobytes()
    insert_rows(
        (DEFAULT_PROJECT, Subject.OPERATION, MINUTE, operation, NOW_S - MINUTE * minute, cells, b"", b"")
        for minute in range(1, MINUTES + 1)
    )
    mark_counted(NOW_S + 30)


def mark_counted(until_s: int) -> None:
    with get_store().writing():
        raise_generation(DEFAULT_PROJECT)
        RollUpState.objects.filter(pk=DEFAULT_PROJECT).update(newest_received_ns=until_s * SECOND)


def learn(service: str, name: str) -> int:
    """The id of an operation; the span by which it became known is counted."""
    _, operation = learn_operation(service, name)
    with get_store().writing():
        get_store().mark_rolled_up(get_store().list_blocks_to_roll_up(DEFAULT_PROJECT, 1_000))
    return operation


def test_operations_are_told_what_suits_their_load_and_why() -> None:
    send(learn("shop", "GET /"), 6_000)
    send(learn("shop", "GET /rare"), 6)
    send(learn("shop", "GET /broken"), 600, failed=600)
    assert follow_load(DEFAULT_PROJECT, NOW_S + 30) == Followed(operations=4, changed=4)
    told = {each.operation: each for each in load_adapted(DEFAULT_PROJECT).operations["shop"]}
    assert list(told) == ["GET /", "GET /broken", "GET /rare"]
    assert told["GET /"].probability == pytest.approx(1 / 16)
    assert told["GET /"].reason == ("It begins about 100 traces a second: its share was lowered to send 1 a second.")
    assert told["GET /rare"].probability == 1
    assert told["GET /broken"].probability == pytest.approx(0.4)
    assert told["GET /broken"].reason == "100 % of its traces fail, so for now it may send 4 traces a second."
    assert {each.source for each in told.values()} == {Source.ADAPTIVE}
    others = load_adapted(DEFAULT_PROJECT).others["shop"]
    assert others.probability == pytest.approx(32 / 110.1)
    assert count_by_reason() == {Reason.LOWERED: 1, Reason.ALL_SENT: 1, Reason.FAILING: 1, Reason.OTHERS: 1}


def test_who_comes_again_at_once_or_too_late_changes_nothing() -> None:
    send(learn("shop", "GET /"), 6_000)
    follow_load(DEFAULT_PROJECT, NOW_S + 30)
    known = read_sampled(DEFAULT_PROJECT)
    assert follow_load(DEFAULT_PROJECT, NOW_S + 40) == NOTHING
    with get_store().writing():
        assert not write_sampled(DEFAULT_PROJECT, [], [("shop", "GET /")], generation=0, now_s=NOW_S)
    assert read_sampled(DEFAULT_PROJECT) == known
    assert read_state(DEFAULT_PROJECT) == (1, NOW_S + 30)


def test_while_nothing_new_is_counted_the_same_is_decided() -> None:
    send(learn("shop", "GET /"), 6_000)
    for minute in range(8):
        follow_load(DEFAULT_PROJECT, NOW_S + 30 + 60 * minute)
    [operation] = load_adapted(DEFAULT_PROJECT).operations["shop"]
    assert operation.probability == pytest.approx(0.01)


def test_spans_that_wait_to_be_counted_are_waited_for() -> None:
    send(learn("shop", "GET /"), 60)
    follow_load(DEFAULT_PROJECT, NOW_S + 30)
    learn_operation("shop", "another")
    mark_counted(NOW_S + 300)
    follow_load(DEFAULT_PROJECT, NOW_S + 300)
    [first] = (each for each in load_sampled(DEFAULT_PROJECT, "shop") if each.operation == "GET /")
    assert (first.probability, first.reason) == (1.0, Reason.ALL_SENT)


def test_only_who_shall_adapt_does(settings: Settings) -> None:
    settings.SAMPLING_ADAPTIVE = False
    for service in ("shop", "pay"):
        send(learn(service, "GET /"), 6_000)
        send(learn(service, "GET /other"), 6_000)
    assert follow_load(DEFAULT_PROJECT, NOW_S + 30) == NOTHING
    set_rule(DEFAULT_PROJECT, "shop", "", RuleKind.ADAPTIVE, 10.0)
    set_rule(DEFAULT_PROJECT, "shop", "GET /other", RuleKind.PROBABILISTIC, 0.5)
    set_rule(DEFAULT_PROJECT, "pay", "GET /", RuleKind.ADAPTIVE, 20.0)
    follow_load(DEFAULT_PROJECT, NOW_S + 30)
    assert {(each.service, each.operation): each.probability for each in read_sampled(DEFAULT_PROJECT)} == {
        ("shop", "GET /"): pytest.approx(0.1),
        ("shop", OTHERS): 1.0,
        ("pay", "GET /"): pytest.approx(0.2),
    }
    for service, operation in (("shop", ""), ("pay", "GET /")):
        remove_rule(DEFAULT_PROJECT, service, operation)
    follow_load(DEFAULT_PROJECT, NOW_S + 90)
    assert not SampledOperation.objects.exists()


def test_of_very_many_services_some_are_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapting, "MAX_SAMPLED", 2)
    for number, service in enumerate(("a", "b", "c")):
        send(learn(service, "GET /"), 60 * (1 + number))
    follow_load(DEFAULT_PROJECT, NOW_S + 30)
    assert {each.service for each in read_sampled(DEFAULT_PROJECT)} == {"c"}


def test_a_known_service_stays_before_busier_ones_but_not_if_it_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapting, "MAX_SAMPLED", 2)
    send(learn("known", "GET /"), 60)
    follow_load(DEFAULT_PROJECT, NOW_S + 30)
    known, other = ("known", "GET /"), ("other", "GET /")
    busy, little = (Load(sent=(sent,), failed=(0,), end_s=NOW_S + 60) for sent in (600, 1))
    for loads, kept in (({known: little, other: busy}, "known"), ({other: busy}, "other")):
        found = decide(load_decided(DEFAULT_PROJECT), [known, other], read_sampled(DEFAULT_PROJECT), loads, NOW_S + 90)
        assert {each.service for each in found} == {kept}


def test_what_moved_a_little_is_not_written_each_minute() -> None:
    before = Sampled(
        service="shop",
        operation="GET /",
        arriving_per_second=100.0,
        sent_per_second=1.0,
        target_per_second=1.0,
        error_share=0.0,
        reason=Reason.ON_TARGET,
        told=(Told(since_s=NOW_S, probability=0.01),),
        seen_s=NOW_S,
        measured_s=NOW_S,
    )
    later = replace(before, measured_s=NOW_S + 60, seen_s=NOW_S + 60)
    assert not is_news(before, replace(later, arriving_per_second=105.0))
    assert is_news(before, replace(later, arriving_per_second=120.0))
    assert is_news(before, replace(later, reason=Reason.QUIET))
    assert is_news(before, replace(later, told=(*before.told, Told(since_s=NOW_S + 60, probability=0.02))))
    assert is_news(before, replace(before, measured_s=NOW_S + 300))
    assert is_news(None, before)


def test_the_task_follows_the_load_of_every_project() -> None:
    learn("shop", "GET /")
    assert tasks.follow_load() == 0
