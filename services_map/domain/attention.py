"""Which services a person should look at first: what is surely worse than in the window before, the worst on top.

A score is the sum of

* errors: the lower bound of the share of calls that fail (Wilson), plus 10 times the lower bound of how much that share
  rose (Newcombe): 1 for a share that surely rose by almost 10 percentage points, or that has long been near 100 %;
* slowness: the logarithm, base 2, of the lower bound of p95 over the upper bound of p95 before: 1 where p95 surely
  doubled. A millisecond is added to both, so that hardly anything is made of what is fast anyway;
* silence: 1 for what was called LEAST_BEFORE times before, and not once now.

The first two are taken times n / (n + 20) for n calls, and bounds hold in 95 of 100 windows. Of few calls they are
wide, so that these count little: one call that fails scores less than a thousand of which 2 % do. What got better
counts nothing.
"""

import math
from dataclasses import dataclass
from typing import Final

from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.intervals import effective_count, error_share, newcombe, percentile_interval
from services_map.domain.summary import Figures

RISE_WEIGHT: Final = 10.0
FAST_NS: Final = 1_000_000
#: With so many calls everything counts half.
FEW_CALLS: Final = 20
#: With fewer calls before, that there is none now may be chance.
LEAST_BEFORE: Final = 20
#: From here on a person is asked to look.
NEEDS_ATTENTION: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What a score is made of; each 0 or more."""

    errors: float = 0.0
    slowness: float = 0.0
    silence: float = 0.0

    @property
    def score(self) -> float:
        return self.errors + self.slowness + self.silence

    @property
    def is_needed(self) -> bool:
        return self.score >= NEEDS_ATTENTION


def judge(now: Figures, before: Figures) -> Attention:
    """How much one service (or operation) needs attention."""
    if not now.count:
        return Attention(silence=float(before.count >= LEAST_BEFORE))
    known = effective_count(now.durations)
    known /= known + FEW_CALLS
    return Attention(errors=known * _errors(now, before), slowness=known * _slowness(now.durations, before.durations))


def _errors(now: Figures, before: Figures) -> float:
    share = error_share(now.durations, now.failed)
    if share is None or not share.value:
        return 0.0
    share_before = error_share(before.durations, before.failed)
    rise = newcombe(share, share_before).low if share_before else 0.0
    return share.low + RISE_WEIGHT * max(0.0, rise)


def _slowness(now: Histogram, before: Histogram) -> float:
    """0 where the spans of either window are too few to bound it."""
    ours, theirs = percentile_interval(now, 0.95), percentile_interval(before, 0.95)
    if ours is None or theirs is None or theirs.high_ns is None or ours.low_ns <= theirs.high_ns:
        return 0.0
    return math.log2((ours.low_ns + FAST_NS) / (theirs.high_ns + FAST_NS))
