"""One operation's probability follows its load: by as much as is certain, and no more."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services_map.domain.sampling.adaptive import LEAST_PROBABILITY, MOST_BOOST, Reason, Sampled, Told
from services_map.domain.sampling.following import (
    MINUTES,
    MOST_LOWERED,
    MOST_RAISED,
    QUIET_HEADROOM,
    Load,
    bound,
    follow,
    judge_errors,
)
from services_map.sampling.reasons import SENTENCES, explain

#: The start of a minute.
NOW_S = 1_700_000_040
LONG_AGO_S = NOW_S - 86_400


def make_known(*told: tuple[int, float], arriving: float = 0.0, reason: Reason = Reason.NEW) -> Sampled:
    """An operation that was told probabilities, each since so many seconds before now."""
    return Sampled(
        service="shop",
        operation="GET /",
        arriving_per_second=arriving,
        sent_per_second=0.0,
        target_per_second=1.0,
        error_share=0.0,
        reason=reason,
        told=tuple(Told(since_s=NOW_S - ago_s, probability=probability) for ago_s, probability in told),
        seen_s=NOW_S - 60 if arriving else 0,
        measured_s=NOW_S - 60,
    )


def make_load(*sent: int, failed: int = 0) -> Load:
    """Traces by minute, the newest last; in all minutes before as many as in the first."""
    every = [sent[0]] * (MINUTES - len(sent)) + list(sent)
    return Load(sent=every, failed=[failed] * MINUTES, end_s=NOW_S)


def settled(probability: float, arriving: float = 0.0) -> Sampled:
    return make_known((86_400, probability), arriving=arriving)


def test_what_sends_its_target_is_left_alone() -> None:
    found = follow(settled(0.01), make_load(60, 71, 48), 1.0, NOW_S)
    assert (found.probability, found.reason) == (0.01, Reason.ON_TARGET)
    assert found.arriving_per_second == pytest.approx(found.sent_per_second / 0.01)


def test_a_burst_is_cut_down_within_a_minute_and_by_no_more_than_a_step() -> None:
    found = follow(settled(0.1), make_load(60, 600), 1.0, NOW_S)
    assert found.probability == pytest.approx(0.01)
    assert found.reason is Reason.LOWERED
    assert found.arriving_per_second == pytest.approx(100)
    assert follow(settled(0.1), make_load(60, 60_000), 1.0, NOW_S).probability == 0.1 / MOST_LOWERED


def test_what_sends_too_little_is_raised_by_no_more_than_a_step() -> None:
    found = follow(settled(0.01), make_load(20), 1.0, NOW_S)
    assert found.probability == pytest.approx(0.03)
    assert found.reason is Reason.RAISED
    assert follow(settled(0.01), make_load(3), 1.0, NOW_S).probability == 0.01 * MOST_RAISED


def test_chance_changes_nothing() -> None:
    assert follow(settled(0.5), make_load(60, 60, 60, 90), 1.0, NOW_S).probability == 0.5
    # Three traces where two were to be expected, over sixteen minutes.
    rare = Load(sent=[0] * 13 + [1, 1, 1], failed=[0] * MINUTES, end_s=NOW_S)
    assert follow(settled(0.5), rare, 0.002, NOW_S).probability == 0.5


def test_a_rare_operation_sends_all_it_has() -> None:
    found = follow(settled(1.0), make_load(1), 1.0, NOW_S)
    assert (found.probability, found.reason) == (1.0, Reason.ALL_SENT)


def test_nothing_is_decided_twice_while_processes_have_not_asked_again() -> None:
    known = make_known((86_400, 0.1), (60, 0.01))
    # The last minute still came with the probability from before.
    assert follow(known, make_load(60, 600), 1.0, NOW_S).probability == 0.01
    assert follow(known, make_load(60, 600), 1.0, NOW_S).reason is not Reason.ON_TARGET


def test_a_minute_is_of_every_probability_that_a_process_may_have_followed_in_it() -> None:
    told = make_known((86_400, 0.8), (200, 0.4), (30, 0.2)).told
    assert bound(told, NOW_S - 360) == (0.8, 0.8)
    assert bound(told, NOW_S - 180) == (0.4, 0.8)
    assert bound(told, NOW_S - 120) == (0.4, 0.4)
    assert bound(told, NOW_S - 60) == (0.2, 0.4)
    assert bound(told, NOW_S + 60) == (0.2, 0.2)


def test_a_step_of_the_load_is_not_averaged_with_what_was_before() -> None:
    """Ten minutes ago the load fell to a tenth; since then the probability suits it."""
    known = make_known((86_400, 0.01), (700, 0.1))
    load = Load(sent=[60] * 4 + [600] * 2 + [60] * 10, failed=[0] * MINUTES, end_s=NOW_S)
    assert follow(known, load, 1.0, NOW_S).probability == 0.1


def test_failures_raise_the_target_by_as_much_as_is_certain() -> None:
    assert judge_errors([60] * 5, [0] * 5) == (0.0, 1.0)
    assert judge_errors([3], [1])[1] < 1.7
    assert judge_errors([60] * 5, [1] * 5)[1] == 1.0
    assert judge_errors([60] * 5, [30] * 5) == (0.5, MOST_BOOST)
    assert judge_errors([], []) == (0.0, 1.0)
    found = follow(settled(0.01), make_load(60, failed=30), 1.0, NOW_S)
    assert found.probability == pytest.approx(0.04)
    assert found.reason is Reason.FAILING
    assert found.target_per_second == MOST_BOOST


def test_what_stops_keeps_its_probability() -> None:
    """A job that ends must not be told to send everything when it begins again."""
    found = follow(settled(0.01, arriving=100), make_load(60, 0, 0), 1.0, NOW_S)
    assert (found.probability, found.reason, found.arriving_per_second) == (0.01, Reason.QUIET, 100)


def test_what_has_just_begun_is_not_taken_for_too_little() -> None:
    assert follow(settled(0.1), Load(sent=[0] * 15 + [5], failed=[0] * 16, end_s=NOW_S), 1.0, NOW_S).probability == 0.1
    begun = Load(sent=[0] * 14 + [5, 60], failed=[0] * 16, end_s=NOW_S)
    assert follow(settled(0.1), begun, 1.0, NOW_S).probability == 0.1
    rare = Load(sent=[0] * 10 + [1, 0, 0, 0, 0, 0], failed=[0] * 16, end_s=NOW_S)
    assert follow(settled(0.1), rare, 1.0, NOW_S).probability == 0.4
    flood = Load(sent=[0] * 15 + [600], failed=[0] * 16, end_s=NOW_S)
    assert follow(settled(0.1), flood, 1.0, NOW_S).probability == pytest.approx(0.01)


def test_what_stays_silent_is_raised_as_far_as_its_return_does_no_harm() -> None:
    known = settled(0.01, arriving=100)
    for minute in range(20):
        known = follow(known, make_load(0), 1.0, NOW_S + 60 * minute)
    assert (known.probability, known.reason) == (QUIET_HEADROOM / 100, Reason.QUIET)


def test_who_does_not_ask_is_said_not_to_follow() -> None:
    found = follow(settled(LEAST_PROBABILITY), make_load(600), 1.0, NOW_S)
    assert (found.probability, found.reason) == (LEAST_PROBABILITY, Reason.UNHEEDED)


def test_a_clock_that_was_put_back_does_no_harm() -> None:
    known = replace(make_known((-3_600, 0.5), (-3_660, 0.1), arriving=10), seen_s=NOW_S + 3_600)
    found = follow(known, make_load(60), 1.0, NOW_S)
    assert [(each.since_s, each.probability) for each in found.told] == [(NOW_S, 0.5), (NOW_S, 0.1), (NOW_S, 0.4)]
    assert bound(found.told, NOW_S - 60) == (0.5, 0.5)
    assert found.seen_s == found.measured_s == NOW_S


def test_what_was_told_long_ago_is_forgotten() -> None:
    known = make_known(*((seconds, 0.5 + seconds / 100_000) for seconds in range(6_000, 0, -60)))
    found = follow(known, make_load(60), 1.0, NOW_S)
    assert len(found.told) <= MINUTES + 3
    assert bound(found.told, NOW_S - MINUTES * 60) == bound(known.told, NOW_S - MINUTES * 60)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_said_in_a_sentence(reason: Reason) -> None:
    found = explain(replace(settled(0.5, arriving=1_234.0), reason=reason, error_share=0.125))
    assert found.endswith(".")
    assert "%(" not in found
    assert set(SENTENCES) == set(Reason)


def test_rates_are_said_in_two_digits() -> None:
    found = replace(settled(1.0, arriving=0.0123), reason=Reason.ALL_SENT, target_per_second=1_234.0)
    assert explain(found) == "All it begins is sent: 0.012 traces a second, no more than its target of 1,200."
    above = replace(found, arriving_per_second=1.4, target_per_second=1.0)
    assert explain(above).endswith("1.4 traces a second, which is not clearly more than its target of 1.")


@pytest.mark.parametrize("reason", Reason)
def test_one_trace_is_not_said_in_the_plural(reason: Reason) -> None:
    known = settled(1.0, arriving=1.0)
    one = replace(known, reason=reason, sent_per_second=1.0, target_per_second=1.0)
    assert "1 traces" not in explain(one)


@settings(max_examples=60)
@given(
    told=st.lists(st.tuples(st.integers(-600, 2_000), st.floats(LEAST_PROBABILITY, 1.0)), min_size=1, max_size=6),
    sent=st.lists(st.integers(0, 10_000), max_size=MINUTES),
    target=st.floats(0.001, 1_000),
    arriving=st.floats(0, 100_000),
)
def test_whatever_comes_a_step_has_its_bounds(
    told: list[tuple[int, float]], sent: list[int], target: float, arriving: float
) -> None:
    known = make_known(*sorted(told, reverse=True), arriving=arriving)
    found = follow(known, Load(sent=sent, failed=sent, end_s=NOW_S), target, NOW_S)
    assert LEAST_PROBABILITY <= found.probability <= 1
    assert known.probability / MOST_LOWERED * 0.999 <= found.probability <= known.probability * MOST_RAISED * 1.001
    assert [each.since_s for each in found.told] == sorted(each.since_s for each in found.told)
    assert all(each.since_s <= NOW_S for each in found.told)
    assert explain(found)
