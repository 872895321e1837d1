"""Histograms for tests of statistics."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services_map.domain.latency.buckets import buckets_of
from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.comparison import Side

MS = 1_000_000
Floats = NDArray[np.floating[Any]]


def make_histogram(
    durations_ns: Sequence[float] | Floats, weights: Sequence[float] | Floats | None = None
) -> Histogram:
    """Of spans that took so long, each standing for `weights` spans (1 without)."""
    buckets = buckets_of(np.asarray(durations_ns, np.float64).astype(np.int64))
    ones = np.ones(buckets.size, np.int64)
    return Histogram.of(buckets, ones, ones.astype(float) if weights is None else np.asarray(weights, float))


def make_side(durations_ns: Sequence[float] | Floats, failed: int = 0, seconds: float = 60.0) -> Side:
    """Plain spans; the first `failed` of them failed."""
    return Side(durations=make_histogram(durations_ns), failed=make_histogram(durations_ns[:failed]), seconds=seconds)


def draw_durations(random: np.random.Generator, size: int, median_ns: float = 20 * MS) -> Floats:
    """Log-normal, as durations of requests are."""
    return np.exp(random.normal(np.log(median_ns), 0.8, size))


def draw_sampled(random: np.random.Generator, size: int, kept: float = 0.1) -> tuple[Floats, Floats]:
    """Durations and weights after tail sampling: of `size` all slow ones (8 %), and of the others `kept`."""
    durations = draw_durations(random, size)
    is_slow = durations > 20 * MS * np.exp(0.8 * 1.4)
    is_kept = is_slow | (random.random(size) < kept)
    return durations[is_kept], np.where(is_slow, 1.0, 1 / kept)[is_kept]
