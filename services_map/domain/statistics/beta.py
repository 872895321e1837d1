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
_HALF_LOG_2_PI: Final = math.log(2 * math.pi) / 2


def beta_share(x: float, a: float, b: float) -> float:
    """P(X <= x) of the beta distribution: the regularised incomplete beta function. a, b >= 0.1."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    return _Density(a, b).share_below(math.log(x * b) - math.log((1 - x) * a))


def beta_quantile(share: float, a: float, b: float) -> float:
    """The x with P(X <= x) = share, 0 < share < 1, to seven digits. a, b >= 0.1."""
    density = _Density(a, b)
    low, high = density.low, density.high
    z = NormalDist().inv_cdf(share)
    skew = (1 / b - 1 / a) * (1 / 2 + (z * z - 1) / 6)
    distance = density.sigma * z + skew
    for _ in range(_MOST_STEPS):
        distance = distance if low < distance < high else (low + high) / 2
        error = density.share_below(distance) - share
        low, high = (low, distance) if error > 0 else (distance, high)
        step = error / max(density.at(distance), 1e-300)
        distance -= step
        if abs(step) < 1e-5 * density.sigma or high - low < 1e-12 * density.sigma:
            break
    return a / (a + b * math.exp(-distance))


def binomial_share(successes: int, tries: int, chance: float) -> float:
    """P(X <= successes) in so many tries."""
    if successes < 0 or successes >= tries:
        return float(successes >= tries)
    return beta_share(1 - chance, tries - successes, successes + 1)


@lru_cache(maxsize=8_192)
def binomial_quantile(share: float, tries: int, chance: float) -> int:
    """The smallest number of successes k with P(X <= k) >= share; 0 < share, chance < 1."""
    found = _guess(share, tries, chance)
    reached = binomial_share(found, tries, chance)
    while reached < share:
        found += 1
        reached += _binomial_chance(found, tries, chance)
    while found > 0 and (below := reached - _binomial_chance(found, tries, chance)) >= share:
        found, reached = found - 1, below
    return found


def _guess(share: float, tries: int, chance: float) -> int:
    """By the first terms of Cornish and Fisher: rarely more than one off."""
    z = NormalDist().inv_cdf(share)
    spread = math.sqrt(tries * chance * (1 - chance))
    guess = tries * chance + z * spread + (1 - 2 * chance) * (z * z - 1) / 6
    return min(tries, max(0, math.floor(guess + 0.5)))


def _binomial_chance(k: int, n: int, chance: float) -> float:
    """P(X = k) by Loader's saddle point, which is exact: its powers do not cancel each other."""
    if k in (0, n):
        return chance**n if k else (1 - chance) ** n
    mean, off = n * chance, k - n * chance
    deviance = k * math.log1p(off / mean) + (n - k) * math.log1p(-off / (n - mean))
    rest = _stirling_error(n) - _stirling_error(k) - _stirling_error(n - k)
    return math.exp(rest - deviance) * math.sqrt(n / (2 * math.pi * k * (n - k)))


def _stirling_error(x: float) -> float:
    """ln Γ(x + 1) less Stirling's formula x ln x - x + ln(2πx) / 2."""
    if x < 16:
        return math.lgamma(x + 1) - (x + 0.5) * math.log(x) + x - _HALF_LOG_2_PI
    square = x * x
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / x


class _Density:
    """The beta density over `distance`: log-odds from its peak, where x = a / (a + b)."""

    __slots__ = ("a", "b", "high", "low", "mean", "sigma", "total")

    def __init__(self, a: float, b: float) -> None:
        self.a, self.b, self.mean = a, b, a / (a + b)
        self.sigma = math.sqrt(1 / a + 1 / b)
        self.low = -(_FAR_SIGMA * self.sigma + _FAR_TAIL / a)
        self.high = _FAR_SIGMA * self.sigma + _FAR_TAIL / b
        # The area below a peak of 1: the beta function, without the powers that would cancel each other.
        error = _stirling_error(a) + _stirling_error(b) - _stirling_error(a + b)
        self.total = math.sqrt(2 * math.pi) * self.sigma * math.exp(error)

    def share_below(self, distance: float) -> float:
        if not self.low < distance < self.high:
            return float(distance > 0)
        if distance <= 0:
            return self._sum(self.low, distance) / self.total
        return 1 - self._sum(distance, self.high) / self.total

    def at(self, distance: float) -> float:
        rest = 1 - self.mean
        log = self.a * math.log1p(rest * math.expm1(-distance)) + self.b * math.log1p(self.mean * math.expm1(distance))
        return math.exp(-log) / self.total

    def _sum(self, low: float, high: float) -> float:
        half = (high - low) / 2
        at = low + half + half * _NODES
        log = self.a * np.log1p((1 - self.mean) * np.expm1(-at)) + self.b * np.log1p(self.mean * np.expm1(at))
        return float(half * (_WEIGHTS @ np.exp(-log)))
