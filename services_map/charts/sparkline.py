"""A line as small as a word."""

from collections.abc import Sequence
from dataclasses import dataclass

from services_map.charts.paths import Point, polyline, split_runs, write

WIDTH, HEIGHT = 96, 20
_EDGE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """`path` is the line, `area` what lies below it, `last` where it ends (x, y); all empty where nothing is known."""

    path: str
    area: str
    last: tuple[str, str] | None
    width: int
    height: int


def sparkline(values: Sequence[float | None], width: int = WIDTH, height: int = HEIGHT) -> Sparkline:
    """From 0 at the lower edge to the highest value; None is a gap. Of neighbours with no room the highest is kept."""
    kept = _thin(values, width // 4)
    highest = max((value for value in kept if value is not None), default=0.0) or 1.0
    step = (width - 2 * _EDGE) / max(1, len(kept) - 1)

    def place(at: int, value: float) -> Point:
        return round(_EDGE + at * step), round(height - _EDGE - (height - 2 * _EDGE) * value / highest)

    points = [None if value is None else place(at, value) for at, value in enumerate(kept)]
    runs = split_runs(points)
    lines = [polyline(run) for run in runs]
    floor = height - 1
    return Sparkline(
        path="".join(lines),
        area="".join(f"{line}V{floor}H{run[0][0]}z" for line, run in zip(lines, runs, strict=True) if len(run) > 1),
        last=(write(runs[-1][-1][0]), write(runs[-1][-1][1])) if runs else None,
        width=width,
        height=height,
    )


def _thin(values: Sequence[float | None], most: int) -> list[float | None]:
    """At most so many: each the highest of as many values as every other."""
    each = -(-len(values) // most) or 1
    groups = (values[at : at + each] for at in range(0, len(values), each))
    return [max((value for value in group if value is not None), default=None) for group in groups]
