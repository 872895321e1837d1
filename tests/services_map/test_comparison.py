"""Verdicts: chance and size, both."""

import math

import numpy as np
import pytest

from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.comparison import (
    JUDGED,
    LEAST_SPANS,
    SHARES,
    Comparison,
    ErrorVerdict,
    Side,
    Verdict,
    compare,
    compare_all,
    percentile_ratio,
)
from services_map.domain.statistics.intervals import Interval, Percentile
from tests.services_map.distributions import MS, draw_durations, make_histogram, make_side

NOTHING = Side(durations=Histogram.empty(), failed=Histogram.empty(), seconds=60)


def spread(size: int, median_ns: float = 20 * MS) -> list[float]:
    """Log-normal without chance: the quantiles themselves."""
    at = np.random.default_rng(7).permutation((np.arange(size) + 0.5) / size)
    z = np.sqrt(2) * np.array([_inverse_erf(2 * part - 1) for part in at])
    return list(median_ns * np.exp(0.5 * z))


def _inverse_erf(x: float) -> float:
    low, high = -6.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erf(middle) < x else (low, middle)
    return low


def test_a_ratio_goes_by_the_distances_to_both_intervals_ends() -> None:
    a = Percentile(value_ns=200.0, interval=Interval(low_ns=160, high_ns=240))
    b = Percentile(value_ns=100.0, interval=Interval(low_ns=80, high_ns=130))
    found = percentile_ratio(a, b)
    assert found is not None
    assert found.value == pytest.approx(2)
    assert found.low == pytest.approx(2 * math.exp(-math.hypot(math.log(200 / 160), math.log(130 / 100))))
    assert found.high == pytest.approx(2 * math.exp(math.hypot(math.log(240 / 200), math.log(100 / 80))))


def test_a_ratio_is_open_where_an_interval_is() -> None:
    closed = Percentile(value_ns=100.0, interval=Interval(low_ns=80, high_ns=130))
    is_open = Percentile(value_ns=100.0, interval=Interval(low_ns=80, high_ns=None))
    above, below = percentile_ratio(is_open, closed), percentile_ratio(closed, is_open)
    assert above is not None
    assert below is not None
    assert (above.low > 0, above.high) == (True, math.inf)
    assert (below.low, below.high < math.inf) == (0, True)
    assert percentile_ratio(Percentile(value_ns=0.0, interval=Interval(low_ns=0, high_ns=0)), closed) is None


def test_what_is_a_third_slower_is_called_slower() -> None:
    found = compare(make_side(spread(1_000, 26 * MS)), make_side(spread(1_000)))
    assert found.verdict is Verdict.SLOWER
    assert found.p_value < 0.001
    assert {change.share for change in found.changes} <= set(JUDGED)
    assert [change.share for change in found.percentiles] == list(SHARES)
    assert found.changes[0].ratio is not None
    assert found.changes[0].ratio.value == pytest.approx(1.3, rel=0.03)
    assert found.ranks is not None
    assert 0.6 < found.ranks.theta < 0.7
    assert compare(make_side(spread(1_000)), make_side(spread(1_000, 26 * MS))).verdict is Verdict.FASTER


def test_what_is_4_percent_slower_is_not_however_sure_it_is() -> None:
    found = compare(make_side(spread(20_000, 20.8 * MS)), make_side(spread(20_000)))
    assert found.p_value < 0.001
    assert found.verdict is Verdict.NO_DIFFERENCE
    assert found.changes == ()


def test_what_may_be_chance_is_no_difference() -> None:
    found = compare(make_side(spread(40, 22 * MS)), make_side(spread(40)))
    assert found.verdict is Verdict.NO_DIFFERENCE
    assert found.percentiles[0].ratio is not None
    assert found.percentiles[0].ratio.value > 1.05


def test_a_longer_tail_alone_is_slower() -> None:
    tail = spread(4_000)
    tail = [duration * (6 if at % 25 == 0 else 1) for at, duration in enumerate(tail)]
    found = compare(make_side(tail), make_side(spread(4_000)))
    assert found.verdict is Verdict.SLOWER
    assert found.changes[0].share == 0.99


