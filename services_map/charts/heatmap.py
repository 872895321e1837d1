"""How long spans took over time: a cell for each slot and each range of durations, darker where there are more."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log1p

from services_map.charts.figures import FindAddress
from services_map.charts.measures import spell_duration, spell_number
from services_map.charts.paths import HEIGHT, percent, write
from services_map.charts.scales import Scale, log_scale
from services_map.charts.time_ticks import TimeAxis
from services_map.domain.buckets import BUCKETS, BUCKETS_A_ROW, RELATIVE_ERROR, row_bounds_ns

STEPS = 7
_GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
# With few spans, one of them is not the darkest.
_LEAST_DARKEST = 12.0
# Fewer rows look like a flag.
_LEAST_ROWS = 6
_ALL_ROWS = (BUCKETS - 1) // BUCKETS_A_ROW + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`step` is 1 to STEPS; `path` in units of one column and one row from above. `row` counts as in buckets.py."""

    slot: int
    row: int
    step: int
    weight: float
    failed: float
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
    """`columns` × `rows` cells, of which those without spans are not there; `first_row` is the lowest.

    `texts` are the durations of the rows, the lowest first.
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
    cells: tuple[Cell, ...]
    diamonds: tuple[Diamond, ...]
    ranges: tuple[Range, ...]
    most: str
    height: int = HEIGHT
    kind: str = "heatmap"

    @property
    def is_empty(self) -> bool:
        return not self.cells


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
    most = max((weight for row in weights for weight in row), default=0.0)

    def make(slot: int, at: int) -> Cell:
        row, start_s = first_row + at, axis.starts_s[slot]
        return Cell(
            slot=slot,
            row=row,
            step=step_of(weights[at][slot], most),
            weight=weights[at][slot],
            failed=failed[at][slot],
            path=f"M{slot} {low_row + rows - 1 - row}h1v1h-1z",
            address=address(start_s, start_s + axis.step_s, row) if address else "",
        )

    cells = tuple(make(slot, at) for at, row in enumerate(weights) for slot, weight in enumerate(row) if weight > 0)
    columns = len(axis.starts_s)
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
        cells=cells,
        diamonds=tuple(
            Diamond(x=percent((cell.slot + 0.5) / columns), y=write(HEIGHT * (low_row + rows - cell.row - 0.5) / rows))
            for cell in cells
            if cell.failed > 0
        ),
        ranges=_list_ranges(axis, first_row, weights, failed, address),
        most=spell_number(most),
    )


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
