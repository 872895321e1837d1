"""How long each of many operations usually takes: of most of them few buckets hold anything."""

from itertools import pairwise

import numpy as np

from services_map.domain.latency.buckets import BUCKETS, MIDDLE_NS, UPPER_NS
from services_map.domain.latency.summing import Floats, Tally
from traces.domain.usual import Usual

NOTHING = Usual(span_count=0, uppers_ns=(), middles_ns=(), weights=())


def make_usual(cells: Tally) -> list[Usual]:
    """Of each subject; NOTHING of one without cells."""
    counts = _sum_buckets(cells, cells.counts)
    weights = counts if cells.weights is cells.counts else _sum_buckets(cells, cells.weights)
    # A cell may count nothing, where what it counted was taken away again.
    is_listed = counts > 0
    # An empty bucket before each says where it begins.
    is_listed[:, :-1] |= counts[:, 1:] > 0
    buckets = np.nonzero(is_listed)[1]
    uppers_ns, middles_ns = UPPER_NS[buckets].tolist(), MIDDLE_NS[buckets].tolist()
    listed_weights = weights[is_listed].tolist()
    ends = np.cumsum(is_listed.sum(axis=1)).tolist()
    return [
        Usual(
            span_count=int(span_count),
            uppers_ns=uppers_ns[begin:end],
            middles_ns=middles_ns[begin:end],
            weights=listed_weights[begin:end],
        )
        if span_count
        else NOTHING
        for span_count, (begin, end) in zip(counts.sum(axis=1).tolist(), pairwise([0, *ends]), strict=True)
    ]


def _sum_buckets(cells: Tally, values: Floats) -> Floats:
    """A row each subject, a column each bucket."""
    sums = np.bincount(cells.subjects * BUCKETS + cells.buckets, values, cells.size * BUCKETS)
    return sums.astype(np.float64, copy=False).reshape(cells.size, BUCKETS)
