"""Two groups of calls beside each other: what differs by more than chance, and by enough to matter.

A verdict needs both. Chance: one of the rank test and the ratios of p50, p95 and p99 is below 5 % after Bonferroni's
correction for asking four times (and Benjamini and Hochberg's where many operations are compared at once), and the
interval of a percentile's ratio leaves 1 out. Size: that percentile differs by LEAST_CHANGE or more. A service with a
million calls an hour is hardly ever exactly as fast as before; that alone is not worth a sentence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.chance import RankTest, compare_ranks, compare_shares, correct
from services_map.domain.statistics.intervals import (
    LEAST_EFFECTIVE,
    Estimate,
    Percentile,
    Z,
    effective_calls,
    effective_count,
    error_share,
    failed_share,
    newcombe,
    rate,
    rate_ratio,
    read_percentile,
)

SHARES: Final = (0.5, 0.75, 0.9, 0.95, 0.99)
#: What a verdict is read from; the others are between them, and every question more makes each answer weaker.
JUDGED: Final = (0.5, 0.95, 0.99)
#: A percentile that differs by less is called the same: 5 %.
LEAST_CHANGE: Final = 1.05
#: Error shares that differ by less are called the same: 0.1 percentage points.
LEAST_DIFFERENCE: Final = 0.001
#: Fewer calls on either side allow no verdict: an interval of the median would span a factor of 2 or 3.
LEAST_SPANS: Final = 30
CHANCE: Final = 0.05


class Verdict(StrEnum):
    """Of A against B."""

    SLOWER = "slower"
    FASTER = "faster"
    #: Faster in one percentile, slower in another: a cache does that.
    MIXED = "mixed"
    NO_DIFFERENCE = "no difference"
    TOO_FEW = "too few"


class ErrorVerdict(StrEnum):
    """Of A against B."""

    MORE = "more"
    FEWER = "fewer"
    NO_DIFFERENCE = "no difference"
    TOO_FEW = "too few"


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One of the two groups: all calls, those of them that failed, and how many seconds they came in."""

    durations: Histogram
    failed: Histogram
    seconds: float

    @cached_property
    def is_enough(self) -> bool:
        """Whether there are spans enough for a verdict."""
        least = LEAST_EFFECTIVE if self.durations.is_weighted else LEAST_SPANS
        return effective_count(self.durations) >= least


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentileChange:
    """A percentile of both sides; None of a side without spans. `ratio` is A's to B's."""

    share: float
    a: Percentile | None
    b: Percentile | None
    ratio: Estimate | None

    @property
    def counts(self) -> bool:
        """Whether it differs by more than chance (on its own) and by enough."""
        ratio = self.ratio
        if ratio is None or ratio.low <= 1 <= ratio.high:
            return False
        return max(ratio.value, 1 / ratio.value) >= LEAST_CHANGE


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """A against B. P values are corrected for how often was asked."""

    a: Side
    b: Side
    percentiles: tuple[PercentileChange, ...]
    ranks: RankTest | None
    errors: tuple[Estimate | None, Estimate | None]
    error_difference: Estimate | None
    rates: tuple[Estimate, Estimate]
    rate_ratio: Estimate | None
    p_value: float
    error_p_value: float

    @property
    def is_enough(self) -> bool:
        """Whether there are spans enough for a verdict."""
        return self.a.is_enough and self.b.is_enough

    @cached_property
    def changes(self) -> tuple[PercentileChange, ...]:
        """The percentiles that a verdict rests on, the greatest change first."""
        if self.p_value >= CHANCE or not self.is_enough:
            return ()
        judged = (change for change in self.percentiles if change.share in JUDGED and change.counts)
        return tuple(sorted(judged, key=_size, reverse=True))

    @property
    def verdict(self) -> Verdict:
        if not self.is_enough:
            return Verdict.TOO_FEW
        slower = {_log_ratio(change) > 0 for change in self.changes}
        if len(slower) == 2:
            return Verdict.MIXED
        return Verdict.NO_DIFFERENCE if not slower else Verdict.SLOWER if slower.pop() else Verdict.FASTER

    @property
    def error_verdict(self) -> ErrorVerdict:
        found = self.error_difference
        if found is None or not self.is_enough:
            return ErrorVerdict.TOO_FEW
        if self.error_p_value >= CHANCE or found.low <= 0 <= found.high or abs(found.value) < LEAST_DIFFERENCE:
            return ErrorVerdict.NO_DIFFERENCE
        return ErrorVerdict.MORE if found.value > 0 else ErrorVerdict.FEWER

    @property
    def badness(self) -> float:
        """For putting the worst first: the logarithm of how much slower A is, and 1 for each point of errors."""
        slower = max((_log_ratio(change) for change in self.changes), default=0.0)
        difference = self.error_difference
        errors = difference.value if difference and self.error_verdict is ErrorVerdict.MORE else 0.0
        return slower + 100 * errors


