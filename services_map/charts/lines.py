"""Lines over time, such as percentiles of durations."""

from collections.abc import Iterable, Sequence
from itertools import chain

from services_map.charts.figures import Chart, FindAddress, Marked, Series, Shape, make_slots, place_marks
from services_map.charts.measures import Measure
from services_map.charts.paths import Point, dots, polyline
from services_map.charts.scales import Scale, make_scale
from services_map.charts.time_ticks import TimeAxis


def line_chart(
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
    """A line for each series, all of the axis's length; None is a gap, a value between two gaps a dot."""
    scale = make_scale(measure, chain.from_iterable(each.values for each in series))
    points = [list(_points(each.values, axis, scale)) for each in series]
    rows = list(zip(*(each.values for each in series), strict=True))
    return Chart(
        name=name,
        kind="lines",
        title=title,
        label=label,
        axis=axis,
        scale=scale,
        shapes=tuple(
            Shape(name=each.name, tone=each.tone, line=polyline(line), dots=dots(line))
            for each, line in zip(series, points, strict=True)
        ),
        values=tuple(each.values for each in series),
        marks=place_marks(axis, marks),
        slots=make_slots(
            axis,
            (tuple("–" if value is None else measure.spell(value) for value in row) for row in rows),
            (any(value is not None for value in row) for row in rows),
            address,
        ),
    )


def _points(values: Sequence[float | None], axis: TimeAxis, scale: Scale) -> Iterable[Point | None]:
    for slot, value in enumerate(values):
        yield None if value is None else (axis.middle(slot), scale.y(value))
