"""How long an operation usually takes: what one span, or one trace, is held against."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """Durations of an operation's spans: bucket i counts `weights[i]` of up to `uppers_ns[i]` (ascending).

    `middles_ns[i]` stands for all of them. `span_count` is how many spans were seen; the weights are more where those
    stand for others that were not sampled.
    """

    span_count: int
    uppers_ns: Sequence[int]
    middles_ns: Sequence[float]
    weights: Sequence[float]

    def find_percentile_ns(self, share: float) -> float | None:
        """What that share (0 to 1) of the spans does not exceed, within 1 %; None without spans."""
        sums = list(accumulate(self.weights))
        # Sums of fractions may fall short of what they are equal to.
        return self.middles_ns[bisect_left(sums, share * sums[-1] * (1 - 1e-12))] if sums else None

    def rank(self, duration_ns: int) -> float:
        """The share (0 to 1) of spans in lower buckets and half of those in its own: 0.97 is slower than 97 %."""
        if not self.weights:
            return 0.0
        at = bisect_left(self.uppers_ns, duration_ns)
        own = self.weights[at] / 2 if at < len(self.weights) else 0.0
        return (sum(self.weights[:at]) + own) / sum(self.weights)
