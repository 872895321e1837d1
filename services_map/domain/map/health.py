"""Whether calls fail or got slower: against their own window before where there is one, else in absolute terms.

* Errors: SOME where surely more than 1 % fail, MANY where surely more than 5 % do (Wilson). Where at least LEAST_CALLS
  were seen in the window before, the share must surely have grown since, too (Newcombe): what always fails a little is
  what its owners know.
* Slower: p95 is surely above that of the window before (order statistics), and at least LEAST_SLOWDOWN times and
  LEAST_SLOWER_NS longer. What has no window before is never called slow: there is nothing to be slow against.

"Surely" is in 95 of 100 windows; and nothing is said of fewer than LEAST_CALLS. All counts are of spans that are kept,
not of what they stand for.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.intervals import error_share, newcombe, percentile_interval
from services_map.domain.summary import Figures

LEAST_CALLS: Final = 20
SOME_SHARE: Final = 0.01
MANY_SHARE: Final = 0.05
LEAST_SLOWDOWN: Final = 1.5
LEAST_SLOWER_NS: Final = 1_000_000
#: Widths of lines, in pixels: one more for each three doublings of calls a second.
MAX_WIDTH: Final = 5
_DOUBLINGS_A_WIDTH: Final = 3


class Errors(IntEnum):
    """How much of the calls fails."""

    FEW = 0
    #: More than 1 %.
    SOME = 1
    #: More than 5 %.
    MANY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`slowdown` is p95 now over p95 before where it surely grew, else None. `has_history`: judged against before."""

    errors: Errors
    slowdown: float | None
    has_history: bool

    @property
    def is_unhealthy(self) -> bool:
        return self.errors != Errors.FEW or self.slowdown is not None


def judge(figures: Figures, before: Figures) -> Health:
    """The health of calls in a window, `before` being the same calls in the window before."""
    has_history = before.count >= LEAST_CALLS
    if figures.count < LEAST_CALLS:
        return Health(errors=Errors.FEW, slowdown=None, has_history=has_history)
    return Health(
        errors=_errors(figures, before, has_history=has_history),
        slowdown=_slowdown(figures, before) if has_history else None,
        has_history=has_history,
    )


def width(rate: float) -> int:
    """Of a line, in pixels: 1 below a call a second, 2 below 8, 3 below 64, 4 below 512, else 5."""
    if rate < 1:
        return 1
    return min(MAX_WIDTH, 2 + int(math.log2(rate)) // _DOUBLINGS_A_WIDTH)


def _errors(figures: Figures, before: Figures, *, has_history: bool) -> Errors:
    if (figures.error_share or 0) <= SOME_SHARE:
        return Errors.FEW
    share = error_share(figures.durations, figures.failed)
    if share is None or share.low <= SOME_SHARE:
        return Errors.FEW
    share_before = error_share(before.durations, before.failed) if has_history else None
    if share_before is not None and newcombe(share, share_before).low <= 0:
        return Errors.FEW
    return Errors.MANY if share.low > MANY_SHARE else Errors.SOME


def _slowdown(figures: Figures, before: Figures) -> float | None:
    now_ns, then_ns = figures.p95_ns, before.p95_ns
    if now_ns is None or then_ns is None or now_ns - then_ns < LEAST_SLOWER_NS or now_ns < LEAST_SLOWDOWN * then_ns:
        return None
    return now_ns / max(then_ns, 1.0) if _is_above(figures.durations, before.durations) else None


def _is_above(now: Histogram, before: Histogram) -> bool:
    ours, theirs = percentile_interval(now, 0.95), percentile_interval(before, 0.95)
    if ours is None or theirs is None or theirs.high_ns is None:
        return False
    return ours.low_ns > theirs.high_ns
