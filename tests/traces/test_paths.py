"""A trace merged by path, and the table of a flame graph."""

import random
from dataclasses import replace

import pytest
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.traces.outlines import make_outline, make_trace
from traces.domain.paths import fit_children, merge_paths
from traces.domain.span import StatusCode
from traces.domain.trace import Trace
from traces.trace_views.flame import MAX_MARKED, MAX_PATHS, PathRow, show_flame


def make_shop() -> Trace:
    """A root of 100 ns waits for b (60) and then for a c (25) that fails; another c runs beside b."""
    return make_trace(
        [
            make_outline(1, None, name="a", duration_ns=100),
            make_outline(2, 1, name="b", start_ns=5, duration_ns=60),
            make_outline(3, 1, name="c", service="bank", start_ns=5, duration_ns=50),
            replace(make_outline(4, 1, name="c", service="bank", start_ns=70, duration_ns=25), status=StatusCode.ERROR),
        ]
    )


def list_rows(trace: Trace, query: str = "") -> list[PathRow]:
    rows = show_flame(RequestFactory().get(f"/?{query}"), trace)["rows"]
    assert isinstance(rows, list)
    return rows


def test_spans_of_one_operation_below_one_path_are_one_node() -> None:
    paths = merge_paths(make_shop())
    assert paths.node_of == [0, 1, 2, 2]
    assert (paths.parents, paths.depths, paths.counts) == ([-1, 0, 0], [0, 1, 1], [1, 1, 2])
    assert paths.error_counts == [0, 0, 1]
    assert paths.totals_ns == [100, 60, 75]
    assert paths.criticals_ns == [100, 60, 25]
    assert paths.selves_ns == [15, 60, 75]
    assert paths.inner_selves_ns == [150, 60, 75]


def test_the_same_operation_below_another_path_is_another_node() -> None:
    spans = [make_outline(n, n - 1 or None, name="ab"[n % 2], duration_ns=9) for n in range(1, 5)]
    assert merge_paths(make_trace(spans)).parents == [-1, 0, 1, 2]


def test_what_holds_more_than_it_has_itself_is_as_wide_as_that() -> None:
    assert fit_children([-1, 0, 0, 1], [8, 2, 3, 4]) == [8, 4, 3, 4]
    assert fit_children([-1, 0, 0, 1], [5, 2, 3, 4]) == [7, 4, 3, 4]


@settings(max_examples=40, deadline=None)
@given(some.integers(0, 2**32))
def test_critical_times_of_roots_add_up_to_their_durations(seed: int) -> None:
    chance = random.Random(seed)
    trace = make_trace(
        [
            make_outline(
                n,
                chance.randint(0, n - 1) or None,
                name=chance.choice("ab"),
                start_ns=chance.randint(0, 50),
                duration_ns=chance.randint(0, 50),
            )
            for n in range(1, chance.randint(2, 20))
        ]
    )
    paths = merge_paths(trace)
    roots_ns = sum(row.span.duration_ns for row in trace.rows if row.depth == 0)
    of_roots = [ns for ns, parent in zip(paths.criticals_ns, paths.parents, strict=True) if parent < 0]
    assert sum(of_roots) == roots_ns
    for node, parent in enumerate(paths.parents):
        assert parent < 0 or paths.criticals_ns[node] <= paths.criticals_ns[parent]
    assert sum(paths.counts) == len(trace.rows)


def test_the_table_has_each_path_below_what_called_it_the_widest_first() -> None:
    rows = list_rows(make_shop())
    assert [(row.operation.name, row.depth, row.percent, row.rows) for row in rows] == [
        ("a", 1, "100 %", "0"), ("b", 2, "60 %", "1"), ("c", 2, "25 %", "2-3"),
    ]  # fmt: skip
    assert rows[2].row == 2
    assert rows[2].own_id == f"{3:016x}"
    assert [row.operation.name for row in list_rows(make_shop(), "mode=merged&by=total")] == ["a", "c", "b"]


def test_a_table_has_an_end_and_begins_with_the_widest() -> None:
    calls = [make_outline(n, 1, name=f"call {n}", start_ns=n, duration_ns=n) for n in range(2, 400)]
    rows = list_rows(make_trace([make_outline(1, duration_ns=10_000), *calls]), "by=total")
    assert len(rows) == MAX_PATHS
    assert [row.total_ns for row in rows[:3]] == [10_000, 399, 398]


def test_spans_too_many_to_be_marked_are_counted() -> None:
    calls = [make_outline(n, 1, name="call", start_ns=n, duration_ns=1) for n in range(2, MAX_MARKED + 3)]
    root, call = list_rows(make_trace([make_outline(1, duration_ns=10_000), *calls]))
    assert (root.rows, call.rows, call.count) == ("0", "", MAX_MARKED + 1)


def test_a_trace_that_took_no_time_has_a_table_without_shares() -> None:
    assert [row.percent for row in list_rows(make_trace([make_outline(1)]))] == [""]


@pytest.mark.parametrize("query", ["", "mode=lanes", "mode=nonsense&by=", "by=nonsense"])
def test_words_that_are_no_mode_or_width_mean_the_first(query: str) -> None:
    shown = show_flame(RequestFactory().get(f"/?{query}"), make_shop())
    assert (shown["mode"], shown["width"]) == ("lanes", "critical")


def test_links_keep_the_span_and_the_clock_and_escape_them() -> None:
    shown = show_flame(RequestFactory().get("/?mode=merged&by=self&span=%26x&clock=sent&build=7"), make_shop())
    assert [each.address for each in shown["modes"]] == [  # type: ignore[attr-defined]
        "?view=flame&mode=lanes&span=%26x&clock=sent",
        "?view=flame&mode=merged&by=self&span=%26x&clock=sent",
    ]
    assert shown["kept"] == "&view=flame&mode=merged&by=self&clock=sent"
