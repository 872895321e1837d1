"""The figures at the head of a service's page, in words."""

import numpy as np
import pytest
from django.http import QueryDict

from services_map.domain.latency.buckets import buckets_of
from services_map.domain.latency.histogram import Histogram
from services_map.domain.statistics.intervals import Interval
from services_map.domain.summary import Figures
from services_map.pages.service.asked import Asked
from services_map.pages.service.facts import join_range, list_doors, list_facts, spell_interval
from services_map.windows import read_window
from tests.builders import MS, NOW_NS

HOUR_S = 3_600.0


def make_figures(*durations_ms: int, times: int = 1, failed: int = 0, weight: float = 1.0) -> Figures:
    """So many calls of each duration in an hour, of the first duration so many failed."""
    buckets = buckets_of(np.array(durations_ms, np.int64) * MS)
    counts = np.full(len(durations_ms), times, np.int64)
    bad = np.array([failed], np.int64)
    return Figures(
        seconds=HOUR_S,
        durations=Histogram.of(buckets, counts, (counts * weight).astype(np.float64)),
        failed=Histogram.of(buckets[:1], bad, (bad * weight).astype(np.float64)),
    )


def describe(figures: Figures, before: Figures) -> list[tuple[str, str, str, str]]:
    return [(fact.label, fact.value, fact.range, fact.change.text) for fact in list_facts(figures, before)]


def test_every_figure_has_its_interval() -> None:
    figures = make_figures(10, 20, times=1_800, failed=36)
    assert describe(figures, make_figures(10, 20, times=1_800, failed=36)) == [
        ("Calls", "1.00/s", "0.97 – 1.03/s", "no clear change"),
        ("Failed", "1.0 %", "0.72 – 1.4 %", "no clear change"),
        ("p50", "9.92 ms", "9.83 – 20.2 ms", "no clear change"),
        ("p95", "20.0 ms", "19.8 – 20.2 ms", "no clear change"),
        ("p99", "20.0 ms", "19.8 – 20.2 ms", "no clear change"),
    ]


def test_a_change_that_is_more_than_chance_is_told() -> None:
    facts = describe(make_figures(40, times=3_600, failed=360), make_figures(10, times=900))
    assert [change for *_, change in facts] == ["▲ ×4.0", "▲ 10 pt", "▲ ×4.1", "▲ ×4.1", "▲ ×4.1"]
    facts_of_faster = list_facts(make_figures(10, times=900), make_figures(40, times=900))
    assert [fact.change.tone for fact in facts_of_faster] == ["", "", "better", "better", "better"]


def test_few_spans_allow_no_comparison() -> None:
    assert {change for *_, change in describe(make_figures(40, times=9), make_figures(10, times=900))} == {
        "▼ 99 %",
        "too few to compare",
    }


def test_few_spans_bound_nothing_from_above() -> None:
    facts = describe(make_figures(10, times=10), Figures.nothing(HOUR_S))
    assert facts[3:] == [
        ("p95", "9.92 ms", "≥ 9.83 ms", "nothing before"),
        ("p99", "9.92 ms", "≥ 9.83 ms", "nothing before"),
    ]


def test_of_nothing_there_are_no_figures() -> None:
    assert list_facts(Figures.nothing(HOUR_S), make_figures(10)) == []


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        ("280 ms", "340 ms", "280 – 340 ms"),
        ("980 µs", "1.1 ms", "980 µs – 1.1 ms"),
        ("1 m 12 s", "2 m 12 s", "1 m 12 s – 2 m 12 s"),
        ("1.2/s", "3.4/s", "1.2 – 3.4/s"),
        ("0", "3", "0 – 3"),
        ("0 %", "0.5 %", "0 – 0.5 %"),
        ("< 0.01 %", "0.5 %", "< 0.01 – 0.5 %"),
    ],
)
def test_a_unit_that_both_ends_have_is_said_once(low: str, high: str, text: str) -> None:
    assert join_range(low, high) == text


def test_an_interval_may_be_open() -> None:
    assert spell_interval(Interval(low_ns=280 * MS, high_ns=None)) == "≥ 280 ms"
    assert spell_interval(Interval(low_ns=280 * MS, high_ns=340 * MS)) == "280 – 340 ms"


def list_labels(figures: Figures) -> list[str]:
    asked = Asked(service="shop", operation=None, kind=None, version=None)
    return [door.label for door in list_doors(asked, read_window(QueryDict(""), NOW_NS), figures)]


def test_nobody_is_sent_to_an_empty_search() -> None:
    assert list_labels(make_figures(10, failed=1)) == [
        "Traces",
        "Slow traces",
        "Failed traces",
        "Map",
        "Compare",
        "Sampling",
    ]
    assert list_labels(make_figures(10)) == ["Traces", "Slow traces", "Map", "Compare", "Sampling"]
    assert list_labels(Figures.nothing(HOUR_S)) == ["Traces", "Map", "Compare", "Sampling"]


def test_rare_calls_are_counted_by_the_minute_or_the_hour() -> None:
    nothing = Figures.nothing(HOUR_S)
    calls = [list_facts(make_figures(10, times=times), nothing)[0].value for times in (360, 300, 7, 3)]
    assert calls == ["0.10/s", "5.00/min", "0.12/min", "3.00/h"]
