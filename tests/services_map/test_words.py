"""How figures with intervals read."""

import math

import pytest

from services_map.domain.statistics.intervals import Estimate, Interval, Percentile
from services_map.pages import words

MS = 1_000_000


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (412 * MS, 398 * MS, 431 * MS, "412 ms (398–431)"),
        (2_840 * MS, 2_700 * MS, 3_100 * MS, "2.84 s (2.70–3.10)"),
        (1_010 * MS, 950 * MS, 1_100 * MS, "1.01 s (950 ms–1.10 s)"),
        (72_000 * MS, 58_000 * MS, 90_000 * MS, "1 m 12 s (58.0 s–1 m 30 s)"),
        (1_500 * MS, 1_200 * MS, None, "≥ 1.20 s"),
        (1_500 * MS, 0, None, "too few"),
        (0, 0, 0, "0 ns (0–0)"),
    ],
)
def test_a_percentile_is_shown_with_its_interval(value: float, low: int, high: int | None, text: str) -> None:
    found = Percentile(value_ns=float(value), interval=Interval(low_ns=low, high_ns=high))
    assert words.percentile(found) == text


def test_an_interval_that_cannot_be_trusted_says_so() -> None:
    interval = Interval(low_ns=398 * MS, high_ns=431 * MS, is_reliable=False)
    assert words.percentile(Percentile(value_ns=412e6, interval=interval)) == "≈ 412 ms (398–431)"


def test_nothing_is_a_dash() -> None:
    assert {words.percentile(None), words.share(None), words.ratio(None), words.difference(None)} == {"–"}


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (0.0231, 0.0198, 0.027, "2.31 % (1.98–2.70)"),
        (0, 0, 0.0000371, "0 % (0–<0.01)"),
        (1, 0.99996, 1, "100 % (>99.99–100)"),
        (0.5, 0.4, 0.612, "50.0 % (40.0–61.2)"),
    ],
)
def test_a_share_is_shown_in_per_cent(value: float, low: float, high: float, text: str) -> None:
    assert words.share(Estimate(value=value, low=low, high=high)) == text


def test_a_difference_is_shown_in_points_with_its_sign() -> None:
    assert words.difference(Estimate(value=0.041, low=0.0302, high=0.0531)) == "+4.10 points (+3.02 to +5.31)"
    assert words.difference(Estimate(value=-0.00001, low=-0.02, high=0.02)) == "0 points (−2.00 to +2.00)"
    assert words.difference(Estimate(value=0.1234, low=0.0999, high=1.0)) == "+12.3 points (+9.99 to +100.0)"


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (1.37, 1.22, 1.51, "×1.37 (1.22–1.51)"),
        (12.34, 9.0, 123.4, "×12.3 (9.00–123)"),
        (2_500, 1_000, 4_000, "×2,500 (1,000–4,000)"),
        (1.37, 1.08, math.inf, "×1.37 (≥ 1.08)"),
        (1.37, 0, 2.3, "×1.37 (≤ 2.30)"),
        (1.37, 0, math.inf, "×1.37 (too few)"),
    ],
)
def test_a_ratio_is_shown_with_what_bounds_it(value: float, low: float, high: float, text: str) -> None:
    assert words.ratio(Estimate(value=value, low=low, high=high)) == text


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (12.34, 12.1, 12.5, "12.3/s (12.1–12.5)"),
        (0.075, 0.07, 0.08, "4.50/min (4.20–4.80)"),
        (0.001, 0.0005, 0.002, "3.60/h (1.80–7.20)"),
        (0, 0, 0.001, "0.00/h (0.00–3.60)"),
    ],
)
def test_a_rate_is_shown_in_a_unit_that_it_is_at_least_one_of(value: float, low: float, high: float, text: str) -> None:
    assert words.rate(Estimate(value=value, low=low, high=high)) == text
