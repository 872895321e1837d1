"""The four charts of a service or an operation. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from services_map.charts.data import Json, chart_data, example_addresses
from services_map.charts.figures import Chart, Marked, Series
from services_map.charts.heatmap import Heatmap, heatmap
from services_map.charts.lines import line_chart
from services_map.charts.measures import DURATION, SHARE, rate_measure
from services_map.charts.stacked import stacked_chart
from services_map.charts.time_ticks import time_axis
from services_map.domain.summary import SubjectDetail, VersionSeen
from traces.words import named
from traces.zones import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """In the order of the page, and what a browser needs to draw them again."""

    rate: Chart
    errors: Chart
    durations: Chart
    heatmap: Heatmap
    data: Json


def draw_charts(detail: SubjectDetail, zone: Zone, examples: str) -> Charts:
    """`examples` is the address of the examples of the subject, without a window."""
    series, found = detail.series, detail.heatmap
    axis = time_axis(series.starts_s, series.step_s, zone)
    address = example_addresses(examples)
    marks = list_marks(detail.versions)
    rates, failed = series.rates, series.failed_rates
    rate = stacked_chart(
        "rate",
        gettext("Rate"),
        gettext("Calls a second over time, those that failed on top."),
        axis,
        [
            Series(
                name=gettext("ok"), tone="rate", values=[all_ - bad for all_, bad in zip(rates, failed, strict=True)]
            ),
            Series(name=gettext("failed"), tone="failed", values=failed),
        ],
        rate_measure(rates),
        address=address,
    )
    errors = line_chart(
        "errors",
        gettext("Error share"),
        gettext("The share of calls that failed over time."),
        axis,
        [Series(name=gettext("failed"), tone="failed", values=series.error_shares)],
        SHARE,
        address=address,
    )
    durations = line_chart(
        "durations",
        gettext("Duration"),
        gettext("The 50th, 95th and 99th percentile of durations over time, on a logarithmic axis."),
        axis,
        [
            Series(name="p50", tone="p50", values=series.p50_ns),
            Series(name="p95", tone="p95", values=series.p95_ns),
            Series(name="p99", tone="p99", values=series.p99_ns),
        ],
        DURATION,
        marks=marks,
        address=address,
    )
    cells = heatmap(
        "heatmap",
        gettext("Latency"),
        gettext("How many calls took how long over time, on a logarithmic axis; diamonds mark where some failed."),
        axis,
        found.first_row,
        found.weights,
        found.failed,
        address=address,
    )
    return Charts(
        rate=rate,
        errors=errors,
        durations=durations,
        heatmap=cells,
        data=chart_data([rate, errors, durations, cells], examples),
    )


def list_marks(versions: Sequence[VersionSeen]) -> list[Marked]:
    """Where each version was first seen, but for those without a name."""
    return [
        Marked(
            at_s=seen.first_start_ns / 1e9, text=gettext("%(version)s first seen") % {"version": named(seen.version)}
        )
        for seen in versions
        if seen.number and seen.first_start_ns is not None
    ]
