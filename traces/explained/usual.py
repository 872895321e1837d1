"""A duration against what is usual for its operation, in words; silent where too little is known to say."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from traces.domain.trace import Trace
from traces.domain.usual import Usual
from traces.storage.base import ProjectId
from traces.usual_times import load_if_known

#: Of fewer spans nothing is usual: the slowest of them would be beyond p95 by itself.
LEAST_SPANS: Final = 20
_NS_PER_SECOND: Final = 1_000_000_000
# What is unusual is more than chance, and more than a trifle: this much longer or shorter than the median.
_LEAST_FACTOR: Final = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`rank` is `p97`. `has_slower`: some of the spans took clearly longer."""

    rank: str
    span_count: int
    p50_ns: int
    p95_ns: int
    is_unusual: bool
    has_slower: bool


def end_of_day_before(trace: Trace) -> int:
    """Until when spans are looked at that a trace is held against: its end, in whole seconds."""
    return -(-trace.end_ns // _NS_PER_SECOND) * _NS_PER_SECOND


def find_standing_of_root(project: ProjectId, trace: Trace) -> Standing | None:
    """Of the trace's first span; None where nothing is usual, or nobody can say."""
    root = trace.root.span
    known = load_if_known(project, [root.operation], end_of_day_before(trace))
    usual = known.get(root.operation)
    return describe_standing(usual, root.duration_ns) if usual else None


def describe_standing(usual: Usual, duration_ns: int) -> Standing | None:
    """None of fewer than LEAST_SPANS."""
    middle_ns, high_ns = usual.find_percentile_ns(0.5), usual.find_percentile_ns(0.95)
    if usual.span_count < LEAST_SPANS or middle_ns is None or high_ns is None:
        return None
    share = usual.rank(duration_ns)
    return Standing(
        rank=spell_rank(share, usual.span_count),
        span_count=usual.span_count,
        p50_ns=round(middle_ns),
        p95_ns=round(high_ns),
        is_unusual=(share > 0.95 and duration_ns > middle_ns * _LEAST_FACTOR)
        or (share < 0.05 and duration_ns < middle_ns / _LEAST_FACTOR),
        # Those in its own bucket may be shorter.
        has_slower=any(usual.weights[bisect_left(usual.uppers_ns, duration_ns) + 1 :]),
    )


def spell_rank(share: float, span_count: int) -> str:
    """`p97`; of a thousand spans on with a digit more near the ends: `p99.6`, `p0.4`. Never p0 or p100."""
    percent = 100 * share
    if 1 <= percent < 99 or span_count < 1_000:
        return f"p{min(99, max(1, int(percent)))}"
    return f"p{min(999, max(1, int(10 * percent))) / 10:.1f}"
