"""The shape of a trace in a few bars, for a drawing the size of a word. Pure.

Bars are in lanes, a parent above its children: those next to the root come first, then the longest.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from traces.domain.span import SpanOutline

WIDTH, LANES, MAX_BARS = 120, 6, 24
# What is read of a trace to draw it: children are rarely longer than what they are part of.
LONGEST, FAILED = 48, 8
_MIN_WIDTH = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A span: `x` and `width` of WIDTH units, `lane` from the top, `slot` the colour of its service."""

    x: int
    width: int
    lane: int
    slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`errors` are where failed spans ended, of WIDTH units, each once."""

    bars: tuple[Bar, ...]
    errors: tuple[int, ...]

    @property
    def lane_count(self) -> int:
        return max((bar.lane for bar in self.bars), default=-1) + 1


def make_shape(spans: Sequence[SpanOutline], start_ns: int, duration_ns: int) -> Shape:
    """Of a trace that began at `start_ns`; `spans` are some of it, longest first, repetitions included."""
    if not spans:
        return Shape(bars=(), errors=())
    distinct = {span.span_id: span for span in reversed(spans)}
    depths = _measure_depths(distinct)
    shown = sorted(
        (distinct[span_id] for span_id in depths),
        key=lambda span: (depths[span.span_id], -span.duration_ns, span.start_ns, span.span_id),
    )[:MAX_BARS]
    scale = WIDTH / duration_ns if duration_ns else 0
    ends = [min(WIDTH, round((span.end_ns - start_ns) * scale)) for span in distinct.values() if span.is_error]
    return Shape(bars=_lay_out(shown, depths, start_ns, scale), errors=tuple(sorted(set(ends))))


def _measure_depths(spans: dict[bytes, SpanOutline]) -> dict[bytes, int]:
    """How far from the top each span is; spans whose way to the top is not among `spans` are left out.

    On top is what has no parent; where nothing has none, what has none among `spans`; in a circle, the longest.
    """
    children: dict[bytes, list[bytes]] = defaultdict(list)
    for span in spans.values():
        if span.parent_span_id is not None:
            children[span.parent_span_id].append(span.span_id)
    level = [span.span_id for span in spans.values() if span.parent_span_id is None]
    level = level or [span.span_id for span in spans.values() if span.parent_span_id not in spans]
    level = level or [max(spans.values(), key=lambda span: span.duration_ns).span_id]
    depths: dict[bytes, int] = {}
    depth = 0
    while level:
        depths.update(dict.fromkeys(level, depth))
        level = [child for span_id in level for child in children[span_id] if child not in depths]
        depth += 1
    return depths


def _lay_out(shown: Sequence[SpanOutline], depths: dict[bytes, int], start_ns: int, scale: float) -> tuple[Bar, ...]:
    """Each in the first lane below its parent's that is free where it begins; the last lane takes the rest."""
    bars: list[Bar] = []
    lane_of: dict[bytes | None, int] = {}
    free_from = [0] * LANES
    for span in sorted(shown, key=lambda span: (depths[span.span_id], span.start_ns, -span.duration_ns, span.span_id)):
        x = min(WIDTH - _MIN_WIDTH, max(0, round((span.start_ns - start_ns) * scale)))
        width = max(_MIN_WIDTH, min(WIDTH - x, round(span.duration_ns * scale)))
        below = range(min(LANES - 1, lane_of.get(span.parent_span_id, -1) + 1), LANES)
        lane = next((lane for lane in below if free_from[lane] <= x), LANES - 1)
        free_from[lane] = max(free_from[lane], x + width)
        lane_of[span.span_id] = lane
        bars.append(Bar(x=x, width=width, lane=lane, slot=span.operation.service.slot))
    return tuple(bars)
