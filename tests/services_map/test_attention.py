"""What needs attention: what is surely worse than before, and the more the surer."""

import itertools

import numpy as np
import pytest

from services_map.domain.attention import NEEDS_ATTENTION, Attention, judge
from services_map.domain.latency.buckets import buckets_of
from services_map.domain.latency.histogram import Histogram
from services_map.domain.summary import Figures

MS = 1_000_000


def _figures(calls: int, failed: int = 0, median_ms: float = 50, weight: float = 1.0) -> Figures:
    """Durations from a fifth of the median to twice of it, evenly: p95 is 1.91 times the median."""
    durations = np.linspace(0.2, 2, calls) * median_ms * MS if calls else np.array([])
    return Figures(
        seconds=3_600, durations=_histogram(durations, weight), failed=_histogram(durations[:failed], weight)
    )


def _histogram(durations_ns: np.ndarray, weight: float) -> Histogram:
    counts = np.ones(durations_ns.size, np.int64)
    return Histogram.of(buckets_of(durations_ns.astype(np.int64)), counts, np.full(counts.size, weight))


def _score(now: Figures, before: Figures) -> float:
    return judge(now, before).score


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (_figures(0), _figures(0)),
        (_figures(1_000), _figures(1_000)),
        (_figures(1_000), _figures(0)),
        (_figures(0), _figures(19)),
        # Better is no reason to look.
        (_figures(1_000, median_ms=10), _figures(1_000, failed=500, median_ms=100)),
        # Three calls do not bound p95 from above.
        (_figures(1_000, median_ms=5_000), _figures(3)),
        # By chance.
        (_figures(1_000, median_ms=51), _figures(1_000)),
    ],
)
def test_nothing_is_made_of_what_is_not_surely_worse(now: Figures, before: Figures) -> None:
    assert judge(now, before) == Attention()
    assert not judge(now, before).is_needed


def test_errors_that_surely_rose_by_ten_points_score_one() -> None:
    found = judge(_figures(100_000, failed=10_500), _figures(100_000, failed=500))
    assert found.errors == pytest.approx(10 * 0.098 + 0.103, abs=0.01)
    assert (found.slowness, found.silence, found.is_needed) == (0, 0, True)


def test_errors_that_were_there_before_count_less_than_new_ones() -> None:
    lasting = judge(_figures(10_000, failed=5_000), _figures(10_000, failed=5_000))
    assert lasting.errors == pytest.approx(0.489, abs=0.001)
    assert lasting.is_needed
    assert _score(_figures(10_000, failed=1_000), _figures(10_000)) > lasting.score


def test_of_a_new_service_only_the_errors_themselves_count() -> None:
    assert _score(_figures(1_000, failed=100), _figures(0)) == pytest.approx(0.081, abs=0.001)


def test_a_p95_that_surely_doubled_scores_one() -> None:
    found = judge(_figures(1_000_000, median_ms=200), _figures(1_000_000, median_ms=100))
    assert found.slowness == pytest.approx(1, abs=0.06)
    assert (found.errors, found.silence) == (0, 0)


def test_what_is_fast_anyway_is_not_made_much_of() -> None:
    assert _score(_figures(1_000_000, median_ms=0.02), _figures(1_000_000, median_ms=0.01)) < 0.05


def test_a_service_that_is_not_called_any_more_scores_one() -> None:
    assert judge(_figures(0), _figures(20)) == Attention(silence=1)


@pytest.mark.parametrize("share", [0.05, 0.5, 1])
def test_the_more_calls_the_higher_the_score_of_the_same_change(share: float) -> None:
    scores = [_score(_figures(n, failed=round(n * share)), _figures(1_000)) for n in (20, 100, 1_000, 10_000)]
    assert all(few < many for few, many in itertools.pairwise(scores))


def test_three_slow_calls_count_less_than_a_thousand() -> None:
    assert (
        0
        < _score(_figures(3, median_ms=500), _figures(1_000))
        < _score(_figures(1_000, median_ms=100), _figures(1_000))
    )


def test_a_call_that_fails_counts_less_than_two_per_cent_of_a_thousand() -> None:
    one = _score(_figures(1, failed=1), _figures(1_000))
    assert one < NEEDS_ATTENTION
    assert one < _score(_figures(1_000, failed=20), _figures(1_000))


def test_sampled_spans_count_as_what_they_are_and_not_as_what_they_stand_for() -> None:
    sampled = _score(_figures(50, failed=5, weight=100), _figures(50, weight=100))
    assert sampled == pytest.approx(_score(_figures(50, failed=5), _figures(50)))
    assert sampled < _score(_figures(5_000, failed=500), _figures(5_000))
