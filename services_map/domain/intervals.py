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
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services_map.domain.beta import beta_quantile, binomial_quantile
from services_map.domain.buckets import BUCKETS, lower_ns, upper_ns
from services_map.domain.histogram import Histogram

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
    value_ns, interval = histogram.percentile_ns(share), percentile_interval(histogram, share)
    return None if value_ns is None or interval is None else Percentile(value_ns=value_ns, interval=interval)


def percentile_interval(histogram: Histogram, share: float) -> Interval | None:
    """Where the percentile `share` (0.95) of all calls like these lies; None of nothing.

    From the lower edge of one bucket to the upper edge of another. Closed above from 6 spans on for p50, 72 for p95
    and 368 for p99.
    """
    if not histogram.count:
        return None
    if histogram.is_weighted:
        return _weighted_interval(histogram, share)
    n = histogram.count
    low, high = binomial_quantile(TAIL, n, share), binomial_quantile(1 - TAIL, n, share) + 1
    reached = np.cumsum(histogram.counts)
    return Interval(
        low_ns=lower_ns(_bucket(reached, low)) if low else 0,
        high_ns=upper_ns(_bucket(reached, high)) if high <= n else None,
    )


def _weighted_interval(histogram: Histogram, share: float) -> Interval:
    """Clopper and Pearson's bounds of the share, with effective spans, looked up among the weights."""
    n = effective_spans(histogram, share)
    known = share * n
    reached = np.cumsum(histogram.weights) / histogram.weight
    has_low, has_high = (1 - share) ** n <= TAIL, share**n <= TAIL
    low = beta_quantile(TAIL, known, n - known + 1) if has_low else 0.0
    high = beta_quantile(1 - TAIL, known + 1, n - known) if has_high else 1.0
    return Interval(
        low_ns=lower_ns(_bucket(reached, low)) if has_low else 0,
        high_ns=upper_ns(_bucket(reached, high)) if has_high else None,
        is_reliable=n >= LEAST_EFFECTIVE,
    )


def _bucket(reached: NDArray[np.int64] | NDArray[np.float64], rank: float) -> int:
    return min(int(np.searchsorted(reached, rank, side="left")), BUCKETS - 1)


def effective_spans(histogram: Histogram, share: float) -> float:
    """How many plain spans would know as much about this percentile: p(1 - p) / se² of the share below it.

    The spans of a bucket are taken to weigh the same, and the bucket of the percentile is split where `share` is met.
    """
    total = histogram.weight
    reached = np.cumsum(histogram.weights)
    at = _bucket(reached, share * total * (1 - 1e-12))
    squares = _squares(histogram)
    split = (share * total - (reached[at] - histogram.weights[at])) / histogram.weights[at]
    below = squares[:at].sum() + split * squares[at]
    variance = (1 - share) ** 2 * below + share**2 * (squares.sum() - below)
    return float(share * (1 - share) * total**2 / variance)


def effective_count(histogram: Histogram) -> float:
    """Kish's: how many spans of equal weight the whole is worth; 0 of nothing."""
    return histogram.weight**2 / float(_squares(histogram).sum()) if histogram.count else 0.0


def _squares(histogram: Histogram) -> NDArray[np.float64]:
    """The sum of squared weights by bucket."""
    return histogram.weights**2 / np.maximum(histogram.counts, 1)


def error_share(everything: Histogram, failed: Histogram) -> Estimate | None:
    """The share of calls that failed, by Wilson; None of nothing. `failed` is part of `everything`."""
    if not everything.count:
        return None
    share = min(1.0, failed.weight / everything.weight)
    return wilson(share, effective_calls(everything, failed))


def effective_calls(everything: Histogram, failed: Histogram) -> float:
    """As for a percentile, with "failed" in the place of "below"; Kish's where none failed, or all."""
    kept = Histogram(everything.counts - failed.counts, everything.weights - failed.weights)
    if not failed.count or not kept.count:
        return effective_count(everything)
    share = failed.weight / everything.weight
    variance = (1 - share) ** 2 * _squares(failed).sum() + share**2 * _squares(kept).sum()
    return float(share * (1 - share) * everything.weight**2 / variance)


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
    seen = effective_count(histogram)
    scale = (histogram.weight / seen if seen else 1.0) / seconds
    return Estimate(value=histogram.weight / seconds, low=_byar(seen, -Z) * scale, high=_byar(seen + 1, Z) * scale)


def _byar(count: float, z: float) -> float:
    return max(0.0, count * (1 - 1 / (9 * count) + z / (3 * math.sqrt(count))) ** 3) if count else 0.0


def rate_ratio(a: Histogram, a_seconds: float, b: Histogram, b_seconds: float) -> Estimate | None:
    """How many times as many calls a second as in b: exact given the sum of both; None where b had none."""
    seen_a, seen_b = effective_count(a), effective_count(b)
    if not seen_b:
        return None
    scale = (a.weight / seen_a if seen_a else 1.0) / a_seconds / (b.weight / seen_b / b_seconds)
    low = beta_quantile(TAIL, seen_a, seen_b + 1) if seen_a else 0.0
    high = beta_quantile(1 - TAIL, seen_a + 1, seen_b)
    return Estimate(
        value=a.weight / a_seconds / (b.weight / b_seconds), low=low / (1 - low) * scale, high=high / (1 - high) * scale
    )
