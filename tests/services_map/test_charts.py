"""What charts draw: paths with gaps, dots and steps, cells, marks, tables; from nothing, and from anything."""

from collections.abc import Sequence

import numpy as np
import pytest
from django.template.loader import render_to_string

from services_map.charts.data import chart_data, example_addresses
from services_map.charts.distribution import Side, distribution
from services_map.charts.figures import Chart, Marked, Series
from services_map.charts.heatmap import STEPS, Heatmap, heatmap, step_of
from services_map.charts.lines import line_chart
from services_map.charts.measures import COUNT, DURATION
from services_map.charts.sparkline import sparkline
from services_map.charts.stacked import stacked_chart
from services_map.charts.time_ticks import time_axis
from services_map.domain.latency.buckets import BUCKETS, BUCKETS_A_ROW, buckets_of, row_bounds_ns
from services_map.domain.latency.histogram import Histogram
from tests.services_map.chart_page import make_page
from traces.domain.span import MAX_NS
from traces.zones import Zone

UTC = Zone("UTC", "UTC")
ADDRESS = example_addresses("/service/examples?service=shop")


def draw(values: Sequence[float | None], marks: Sequence[Marked] = ()) -> Chart:
    axis = time_axis(range(0, 60 * len(values), 60), 60, UTC)
    series = [Series(name="p50", tone="p50", values=values)]
    return line_chart("durations", "Duration", "Durations.", axis, series, DURATION, marks=marks, address=ADDRESS)


def heat(first_row: int, weights: Sequence[Sequence[float]], failed: Sequence[Sequence[float]]) -> Heatmap:
    axis = time_axis(range(0, 60 * len(weights[0]) if weights else 60, 60), 60, UTC)
    return heatmap("heatmap", "Latency", "Latency.", axis, first_row, weights, failed, address=ADDRESS)


def test_a_line_goes_through_the_middles_of_slots() -> None:
    chart = draw([1e6, 1e7, 1e6])
    assert chart.shapes[0].line == "M100 160L300 0 500 160"
    assert chart.shapes[0].dots == ""


def test_a_line_has_a_gap_where_nothing_is_known_and_a_dot_between_two_gaps() -> None:
    shape = draw([1e6, 1e7, None, 1e6, None, None]).shapes[0]
    assert shape.line == "M50 160L150 0"
    assert shape.dots == "M350 160h0"


def test_equal_values_stand_off_the_edges() -> None:
    assert draw([3e6, 3e6]).shapes[0].line == "M150 89.2L450 89.2"


def test_a_value_alone_can_be_seen() -> None:
    shape = draw([5e6]).shapes[0]
    assert shape.line == ""
    assert shape.dots.startswith("M300 ")


def test_a_chart_of_nothing_says_so() -> None:
    chart = draw([None, None])
    assert chart.is_empty
    text = render_to_string("services_map/charts/lines.html", {"chart": chart})
    assert "No spans in this time." in text
    assert '<svg class="drawing"' not in text


def test_slots_with_spans_lead_to_their_examples() -> None:
    chart = draw([1e6, None])
    assert [slot.address for slot in chart.slots] == ["/service/examples?service=shop&start=0&end=60", ""]
    assert [slot.texts for slot in chart.slots] == [("1.00 ms",), ("–",)]
    assert [(slot.x, slot.width) for slot in chart.slots] == [("0", "50"), ("50", "50")]


def test_marks_stand_at_their_time_on_two_lines_and_none_outside() -> None:
    marked = [Marked(at_s=at, text=f"v{at}") for at in (-1, 30, 60, 110, 120)]
    marks = draw([1e6, 2e6], marked).marks
    assert [(mark.text, mark.at, mark.y, mark.is_left) for mark in marks] == [
        ("v30", "25", 10, False), ("v60", "50", 22, False), ("v110", "91.67", 10, True)
    ]  # fmt: skip


def test_of_many_marks_the_latest_are_shown() -> None:
    marks = draw([1e6] * 30, [Marked(at_s=at, text=str(at)) for at in range(100)]).marks
    assert [mark.text for mark in marks] == [str(at) for at in range(92, 100)]


