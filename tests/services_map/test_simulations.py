"""Intervals and verdicts hold what they promise where chance is real. Seeded: each figure is the same in every run."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.comparison import ErrorVerdict, Side, Verdict, compare, compare_all
from services_map.domain.statistics.intervals import effective_spans, percentile_interval
from tests.services_map.distributions import MS, Floats, draw_durations, draw_sampled, make_histogram

REPETITIONS = 400
QUANTILES = {0.5: 0.0, 0.95: 1.6448536, 0.99: 2.3263479}
Record = Callable[[str, object], None]


def covers(histogram: Histogram, share: float) -> bool:
    found = percentile_interval(histogram, share)
    true_ns = 20 * MS * np.exp(0.8 * QUANTILES[share])
    assert found is not None
    return bool(found.low_ns <= true_ns and (found.high_ns is None or true_ns <= found.high_ns))


@pytest.mark.parametrize("size", [50, 400, 5_000])
def test_intervals_of_percentiles_hold_the_true_value(size: int, record_property: Record) -> None:
    random = np.random.default_rng(size)
    histograms = [make_histogram(draw_durations(random, size)) for _ in range(REPETITIONS)]
    for share in QUANTILES:
        coverage = np.mean([covers(histogram, share) for histogram in histograms])
        record_property("coverage", f"p{share * 100:.0f} of {size}: {coverage:.3f}")
        assert coverage >= 0.93


def test_intervals_of_sampled_spans_hold_the_true_value_and_ignoring_weights_does_not(record_property: Record) -> None:
    random = np.random.default_rng(11)
    samples = [draw_sampled(random, 5_000) for _ in range(REPETITIONS)]
    for share in QUANTILES:
        weighted = np.mean([covers(make_histogram(spans, weights), share) for spans, weights in samples])
        ignoring = np.mean([covers(make_histogram(spans), share) for spans, _ in samples])
        record_property("coverage", f"p{share * 100:.0f} sampled: {weighted:.3f}, ignoring the weights {ignoring:.3f}")
        assert weighted >= 0.93
        assert ignoring <= 0.02


def test_effective_spans_are_those_that_the_share_below_varies_with() -> None:
    """p(1 - p) / n is the variance of the weighted share below the true percentile, over many samples."""
    random = np.random.default_rng(12)
    below, told = [], []
    for _ in range(REPETITIONS):
        spans, weights = draw_sampled(random, 5_000)
        below.append(weights[spans <= 20 * MS].sum() / weights.sum())
        told.append(effective_spans(make_histogram(spans, weights), 0.5))
    assert 0.25 / np.var(below) == pytest.approx(np.mean(told), rel=0.3)


def side(spans: Floats, failed: Floats, weights: Floats | None = None) -> Side:
    return Side(durations=make_histogram(spans, weights), failed=make_histogram(failed), seconds=60)


def draw_side(random: np.random.Generator, size: int, median_ns: float = 20 * MS) -> Side:
    spans = draw_durations(random, size, median_ns)
    return side(spans, spans[random.random(size) < 0.02])


@pytest.mark.parametrize(("first", "second"), [(50, 50), (50, 2_000), (1_000, 1_000)])
def test_equal_groups_are_seldom_told_apart(first: int, second: int, record_property: Record) -> None:
    """Nominal are 5 in 100 for each test; a verdict asks for more than one."""
    random = np.random.default_rng(first + second)
    found = [compare(draw_side(random, first), draw_side(random, second)) for _ in range(REPETITIONS)]
    ranks = np.mean([item.ranks is not None and item.ranks.p_value < 0.05 for item in found])
    verdicts = np.mean([item.verdict is not Verdict.NO_DIFFERENCE for item in found])
    errors = np.mean([item.error_verdict is not ErrorVerdict.NO_DIFFERENCE for item in found])
    ratios = [change.ratio for item in found for change in item.percentiles]
    coverage = np.mean([ratio is not None and ratio.low <= 1 <= ratio.high for ratio in ratios])
    record_property("size", f"{first}/{second}: ranks {ranks:.3f}, verdicts {verdicts:.3f}, errors {errors:.3f}")
    record_property("coverage of ratios", f"{first}/{second}: {coverage:.3f}")
    assert 0.005 <= ranks <= 0.09
    assert verdicts <= 0.05
    assert errors <= 0.075
    assert coverage >= 0.95


def test_a_sampled_group_is_seldom_told_apart_from_the_whole(record_property: Record) -> None:
    random = np.random.default_rng(13)
    verdicts: Counter[Verdict] = Counter()
    for _ in range(REPETITIONS):
        spans, weights = draw_sampled(random, 4_000)
        sampled = Side(durations=make_histogram(spans, weights), failed=Histogram.empty(), seconds=60)
        verdicts[compare(sampled, draw_side(random, 1_000)).verdict] += 1
    record_property("size", f"sampled against whole: {dict(verdicts)}")
    assert verdicts[Verdict.NO_DIFFERENCE] >= 0.95 * REPETITIONS


def test_of_operations_called_slower_few_are_not(record_property: Record) -> None:
    """5 of 40 operations are half as slow again."""
    random = np.random.default_rng(14)
    wrong = right = 0
    for _ in range(6):
        found = compare_all(
            [(draw_side(random, 500, (30 if at < 5 else 20) * MS), draw_side(random, 500)) for at in range(40)]
        )
        slower = [at for at, item in enumerate(found) if item.verdict is Verdict.SLOWER]
        right += sum(at < 5 for at in slower)
        wrong += sum(at >= 5 for at in slower)
    record_property("false discoveries", f"{wrong} of {wrong + right}")
    assert right >= 29
    assert wrong <= 0.1 * (wrong + right)
