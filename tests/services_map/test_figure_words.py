"""How figures and their changes read."""

import numpy as np
import pytest

from services_map.domain.latency.buckets import buckets_of
from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.comparison import Comparison, Side, compare_all
from services_map.pages.figure_words import (
    Change,
    describe_errors,
    describe_percentile,
    describe_rate,
    spell_least,
    spell_level,
    spell_rate,
    spell_share,
)
from traces.domain.search_text import parse_duration_ns

MS = 1_000_000


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0, "0"), (0.00001, "< 0.01"), (0.011, "0.01"), (0.25, "0.25"), (1.254, "1.25"), (9.996, "10.0"), (12.52, "12.5"),
     (99.95, "100"), (1_204.4, "1,204"), (2_000_000, "2,000,000")],
)  # fmt: skip
def test_a_rate_has_three_digits(rate: float, text: str) -> None:
    assert spell_rate(rate) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, ""), (0, "0 %"), (0.00002, "< 0.01 %"), (0.0013, "0.13 %"), (0.0123, "1.2 %"), (0.0999, "10 %"),
     (0.124, "12 %"), (0.994, "99 %"), (0.9999, "> 99 %"), (1, "100 %")],
)  # fmt: skip
def test_a_share_is_never_rounded_to_all_or_nothing(share: float | None, text: str) -> None:
    assert spell_share(share) == text


@pytest.mark.parametrize(
    ("ns", "text"),
    [(0.4, "0ns"), (999, "999ns"), (4_319, "4.31us"), (4_319_999, "4.31ms"), (43_190_000, "43.1ms"),
     (431_900_000, "431ms"), (2_845_000_000.7, "2.84s"), (123_456_789_012, "123s"), (86_400_000_000_000, "86400s")],
)  # fmt: skip
def test_the_search_finds_the_calls_from_a_percentile_on(ns: float, text: str) -> None:
    assert spell_least(ns) == text
    assert ns * 0.99 - 1 <= parse_duration_ns(text) <= ns


@pytest.mark.parametrize(("level_s", "text"), [(60, "the minute"), (86_400, "the day (UTC)"), (5, "5 s")])
def test_slots_have_names(level_s: int, text: str) -> None:
    assert spell_level(level_s) == text


def _side(calls: int, failed: int = 0, median_ms: float = 50) -> Side:
    durations = (np.linspace(0.2, 2, calls) * median_ms * MS).astype(np.int64)
    return Side(durations=_histogram(durations), failed=_histogram(durations[:failed]), seconds=3_600)


def _histogram(durations_ns: np.ndarray) -> Histogram:
    counts = np.ones(durations_ns.size, np.int64)
    return Histogram.of(buckets_of(durations_ns), counts, counts.astype(np.float64))


def _compare(now: Side, before: Side) -> Comparison:
    return compare_all([(now, before)])[0]


@pytest.mark.parametrize(
    ("now", "change"),
    [
        (1_000, None),
        (1_090, None),
        (1_400, Change(text="▲ 40 %", words="40 % more calls than before")),
        (3_400, Change(text="▲ ×3.4", words="3.4 times as many calls as before")),
        (600, Change(text="▼ 40 %", words="40 % fewer calls than before")),
        (0, None),
    ],
)
def test_more_or_fewer_calls_are_neither_good_nor_bad(now: int, change: Change | None) -> None:
    assert describe_rate(_compare(_side(now), _side(1_000))) == change


def test_a_change_of_few_calls_may_be_chance() -> None:
    found = _compare(_side(7, failed=1), _side(4))
    assert (describe_rate(found), describe_errors(found), describe_percentile(found, 0.95)) == (None, None, None)


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (120, 20, Change(text="▲ 10 pt", words="10 points more than before", tone="worse")),
        (20, 145, Change(text="▼ 12 pt", words="12 points fewer than before", tone="better")),
        (1_000, 0, Change(text="▲ 100 pt", words="100 points more than before", tone="worse")),
        (8, 0, Change(text="▲ 0.8 pt", words="0.8 points more than before", tone="worse")),
        (20, 22, None),
    ],
)
def test_errors_change_by_points(now: int, before: int, change: Change | None) -> None:
    assert describe_errors(_compare(_side(1_000, failed=now), _side(1_000, failed=before))) == change


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (62, 50, Change(text="▲ 25 %", words="25 % longer than before", tone="worse")),
        (500, 50, Change(text="▲ ×10", words="10 times as long as before", tone="worse")),
        (25, 50, Change(text="▼ 49 %", words="49 % shorter than before", tone="better")),
        (50, 50, None),
    ],
)
def test_a_percentile_changes_by_a_share_or_a_factor(now: float, before: float, change: Change | None) -> None:
    found = _compare(_side(2_000, median_ms=now), _side(2_000, median_ms=before))
    assert describe_percentile(found, 0.95) == change