def stack(*parts: Sequence[float | None]) -> Chart:
    axis = time_axis(range(0, 60 * len(parts[0]), 60), 60, UTC)
    series = [Series(name=tone, tone=tone, values=part) for tone, part in zip(("rate", "failed"), parts, strict=True)]
    return stacked_chart("rate", "Rate", "Rate.", axis, series, COUNT, address=ADDRESS)


def test_areas_are_steps_one_upon_the_other() -> None:
    chart = stack([2, 2, 1], [0, 2, None])
    assert (chart.scale.high, len(chart.scale.ticks)) == (4, 5)
    assert chart.shapes[0].area == "M0 80 400 80 400 120 600 120 600 160 0 160z"
    assert chart.shapes[1].area == "M200 0 400 0 400 80 200 80z"


def test_an_area_ends_where_there_is_nothing() -> None:
    chart = stack([1, 0, 1], [0, 0, 0])
    assert chart.shapes[0].area == "M0 0 200 0 200 160 0 160zM400 0 600 0 600 160 400 160z"
    assert chart.shapes[1].area == ""
    assert [bool(slot.address) for slot in chart.slots] == [True, False, True]


def test_a_stack_of_nothing_is_empty() -> None:
    assert stack([0, None], [0, 0]).is_empty
    assert not stack([0, 1], [0, 0]).is_empty


def test_cells_stand_where_their_spans_are() -> None:
    chart = heat(30, [[0, 5], [100, 0]], [[0, 1], [0, 0]])
    assert (chart.first_row, chart.rows, chart.columns) == (28, 6, 2)
    assert [(layer.step, layer.path) for layer in chart.layers] == [(3, "M1 3h1v1h-1z"), (7, "M0 2h1v1h-1z")]
    assert [link.path for link in chart.links] == ["M1 3h1v1h-1z", "M0 2h1v1h-1z"]
    assert chart.links[0].address == "/service/examples?service=shop&start=60&end=120&row=30"
    assert [(diamond.x, diamond.y) for diamond in chart.diamonds] == [("75", "93.3")]


def test_cells_of_one_colour_are_drawn_as_one() -> None:
    chart = heat(30, [[5, 5, 5, 0, 5]], [[0] * 5])
    assert [layer.path for layer in chart.layers] == ["M0 2h3v1h-3zM4 2h1v1h-1z"]


def test_of_too_many_cells_the_slots_are_links() -> None:
    chart = heat(30, [[1] * 60 + [0]] * 10, [[0] * 61] * 10)
    assert len(chart.links) == 60
    assert chart.links[59].path == f"M59 0h1v{chart.rows}h-1z"
    assert chart.links[59].address == "/service/examples?service=shop&start=3540&end=3600"


@pytest.mark.parametrize(("columns", "px"), [(1, 3.5), (60, 3.5), (100, 2.5), (200, 1.5)])
def test_diamonds_of_neighbours_do_not_cover_each_other(columns: int, px: float) -> None:
    assert heat(30, [[1] * columns], [[1] * columns]).diamond_px == px


def test_a_row_of_the_axis_is_a_row_of_cells() -> None:
    chart = heat(30, [[1]] * 6, [[0]] * 6)
    for row in range(30, 36):
        low_ns, high_ns = row_bounds_ns(row)
        top = 160 * (chart.first_row + chart.rows - 1 - row) / chart.rows
        height = 160 / chart.rows
        assert top - 0.5 <= chart.scale.y(high_ns) < chart.scale.y(low_ns) <= top + height + 0.5


@pytest.mark.parametrize("duration_ns", [0, 1, MAX_NS])
def test_the_shortest_and_the_longest_duration_have_a_row(duration_ns: int) -> None:
    row = int(buckets_of(np.array([duration_ns]))[0]) // BUCKETS_A_ROW
    chart = heat(row, [[1]], [[0]])
    assert chart.first_row <= row < chart.first_row + chart.rows
    assert len(chart.texts) == chart.rows
    assert chart.scale.low < chart.scale.high


