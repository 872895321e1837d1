"""When the map says that calls fail or got slower, and how thick a line is."""

import pytest

from services_map.domain.map.health import Errors, Health, judge, width
from services_map.domain.summary import Figures
from tests.services_map.map_figures import SECONDS, calls

NOTHING = Figures.nothing(SECONDS)


@pytest.mark.parametrize(
    ("count", "failed", "errors"),
    [
        (0, 0, Errors.FEW),
        (1, 1, Errors.FEW),
        (19, 19, Errors.FEW),
        (20, 1, Errors.FEW),
        (20, 2, Errors.SOME),
        (20, 20, Errors.MANY),
        (1_000, 10, Errors.FEW),
        (1_000, 15, Errors.FEW),
        (1_000, 20, Errors.SOME),
        (1_000, 50, Errors.SOME),
        (1_000, 60, Errors.SOME),
        (1_000, 70, Errors.MANY),
        (1_000_000, 10_300, Errors.SOME),
        (1_000_000, 51_000, Errors.MANY),
    ],
)
def test_without_a_window_before_shares_above_1_and_5_percent_count_where_chance_does_not_explain_them(
    count: int, failed: int, errors: Errors
) -> None:
    assert judge(calls(count, failed), NOTHING) == Health(errors=errors, slowdown=None, has_history=False)


@pytest.mark.parametrize(
    ("before", "failed_before", "errors"),
    [
        (1_000, 100, Errors.FEW),
        (1_000, 80, Errors.FEW),
        (1_000, 50, Errors.MANY),
        (1_000, 0, Errors.MANY),
        (20, 2, Errors.FEW),
        (19, 0, Errors.MANY),
    ],
)
def test_what_failed_as_often_before_is_not_unhealthy(before: int, failed_before: int, errors: Errors) -> None:
    assert judge(calls(1_000, 100), calls(before, failed_before)).errors == errors


def test_the_window_before_counts_from_20_calls_on() -> None:
    assert not judge(calls(100), calls(19)).has_history
    assert judge(calls(100), calls(20)).has_history


@pytest.mark.parametrize(
    ("now", "before", "slowdown"),
    [
        (calls(1_000, ms=30), calls(1_000, ms=10), 3.0),
        (calls(1_000, ms=14), calls(1_000, ms=10), None),
        (calls(1_000, ms=16), calls(1_000, ms=10), 1.6),
        (calls(1_000, ms=0.3), calls(1_000, ms=0.1), None),
        (calls(1_000, ms=10), calls(1_000, ms=30), None),
        (calls(19, ms=30), calls(1_000, ms=10), None),
        (calls(20, ms=30), calls(1_000, ms=10), 3.0),
        (calls(1_000, ms=30), calls(20, ms=10), None),
        (calls(1_000, ms=30), calls(72, ms=10), 3.0),
        (calls(1_000, ms=30), NOTHING, None),
        (NOTHING, calls(1_000, ms=30), None),
    ],
)
def test_slower_is_a_p95_half_as_long_again_that_chance_does_not_explain(
    now: Figures, before: Figures, slowdown: float | None
) -> None:
    found = judge(now, before).slowdown
    assert found == (None if slowdown is None else pytest.approx(slowdown, rel=0.03))


def test_sampled_spans_know_no_more_than_they_are() -> None:
    assert judge(calls(10, 10, weight=100), NOTHING).errors == Errors.FEW
    assert judge(calls(30, 3, weight=100), NOTHING).errors == judge(calls(30, 3), NOTHING).errors == Errors.SOME


@pytest.mark.parametrize(
    ("health", "is_unhealthy"),
    [
        (Health(errors=Errors.FEW, slowdown=None, has_history=True), False),
        (Health(errors=Errors.SOME, slowdown=None, has_history=True), True),
        (Health(errors=Errors.FEW, slowdown=1.7, has_history=True), True),
    ],
)
def test_errors_or_slowness_are_unhealthy(health: Health, is_unhealthy: bool) -> None:
    assert health.is_unhealthy is is_unhealthy


@pytest.mark.parametrize(
    ("rate", "pixels"),
    [(0, 1), (0.99, 1), (1, 2), (7.9, 2), (8, 3), (63.9, 3), (64, 4), (511, 4), (512, 5), (1e9, 5)],
)
def test_a_line_is_a_pixel_thicker_for_each_three_doublings_of_calls_a_second(rate: float, pixels: int) -> None:
    assert width(rate) == pixels
