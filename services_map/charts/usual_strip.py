"""How long an operation's spans took, small: bars on a logarithmic axis, and where one of the spans stands."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np

from services_map.charts.paths import percent, write
from services_map.charts.scales import Tick, round_durations
from services_map.domain.latency.buckets import BUCKETS, RELATIVE_ERROR, buckets_of, lower_ns, upper_ns
from traces.domain.usual import Usual
from traces.words import duration

#: Pixels of the highest bar; the lowest is seen, too.
HEIGHT: Final = 32
_LEAST_HEIGHT: Final = 1.5
_MOST_BARS: Final = 48
#: However alike the spans are, the axis is so many buckets long: from one duration to twice as much.
_LEAST_BUCKETS: Final = 36
_MOST_TICKS: Final = 5
# Nearer to an end, half a text would stand out.
_EDGE: Final = 0.045
_LOG_GAMMA: Final = log((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR))


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualStrip:
    """Paths of bars, `bars` units wide: up to the span's own bar, and `slower` ones. The rest is per cent from left."""

    bars: int
    path: str
    slower: str
    mark: str
    p50: str
    p95: str
    ticks: tuple[Tick, ...]
    height: int = HEIGHT


def draw_usual(usual: Usual, duration_ns: int) -> UsualStrip:
    """`usual` has spans. The axis reaches from the fastest of them, or the span itself, to the slowest."""
    weights = _sum_buckets(usual)
    own = int(buckets_of(np.array([duration_ns]))[0])
    first, each, count = _choose_bars(min(own, *weights), max(own, *weights))
    heights: dict[int, float] = defaultdict(float)
    for bucket, weight in weights.items():
        heights[(bucket - first) // each] += weight
    own_bar = (own - first) // each

    def find_share(ns: float) -> float:
        return (_place_in_buckets(ns) - first) / (each * count)

    def place(ns: float) -> str:
        return percent(find_share(ns))

    low_ns, high_ns = max(1, lower_ns(first)), upper_ns(min(BUCKETS - 1, first + each * count - 1))
    return UsualStrip(
        bars=count,
        path=_draw({bar: height for bar, height in heights.items() if bar <= own_bar}, max(heights.values())),
        slower=_draw({bar: height for bar, height in heights.items() if bar > own_bar}, max(heights.values())),
        mark=place(duration_ns),
        p50=place(usual.find_percentile_ns(0.5) or 0),
        p95=place(usual.find_percentile_ns(0.95) or 0),
        ticks=tuple(
            Tick(value=ns, at=percent(min(1 - _EDGE, max(_EDGE, find_share(ns)))), text=duration(ns, trim=True))
            for ns in round_durations(low_ns, high_ns, _MOST_TICKS)
        ),
    )


def _sum_buckets(usual: Usual) -> dict[int, float]:
    """Of those that hold something."""
    buckets: list[int] = buckets_of(np.array(usual.uppers_ns)).tolist()
    return {bucket: weight for bucket, weight in zip(buckets, usual.weights, strict=True) if weight}


def _choose_bars(low: int, high: int) -> tuple[int, int, int]:
    """The first bucket, how many make a bar, and how many bars there are."""
    missing = max(0, _LEAST_BUCKETS - (high - low + 1))
    first = max(0, low - missing // 2)
    buckets = max(_LEAST_BUCKETS, high - first + 1)
    each = -(-buckets // _MOST_BARS)
    return first, each, -(-buckets // each)


def _place_in_buckets(ns: float) -> float:
    """Bucket b lies from b to b + 1."""
    return log(ns) / _LOG_GAMMA + 2 if ns > 0 else 0.5


def _draw(heights: Mapping[int, float], highest: float) -> str:
    lines = []
    for bar, height in sorted(heights.items()):
        px = write(max(_LEAST_HEIGHT, HEIGHT * height / highest))
        lines.append(f"M{bar}.1 {HEIGHT}v-{px}h.8v{px}z")
    return "".join(lines)
