"""How likely chance is: small cases by hand."""

import math
from fractions import Fraction

import numpy as np
import pytest

from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.chance import compare_ranks, compare_shares, correct
from tests.services_map.distributions import MS, make_histogram


def test_every_pair_is_counted_and_equal_ones_half() -> None:
    """{1, 2, 3} against {2, 4}: of six pairs 3 > 2 wins, 2 = 2 is half."""
    found = compare_ranks(make_histogram([MS, 2 * MS, 3 * MS]), make_histogram([2 * MS, 4 * MS]))
    assert found is not None
    assert found.theta == pytest.approx(1.5 / 6)
    variance = 3 * 2 / 12 * (6 - (2**3 - 2) / (5 * 4))
    z = (1.5 - 3) / math.sqrt(variance)
    assert found.p_value == pytest.approx(math.erfc(abs(z) / math.sqrt(2)))


def test_the_order_of_the_sides_turns_theta_round() -> None:
    a, b = make_histogram(np.arange(5, 60) * 1e6), make_histogram(np.arange(1, 40) * 1e6)
    one, other = compare_ranks(a, b), compare_ranks(b, a)
    assert one is not None
    assert other is not None
    assert one.theta == pytest.approx(1 - other.theta)
    assert one.p_value == pytest.approx(other.p_value)


def test_equal_durations_differ_by_chance_only() -> None:
    found = compare_ranks(make_histogram([MS] * 50), make_histogram([MS] * 70))
    assert found is not None
    assert (found.theta, found.p_value) == (0.5, 1.0)


def test_nothing_compares_with_nothing() -> None:
    assert compare_ranks(Histogram.empty(), make_histogram([MS])) is None
    assert compare_ranks(make_histogram([MS]), Histogram.empty()) is None


def test_one_span_against_one_says_nothing() -> None:
    found = compare_ranks(make_histogram([MS]), make_histogram([2 * MS]))
    assert found is not None
    assert found.p_value > 0.3


def test_weights_that_are_equal_change_nothing() -> None:
    a, b = np.arange(5, 60) * 1e6, np.arange(1, 40) * 1e6
    plain = compare_ranks(make_histogram(a), make_histogram(b))
    sampled = compare_ranks(make_histogram(a, np.full(a.size, 7.0)), make_histogram(b))
    assert plain is not None
    assert sampled is not None
    assert (sampled.theta, sampled.p_value) == pytest.approx((plain.theta, plain.p_value))


@pytest.mark.parametrize(
    ("hits_a", "n_a", "hits_b", "n_b"), [(3, 10, 1, 20), (0, 12, 4, 9), (5, 5, 0, 5), (2, 40, 2, 40), (0, 5, 0, 5)]
)
def test_shares_are_compared_by_the_exact_distribution(hits_a: int, n_a: int, hits_b: int, n_b: int) -> None:
    hits, calls = hits_a + hits_b, n_a + n_b
    chances = {
        at: Fraction(math.comb(hits, at) * math.comb(calls - hits, n_a - at), math.comb(calls, n_a))
        for at in range(max(0, hits - n_b), min(hits, n_a) + 1)
    }
    fewer = sum((chance for at, chance in chances.items() if at < hits_a), Fraction(0)) + chances[hits_a] / 2
    expected = min(1.0, 2 * float(min(fewer, 1 - fewer)))
    assert compare_shares(hits_a, n_a, hits_b, n_b) == pytest.approx(expected, rel=1e-9)


def test_shares_of_millions_of_calls_are_compared_as_the_normal_distribution_does() -> None:
    n, hits_a, hits_b = 3_000_000, 30_300, 30_000
    p = (hits_a + hits_b) / (2 * n)
    z = (hits_a - hits_b) / n / math.sqrt(p * (1 - p) * 2 / n)
    assert compare_shares(hits_a, n, hits_b, n) == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-2)


def test_p_values_are_corrected_as_in_the_paper() -> None:
    """The fifteen of Benjamini and Hochberg 1995: at 5 % four are kept, p(4) = 0.0095 * 15 / 4."""
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    corrected = correct(p)
    assert corrected[3] == pytest.approx(0.0095 * 15 / 4)
    assert sum(value < 0.05 for value in corrected) == 4
    assert corrected == sorted(corrected)
    assert correct(p[::-1]) == corrected[::-1]
    assert correct([]) == []


def test_a_corrected_p_value_is_never_above_that_of_a_larger_one() -> None:
    assert correct([0.04, 0.03, 0.05]) == pytest.approx([0.05, 0.05, 0.05])
