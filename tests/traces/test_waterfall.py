"""The first page of a waterfall: which lines it has and how they are drawn."""

from collections.abc import Set

import pytest

from tests.traces.outlines import make_outline, make_trace
from traces import waterfall
from traces.domain.span import SpanOutline
from traces.entries import EntryKind, list_entries

SPAN, REPEAT, MISSING = EntryKind


def test_a_row_names_its_service_only_where_it_changes() -> None:
    rows = [
        make_outline(1),
        make_outline(2, parent=1),
        make_outline(3, parent=2, service="db"),
        make_outline(4, parent=3, service="db"),
    ]
    assert [drawn.service for drawn in waterfall.draw(make_trace(rows), 0).rows] == ["shop", "", "db", ""]


def test_a_page_of_rows_knows_the_services_above_it() -> None:
    rows = [make_outline(1), *(make_outline(n, parent=1, start_ns=n, name=str(n)) for n in range(2, 200))]
    page = waterfall.draw(make_trace(rows), 100)
    assert (len(page.rows), page.rows[0].id, page.rows[0].service, page.rows[-1].id) == (99, "r101", "", "r199")
    assert page.next_first is None
    assert waterfall.draw(make_trace(rows), 0).next_first == 100


def test_bars_are_placed_in_per_cent() -> None:
    rows = [make_outline(1, duration_ns=1_000), make_outline(2, parent=1, start_ns=250, duration_ns=500)]
    rows += [make_outline(3, parent=1, start_ns=1_000)]
    drawn = waterfall.draw(make_trace(rows), 0).rows
    assert [(row.whole, row.end) for row in drawn] == [
        ("M0 6H100V18H0Z", "100"),
        ("M25 6H75V18H25Z", "75"),
        ("M100 6H100V18H100Z", "100"),
    ]
    assert [row.own for row in drawn] == ["M0 6H25V18H0ZM75 6H100V18H75Z", "", ""]


def test_a_trace_without_a_length_can_be_drawn() -> None:
    (drawn,) = waterfall.draw(make_trace([make_outline(1)]), 0).rows
    assert (drawn.whole, drawn.end, drawn.duration) == ("M0 6H0V18H0Z", "0", "0 ns")


def test_a_deep_row_is_not_indented_out_of_sight() -> None:
    rows = [make_outline(1), *(make_outline(n, parent=n - 1, start_ns=n) for n in range(2, 101))]
    drawn = waterfall.draw(make_trace(rows), 0).rows
    assert [(row.indent, row.level, row.badge) for row in (drawn[24], drawn[25], drawn[99])] == [
        ("d24", "25", ""),
        ("d24", "26", "depth 26"),
        ("d24", "100", "depth 100"),
    ]


def test_a_page_deep_in_a_trace_is_indented_from_its_own_edge() -> None:
    rows = [make_outline(1), *(make_outline(n, parent=n - 1, start_ns=n) for n in range(2, 2_001))]
    drawn = waterfall.draw(make_trace(rows), 1_990).rows
    assert [(row.indent, row.level, row.badge) for row in drawn[:2]] == [
        ("d0", "1991", "depth 1,991"),
        ("d1", "1992", ""),
    ]


def test_repeats_are_one_line_beside_their_slowest() -> None:
    rows = [make_outline(1), *(make_outline(n, parent=1, start_ns=n, duration_ns=n % 4) for n in range(2, 9))]
    rows += [make_outline(20, parent=3, start_ns=3), make_outline(30, parent=1, start_ns=30, name="other")]
    assert _entries(rows) == [(SPAN, 1, 0), (REPEAT, 2, 1), (SPAN, 3, 1), (SPAN, 20, 2), (SPAN, 30, 1)]
    assert [number for _, number, _ in _entries(rows, opened={1})] == [1, 2, 3, 20, 4, 5, 6, 7, 8, 30]
    assert [number for _, number, _ in _entries(rows, folds=False)] == [1, 2, 3, 20, 4, 5, 6, 7, 8, 30]


def test_repeats_within_the_slowest_of_repeats_are_folded_too() -> None:
    rows = [make_outline(1), *(make_outline(n, parent=1, start_ns=n, duration_ns=n) for n in range(2, 8))]
    rows += [make_outline(n, parent=7, start_ns=n, name="inner") for n in range(10, 16)]
    rows += [make_outline(30, parent=1, start_ns=30, name="other")]
    assert _entries(rows) == [
        (SPAN, 1, 0),
        (REPEAT, 2, 1),
        (SPAN, 7, 1),
        (REPEAT, 10, 2),
        (SPAN, 10, 2),
        (SPAN, 30, 1),
    ]


def test_a_parent_that_never_arrived_is_said_once_for_its_children() -> None:
    rows = [make_outline(1), make_outline(2, parent=99, start_ns=2), make_outline(3, parent=99, start_ns=3)]
    rows += [make_outline(4, parent=3, start_ns=4), make_outline(5, parent=98, start_ns=5), make_outline(6, start_ns=6)]
    assert _entries(rows) == [
        (SPAN, 1, 0),
        (MISSING, 2, 0),
        (SPAN, 2, 1),
        (SPAN, 3, 1),
        (SPAN, 4, 2),
        (MISSING, 5, 0),
        (SPAN, 5, 1),
        (SPAN, 6, 0),
    ]


def test_a_circle_is_not_taken_for_a_missing_parent() -> None:
    assert _entries([make_outline(1, parent=2), make_outline(2, parent=1, start_ns=2)]) == [(SPAN, 1, 0), (SPAN, 2, 1)]


@pytest.mark.parametrize("first", range(6))
def test_a_page_may_begin_anywhere(first: int) -> None:
    rows = [make_outline(1, parent=99), *(make_outline(n, parent=1, start_ns=n, name=str(n)) for n in range(2, 7))]
    whole = [entry for entry in _entries(rows) if entry[0] is SPAN]
    assert [entry for entry in _entries(rows, first=first) if entry[0] is SPAN] == whole[first:]


def _entries(
    rows: list[SpanOutline], first: int = 0, opened: Set[int] = frozenset(), folds: bool = True
) -> list[tuple[EntryKind, int, int]]:
    """Kind, number of the span, level."""
    trace = make_trace(rows)
    return [
        (entry.kind, int.from_bytes(trace.rows[entry.row].span.span_id, "big"), entry.level)
        for entry in list_entries(trace, first, opened, folds)
    ]
