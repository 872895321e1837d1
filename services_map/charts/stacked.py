"""Parts of a whole over time, one upon the other, such as calls that failed upon those that did not."""

from collections.abc import Iterable, Sequence

from services_map.charts.figures import Chart, FindAddress, Marked, Series, Shape, make_slots, place_marks
from services_map.charts.measures import Measure
from services_map.charts.paths import WIDTH, Point, area
from services_map.charts.scales import make_scale
from services_map.charts.time_ticks import TimeAxis


def stacked_chart(
    name: str,
    title: str,
    label: str,
    axis: TimeAxis,
    series: Sequence[Series],
    measure: Measure,
    *,
    marks: Iterable[Marked] = (),
    address: FindAddress | None = None,
) -> Chart:
    """An area of steps for each series, the first at the bottom. There are no gaps: None is 0."""
    parts = [[value or 0.0 for value in each.values] for each in series]
    tops = _add_up(parts)
    scale = make_scale(measure, tops[-1] if tops else ())
    edges = [[scale.y(value) for value in top] for top in tops]
    floors = [[scale.y(0.0)] * len(axis.starts_s), *edges]
    rows = list(zip(*parts, strict=True))
    return Chart(
        name=name,
        kind="stacked",
        title=title,
        label=label,
        axis=axis,
        scale=scale,
        shapes=tuple(
            Shape(name=each.name, tone=each.tone, line="", area=_steps(upper, lower) if any(part) else "")
            for each, part, upper, lower in zip(series, parts, edges, floors, strict=False)
        ),
        values=tuple(parts) if any(map(any, parts)) else (),
        marks=place_marks(axis, marks),
        slots=make_slots(axis, (tuple(map(measure.spell, row)) for row in rows), map(any, rows), address),
    )


def _add_up(parts: Sequence[Sequence[float]]) -> list[list[float]]:
    tops: list[list[float]] = []
    for part in parts:
        below = tops[-1] if tops else [0.0] * len(part)
        tops.append([under + value for under, value in zip(below, part, strict=True)])
    return tops


def _steps(upper: Sequence[float], lower: Sequence[float]) -> str:
    """What lies between two edges, without the slots where it has no height."""
    return "".join(area(*run) for run in _runs(upper, lower))


def _runs(upper: Sequence[float], lower: Sequence[float]) -> Iterable[tuple[list[Point], list[Point]]]:
    width = WIDTH / len(upper)
    tops: list[Point] = []
    bottoms: list[Point] = []
    for slot, (top, bottom) in enumerate(zip(upper, lower, strict=True)):
        if top != bottom:
            _extend(tops, slot * width, width, top)
            _extend(bottoms, slot * width, width, bottom)
        elif tops:
            yield tops, bottoms
            tops, bottoms = [], []
    yield tops, bottoms


def _extend(points: list[Point], x: float, width: float, y: float) -> None:
    """A step of the stair; one as high as that before makes it longer."""
    if len(points) > 1 and points[-1][1] == y:
        points[-1] = (x + width, y)
    else:
        points += [(x, y), (x + width, y)]
