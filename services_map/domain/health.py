"""How well calls go: what the dependency map marks, and from which numbers on. Its legend says the same numbers."""

from typing import Final

import numpy as np

from services_map.domain.buckets import UPPER_NS
from services_map.domain.summary import Figures

#: Shares of calls that failed: more than this is a warning, more than that is bad.
WARN_ERROR_SHARE: Final = 0.01
BAD_ERROR_SHARE: Final = 0.05
#: How many times the p95 of the time before: from here on calls have become slower, from there on much slower.
SLOWER: Final = 1.5
MUCH_SLOWER: Final = 3.0
#: The p95 of fewer calls says little: nothing is compared.
FEWEST_CALLS: Final = 20
#: A call is slow that takes longer than so many times the p95 of the time before.
SLOW_CALL: Final = 2.0


def compare_p95(figures: Figures, before: Figures) -> float | None:
    """How many times as long the p95 is as before; None where either has fewer than FEWEST_CALLS."""
    if min(figures.count, before.count) < FEWEST_CALLS:
        return None
    now_ns, then_ns = figures.p95_ns, before.p95_ns
    return now_ns / then_ns if now_ns is not None and then_ns else None


def share_of_slow(figures: Figures, before: Figures) -> float:
    """The share of calls, 0 to 1, that did not fail and took longer than SLOW_CALL times the p95 of the time before."""
    if before.count < FEWEST_CALLS or not figures.weight or before.p95_ns is None:
        return 0.0
    first = int(np.searchsorted(UPPER_NS, before.p95_ns * SLOW_CALL, side="left")) + 1
    slow = figures.durations.weights[first:].sum() - figures.failed.weights[first:].sum()
    return float(slow) / figures.weight


def is_unhealthy(figures: Figures, before: Figures) -> bool:
    """Whether a map marks it: too many calls fail, or they take longer than before."""
    ratio = compare_p95(figures, before)
    return (figures.error_share or 0.0) > WARN_ERROR_SHARE or (ratio is not None and ratio >= SLOWER)