def compare(a: Side, b: Side, shares: Sequence[float] = SHARES) -> Comparison:
    """Of two groups; `shares` has at least those of JUDGED."""
    percentiles = tuple(_compare_percentile(a.durations, b.durations, share) for share in shares)
    ranks = compare_ranks(a.durations, b.durations)
    errors = error_share(a.durations, a.failed), error_share(b.durations, b.failed)
    difference = newcombe(errors[0], errors[1]) if errors[0] and errors[1] else None
    return Comparison(
        a=a,
        b=b,
        percentiles=percentiles,
        ranks=ranks,
        errors=errors,
        error_difference=difference,
        rates=(rate(a.durations, a.seconds), rate(b.durations, b.seconds)),
        rate_ratio=rate_ratio(a.durations, a.seconds, b.durations, b.seconds),
        p_value=_combine(percentiles, ranks),
        error_p_value=_chance_of_errors(a, b),
    )


def compare_all(pairs: Sequence[tuple[Side, Side]]) -> list[Comparison]:
    """Many operations at once, in the order given: 5 in 100 of those with a verdict are wrong, not 5 in 100 of all."""
    found = [compare(a, b, JUDGED) for a, b in pairs]
    # Those with too few spans ask nothing, so that they weaken nobody's answer.
    asked = [item for item in found if item.is_enough]
    durations = dict(zip(map(id, asked), correct([item.p_value for item in asked]), strict=True))
    errors = dict(zip(map(id, asked), correct([item.error_p_value for item in asked]), strict=True))
    return [
        replace(item, p_value=durations.get(id(item), 1.0), error_p_value=errors.get(id(item), 1.0)) for item in found
    ]


def _compare_percentile(a: Histogram, b: Histogram, share: float) -> PercentileChange:
    of_a, of_b = read_percentile(a, share), read_percentile(b, share)
    ratio = percentile_ratio(of_a, of_b) if of_a and of_b else None
    return PercentileChange(share=share, a=of_a, b=of_b, ratio=ratio)


def percentile_ratio(a: Percentile, b: Percentile) -> Estimate | None:
    """By the distances to both intervals' ends, on a logarithmic scale (MOVER); None where one is 0 ns."""
    if not a.value_ns or not b.value_ns:
        return None
    middle = math.log(a.value_ns / b.value_ns)
    return Estimate(
        value=math.exp(middle),
        low=math.exp(middle - math.hypot(_below(a), _above(b))),
        high=math.exp(middle + math.hypot(_above(a), _below(b))),
    )


def _below(item: Percentile) -> float:
    return max(0.0, math.log(item.value_ns / item.interval.low_ns)) if item.interval.low_ns else math.inf


def _above(item: Percentile) -> float:
    return max(0.0, math.log(item.interval.high_ns / item.value_ns)) if item.interval.high_ns else math.inf


def _combine(percentiles: Sequence[PercentileChange], ranks: RankTest | None) -> float:
    asked = [_chance_of_ratio(change.ratio) for change in percentiles if change.share in JUDGED]
    asked.append(ranks.p_value if ranks else 1.0)
    return min(1.0, len(asked) * min(asked))


def _chance_of_ratio(ratio: Estimate | None) -> float:
    """From how many times its interval's half it is away from 1, as if that were a normal distribution's."""
    if ratio is None or ratio.value == 1:
        return 1.0
    middle = math.log(ratio.value)
    bound = ratio.low if middle > 0 else 1 / ratio.high
    half = math.log(max(ratio.value, 1 / ratio.value) / bound) if bound else math.inf
    return math.erfc(Z * abs(middle) / half / math.sqrt(2)) if half else 0.0


def _chance_of_errors(a: Side, b: Side) -> float:
    share_a, share_b = failed_share(a.durations, a.failed), failed_share(b.durations, b.failed)
    # Where neither has errors there is nothing to ask.
    if (not share_a and not share_b) or share_a is None or share_b is None:
        return 1.0
    n_a, n_b = effective_calls(a.durations, a.failed), effective_calls(b.durations, b.failed)
    return compare_shares(share_a * n_a, n_a, share_b * n_b, n_b)


def _log_ratio(change: PercentileChange) -> float:
    return math.log(change.ratio.value) if change.ratio else 0.0


def _size(change: PercentileChange) -> float:
    return abs(_log_ratio(change))
