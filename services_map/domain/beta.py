"""The beta and the binomial distribution: shares, ranks and their quantiles, for counts of any size.

The beta density is integrated over the log-odds ln(x / (1 - x)), where it has one smooth peak and falls at least like
an exponential: a fixed number of Gauss-Legendre points does for ten spans and for ten thousand million.
"""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
#: Beyond so many standard deviations, or so many times the slope of an exponential tail, nothing is left to sum.
_FAR_SIGMA: Final = 8.0
_FAR_TAIL: Final = 30.0
_MOST_STEPS: Final = 100


def beta_share(x: float, a: float, b: float) -> float:
    """P(X <= x) of the beta distribution: the regularised incomplete beta function. a, b >= 0.1."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    density = _Density(a, b)
    distance = math.log(x * b) - math.log((1 - x) * a)
    if not density.low < distance < density.high:
        return float(distance > 0)
    below = density.sum(density.low, distance)
    return below / (below + density.sum(distance, density.high))


def beta_quantile(share: float, a: float, b: float) -> float:
    """The x with P(X <= x) = share, 0 < share < 1, to nine digits. a, b >= 0.1."""
    density = _Density(a, b)
    low, high = density.low, density.high
    total = density.sum(low, 0.0) + density.sum(0.0, high)
    distance = NormalDist().inv_cdf(share) * density.sigma
    for _ in range(_MOST_STEPS):
        distance = distance if low < distance < high else (low + high) / 2
        error = density.sum(density.low, distance) / total - share
        low, high = (low, distance) if error > 0 else (distance, high)
        step = error * total / max(density.at(distance), 1e-300)
        distance -= step
        if abs(step) < 1e-11 * density.sigma or high - low < 1e-13 * density.sigma:
            break
    return a / (a + b * math.exp(-distance))


def binomial_share(successes: int, tries: int, chance: float) -> float:
    """P(X <= successes) in so many tries."""
    if successes < 0 or successes >= tries:
        return float(successes >= tries)
    return beta_share(1 - chance, tries - successes, successes + 1)


@lru_cache(maxsize=8_192)
def binomial_quantile(share: float, tries: int, chance: float) -> int:
    """The smallest number of successes k with P(X <= k) >= share; 0 < chance < 1."""
    found = _guess(share, tries, chance)
    while found > 0 and binomial_share(found - 1, tries, chance) >= share:
        found -= 1
    while binomial_share(found, tries, chance) < share:
        found += 1
    return found


def _guess(share: float, tries: int, chance: float) -> int:
    """By the first terms of Cornish and Fisher: rarely more than one off."""
    z = NormalDist().inv_cdf(share)
    spread = math.sqrt(tries * chance * (1 - chance))
    guess = tries * chance + z * spread + (1 - 2 * chance) * (z * z - 1) / 6
    return min(tries, max(0, math.floor(guess + 0.5)))


class _Density:
    """The beta density over `distance`: log-odds from its peak, where x = a / (a + b). Not normed: 1 at the peak."""

    __slots__ = ("a", "b", "high", "low", "mean", "sigma")

    def __init__(self, a: float, b: float) -> None:
        self.a, self.b, self.mean = a, b, a / (a + b)
        self.sigma = math.sqrt(1 / a + 1 / b)
        self.low = -(_FAR_SIGMA * self.sigma + _FAR_TAIL / a)
        self.high = _FAR_SIGMA * self.sigma + _FAR_TAIL / b

    def at(self, distance: float) -> float:
        rest = 1 - self.mean
        log = self.a * math.log1p(rest * math.expm1(-distance)) + self.b * math.log1p(self.mean * math.expm1(distance))
        return math.exp(-log)

    def sum(self, low: float, high: float) -> float:
        half = (high - low) / 2
        at = low + half + half * _NODES
        log = self.a * np.log1p((1 - self.mean) * np.expm1(-at)) + self.b * np.log1p(self.mean * np.expm1(at))
        return float(half * (_WEIGHTS @ np.exp(-log)))
