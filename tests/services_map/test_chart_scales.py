"""Axes of values: round ends, few ticks, texts that people read; whatever the values are."""

from itertools import pairwise

import pytest

from services_map.charts.measures import COUNT, DURATION, NICE_NS, ROUND_NS, SHARE, rate_measure, spell_number
from services_map.charts.scales import Scale, make_scale
from traces.domain.span import MAX_NS


def texts(scale: Scale) -> list[str]:
    return [tick.text for tick in scale.ticks]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([12e6, 400e6], ["10 ms", "20 ms", "50 ms", "100 ms", "200 ms", "500 ms"]),
        ([3e6], ["2 ms", "5 ms"]),
        ([2e6, 2e6, 2e6], ["1 ms", "2 ms", "5 ms"]),
        ([2e6, None], ["1 ms", "2 ms", "5 ms"]),
        ([0.0], ["1 ns", "2 ns"]),
        ([5e9, 90e9], ["5 s", "10 s", "20 s", "1 m", "2 m"]),
        ([1e6, 900e9], ["1 ms", "10 ms", "100 ms", "1 s", "10 s", "1 m", "10 m"]),
        ([0, float(MAX_NS)], ["1 ns", "1 µs", "1 ms", "1 s", "10 m", "10 d"]),
        ([], ["1 ms", "10 ms", "100 ms", "1 s"]),
    ],
)
def test_durations_stand_between_round_ones(values: list[float | None], expected: list[str]) -> None:
    scale = make_scale(DURATION, values)
    assert texts(scale) == expected
    assert all(scale.low <= max(1, value) <= scale.high for value in values if value is not None)


def test_a_duration_ten_times_as_long_is_as_much_higher_everywhere() -> None:
    scale = make_scale(DURATION, [1e6, 1e9])
    assert [round(scale.y(value), 3) for value in (1e6, 1e7, 1e8, 1e9)] == [160, 106.667, 53.333, 0]
    assert (scale.y(0), scale.y(1e12)) == (160, 0)


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ([], ["0", "0.5/s", "1/s"]),
        ([0.0, 0.0], ["0", "0.5/s", "1/s"]),
        ([12.0, None], ["0", "5/s", "10/s", "15/s"]),
        ([0.3], ["0", "5/min", "10/min", "15/min", "20/min"]),
        ([0.001], ["0", "1/h", "2/h", "3/h", "4/h"]),
        ([1_234_567.0], ["0", "500k/s", "1M/s", "1.5M/s"]),
    ],
)
def test_rates_are_a_second_a_minute_or_an_hour(rates: list[float | None], expected: list[str]) -> None:
    scale = make_scale(rate_measure(rates), rates)
    assert texts(scale) == expected
    assert scale.high >= max((rate for rate in rates if rate is not None), default=0)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([0.0], ["0", "0.5 %", "1 %"]),
        ([0.003], ["0", "0.5 %", "1 %"]),
        ([0.3], ["0", "10 %", "20 %", "30 %"]),
        ([1.0, 0.2], ["0", "50 %", "100 %"]),
    ],
)
def test_shares_end_at_all(shares: list[float | None], expected: list[str]) -> None:
    assert texts(make_scale(SHARE, shares)) == expected


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (0.00001, "< 0.01 %"), (0.0025, "0.25 %"), (0.123, "12 %"), (0.9999, "99.9 %"), (1, "100 %")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, text: str) -> None:
    assert SHARE.spell(share) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (0.25, "0.25"), (12.34, "12.3"), (1204.4, "1,204"), (99_999, "99,999"), (1_250_000, "1.25M"),
     (123_456, "123k"), (1e30, "1e+30"), (0.0000012, "1.2e-06")],
)  # fmt: skip
def test_numbers_are_short(number: float, text: str) -> None:
    assert spell_number(number) == text


@pytest.mark.parametrize("highest", [10.0**power * factor for power in range(-6, 16) for factor in (1, 1.7, 4.2, 9.99)])
def test_an_axis_has_two_to_five_ticks_from_zero_to_the_highest(highest: float) -> None:
    scale = make_scale(COUNT, [highest])
    assert 2 <= len(scale.ticks) <= 5
    assert (scale.ticks[0].at, scale.ticks[-1].at) == ("160", "0")
    assert highest <= scale.high <= max(1, 2 * highest)


def test_nice_durations_ascend() -> None:
    for durations in (NICE_NS, ROUND_NS):
        assert all(one < other for one, other in pairwise(durations))
    assert max(NICE_NS) > MAX_NS
