"""Intervals of percentiles, shares and rates: small cases by hand."""

import numpy as np
import pytest

from services_map.domain.latency.buckets import buckets_of, lower_ns, upper_ns
from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.intervals import (
    Interval,
    effective_count,
    effective_spans,
    error_share,
    newcombe,
    percentile_interval,
    rate,
    rate_ratio,
    read_percentile,
    wilson,
)
from tests.services_map.distributions import MS, make_histogram


def bucket_of(duration_ns: int) -> int:
    return int(buckets_of(np.array([duration_ns]))[0])


def test_nothing_has_no_percentile() -> None:
    assert percentile_interval(Histogram.empty(), 0.95) is None
    assert read_percentile(Histogram.empty(), 0.95) is None


def test_the_ends_are_edges_of_the_buckets_of_two_ranks() -> None:
    """Of 20 spans the median is between the 6th and the 16th: P(X <= 5) = 0.0207, P(X <= 6) = 0.0577."""
    spans = [(at + 1) * MS for at in range(20)]
    found = percentile_interval(make_histogram(spans), 0.5)
    assert found == Interval(low_ns=lower_ns(bucket_of(6 * MS)), high_ns=upper_ns(bucket_of(15 * MS)))


@pytest.mark.parametrize(("share", "least"), [(0.5, 6), (0.75, 13), (0.9, 36), (0.95, 72), (0.99, 368)])
def test_an_interval_is_open_above_until_there_are_spans_enough(share: float, least: int) -> None:
    few, enough = ([(at + 1) * MS for at in range(count)] for count in (least - 1, least))
    open_above, closed = (
        percentile_interval(make_histogram(few), share),
        percentile_interval(make_histogram(enough), share),
    )
    assert open_above is not None
    assert open_above.high_ns is None
    assert closed is not None
    assert closed.high_ns == upper_ns(bucket_of(least * MS))


def test_of_five_spans_nothing_bounds_the_median() -> None:
    assert percentile_interval(make_histogram([MS] * 5), 0.5) == Interval(low_ns=0, high_ns=None)


def test_equal_weights_know_as_much_as_plain_spans() -> None:
    histogram = make_histogram(np.arange(1, 1_001) * 1e6, np.full(1_000, 10.0))
    for share in (0.5, 0.95, 0.99):
        assert effective_spans(histogram, share) == pytest.approx(1_000)
    assert effective_count(histogram) == pytest.approx(1_000)


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_spans_of_one_duration_know_as_much_as_others(share: float) -> None:
    assert effective_spans(make_histogram([MS] * 400, [5.0] * 400), share) == pytest.approx(400)


def test_unequal_weights_know_less_below_and_more_above() -> None:
    """90 spans of weight 10 are fast, 100 of weight 1 slow: p95 is among the slow ones."""
    histogram = make_histogram([MS] * 90 + [9 * MS] * 100, [10.0] * 90 + [1.0] * 100)
    p = 0.95
    below, above = 90 * 100 + 50 * 1, 50 * 1
    expected = p * (1 - p) * 1_000**2 / ((1 - p) ** 2 * below + p**2 * above)
    assert effective_spans(histogram, p) == pytest.approx(expected)
    assert effective_count(histogram) == pytest.approx(1_000**2 / (90 * 100 + 100))


def test_sampled_spans_that_are_few_are_said_to_be_unreliable() -> None:
    few = percentile_interval(make_histogram(np.arange(1, 100) * 1e6, np.full(99, 10.0)), 0.5)
    enough = percentile_interval(make_histogram(np.arange(1, 102) * 1e6, np.full(101, 10.0)), 0.5)
    assert few is not None
    assert not few.is_reliable
    assert enough is not None
    assert enough.is_reliable


def test_an_interval_of_sampled_spans_is_open_above_where_plain_ones_would_leave_it_open() -> None:
    for count, is_open in ((71, True), (73, False)):
        found = percentile_interval(make_histogram(np.arange(1, count + 1) * 1e6, np.full(count, 3.0)), 0.95)
        assert found is not None
        assert (found.high_ns is None) == is_open


def test_wilsons_interval_is_that_of_newcombes_paper() -> None:
    """Newcombe 1998, https://doi.org/10.1002/sim.4780171802: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for hits, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = wilson(hits / n, n)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert (wilson(0, 20).low, wilson(1, 20).high) == (0, 1)


def test_the_difference_of_shares_is_that_of_newcombes_paper() -> None:
    """The same paper's second part, method 10: 56 of 70 and 48 of 80; 9 of 10 and 3 of 10; 10 of 10 and 0 of 10."""
    for a, n_a, b, n_b, low, high in (
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (10, 10, 0, 10, 0.6075, 1),
    ):
        found = newcombe(wilson(a / n_a, n_a), wilson(b / n_b, n_b))
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_an_error_share_is_that_of_what_spans_stand_for() -> None:
    """10 failed ones kept whole, 99 of 990 others kept: 1 %, not 9 %."""
    failed, rest = make_histogram([MS] * 10), make_histogram([MS] * 99, [10.0] * 99)
    found = error_share(Histogram.sum([failed, rest]), failed)
    assert found is not None
    assert found.value == pytest.approx(0.01)
    assert found.low < 0.01 < found.high < 0.02
    assert error_share(Histogram.empty(), Histogram.empty()) is None


def test_without_a_failure_the_share_may_still_be_above_0() -> None:
    found = error_share(make_histogram([MS] * 100), Histogram.empty())
    assert found is not None
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.037, abs=5e-4)


def test_a_rate_has_the_interval_of_a_poisson_count() -> None:
    """Of 10 seen the exact interval is 4.80 to 18.39; of none 0 to 3.69."""
    found = rate(make_histogram([MS] * 10), 2.0)
    assert (found.value, found.low, found.high) == pytest.approx((5, 4.80 / 2, 18.39 / 2), abs=0.01)
    nothing = rate(Histogram.empty(), 1.0)
    assert (nothing.value, nothing.low) == (0, 0)
    assert nothing.high == pytest.approx(3.69, abs=0.05)


def test_a_ratio_of_rates_is_exact_given_the_sum() -> None:
    """20 in 10 s against 10 in 10 s: the share of A is 0.472 to 0.827 by Clopper and Pearson."""
    found = rate_ratio(make_histogram([MS] * 20), 10, make_histogram([MS] * 10), 10)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((2, 0.472 / 0.528, 0.827 / 0.173), rel=5e-3)
    assert rate_ratio(make_histogram([MS]), 1, Histogram.empty(), 1) is None


def test_rates_of_sampled_spans_are_those_of_what_they_stand_for() -> None:
    sampled = make_histogram([MS] * 100, [10.0] * 100)
    assert rate(sampled, 100.0).value == pytest.approx(10)
    found = rate_ratio(sampled, 100, make_histogram([MS] * 1_000), 100)
    assert found is not None
    assert found.value == pytest.approx(1)
    assert 0.75 < found.low < 0.85 < 1.2 < found.high < 1.3


def test_a_rate_of_zero_has_a_ratio() -> None:
    found = rate_ratio(Histogram.empty(), 10, make_histogram([MS] * 30), 10)
    assert found is not None
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.13, abs=0.01)
