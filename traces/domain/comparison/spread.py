"""Whether two durations of an operation differ by more than it usually does by itself."""

from dataclasses import dataclass

from traces.domain.usual import Usual

# Of fewer spans nobody can say at most how large p95 is, with 95 % certainty (order statistics).
LEAST_SPANS = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """p50 and p95 of what is usual, from how many spans, and what two durations are beside that.

    `exceeds`: they differ by more than p95 − p50, and one of them, at least, is outside of that range.
    """

    p50_ns: float
    p95_ns: float
    span_count: int
    exceeds: bool


def judge(usual: Usual | None, a_ns: int, b_ns: int) -> Spread | None:
    """None where too little is known of the operation."""
    if usual is None or usual.span_count < LEAST_SPANS:
        return None
    p50_ns, p95_ns = usual.find_percentile_ns(0.5), usual.find_percentile_ns(0.95)
    if p50_ns is None or p95_ns is None:
        return None
    is_outside = any(not p50_ns <= each_ns <= p95_ns for each_ns in (a_ns, b_ns))
    return Spread(
        p50_ns=p50_ns,
        p95_ns=p95_ns,
        span_count=usual.span_count,
        exceeds=is_outside and abs(b_ns - a_ns) > p95_ns - p50_ns,
    )