def test_the_table_of_a_heatmap_adds_up_its_rows_the_longest_first() -> None:
    chart = heat(40, [[1, 2], [0, 0], [3, 4]], [[0, 0], [0, 0], [1, 1]])
    assert [(each.weight, each.failed) for each in chart.ranges] == [("7", "2"), ("3", "0")]
    assert chart.ranges[0].address.endswith("&start=0&end=120&row=42")
    assert chart.ranges[1].text == chart.texts[40 - chart.first_row]


def test_more_spans_are_darker_and_none_are_the_background() -> None:
    assert [step_of(weight, 10_000) for weight in (0, 1, 10, 100, 1_000, 10_000)] == [0, 1, 2, 4, 6, STEPS]
    assert step_of(1, 1) == 2
    assert step_of(0.001, 1e12) == 1


def test_a_heatmap_of_nothing_is_empty() -> None:
    assert heat(0, [], []).is_empty
    assert heat(10, [[0, 0]], [[0, 0]]).is_empty


def test_a_sparkline_weighs_little() -> None:
    line = sparkline([(at * 7_919) % 1_013 for at in range(720)])
    text = render_to_string("services_map/charts/sparkline.html", {"line": line})
    assert len(text.encode()) <= 470


def test_a_sparkline_keeps_peaks_gaps_and_ends() -> None:
    values: list[float | None] = [1.0] * 100
    values[50] = 100.0
    assert " 2 " in sparkline(values).path
    assert sparkline([1, None, None, 1]).path == ""
    assert sparkline([1, 2, None, 2, 1]).path == "M2 10L25 2M71 2L94 10"
    assert sparkline([0, 0]).path == "M2 18L94 18"
    assert sparkline([3]).last == ("2", "2")
    assert sparkline([None]).last is None
    assert sparkline([]).path == ""


def weights_of(*durations_ns: int) -> list[float]:
    found = buckets_of(np.array(durations_ns))
    counts = np.ones(found.size)
    return list(Histogram.of(found, counts.astype(np.int64), counts).weights)


def test_distributions_are_shares_of_their_own_whole() -> None:
    before = Side(name="before", tone="before", weights=weights_of(1_000_000, 1_000_000, 1_000_000, 50_000_000))
    after = Side(name="after", tone="after", weights=weights_of(50_000_000))
    chart = distribution("latency", "Latency", "Latency.", [before, after])
    assert [bar.shares for bar in chart.bars] == [("75 %", "0 %"), ("25 %", "100 %")]
    assert [tick.text for tick in chart.time_ticks] == ["1 ms", "10 ms", "100 ms"]
    assert [median.tone for median in chart.medians] == ["before", "after"]
    assert float(chart.medians[0].at) < 30 < 80 < float(chart.medians[1].at)


def test_a_distribution_of_nothing_is_empty_and_one_side_may_be() -> None:
    nothing = Side(name="before", tone="before", weights=[0.0] * BUCKETS)
    some = Side(name="after", tone="after", weights=weights_of(0, MAX_NS))
    assert distribution("d", "D", "D.", [nothing, nothing]).is_empty
    chart = distribution("d", "D", "D.", [nothing, some])
    assert [bool(shape.line) for shape in chart.shapes] == [False, True]
    assert "No spans" not in render_to_string("services_map/charts/distribution.html", {"chart": chart})


def test_data_for_the_browser_are_the_same_numbers_and_scales() -> None:
    page = make_page(UTC)
    assert page.data["count"] == 60
    charts = page.data["charts"]
    assert isinstance(charts, dict)
    assert list(charts) == ["rate", "durations", "heatmap"]
    assert charts["durations"]["range"] == [page.durations.scale.low, page.durations.scale.high]
    assert charts["durations"]["series"][0]["values"][:1] == [8e6]
    assert charts["heatmap"]["firstRow"] == page.heatmap.first_row
    assert charts["heatmap"]["weights"] == [list(row) for row in page.heatmap.weights]
    assert len(charts["heatmap"]["failed"]) == len(page.heatmap.diamonds)


def test_an_empty_chart_is_not_sent() -> None:
    assert chart_data([draw([None])], "/examples")["charts"] == {}


def test_names_from_spans_are_text_in_a_drawing() -> None:
    chart = draw([1e6], [Marked(at_s=10, text="<script>alert(1)</script>")])
    text = render_to_string("services_map/charts/lines.html", {"chart": chart})
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text