def test_faster_mostly_but_slower_at_the_end_is_mixed() -> None:
    cached = [duration * (5 if at % 20 == 0 else 0.3) for at, duration in enumerate(spread(4_000))]
    assert compare(make_side(cached), make_side(spread(4_000))).verdict is Verdict.MIXED


@pytest.mark.parametrize("few", [0, 1, LEAST_SPANS - 1])
def test_few_calls_allow_no_verdict(few: int) -> None:
    slow = make_side([9 * MS] * few) if few else NOTHING
    for found in (compare(slow, make_side([MS] * 500)), compare(make_side([MS] * 500), slow)):
        assert found.verdict is Verdict.TOO_FEW
        assert found.error_verdict is ErrorVerdict.TOO_FEW
        assert found.changes == ()
    enough = compare(make_side([9 * MS] * LEAST_SPANS), make_side([MS] * 500))
    assert enough.verdict is Verdict.SLOWER


def test_sampled_calls_need_to_be_worth_a_hundred() -> None:
    def sampled(count: int) -> Side:
        return Side(durations=make_histogram([9 * MS] * count, [4.0] * count), failed=Histogram.empty(), seconds=60)

    plain = make_side([MS] * 500)
    assert compare(sampled(99), plain).verdict is Verdict.TOO_FEW
    assert compare(sampled(100), plain).verdict is Verdict.SLOWER


def test_nothing_compares_with_nothing() -> None:
    found = compare(NOTHING, NOTHING)
    assert (found.verdict, found.p_value, found.error_p_value, found.badness) == (Verdict.TOO_FEW, 1, 1, 0)
    assert found.rate_ratio is None


@pytest.mark.parametrize(
    ("failed", "verdict"),
    [(5, ErrorVerdict.FEWER), (48, ErrorVerdict.NO_DIFFERENCE), (90, ErrorVerdict.MORE)],
)
def test_errors_have_a_verdict_of_their_own(failed: int, verdict: ErrorVerdict) -> None:
    found = compare(make_side(spread(1_000), failed=failed), make_side(spread(1_000), failed=45))
    assert found.error_verdict is verdict
    assert found.verdict is Verdict.NO_DIFFERENCE


def test_fewer_than_1_error_in_a_thousand_calls_more_is_no_difference() -> None:
    a, b = make_side([MS] * 200_000, failed=300), make_side([MS] * 200_000, failed=150)
    found = compare(a, b)
    assert found.error_p_value < 0.001
    assert found.error_verdict is ErrorVerdict.NO_DIFFERENCE


def test_a_verdict_among_many_is_harder_to_earn() -> None:
    random = np.random.default_rng(3)
    same = [(make_side(draw_durations(random, 300)), make_side(draw_durations(random, 300))) for _ in range(60)]
    slow = make_side(draw_durations(random, 300, 30 * MS)), make_side(draw_durations(random, 300))
    few = make_side([MS] * 3), make_side([MS] * 300)
    found = compare_all([*same, slow, few])
    assert [item.verdict for item in found[-2:]] == [Verdict.SLOWER, Verdict.TOO_FEW]
    alone = compare(*slow, JUDGED)
    assert alone.p_value < found[-2].p_value <= alone.p_value * 61
    assert {item.verdict for item in found[:-2]} == {Verdict.NO_DIFFERENCE}


def test_the_worst_is_what_is_much_slower_or_fails() -> None:
    def judge(factor: float, failed: int) -> Comparison:
        return compare(make_side(spread(1_000, factor * 20 * MS), failed=failed), make_side(spread(1_000)))

    in_order = [judge(4, 400), judge(1, 400), judge(4, 0), judge(1.5, 0), judge(1, 0), judge(0.3, 0)]
    badness = [item.badness for item in in_order]
    assert badness == sorted(badness, reverse=True)
    assert badness[4] == 0
