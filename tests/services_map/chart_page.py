"""A page of charts with numbers that never change, and the addresses of the product around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sin

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.templatetags.static import static
from django.urls import include, path

from services_map.charts.data import Json, chart_data, example_addresses
from services_map.charts.figures import Chart, Marked, Series
from services_map.charts.heatmap import Heatmap, heatmap
from services_map.charts.lines import line_chart
from services_map.charts.measures import DURATION, rate_measure
from services_map.charts.stacked import stacked_chart
from services_map.charts.time_ticks import TimeAxis, time_axis
from services_map.domain.latency.buckets import BUCKETS_A_ROW
from traces.zones import Zone, read_zone

#: 2026-11-22T02:10:00Z, an hour of minutes.
START_S, STEP_S, COUNT = 1_795_313_400, 60, 60
EXAMPLES = "/chart-examples?service=shop"
_FIRST_ROW = 100 // BUCKETS_A_ROW * 7

_PAGE = """{% extends "base.html" %}{% load static %}
{% block title %}Charts{% endblock %}
{% block head %}{% include "services_map/charts/_head.html" %}{% endblock %}
{% block scripts %}<script type="module" src="{% static 'js/pages/charts.js' %}"></script>{% endblock %}
{% block main %}<h1>Charts</h1><chart-group data-plotly="{{ plotly }}">
{% include "services_map/charts/lines.html" with chart=rate %}
{% include "services_map/charts/lines.html" with chart=durations %}
{% include "services_map/charts/heatmap.html" with chart=heatmap %}
{% include "services_map/charts/lines.html" with chart=nothing %}
</chart-group>
{{ data|json_script:"charts-data" }}
{% include "services_map/charts/_drawer.html" %}{% endblock %}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    rate: Chart
    durations: Chart
    heatmap: Heatmap
    nothing: Chart
    data: Json


def make_page(zone: Zone) -> Page:
    """Charts with a gap, a value alone, failures, and one without anything."""
    axis = time_axis(range(START_S, START_S + STEP_S * COUNT, STEP_S), STEP_S, zone)
    address = example_addresses(EXAMPLES)
    rates = [None if 20 <= slot < 24 or slot == 25 else 8 + 5 * sin(slot / 6) for slot in range(COUNT)]
    failed = [0 if rate is None or slot < 40 else rate / 5 for slot, rate in enumerate(rates)]
    ok = [0 if rate is None else rate - bad for rate, bad in zip(rates, failed, strict=True)]
    rate = stacked_chart(
        "rate",
        "Rate",
        "Calls a second; those that failed are on top.",
        axis,
        [Series(name="ok", tone="rate", values=ok), Series(name="failed", tone="failed", values=failed)],
        rate_measure(rates),
        address=address,
    )
    durations = line_chart(
        "durations",
        "Duration",
        "Percentiles of durations, on a logarithmic axis.",
        axis,
        [_percentile(name, factor, rates) for name, factor in (("p50", 1), ("p95", 4), ("p99", 15))],
        DURATION,
        marks=[Marked(at_s=START_S + 2_410, text="1.42 first seen")],
        address=address,
    )
    return Page(
        rate=rate,
        durations=durations,
        heatmap=_heat(axis, rates),
        nothing=line_chart(
            "nothing", "Nothing", "Nothing.", axis, [Series(name="p50", tone="p50", values=[None] * COUNT)], DURATION
        ),
        data=chart_data([rate, durations, _heat(axis, rates)], EXAMPLES),
    )


def _percentile(name: str, factor: int, rates: Sequence[float | None]) -> Series:
    return Series(name=name, tone=name, values=[None if rate is None else rate * factor * 1e6 for rate in rates])


def _heat(axis: TimeAxis, rates: Sequence[float | None]) -> Heatmap:
    rows = 10
    weights = [
        [0 if rate is None else max(0, round(rate * (6 - abs(row - 3)) ** 2) - 12) for rate in rates]
        for row in range(rows)
    ]
    failed = [
        [2 if row > 5 and slot > 40 and weight else 0 for slot, weight in enumerate(weights[row])]
        for row in range(rows)
    ]
    return heatmap(
        "heatmap",
        "Latency",
        "How many calls took how long; diamonds mark where some failed.",
        axis,
        _FIRST_ROW,
        weights,
        failed,
        address=example_addresses(EXAMPLES),
    )


def show_charts(request: HttpRequest) -> HttpResponse:
    page = make_page(read_zone(request.COOKIES))
    context = {name: getattr(page, name) for name in ("rate", "durations", "heatmap", "nothing", "data")}
    context["plotly"] = request.GET.get("plotly") or static("plotly/plotly.min.js")
    return HttpResponse(engines["django"].from_string(_PAGE).render(context, request))


def show_examples(request: HttpRequest) -> HttpResponse:
    """Says what was asked for."""
    words = {name: request.GET.get(name, "") for name in ("service", "start", "end", "row")}
    template = engines["django"].from_string('<div class="asked">{{ service }} {{ start }} {{ end }} {{ row }}</div>')
    return HttpResponse(template.render(words, request))


urlpatterns = [
    path("charts", show_charts),
    path("chart-examples", show_examples),
    path("", include("tracing_ui.urls.web")),
]
handler404 = "tracing_ui.operate.page_not_found"
