"""What the browser needs to draw a page's charts again: the same numbers and scales, and addresses, as JSON."""

from collections.abc import Sequence

from services_map.charts.figures import Chart, FindAddress
from services_map.charts.heatmap import Heatmap

Json = dict[str, object]


def example_addresses(base: str) -> FindAddress:
    """Addresses of examples: `base` has a query string that names the subject, but no window.

    `start` and `end` are seconds since 1970, `row` that of a heatmap. static/js/lib/chart-data.js says the same.
    """

    begun = f"{base}{'&' if '?' in base else '?'}"

    def find(start_s: int, end_s: int, row: int | None) -> str:
        window = f"{begun}start={start_s}&end={end_s}"
        return window if row is None else f"{window}&row={row}"

    return find


def chart_data(charts: Sequence[Chart | Heatmap], examples: str) -> Json:
    """For `json_script` with the id `charts-data`: of charts that share one axis of time, at least one."""
    axis = charts[0].axis
    return {
        "start": axis.start_s,
        "step": axis.step_s,
        "count": len(axis.starts_s),
        "examples": examples,
        "charts": {chart.name: _describe(chart) for chart in charts if not chart.is_empty},
    }


def _describe(chart: Chart | Heatmap) -> Json:
    scale = chart.scale
    common: Json = {
        "kind": chart.kind,
        "log": scale.is_log,
        "range": [scale.low, scale.high],
    }
    return common | (_describe_cells(chart) if isinstance(chart, Heatmap) else _describe_series(chart))


def _describe_series(chart: Chart) -> Json:
    return {
        "series": [
            {"tone": shape.tone, "values": [None if value is None else _shorten(value) for value in values]}
            for shape, values in zip(chart.shapes, chart.values, strict=True)
        ],
    }


def _describe_cells(chart: Heatmap) -> Json:
    return {
        "firstRow": chart.first_row,
        "rows": chart.rows,
        "texts": list(chart.texts),
        "most": chart.most,
        "diamondPx": chart.diamond_px,
        "weights": [list(map(_shorten, row)) for row in chart.weights],
        "failed": [
            [slot, chart.first_row + at, _shorten(weight)]
            for at, row in enumerate(chart.failed)
            for slot, weight in enumerate(row)
            if weight
        ],
    }


def _shorten(value: float) -> float:
    """Four digits are more than a screen shows; a whole number needs no point."""
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() else short
