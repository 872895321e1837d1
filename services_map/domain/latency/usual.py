"""How long each of many operations usually takes: sparse sums, because most operations have few of all buckets."""

from itertools import pairwise

import numpy as np

from services_map.domain.latency.buckets import BUCKETS, MIDDLE_NS, UPPER_NS
from services_map.domain.latency.summing import Floats, Ints, Tally
from traces.domain.usual import Usual

NOTHING = Usual(span_count=0, uppers_ns=(), middles_ns=(), weights=())


def make_usual(cells: Tally) -> list[Usual]:
    """Of each subject; NOTHING of one without cells."""
    places, inverse = np.unique(cells.subjects * BUCKETS + cells.buckets, return_inverse=True)
    counts = np.bincount(inverse, cells.counts, places.size).astype(np.float64)
    weights = np.bincount(inverse, cells.weights, places.size).astype(np.float64)
    # A cell may count nothing, where what it counted was taken away again.
    is_counted = counts > 0
    places, counts, weights = places[is_counted], counts[is_counted], weights[is_counted]
    ends = np.searchsorted(places, np.arange(1, cells.size + 1) * BUCKETS).tolist()
    return [
        _describe(places[begin:end] % BUCKETS, counts[begin:end], weights[begin:end]) if begin < end else NOTHING
        for begin, end in pairwise([0, *ends])
    ]


def _describe(buckets: Ints, counts: Floats, weights: Floats) -> Usual:
    # An empty bucket before each says where it begins.
    all_buckets = np.union1d(buckets, np.maximum(buckets - 1, 0))
    all_weights = np.zeros(all_buckets.size)
    all_weights[np.searchsorted(all_buckets, buckets)] = weights
    return Usual(
        span_count=int(counts.sum()),
        uppers_ns=UPPER_NS[all_buckets].tolist(),
        middles_ns=MIDDLE_NS[all_buckets].tolist(),
        weights=all_weights.tolist(),
    )
