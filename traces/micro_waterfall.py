"""The shape of a trace as SVG paths: bars of one service are one path, so that fifty drawings stay small. Pure."""

from collections import defaultdict
from dataclasses import dataclass

from traces.domain.shape import WIDTH, Shape

HEIGHT = 18
_GAP, _MOST_PITCH = 1, 6
_MARK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceBars:
    """All bars of one colour: `slot` is 0 to 11, `path` in units of WIDTH × HEIGHT."""

    slot: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`marks` are diamonds at the lower edge where spans failed; empty if none did."""

    bars: tuple[ServiceBars, ...]
    marks: str
    width: int = WIDTH
    height: int = HEIGHT


def draw_shape(shape: Shape) -> Drawing:
    """Few lanes are higher than many, and stand in the middle."""
    pitch = min(_MOST_PITCH, HEIGHT / max(1, shape.lane_count))
    top = (HEIGHT - pitch * shape.lane_count + _GAP) / 2
    paths: dict[int, list[str]] = defaultdict(list)
    for bar in shape.bars:
        y, height = _number(top + bar.lane * pitch), _number(pitch - _GAP)
        paths[bar.slot].append(f"M{bar.x} {y}h{bar.width}v{height}h-{bar.width}z")
    return Drawing(
        bars=tuple(ServiceBars(slot=slot, path="".join(path)) for slot, path in paths.items()),
        marks="".join(_mark(x) for x in shape.errors),
    )


def _mark(x: int) -> str:
    at = min(WIDTH - _MARK, max(_MARK, x))
    return f"M{at} {HEIGHT - 2 * _MARK}l{_MARK} {_MARK}l-{_MARK} {_MARK}l-{_MARK}-{_MARK}z"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
