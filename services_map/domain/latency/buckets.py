"""Logarithmic buckets for durations: any percentile read from them is within 1 % of the true one.

The rule is DDSketch's (https://www.vldb.org/pvldb/vol12/p2195-masson.pdf): with γ = 1.01 / 0.99 bucket i holds
γ^(i-1) < x <= γ^i, and 2γ^i / (γ + 1) is at most 1 % away from all of it. Ours count from 1; bucket 0 holds duration 0.
The edges are whole nanoseconds from exact arithmetic: the same on every machine.
"""

from decimal import Decimal, localcontext
from typing import Final

import numpy as np
from numpy.typing import NDArray

from traces.domain.span import MAX_NS

RELATIVE_ERROR: Final = 0.01
# So many buckets make a row of a heatmap: its durations differ by a factor of 1.38 at most.
BUCKETS_A_ROW: Final = 16


def _make_edges() -> tuple[list[int], list[float]]:
    with localcontext(prec=60):
        gamma = Decimal("1.01") / Decimal("0.99")
        edge, edges, middles = Decimal(1), [0], [0.0]
        while edges[-1] < MAX_NS:
            edges.append(min(MAX_NS, int(edge)))
            middles.append(float(2 * edge / (gamma + 1)))
            edge *= gamma
    return edges, middles


_edges, _middles = _make_edges()
#: The longest duration of each bucket, in nanoseconds: bucket b holds UPPER_NS[b - 1] < x <= UPPER_NS[b].
UPPER_NS: Final[NDArray[np.int64]] = np.array(_edges, np.int64)
#: What stands for each bucket, in nanoseconds.
MIDDLE_NS: Final[NDArray[np.float64]] = np.array(_middles, np.float64)
BUCKETS: Final = len(_edges)


def buckets_of(durations_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bucket of each duration (>= 0)."""
    return np.searchsorted(UPPER_NS, durations_ns, side="left").astype(np.int64)


def lower_ns(bucket: int) -> int:
    """The shortest duration that falls into a bucket, in nanoseconds."""
    return int(UPPER_NS[bucket - 1]) + 1 if bucket else 0


def upper_ns(bucket: int) -> int:
    """The longest duration that falls into a bucket, in nanoseconds."""
    return int(UPPER_NS[bucket])


def row_bounds_ns(row: int) -> tuple[int, int]:
    """The shortest and the longest duration of a heatmap's row (BUCKETS_A_ROW buckets)."""
    first = row * BUCKETS_A_ROW
    return lower_ns(first), upper_ns(min(BUCKETS - 1, first + BUCKETS_A_ROW - 1))
