"""How long spans took: weighted counts in the buckets of `buckets`, and what can be read from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from services_map.domain.latency.buckets import BUCKETS, MIDDLE_NS, upper_ns


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """`counts` are stored spans by bucket (BUCKETS of them), `weights` what they stand for: more, where sampled."""

    counts: NDArray[np.int64]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, buckets: NDArray[np.int64], counts: NDArray[np.int64], weights: NDArray[np.float64]) -> Self:
        """From cells; a bucket may come more than once."""
        return cls(
            np.bincount(buckets, counts.astype(np.float64), BUCKETS).astype(np.int64),
            np.bincount(buckets, weights, BUCKETS).astype(np.float64),
        )

    @classmethod
    def empty(cls) -> Self:
        return cls(np.zeros(BUCKETS, np.int64), np.zeros(BUCKETS))

    @classmethod
    def sum(cls, histograms: Iterable["Histogram"]) -> Self:
        total = cls.empty()
        for histogram in histograms:
            total.counts[:] += histogram.counts
            total.weights[:] += histogram.weights
        return total

    @property
    def count(self) -> int:
        """How many spans are kept of it."""
        return int(self.counts.sum())

    @property
    def weight(self) -> float:
        """How many spans those stand for."""
        return float(self.weights.sum())

    @property
    def is_weighted(self) -> bool:
        """Whether some span stands for others."""
        return not np.array_equal(self.weights, self.counts)

    @property
    def total_ns(self) -> float:
        """The sum of all durations, weighted, within 1 %."""
        return float(self.weights @ MIDDLE_NS)

    @property
    def max_ns(self) -> int | None:
        """The longest duration, at most 2 % too long; None of nothing."""
        found = np.flatnonzero(self.counts)
        return upper_ns(int(found[-1])) if found.size else None

    def percentile_ns(self, share: float) -> float | None:
        """The duration that `share` (0.95: 95 %) of the weight does not exceed, within 1 %; None of nothing.

        Of n spans of equal weight it is that of rank ceil(share * n): numpy's method "inverted_cdf".
        """
        total = self.weights.sum()
        if not total:
            return None
        reached = np.cumsum(self.weights)
        # Sums of fractions may fall short of what they are equal to.
        bucket = int(np.searchsorted(reached, share * total * (1 - 1e-12), side="left"))
        return float(MIDDLE_NS[min(bucket, BUCKETS - 1)])
