"""How far a figure may be off by chance: intervals that hold the true value in 95 of 100 windows, or more.

Percentiles: order statistics, which suppose nothing about the shape of durations; of sampled spans Woodruff's interval
(https://doi.org/10.1080/01621459.1952.10483443) with the number of plain spans that would know as much. Shares: Wilson,
and Newcombe's tenth method for a difference (https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).
Rates: Byar's and, for a ratio, the exact binomial given the sum.

All of them take spans as independent. Spans of one trace are not quite: where an operation runs many times in a trace,
the truth may be further off.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services_map.domain.latency.buckets import BUCKETS, MIDDLE_NS, lower_ns, upper_ns
from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.beta import beta_quantile, binomial_quantile

CONFIDENCE: Final = 0.95
TAIL: Final = (1 - CONFIDENCE) / 2
#: The normal distribution's quantile of 1 - TAIL.
Z: Final = 1.959963984540054
#: Of sampled spans: with the knowledge of fewer plain ones an interval may be too narrow.
LEAST_EFFECTIVE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Of a duration, in nanoseconds, both ends included.

    `high_ns` is None where the spans are too few to bound it from above; `low_ns` is 0 where they are too few to bound
    it from below. Not `is_reliable`: the spans are sampled, and too few for their interval to be wide enough.
    """

    low_ns: int
    high_ns: int | None
    is_reliable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentile:
    """A percentile as it was seen, within 1 %, and where that of all calls like these lies."""

    value_ns: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share, a rate, a ratio or a difference; `high` is math.inf where the spans are too few to bound it."""

    value: float
    low: float
    high: float


def read_percentile(histogram: Histogram, share: float) -> Percentile | None:
    """The percentile `share` (0.95) with its interval; None of nothing."""
    interval = percentile_interval(histogram, share)
    if interval is None:
        return None
    return Percentile(value_ns=float(MIDDLE_NS[_sum_up(histogram).bucket_at(share)]), interval=interval)


def percentile_interval(histogram: Histogram, share: float) -> Interval | None:
    """Where the percentile `share` (0.95) of all calls like these lies; None of nothing.

    From the lower edge of one bucket to the upper edge of another. Closed above from 6 spans on for p50, 72 for p95
    and 368 for p99.
    """
    sums = _sum_up(histogram)
    if not sums.count:
        return None
    if sums.is_weighted:
        return _weighted_interval(histogram, share)
    n = sums.count
    low, high = binomial_quantile(TAIL, n, share), binomial_quantile(1 - TAIL, n, share) + 1
    return Interval(
        low_ns=lower_ns(sums.bucket_of(low)) if low else 0,
        high_ns=upper_ns(sums.bucket_of(high)) if high <= n else None,
    )


def _weighted_interval(histogram: Histogram, share: float) -> Interval:
    """Clopper and Pearson's bounds of the share, with effective spans, looked up among the weights."""
    n, sums = effective_spans(histogram, share), _sum_up(histogram)
    known = share * n
    low_ns, high_ns = 0, None
    if (1 - share) ** n <= TAIL:
        low_ns = lower_ns(sums.bucket_of(beta_quantile(TAIL, known, n - known + 1) * sums.weight))
    if share**n <= TAIL:
        high_ns = upper_ns(sums.bucket_of(beta_quantile(1 - TAIL, known + 1, n - known) * sums.weight))
    return Interval(low_ns=low_ns, high_ns=high_ns, is_reliable=n >= LEAST_EFFECTIVE)


def effective_spans(histogram: Histogram, share: float) -> float:
    """How many plain spans would know as much about this percentile: p(1 - p) / se² of the share below it.

    The spans of a bucket are taken to weigh the same, and the bucket of the percentile is split where `share` is met.
    """
    sums = _sum_up(histogram)
    at = sums.bucket_at(share)
    here = float(histogram.weights[at])
    part = (share * sums.weight - (float(sums.reached[at]) - here)) / here
    below = float(sums.squares[:at].sum()) + part * float(sums.squares[at])
    variance = (1 - share) ** 2 * below + share**2 * (sums.square - below)
    return share * (1 - share) * sums.weight**2 / variance


