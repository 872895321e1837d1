"""Windows that roll over a series: at each moment the calls of the time before it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from services_map.domain.latency.buckets import BUCKETS
from services_map.domain.latency.covering import NS, Piece
from services_map.domain.latency.histogram import Histogram
from services_map.domain.latency.levels import LEVELS, align_down, align_up
from services_map.domain.latency.summing import Floats, Ints, Tally
from traces.domain.query import Window

#: So many rows are read for one answer, where a coarser level is to be had.
MOST_ROWS: Final = 30_000
MOST_MOMENTS: Final = 11_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """`moments_ns`, and of each the slots that its window is made of, half-open in seconds.

    `lengths_s` is how much time of each window had passed at the last moment asked for.
    """

    level_s: int
    moments_ns: list[int]
    starts_s: list[int]
    ends_s: list[int]
    lengths_s: list[float]

    @property
    def piece(self) -> Piece:
        """All slots that are needed."""
        return Piece(level_s=self.level_s, start_s=self.starts_s[0], end_s=self.ends_s[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """What a subject did: an entry a moment. Calls and failed ones are of the whole window, not a second."""

    weights: list[float]
    failed: list[float]
    #: The duration that the share asked for does not exceed; None where nothing was called, or no share asked for.
    latencies_ns: list[float | None]


def plan_roll(window: Window, step_ns: int, width_ns: int, subjects: int, kept_s: dict[int, int], now_ns: int) -> Roll:
    """Moments from the window's start to its end, a step apart, and the `width_ns` before each, as roll-ups have them.

    The level is the finest that is still kept and has not too many rows of so many subjects. A step is at least one
    slot long, a window too. A window begins with the first slot that begins in it and ends with the one under way.
    """
    level_s = _choose_level(window, width_ns, subjects, kept_s, now_ns)
    length_ns = window.end_ns - window.start_ns
    step_ns = max(step_ns, level_s * NS, -(-length_ns // MOST_MOMENTS))
    moments_ns = list(range(window.start_ns, window.end_ns + 1, step_ns))
    ends_s = [align_up(-(-moment_ns // NS), level_s) for moment_ns in moments_ns]
    starts_s = [
        min(align_up(max(0, -(-(moment_ns - width_ns) // NS)), level_s), max(0, end_s - level_s))
        for moment_ns, end_s in zip(moments_ns, ends_s, strict=True)
    ]
    lengths_s = [
        max(min(float(end_s), now_ns / NS) - start_s, 1.0) for start_s, end_s in zip(starts_s, ends_s, strict=True)
    ]
    return Roll(level_s=level_s, moments_ns=moments_ns, starts_s=starts_s, ends_s=ends_s, lengths_s=lengths_s)


def _choose_level(window: Window, width_ns: int, subjects: int, kept_s: dict[int, int], now_ns: int) -> int:
    since_ns = max(0, window.start_ns - width_ns)
    for level_s in LEVELS:
        slots = (align_up(-(-window.end_ns // NS), level_s) - align_down(since_ns // NS, level_s)) // level_s
        if since_ns >= now_ns - kept_s[level_s] * NS and slots * max(1, subjects) <= MOST_ROWS:
            break
    return level_s


def roll(cells: Tally, over: Roll, share: float | None) -> list[Rolled]:
    """Each subject of the tally; `share` (0.95: 95 %) is that of the latency, if one is wanted."""
    order = np.lexsort((cells.starts_s, cells.subjects))
    subjects, starts_s = cells.subjects[order], cells.starts_s[order]
    buckets, weights = cells.buckets[order], cells.weights[order]
    failed = weights * cells.are_failed[order]
    bounds = np.searchsorted(subjects, np.arange(cells.size + 1))
    return [
        _roll_one(starts_s[first:end], buckets[first:end], weights[first:end], failed[first:end], over, share)
        for first, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    ]


def _roll_one(
    starts_s: Ints, buckets: Ints, weights: Floats, failed: Floats, over: Roll, share: float | None
) -> Rolled:
    firsts = np.searchsorted(starts_s, over.starts_s)
    ends = np.searchsorted(starts_s, over.ends_s)
    return Rolled(
        weights=_sum_between(weights, firsts, ends),
        failed=_sum_between(failed, firsts, ends),
        latencies_ns=[
            _find_percentile(buckets[first:end], weights[first:end], share)
            for first, end in zip(firsts.tolist(), ends.tolist(), strict=True)
        ],
    )


def _sum_between(values: Floats, firsts: Ints, ends: Ints) -> list[float]:
    reached = np.concatenate(([0.0], np.cumsum(values)))
    sums: list[float] = (reached[ends] - reached[firsts]).tolist()
    return sums


def _find_percentile(buckets: Ints, weights: Floats, share: float | None) -> float | None:
    if share is None or not buckets.size:
        return None
    counted = np.bincount(buckets, weights, BUCKETS).astype(np.float64, copy=False)
    return Histogram(np.zeros(0, np.int64), counted).percentile_ns(share)
