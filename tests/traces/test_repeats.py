"""Runs of siblings that do the same."""

import random
from collections.abc import Iterator

import pytest

from tests.traces.test_trace import OTHER, TRACE, outline
from traces.domain.repeats import Repeat
from traces.domain.span import SpanOutline
from traces.domain.trace import Trace, build_trace
from traces.domain.trace_rows import TraceRows


def siblings(count: int, first: int = 2, parent: int | None = 1, name: str = "SELECT") -> list[SpanOutline]:
    """So many spans `first`, `first + 1`, … one after the other."""
    return [outline(n, parent, 1_000 + n, name=name) for n in range(first, first + count)]


def repeats(*spans: SpanOutline) -> list[tuple[int, int, int, int]]:
    """Head, members, slowest and end of each run."""
    found = build_trace(TRACE, spans).repeats
    return [(each.head, each.member_count, each.slowest, each.end) for each in found]


@pytest.mark.parametrize(("count", "expected"), [(4, []), (5, [(1, 5, 1, 6)]), (47, [(1, 47, 1, 48)])])
def test_five_siblings_of_one_operation_are_a_run(count: int, expected: list[tuple[int, int, int, int]]) -> None:
    assert repeats(outline(1), *siblings(count)) == expected


def test_a_run_names_the_first_of_its_slowest() -> None:
    spans = [outline(n, 1, 1_000 + n, duration_ns=length) for n, length in enumerate([5, 7, 9, 9, 2], 2)]
    assert repeats(outline(1, name="all"), *spans) == [(1, 5, 3, 6)]


def test_members_have_subtrees_of_any_shape() -> None:
    below = [outline(20, 2, 1_010, name="parse"), outline(21, 20, 1_011, name="read"), outline(22, 6, 1_012, name="x")]
    assert repeats(outline(1), *siblings(5), *below) == [(1, 5, 1, 9)]


def test_a_sibling_that_does_something_else_ends_a_run() -> None:
    spans = [*siblings(5), *siblings(1, 7, name="COMMIT"), *siblings(6, 8)]
    assert repeats(outline(1), *spans) == [(1, 5, 1, 6), (7, 6, 7, 13)]


@pytest.mark.parametrize("other", [outline(4, 1, 1_004, name="SELECT", service=OTHER), outline(4, 1, 1_004, name="X")])
def test_one_operation_is_the_name_and_the_service(other: SpanOutline) -> None:
    spans = siblings(5)
    spans[2] = other
    assert repeats(outline(1), *spans) == []


def test_children_of_different_parents_are_no_run() -> None:
    parents = [outline(1), outline(2, 1, 1_001, name="a"), outline(3, 1, 1_002, name="b")]
    assert repeats(*parents, *siblings(4, 4, parent=2), *siblings(4, 8, parent=3)) == []


def test_an_error_anywhere_below_a_member_ends_a_run() -> None:
    failed = outline(30, 29, 2_000, status=2)
    spans = [outline(1), *siblings(11), outline(29, 7, 1_999, name="retry"), failed]
    assert repeats(*spans) == [(1, 5, 1, 6), (9, 5, 9, 14)]
    assert repeats(outline(1, status=2), *siblings(5)) == [(1, 5, 1, 6)]
    assert repeats(outline(1), *siblings(5)[:4], outline(6, 1, 1_006, name="SELECT", status=2)) == []


def test_a_run_within_a_member_of_a_run_is_one_too() -> None:
    inner = [outline(100 + n, 4, 1_100 + n, name="inner") for n in range(6)]
    assert repeats(outline(1), *siblings(5), *inner) == [(1, 5, 1, 12), (4, 6, 4, 10)]


def test_roots_are_siblings() -> None:
    assert repeats(*siblings(5, parent=None)) == [(0, 5, 0, 5)]
    assert repeats(*siblings(5, parent=99)) == [(0, 5, 0, 5)]


def test_roots_that_miss_different_parents_are_no_siblings() -> None:
    assert repeats(*siblings(3, 2, parent=98), *siblings(3, 5, parent=99)) == []
    assert repeats(*siblings(3, 2, parent=None), *siblings(3, 5, parent=99)) == []


def test_sixty_thousand_deep_and_fifty_thousand_wide_are_no_trouble() -> None:
    assert repeats(*(outline(n, n - 1 or None, n) for n in range(1, 60_001))) == []
    wide = [outline(1, None, 0, name="all"), *(outline(n, 1, n) for n in range(2, 50_002))]
    assert repeats(*wide) == [(1, 50_000, 1, 50_001)]


@pytest.mark.parametrize("seed", range(30))
def test_runs_are_those_that_looking_at_every_sibling_finds(seed: int) -> None:
    chance = random.Random(seed)
    spans = [
        outline(
            n,
            chance.choice([None, 999, n - 1, *[n // 12] * 20]) or None,
            n,
            chance.randrange(1, 9),
            name=chance.choice("aaaab"),
            status=2 * (chance.random() < 0.03),
        )
        for n in range(1, 401)
    ]
    trace = build_trace(TRACE, spans)
    assert trace.repeats == tuple(sorted(look_at_all(trace), key=lambda repeat: repeat.head))


def look_at_all(trace: Trace) -> Iterator[Repeat]:
    rows = trace.rows
    roots = [row for row in range(len(rows)) if rows.depths[row] == 0]
    families = [list(rows.find_children(row)) for row in range(len(rows))]
    families += [[row for row in roots if named_parent(rows, row) == parent] for parent in (None, 999)]
    for family in families:
        run: list[int] = []
        for row in [*family, None]:
            if run and (row is None or not continues(rows, run[-1], row)):
                if len(run) >= 5:
                    slowest = max(run, key=lambda each: (rows[each].span.duration_ns, -each))
                    yield Repeat(run[0], len(run), slowest, end_of(rows, run[-1]))
                run = []
            if row is not None and not has_error(rows, row):
                run.append(row)


def continues(rows: TraceRows, row: int, following: int) -> bool:
    is_next = following == end_of(rows, row)
    return is_next and rows.operation(row) == rows.operation(following) and not has_error(rows, following)


def has_error(rows: TraceRows, row: int) -> bool:
    return any(each.span.is_error for each in rows[row : end_of(rows, row)])


def end_of(rows: TraceRows, row: int) -> int:
    return row + rows.subtree_sizes[row]


def named_parent(rows: TraceRows, row: int) -> int | None:
    parent = rows[row].span.parent_span_id
    return None if parent is None else int.from_bytes(parent, "big")
