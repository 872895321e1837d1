"""How often chance alone would part two groups of calls as far as they are apart. Two-sided.

Durations by Mann and Whitney's test on buckets, error shares by Fisher's with mid-p, which holds also where one group
is small and errors are rare. Both take sampled spans for as many as they know.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.intervals import effective_count


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTest:
    """`theta`: how often a call of A is slower than one of B, out of 1; equal ones count half, so 0.5 is no difference.

    `p_value`: how often chance alone would part two equal groups at least as far, on either side.
    """

    theta: float
    p_value: float


def compare_ranks(a: Histogram, b: Histogram) -> RankTest | None:
    """Durations of one bucket are equal. Sampled spans count as much as they know: None where either has no spans."""
    worth_a, worth_b = effective_count(a), effective_count(b)
    if not worth_a or not worth_b:
        return None
    used = np.flatnonzero(a.weights + b.weights)
    # Weights, scaled so that their sum is the effective number of spans.
    return _mann_whitney(_scale(a.weights[used], worth_a), _scale(b.weights[used], worth_b))


def _scale(weights: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    return weights * float(total / weights.sum())


def _mann_whitney(a: NDArray[np.float64], b: NDArray[np.float64]) -> RankTest:
    n_a, n_b = float(a.sum()), float(b.sum())
    n, tied = n_a + n_b, a + b
    wins = float(a @ (np.cumsum(b) - b / 2))
    ties = float(np.maximum(tied**3 - tied, 0).sum())
    # Fewer than two spans in effect: every order is as likely as another.
    variance = n_a * n_b / 12 * (n + 1 - ties / (n * (n - 1))) if n > 1 else 0.0
    z = (wins - n_a * n_b / 2) / math.sqrt(variance) if variance > 1e-9 * n_a * n_b else 0.0
    return RankTest(theta=wins / (n_a * n_b), p_value=math.erfc(abs(z) / math.sqrt(2)))


def compare_shares(hits_a: float, n_a: float, hits_b: float, n_b: float) -> float:
    """The p value of two error shares; numbers of sampled spans in effect are rounded."""
    hits, first, all_calls = round(hits_a) + round(hits_b), round(n_a), round(n_a) + round(n_b)
    at, chances = _hypergeometric(all_calls, hits, first)
    seen = chances[at == round(hits_a)].sum()
    fewer = chances[at < round(hits_a)].sum()
    return min(1.0, 2 * float(min(fewer, 1 - fewer - seen) + seen / 2))


def _hypergeometric(calls: int, hits: int, drawn: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How likely each number of hits is among those drawn; what is 12 standard deviations away is left out."""
    mean = hits * drawn / calls
    far = 12 * math.sqrt(mean * (1 - hits / calls) * (1 - drawn / calls)) + 30
    low, high = max(0, hits - (calls - drawn), math.floor(mean - far)), min(hits, drawn, math.ceil(mean + far))
    at = np.arange(low, high + 1, dtype=np.float64)
    step = at[:-1]
    up = np.log((hits - step) * (drawn - step)) - np.log((step + 1) * (calls - hits - drawn + step + 1))
    logs = np.concatenate(([0.0], np.cumsum(up)))
    chances = np.exp(logs - logs.max())
    return at, chances / chances.sum()


def correct(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's p values: each times how many there are, divided by its rank, made monotone."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at], reverse=True)
    corrected, least = [1.0] * len(p_values), 1.0
    for place, at in enumerate(order):
        least = min(least, p_values[at] * len(p_values) / (len(p_values) - place))
        corrected[at] = least
    return corrected
