"""The critical path: a test a rule of `traces.domain.critical_path`, and what holds for every trace."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.traces.outlines import make_outline, make_trace
from traces.domain.span import SpanKind, SpanOutline
from traces.domain.trace import Trace

Pieces = list[tuple[int, int, int]]

_PARENT = (1, None, 0, 100)


def trace_of(*spans: tuple[int, int | None, int, int], scale: int = 1) -> Trace:
    """Of (number, parent, start, end)."""
    return make_trace(
        [
            make_outline(number, parent, start_ns=scale * start, duration_ns=scale * (end - start))
            for number, parent, start, end in spans
        ]
    )


def list_pieces(trace: Trace, scale: int = 1) -> Pieces:
    """(number, from, to), in order."""
    path = trace.critical_path
    return [
        (int.from_bytes(trace.rows[row].span.span_id, "big"), start_ns // scale, end_ns // scale)
        for row, start_ns, end_ns in zip(path.rows, path.starts_ns, path.ends_ns, strict=True)
    ]


def test_a_span_alone_is_its_path() -> None:
    assert list_pieces(trace_of(_PARENT)) == [(1, 0, 100)]


def test_the_path_goes_through_calls_one_after_another_and_what_is_between_them() -> None:
    calls = (2, 1, 10, 30), (3, 2, 15, 20), (4, 1, 40, 90)
    assert list_pieces(trace_of(_PARENT, *calls)) == [
        (1, 0, 10), (2, 10, 15), (3, 15, 20), (2, 20, 30), (1, 30, 40), (4, 40, 90), (1, 90, 100),
    ]  # fmt: skip


def test_a_call_that_ends_when_the_next_begins_is_waited_for() -> None:
    assert list_pieces(trace_of(_PARENT, (2, 1, 0, 50), (3, 1, 50, 100))) == [(2, 0, 50), (3, 50, 100)]


def test_of_parallel_calls_the_one_that_ends_last_is_waited_for() -> None:
    assert list_pieces(trace_of(_PARENT, (2, 1, 10, 60), (3, 1, 10, 90), (4, 1, 10, 30))) == [
        (1, 0, 10), (3, 10, 90), (1, 90, 100),
    ]  # fmt: skip


def test_of_calls_that_end_together_the_longest_is_waited_for() -> None:
    assert list_pieces(trace_of(_PARENT, (2, 1, 30, 90), (3, 1, 10, 90), (4, 1, 50, 90)))[1] == (3, 10, 90)


def test_a_call_that_still_runs_when_the_next_begins_is_not_waited_for() -> None:
    assert list_pieces(trace_of(_PARENT, (2, 1, 10, 60), (3, 1, 40, 100))) == [(1, 0, 40), (3, 40, 100)]


def test_but_what_ended_before_both_is() -> None:
    assert list_pieces(trace_of(_PARENT, (4, 1, 5, 30), (2, 1, 10, 60), (3, 1, 40, 100))) == [
        (1, 0, 5), (4, 5, 30), (1, 30, 40), (3, 40, 100),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first_end", "is_waited_for"),
    [(401, True), (404, True), (405, False)],
)
def test_calls_may_overlap_by_a_hundredth_of_the_shorter(first_end: int, is_waited_for: bool) -> None:
    """The earlier one, which is cut there, takes 400 and some."""
    trace = trace_of((1, None, 0, 1_000), (2, 1, 0, first_end), (3, 1, 400, 1_000))
    assert list_pieces(trace) == [(2 if is_waited_for else 1, 0, 400), (3, 400, 1_000)]


@pytest.mark.parametrize(("overlap_us", "is_waited_for"), [(1_000, True), (1_001, False)])
def test_and_by_a_millisecond_at_most(overlap_us: int, is_waited_for: bool) -> None:
    second_us = 1_000_000
    trace = trace_of(
        (1, None, 0, 2 * second_us), (2, 1, 0, second_us + overlap_us), (3, 1, second_us, 2 * second_us), scale=1_000
    )
    assert list_pieces(trace, scale=1_000)[0] == (2 if is_waited_for else 1, 0, second_us)


def test_a_child_that_outlives_its_parent_counts_until_the_parent_ends() -> None:
    assert list_pieces(trace_of(_PARENT, (2, 1, 10, 150), (3, 2, 40, 120))) == [(1, 0, 10), (2, 10, 40), (3, 40, 100)]


def test_a_child_that_starts_before_its_parent_counts_from_when_the_parent_starts() -> None:
    assert list_pieces(trace_of((1, None, 10, 100), (2, 1, 5, 50))) == [(2, 10, 50), (1, 50, 100)]


@pytest.mark.parametrize("child", [(2, 1, 100, 160), (2, 1, 120, 160), (2, 1, 50, 50)])
def test_a_child_that_takes_none_of_its_parents_time_is_not_on_it(child: tuple[int, int, int, int]) -> None:
    assert list_pieces(trace_of(_PARENT, child, (3, 2, 60, 90))) == [(1, 0, 100)]


def test_a_child_that_ended_before_its_parent_started_is_not_on_it() -> None:
    assert list_pieces(trace_of((1, None, 10, 100), (2, 1, 1, 5))) == [(1, 10, 100)]


@pytest.mark.parametrize(
    ("kinds", "is_waited_for"),
    [
        ((SpanKind.PRODUCER, SpanKind.CONSUMER), False),
        ((SpanKind.CLIENT, SpanKind.CONSUMER), True),
        ((SpanKind.PRODUCER, SpanKind.SERVER), True),
    ],
)
def test_a_consumer_below_a_producer_is_not_waited_for(kinds: tuple[int, int], is_waited_for: bool) -> None:
    sends = make_outline(1, kind=kinds[0], duration_ns=100)
    takes = make_outline(2, 1, kind=kinds[1], start_ns=10, duration_ns=80)
    below = make_outline(3, 2, start_ns=20, duration_ns=10)
    numbers = {number for number, _, _ in list_pieces(make_trace([sends, takes, below]))}
    assert numbers == ({1, 2, 3} if is_waited_for else {1})


def test_every_root_has_a_path_of_its_own() -> None:
    trace = trace_of(_PARENT, (2, 1, 50, 100), (3, None, 20, 300), (4, 3, 20, 30))
    assert list_pieces(trace) == [(1, 0, 50), (2, 50, 100), (4, 20, 30), (3, 30, 300)]


def test_a_trace_that_takes_no_time_has_no_path() -> None:
    trace = trace_of((1, None, 5, 5), (2, 1, 5, 5), (3, 1, 1, 9))
    assert list_pieces(trace) == []
    assert list(trace.critical_path.own_ns) == [0, 0, 0]


def test_what_ends_when_no_clock_shows_ends_with_the_trace() -> None:
    trace = trace_of((1, None, 2**63 - 9, 2**63 + 2**62), (2, 1, 2**63 - 6, 2**63 + 2**61))
    assert list_pieces(trace) == [(1, 2**63 - 9, 2**63 - 6), (2, 2**63 - 6, trace.end_ns)]


def test_a_chain_as_deep_as_any_and_a_parent_of_thousands_have_one() -> None:
    deep = trace_of(*((n, n - 1 or None, n, 200_000 - n) for n in range(1, 60_001)))
    assert len(list_pieces(deep)) == 2 * 60_000 - 1
    wide = trace_of((1, None, 0, 100_000), *((n, 1, n, n + 1) for n in range(2, 50_001)))
    assert len(list_pieces(wide)) == 50_001


@given(some.integers(0, 2**32))
def test_the_pieces_of_a_root_are_its_time_in_order_and_without_gaps(seed: int) -> None:
    """And a span is only on the path while it and all above it run."""
    trace = make_trace(list(_invent(random.Random(seed))))
    rows, path = trace.rows, trace.critical_path
    pieces = list(zip(path.rows, path.starts_ns, path.ends_ns, strict=True))
    for root in [row for row, depth in enumerate(rows.depths) if depth == 0]:
        span, within = rows[root].span, range(root, root + rows.subtree_sizes[root])
        times = [time for row, *times in pieces if row in within for time in times]
        bounds = [span.start_ns, *(time for time in times[1:-1]), span.end_ns] if times else []
        assert times == bounds
        assert times[1:-1:2] == times[2::2]
        assert sum(path.own_ns[row] for row in within) == span.duration_ns
    for row, start_ns, end_ns in pieces:
        for above in [row, *rows.find_ancestors(row)]:
            assert rows[above].span.start_ns <= start_ns < end_ns <= rows[above].span.end_ns


def _invent(chance: random.Random) -> list[SpanOutline]:
    count = chance.randint(1, 12)
    return [
        make_outline(
            number,
            chance.randint(0, number - 1) or None,
            start_ns=chance.randint(0, 60),
            duration_ns=chance.randint(0, 60),
            kind=chance.choice([SpanKind.INTERNAL, SpanKind.PRODUCER, SpanKind.CONSUMER]),
        )
        for number in range(1, count + 1)
    ]
