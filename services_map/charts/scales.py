"""Axes of values: where a value stands, and which round values are written beside the axis."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from services_map.charts.measures import NICE_NS, ROUND_NS, Measure
from services_map.charts.paths import HEIGHT, write
from traces import words

_MOST_TICKS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """`at` is a number for an attribute: pixels from above, or per cent from the left."""

    value: float
    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Values from `low` at the lower edge to `high` at the upper one."""

    low: float
    high: float
    is_log: bool
    ticks: tuple[Tick, ...]

    def share(self, value: float) -> float:
        """How far up a value stands, from 0 to 1; what lies outside stands at an edge."""
        low, high = self.low, self.high
        if self.is_log:
            low, high, value = log10(low), log10(high), log10(max(value, low))
        return min(1.0, max(0.0, (value - low) / (high - low)))

    def y(self, value: float, height: float = HEIGHT) -> float:
        """Pixels from above."""
        return height * (1 - self.share(value))


def make_scale(measure: Measure, values: Iterable[float | None], height: float = HEIGHT) -> Scale:
    """An axis that has room for all values, between round ones."""
    known = [value for value in values if value is not None]
    if measure.is_log:
        return log_scale(*duration_bounds(known), height)
    return _linear_scale(measure, max(known, default=0.0), height)


def duration_bounds(values_ns: Sequence[float]) -> tuple[float, float]:
    """The round durations around all of these, never the same two; a millisecond to a second around nothing."""
    if not values_ns:
        return 1e6, 1e9
    least, most = max(1.0, min(values_ns)), max(1.0, *values_ns, 1.0)
    low = max(0, bisect_right(NICE_NS, least) - 1)
    high = min(len(NICE_NS) - 1, bisect_left(NICE_NS, most))
    if high == low:
        low, high = max(0, low - 1), min(len(NICE_NS) - 1, high + 1)
    return NICE_NS[low], NICE_NS[high]


def log_scale(low_ns: float, high_ns: float, height: float = HEIGHT) -> Scale:
    """Durations from one to the other."""
    bare = Scale(low=low_ns, high=high_ns, is_log=True, ticks=())
    ticks = [
        Tick(value=ns, at=write(bare.y(ns, height)), text=words.duration(ns, trim=True))
        for ns in round_durations(low_ns, high_ns)
    ]
    return Scale(low=low_ns, high=high_ns, is_log=True, ticks=tuple(ticks))


def round_durations(low_ns: float, high_ns: float, most: int = _MOST_TICKS) -> Sequence[int]:
    """At most so many durations between two, both included: 1, 2 and 5 of a power where those are few enough."""
    for nice in (NICE_NS, ROUND_NS):
        found = nice[bisect_left(nice, low_ns) : bisect_right(nice, high_ns)]
        if len(found) <= most:
            return found
    return found[:: ceil(len(found) / most)]


def _linear_scale(measure: Measure, highest: float, height: float) -> Scale:
    top = min(measure.most, max(highest, measure.least))
    step = _round_step(top / measure.unit) * measure.unit
    count = ceil(top / step - 1e-9)
    high = count * step
    ticks = [
        Tick(value=at * step, at=write(height * (1 - at / count)), text=measure.spell(at * step) if at else "0")
        for at in range(count + 1)
    ]
    return Scale(low=0.0, high=high, is_log=False, ticks=tuple(ticks))


def _round_step(top: float) -> float:
    """The smallest of 1, 2 and 5 of a power of ten of which at most four reach the top."""
    power = floor(log10(top)) - 1
    steps = (factor * 10.0 ** (power + more) for more in range(3) for factor in (1, 2, 5))
    return next(step for step in steps if ceil(top / step - 1e-9) <= 4)
