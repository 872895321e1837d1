"""How long spans took over time: a cell for each slot and each range of durations, darker where there are more."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, log1p

from services_map.charts.figures import FindAddress
from services_map.charts.measures import spell_duration, spell_number
from services_map.charts.paths import HEIGHT, percent, write
from services_map.charts.scales import Scale, log_scale
from services_map.charts.time_ticks import TimeAxis
from services_map.domain.latency.buckets import BUCKETS, BUCKETS_A_ROW, RELATIVE_ERROR, row_bounds_ns

STEPS = 7
_GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
# With few spans, one of them is not the darkest.
_LEAST_DARKEST = 12.0
# Fewer rows look like a flag.
_LEAST_ROWS = 6
_LARGEST_DIAMOND_PX, _SMALLEST_DIAMOND_PX, _NARROW_PX = 3.5, 1.5, 500
# More links than that weigh more than the drawing: a slot is one then. A browser with scripts finds the cell itself.
_MOST_LINKS = 400
_ALL_ROWS = (BUCKETS - 1) // BUCKETS_A_ROW + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """All cells of one step of colour, 1 to STEPS; `path` in units of one column and one row, from above."""

    step: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLink:
    """What leads to the examples of a cell, or of a slot of time; `path` as that of a layer."""

    path: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diamond:
    """Where some of a cell's spans failed: per cent from the left, pixels from above."""

    x: str
    y: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A row of the table: durations, how many spans took so long in the whole window, and how many of them failed."""

    text: str
    weight: str
    failed: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heatmap:
    """`columns` × `rows` cells; `first_row` is the number of the lowest row, as in buckets.py.

    `weights` and `failed` are of these rows, the lowest first, and so are their durations, `texts`. `most` is the
    highest weight.
    """

    name: str
    title: str
    label: str
    axis: TimeAxis
    scale: Scale
    columns: int
    rows: int
    first_row: int
    texts: tuple[str, ...]
    weights: Sequence[Sequence[float]]
    failed: Sequence[Sequence[float]]
    most: float
    layers: tuple[Layer, ...]
    links: tuple[CellLink, ...]
    diamonds: tuple[Diamond, ...]
    ranges: tuple[Range, ...]
    height: int = HEIGHT
    kind: str = "heatmap"

    @property
    def is_empty(self) -> bool:
        return not self.layers

    @property
    def most_text(self) -> str:
        return spell_number(self.most)

    @property
    def diamond_px(self) -> float:
        """From the middle of a diamond to its corners: no more than half a column where the chart is narrow."""
        return round(min(_LARGEST_DIAMOND_PX, max(_SMALLEST_DIAMOND_PX, _NARROW_PX / 2 / self.columns)), 2)


def heatmap(
    name: str,
    title: str,
    label: str,
    axis: TimeAxis,
    first_row: int,
    weights: Sequence[Sequence[float]],
    failed: Sequence[Sequence[float]],
    *,
    address: FindAddress | None = None,
) -> Heatmap:
    """`weights` are of rows of durations from `first_row` on, the shortest first, each with a value a slot."""
    low_row, rows = _rows_shown(first_row, len(weights))
    columns = len(axis.starts_s)
    shown = _pad(weights, first_row - low_row, rows, columns)
    bad = _pad(failed, first_row - low_row, rows, columns)
    most = max(map(max, shown))
    return Heatmap(
        name=name,
        title=title,
        label=label,
        axis=axis,
        scale=log_scale(_edge_ns(low_row), _edge_ns(low_row + rows)),
        columns=columns,
        rows=rows,
        first_row=low_row,
        texts=tuple(map(_spell_row, range(low_row, low_row + rows))),
        weights=shown,
        failed=bad,
        most=most,
        layers=tuple(_paint(shown, most)),
        links=tuple(_link(axis, low_row, shown, address)) if address else (),
        diamonds=tuple(_mark(bad)),
        ranges=_list_ranges(axis, first_row, weights, failed, address),
    )


def _pad(values: Sequence[Sequence[float]], below: int, rows: int, columns: int) -> Sequence[Sequence[float]]:
    """With rows of nothing below and above."""
    nothing = [0.0] * columns
    padded = [*[nothing] * below, *values]
    return [*padded, *[nothing] * (rows - len(padded))][:rows]


def _paint(weights: Sequence[Sequence[float]], most: float) -> Iterator[Layer]:
    paths: dict[int, list[str]] = defaultdict(list)
    for y, row in enumerate(reversed(weights)):
        slot = 0
        for step, run in groupby(step_of(weight, most) for weight in row):
            length = len(list(run))
            paths[step].append(f"M{slot} {y}h{length}v1h-{length}z")
            slot += length
    return (Layer(step=step, path="".join(paths[step])) for step in range(1, STEPS + 1) if step in paths)


def _link(axis: TimeAxis, low_row: int, weights: Sequence[Sequence[float]], address: FindAddress) -> Iterator[CellLink]:
    """One for each cell; one for each slot, where those are too many."""
    height = len(weights)
    cells = [(slot, at) for at, row in enumerate(weights) for slot, weight in enumerate(row) if weight > 0]
    if len(cells) <= _MOST_LINKS:
        for slot, at in cells:
            start_s, path = axis.starts_s[slot], f"M{slot} {height - 1 - at}h1v1h-1z"
            yield CellLink(path=path, address=address(start_s, start_s + axis.step_s, low_row + at))
        return
    for slot in sorted({slot for slot, _ in cells}):
        start_s = axis.starts_s[slot]
        yield CellLink(path=f"M{slot} 0h1v{height}h-1z", address=address(start_s, start_s + axis.step_s, None))


def _mark(failed: Sequence[Sequence[float]]) -> Iterator[Diamond]:
    rows = len(failed)
    for at, row in enumerate(failed):
        for slot, weight in enumerate(row):
            if weight > 0:
                yield Diamond(x=percent((slot + 0.5) / len(row)), y=write(HEIGHT * (rows - at - 0.5) / rows))


def step_of(weight: float, most: float) -> int:
    """0 for nothing, STEPS for the most: by the logarithm, for a few spans must be seen beside thousands."""
    return ceil(STEPS * log1p(weight) / log1p(max(most, _LEAST_DARKEST)) - 1e-9) if weight > 0 else 0


def _rows_shown(first_row: int, count: int) -> tuple[int, int]:
    """The lowest row that is shown, and how many: one more above and below than there are spans in."""
    low = max(0, first_row - max(1, (_LEAST_ROWS - count + 1) // 2))
    return low, min(_ALL_ROWS - low, max(_LEAST_ROWS, first_row + count + 1 - low))


def _edge_ns(row: int) -> float:
    """Where a row begins: rows are equally high on a logarithmic axis."""
    return _GAMMA ** (row * BUCKETS_A_ROW - 2)


def _spell_row(row: int) -> str:
    low, high = row_bounds_ns(row)
    return f"{spell_duration(low)} – {spell_duration(high)}"


def _list_ranges(
    axis: TimeAxis,
    first_row: int,
    weights: Sequence[Sequence[float]],
    failed: Sequence[Sequence[float]],
    address: FindAddress | None,
) -> tuple[Range, ...]:
    found = []
    for at, (row, bad) in enumerate(zip(weights, failed, strict=True)):
        if any(row):
            found.append(
                Range(
                    text=_spell_row(first_row + at),
                    weight=spell_number(sum(row)),
                    failed=spell_number(sum(bad)),
                    address=address(axis.start_s, axis.end_s, first_row + at) if address else "",
                )
            )
    return tuple(reversed(found))
