"""Two distributions of durations, one upon the other, each as shares of its own whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from services_map.charts.figures import Shape
from services_map.charts.measures import SHARE, spell_duration
from services_map.charts.paths import HEIGHT, WIDTH, Point, area, percent, polyline
from services_map.charts.scales import Scale, Tick, duration_bounds, log_scale, make_scale
from services_map.domain.latency.buckets import BUCKETS, lower_ns, upper_ns

#: So many buckets make a bar: its durations differ by a factor of 1.17.
_BUCKETS_A_BAR: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of them: `weights` by bucket (of buckets.py). `tone` is a class of chart.css: before, after."""

    name: str
    tone: str
    weights: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of the table: durations, and each side's share of spans that took so long."""

    text: str
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Median:
    """Where half of a side's spans are faster; per cent from the left."""

    tone: str
    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """`time_ticks` are durations along the lower edge, `scale` is that of shares."""

    name: str
    title: str
    label: str
    scale: Scale
    time_ticks: tuple[Tick, ...]
    shapes: tuple[Shape, ...]
    bars: tuple[Bar, ...]
    medians: tuple[Median, ...]
    height: int = HEIGHT

    @property
    def is_empty(self) -> bool:
        return not self.bars


def distribution(name: str, title: str, label: str, sides: Sequence[Side]) -> Distribution:
    """The sides drawn over the durations that any of them has."""
    shares = [_share_out(side.weights) for side in sides]
    used = [bar for bar in range(len(shares[0])) if any(share[bar] for share in shares)]
    first, last = (used[0], used[-1]) if used else (0, 0)
    across = log_scale(*duration_bounds([_low_ns(first), _high_ns(last)] if used else []))
    scale = make_scale(SHARE, chain.from_iterable(shares))
    ticks = (Tick(value=tick.value, at=percent(across.share(tick.value)), text=tick.text) for tick in across.ticks)
    return Distribution(
        name=name,
        title=title,
        label=label,
        scale=scale,
        time_ticks=tuple(ticks),
        shapes=tuple(
            _draw(side, share, range(first, last + 1), across, scale) for side, share in zip(sides, shares, strict=True)
        ),
        bars=tuple(
            Bar(
                text=f"{spell_duration(_low_ns(bar))} – {spell_duration(_high_ns(bar))}",
                shares=tuple(SHARE.spell(share[bar]) for share in shares),
            )
            for bar in used
        ),
        medians=tuple(_medians(sides, shares, across)),
    )


def _share_out(weights: Sequence[float]) -> list[float]:
    """By bar; they add up to 1, or are all 0."""
    bars = [float(sum(weights[at : at + _BUCKETS_A_BAR])) for at in range(0, len(weights), _BUCKETS_A_BAR)]
    whole = sum(bars) or 1.0
    return [bar / whole for bar in bars]


def _low_ns(bar: int) -> int:
    return lower_ns(bar * _BUCKETS_A_BAR)


def _high_ns(bar: int) -> int:
    return upper_ns(min(BUCKETS, (bar + 1) * _BUCKETS_A_BAR) - 1)


def _draw(side: Side, shares: Sequence[float], bars: range, across: Scale, scale: Scale) -> Shape:
    if not any(shares):
        return Shape(name=side.name, tone=side.tone, line="")
    stair: list[Point] = []
    for bar in bars:
        y = scale.y(shares[bar])
        stair += [(WIDTH * across.share(edge), y) for edge in (max(1, _low_ns(bar)), _high_ns(bar))]
    floor = [(stair[0][0], float(HEIGHT)), (stair[-1][0], float(HEIGHT))]
    return Shape(name=side.name, tone=side.tone, line=polyline([floor[0], *stair, floor[1]]), area=area(stair, floor))


def _medians(sides: Sequence[Side], shares: Sequence[Sequence[float]], across: Scale) -> list[Median]:
    found = []
    for side, share in zip(sides, shares, strict=True):
        reached = 0.0
        for bar, part in enumerate(share):
            reached += part
            if reached >= 0.5 - 1e-9:
                middle = (max(1, _low_ns(bar)) * _high_ns(bar)) ** 0.5
                found.append(Median(tone=side.tone, at=percent(across.share(middle)), text=spell_duration(middle)))
                break
    return found
