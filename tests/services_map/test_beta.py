"""The beta and the binomial distribution, against sums of fractions."""

import math
from fractions import Fraction

import pytest

from services_map.domain.statistics.beta import beta_quantile, beta_share, binomial_quantile, binomial_share

CHANCES = [Fraction(1, 1_000), Fraction(1, 2), Fraction(3, 4), Fraction(9, 10), Fraction(19, 20), Fraction(99, 100)]


def sum_exactly(tries: int, chance: Fraction) -> list[float]:
    """P(X <= k) for every k."""
    reached, shares = Fraction(0), []
    for k in range(tries + 1):
        reached += math.comb(tries, k) * chance**k * (1 - chance) ** (tries - k)
        shares.append(float(reached))
    return shares


@pytest.mark.parametrize("chance", CHANCES)
@pytest.mark.parametrize("tries", [1, 2, 5, 20, 72, 368])
def test_binomial_shares_are_those_of_the_exact_sum(tries: int, chance: Fraction) -> None:
    exact = sum_exactly(tries, chance)
    found = [binomial_share(k, tries, float(chance)) for k in range(tries + 1)]
    assert found == pytest.approx(exact, abs=1e-10)


@pytest.mark.parametrize("chance", CHANCES)
@pytest.mark.parametrize("tries", [*range(1, 41), 72, 367, 368, 400])
def test_binomial_quantiles_are_those_of_the_exact_sum(tries: int, chance: Fraction) -> None:
    exact = sum_exactly(tries, chance)
    for share in (0.025, 0.3, 0.975):
        expected = next(k for k, reached in enumerate(exact) if reached >= share)
        assert binomial_quantile(share, tries, float(chance)) == expected


@pytest.mark.parametrize("tries", [10**4, 10**6, 10**8, 10**10])
@pytest.mark.parametrize("chance", [0.5, 0.95, 0.99])
def test_quantiles_of_millions_of_tries_lie_where_the_normal_distribution_says(tries: int, chance: float) -> None:
    spread = math.sqrt(tries * chance * (1 - chance))
    for share, z in ((0.025, -1.959964), (0.975, 1.959964)):
        found = binomial_quantile(share, tries, chance)
        assert found == pytest.approx(tries * chance + z * spread, abs=2 + spread * 1e-5)
        assert binomial_share(found - 1, tries, chance) < share <= binomial_share(found, tries, chance)


def test_nothing_is_below_zero_successes_and_everything_below_all() -> None:
    assert binomial_share(-1, 5, 0.5) == 0.0
    assert binomial_share(5, 5, 0.5) == 1.0
    assert (beta_share(0.0, 2, 3), beta_share(1.0, 2, 3)) == (0.0, 1.0)
    assert (beta_share(1e-300, 200, 3), beta_share(1 - 1e-16, 2, 300)) == (0.0, 1.0)


@pytest.mark.parametrize("b", [1, 2, 50, 1e6])
@pytest.mark.parametrize("share", [0.025, 0.5, 0.975])
def test_beta_quantiles_have_a_closed_form_where_a_parameter_is_1(b: float, share: float) -> None:
    """P(X <= x) = 1 - (1 - x)^b for a = 1, and x^b the other way round."""
    assert beta_quantile(share, 1, b) == pytest.approx(-math.expm1(math.log1p(-share) / b), rel=1e-9)
    assert beta_quantile(share, b, 1) == pytest.approx(share ** (1 / b), rel=1e-9)


@pytest.mark.parametrize(("a", "b"), [(0.3, 0.7), (2.5, 97.25), (95_000.5, 5_001.5), (3, 1e9)])
def test_a_beta_quantile_is_where_its_share_is_reached(a: float, b: float) -> None:
    for share in (0.025, 0.3, 0.975):
        assert beta_share(beta_quantile(share, a, b), a, b) == pytest.approx(share, abs=1e-6)