def effective_count(histogram: Histogram) -> float:
    """Kish's: how many spans of equal weight the whole is worth; 0 of nothing."""
    sums = _sum_up(histogram)
    return sums.weight**2 / sums.square if sums.count else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Of a histogram: its weights summed up to each bucket, and the squares of its spans' weights by bucket."""

    count: int
    weight: float
    square: float
    is_weighted: bool
    reached: NDArray[np.float64]
    squares: NDArray[np.float64]

    def bucket_of(self, rank: float) -> int:
        return min(int(np.searchsorted(self.reached, rank, side="left")), BUCKETS - 1)

    def bucket_at(self, share: float) -> int:
        """As Histogram.percentile_ns finds it."""
        return self.bucket_of(share * self.weight * (1 - 1e-12))


# A comparison asks ten questions of each histogram, and a histogram never changes once it is made.
@lru_cache(maxsize=16)
def _sum_up(histogram: Histogram) -> _Sums:
    reached = np.cumsum(histogram.weights)
    squares = histogram.weights**2 / np.maximum(histogram.counts, 1)
    weight, is_weighted = float(reached[-1]), histogram.is_weighted
    return _Sums(histogram.count, weight, float(squares.sum()), is_weighted, reached, squares)


def error_share(everything: Histogram, failed: Histogram) -> Estimate | None:
    """The share of calls that failed, by Wilson; None of nothing. `failed` is part of `everything`."""
    share = failed_share(everything, failed)
    return None if share is None else wilson(share, effective_calls(everything, failed))


def failed_share(everything: Histogram, failed: Histogram) -> float | None:
    """The share of calls that failed; None of nothing."""
    weight = _sum_up(everything).weight
    return min(1.0, _sum_up(failed).weight / weight) if weight else None


def effective_calls(everything: Histogram, failed: Histogram) -> float:
    """As for a percentile, with "failed" in the place of "below"; Kish's where none failed, or all."""
    whole, bad = _sum_up(everything), _sum_up(failed)
    if not whole.is_weighted or bad.count in (0, whole.count):
        return effective_count(everything)
    share = bad.weight / whole.weight
    kept = Histogram(everything.counts - failed.counts, everything.weights - failed.weights)
    variance = (1 - share) ** 2 * bad.square + share**2 * _sum_up(kept).square
    return share * (1 - share) * whole.weight**2 / variance


def wilson(share: float, n: float) -> Estimate:
    """The interval of a share seen in `n` tries, which need not be whole."""
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return Estimate(
        value=share,
        low=max(0.0, middle - half) if share > 0 else 0.0,
        high=min(1.0, middle + half) if share < 1 else 1.0,
    )


def newcombe(a: Estimate, b: Estimate) -> Estimate:
    """The difference a - b of two shares that came with Wilson's intervals."""
    difference = a.value - b.value
    return Estimate(
        value=difference,
        low=difference - math.hypot(a.value - a.low, b.high - b.value),
        high=difference + math.hypot(a.high - a.value, b.value - b.low),
    )


def rate(histogram: Histogram, seconds: float) -> Estimate:
    """Calls a second, if calls came by chance and at an even pace. `seconds` > 0."""
    seen, weight = effective_count(histogram), _sum_up(histogram).weight
    scale = (weight / seen if seen else 1.0) / seconds
    return Estimate(value=weight / seconds, low=byar(seen, -Z) * scale, high=byar(seen + 1, Z) * scale)


def byar(count: float, z: float) -> float:
    """A bound of how many are expected of what came `count` times: from below for z < 0, from above with one more."""
    return max(0.0, count * (1 - 1 / (9 * count) + z / (3 * math.sqrt(count))) ** 3) if count else 0.0


def rate_ratio(a: Histogram, a_seconds: float, b: Histogram, b_seconds: float) -> Estimate | None:
    """How many times as many calls a second as in b: exact given the sum of both; None where b had none."""
    seen_a, seen_b = effective_count(a), effective_count(b)
    if not seen_b:
        return None
    weight_a, weight_b = _sum_up(a).weight, _sum_up(b).weight
    scale = (weight_a / seen_a if seen_a else 1.0) / a_seconds / (weight_b / seen_b / b_seconds)
    low = beta_quantile(TAIL, seen_a, seen_b + 1) if seen_a else 0.0
    high = beta_quantile(1 - TAIL, seen_a + 1, seen_b)
    value = weight_a / a_seconds / (weight_b / b_seconds)
    return Estimate(value=value, low=low / (1 - low) * scale, high=high / (1 - high) * scale)
