"""Two traces laid over each other: which spans belong together, and what makes one longer than the other."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.traces.outlines import make_outline, make_trace
from traces.domain.comparison.alignment import NO_ROW, Alignment, align
from traces.domain.comparison.contributions import Change, Contribution, find_contributions
from traces.domain.comparison.counts import count_operations
from traces.domain.comparison.spread import LEAST_SPANS, judge
from traces.domain.span import SpanKind
from traces.domain.trace import Trace
from traces.domain.usual import Usual

# Number, parent, name, start, end.
Call = tuple[int, int | None, str, int, int]


def trace_of(*calls: Call, kind: int = SpanKind.INTERNAL) -> Trace:
    return make_trace(
        [
            make_outline(number, parent, name=name, start_ns=start_ns, duration_ns=end_ns - start_ns, kind=kind)
            for number, parent, name, start_ns, end_ns in calls
        ]
    )


def number_of(trace: Trace, row: int) -> int | None:
    return None if row == NO_ROW else int.from_bytes(trace.rows[row].span.span_id, "big")


def list_pairs(a: Trace, b: Trace) -> list[tuple[int | None, int | None]]:
    """Numbers of spans that belong together, in the order of nodes."""
    found = align(a, b)
    return [(number_of(a, row_a), number_of(b, row_b)) for row_a, row_b in zip(found.rows_a, found.rows_b, strict=True)]


def list_contributions(a: Trace, b: Trace) -> list[tuple[str, Change, int]]:
    """(operation, change, ns)"""
    found = align(a, b)
    return [(found.operation(each.place).name, each.change, each.delta_ns) for each in contribute(found, a, b)]


def contribute(found: Alignment, a: Trace, b: Trace) -> list[Contribution]:
    return find_contributions(found, a.critical_path, b.critical_path)


ROOT: Call = (1, None, "GET /cart", 0, 100)


def test_calls_of_one_operation_are_matched_in_their_order() -> None:
    a = trace_of(ROOT, (2, 1, "read", 10, 20), (3, 1, "write", 20, 30), (4, 1, "read", 30, 40))
    b = trace_of(ROOT, (5, 1, "write", 5, 10), (6, 1, "read", 10, 20), (7, 1, "read", 20, 25), (8, 1, "read", 30, 40))
    assert list_pairs(a, b) == [(1, 1), (3, 5), (2, 6), (4, 7), (None, 8)]


def test_a_span_alone_takes_all_below_it_along() -> None:
    a = trace_of(ROOT, (2, 1, "read", 10, 20), (3, 2, "disk", 11, 19))
    b = trace_of(ROOT, (2, 1, "send", 10, 20), (3, 2, "disk", 11, 19))
    found = align(a, b)
    assert list_pairs(a, b) == [(1, 1), (2, None), (3, None), (None, 2), (None, 3)]
    assert list(found.tops) == [1, 3]
    assert [found.operation(place).name for place in found.places] == [
        "GET /cart", "read", "read", "send", "send",
    ]  # fmt: skip


def test_an_operation_that_changed_its_kind_is_matched_by_its_name() -> None:
    a = make_trace([make_outline(1, duration_ns=9), make_outline(2, 1, name="call", kind=SpanKind.CLIENT)])
    b = make_trace([make_outline(1, duration_ns=9), make_outline(2, 1, name="call", kind=SpanKind.INTERNAL)])
    assert list_pairs(a, b) == [(1, 1), (2, 2)]


def test_of_one_name_the_same_kind_goes_first() -> None:
    client, server = SpanKind.CLIENT, SpanKind.SERVER
    a = make_trace([make_outline(1, duration_ns=9), make_outline(2, 1, name="call", kind=client)])
    b = make_trace(
        [
            make_outline(1, duration_ns=9),
            make_outline(2, 1, name="call", kind=server, start_ns=1),
            make_outline(3, 1, name="call", kind=client, start_ns=2),
        ]
    )
    assert list_pairs(a, b) == [(1, 1), (None, 2), (2, 3)]


def test_another_service_is_another_operation() -> None:
    a = make_trace([make_outline(1, duration_ns=9), make_outline(2, 1, service="till")])
    b = make_trace([make_outline(1, duration_ns=9), make_outline(2, 1, service="bank")])
    assert list_pairs(a, b) == [(1, 1), (2, None), (None, 2)]


def test_main_roots_of_different_operations_are_laid_over_each_other() -> None:
    a = trace_of((1, None, "GET /cart", 0, 100), (2, 1, "read", 0, 50))
    b = trace_of((1, None, "GET /basket", 0, 90), (2, 1, "read", 0, 40))
    assert list_pairs(a, b) == [(1, 1), (2, 2)]
    assert list_contributions(a, b) == [("read", Change.FASTER, -10)]


def test_a_main_root_whose_counterpart_is_no_main_root_is_compared_with_that() -> None:
    a = trace_of((1, None, "GET /cart", 0, 100))
    b = trace_of((7, None, "cron", 0, 10), (8, None, "GET /cart", 20, 150))
    found = align(a, b)
    assert (number_of(a, found.rows_a[found.root]), number_of(b, found.rows_b[found.root])) == (1, 8)
    assert list_contributions(a, b) == [("GET /cart", Change.SLOWER, 30)]
    assert list_contributions(b, a) == [("GET /cart", Change.FASTER, -30)]


def test_a_slower_call_contributes_what_it_is_longer() -> None:
    a = trace_of(ROOT, (2, 1, "read", 10, 40))
    b = trace_of((1, None, "GET /cart", 0, 170), (2, 1, "read", 10, 110))
    assert list_contributions(a, b) == [("read", Change.SLOWER, 70)]


def test_a_longer_call_that_nothing_waited_for_contributes_nothing() -> None:
    a = trace_of(ROOT, (2, 1, "wait", 0, 100), (3, 1, "log", 0, 20))
    b = trace_of(ROOT, (2, 1, "wait", 0, 100), (3, 1, "log", 0, 90))
    assert list_contributions(a, b) == []


def test_what_was_added_contributes_with_all_below_it() -> None:
    a = trace_of(ROOT, (2, 1, "pay", 50, 100))
    b = trace_of(
        (1, None, "GET /cart", 0, 200),
        (2, 1, "pay", 50, 100), (3, 2, "bank", 60, 90),
        (4, 1, "pay", 100, 150), (5, 4, "bank", 110, 140),
        (6, 1, "pay", 150, 200), (7, 6, "bank", 160, 190),
    )  # fmt: skip
    (paying,) = [each for each in contribute(align(a, b), a, b) if each.change is Change.ADDED and each.delta_ns == 100]
    assert (paying.call_count, paying.calls_a, paying.calls_b) == (2, 1, 3)
    assert list_contributions(a, b) == [
        ("pay", Change.ADDED, 100), ("pay", Change.FASTER, -30), ("bank", Change.ADDED, 30),
    ]  # fmt: skip
    assert list_contributions(b, a)[0] == ("pay", Change.GONE, -100)


def test_calls_of_one_operation_in_two_places_are_told_apart() -> None:
    a = trace_of(ROOT, (2, 1, "till", 0, 50), (3, 2, "read", 0, 50), (4, 1, "stock", 50, 100), (5, 4, "read", 50, 100))
    b = trace_of(
        (1, None, "GET /cart", 0, 140),
        (2, 1, "till", 0, 60), (3, 2, "read", 0, 60), (4, 1, "stock", 60, 140), (5, 4, "read", 60, 140),
    )  # fmt: skip
    found = align(a, b)
    callers = [found.find_caller(each.place) for each in contribute(found, a, b)]
    assert list_contributions(a, b) == [("read", Change.SLOWER, 30), ("read", Change.SLOWER, 10)]
    assert [caller.name for caller in callers if caller] == ["stock", "till"]


def test_only_the_main_roots_are_added_up() -> None:
    a = trace_of(ROOT, (5, 99, "orphan", 1, 500))
    b = trace_of(ROOT, (5, 99, "orphan", 1, 900))
    assert list_contributions(a, b) == []
    assert list_pairs(a, b) == [(1, 1), (5, 5)]


def test_calls_are_counted_with_their_times() -> None:
    a = trace_of(ROOT, (2, 1, "read", 10, 20))
    b = trace_of(ROOT, *((number, 1, "read", 10 * number, 10 * number + 5) for number in range(2, 9)))
    (reads, cart) = count_operations(a, b)
    assert (reads.operation.name, reads.a.calls, reads.b.calls, reads.difference) == ("read", 1, 7, 6)
    assert (reads.b.self_ns, reads.b.critical_ns, reads.b.first_row) == (35, 35, 1)
    assert (cart.difference, cart.a.self_ns, cart.b.self_ns) == (0, 90, 65)


def usual_of(*durations_ns: int, span_count: int = 1_000) -> Usual:
    return Usual(
        span_count=span_count, uppers_ns=durations_ns, middles_ns=durations_ns, weights=[1.0] * len(durations_ns)
    )


@pytest.mark.parametrize(
    ("a_ns", "b_ns", "exceeds"),
    [
        (100, 195, True),
        (60, 150, True),
        (195, 100, True),
        (51, 94, False),
        (100, 140, False),
        (20, 60, False),
    ],
)
def test_a_difference_is_unusual_outside_of_the_usual_and_beyond_its_width(a_ns: int, b_ns: int, exceeds: bool) -> None:
    """p50 is 50, p95 is 95."""
    spread = judge(usual_of(*range(1, 101)), a_ns, b_ns)
    assert spread is not None
    assert (spread.p50_ns, spread.p95_ns, spread.exceeds) == (50, 95, exceeds)


def test_a_few_spans_are_not_usual() -> None:
    assert judge(usual_of(1, 2, span_count=LEAST_SPANS - 1), 1, 9) is None
    assert judge(None, 1, 9) is None


def invent(chance: random.Random) -> Trace:
    """A tree of up to 14 spans of three operations; some name no parent, or one that is not there."""
    calls: list[Call] = []
    for number in range(1, chance.randint(1, 14) + 1):
        parent = chance.choice([None, 99, *range(1, number)]) if number > 1 else None
        start_ns = chance.randint(0, 30)
        calls.append((number, parent, chance.choice("xyz"), start_ns, start_ns + chance.randint(0, 30)))
    return trace_of(*calls)


def list_sizes(depths: Sequence[int]) -> list[int]:
    """Of every node, where what is below it ends."""
    return [
        next((after for after in range(node + 1, len(depths)) if depths[after] <= depth), len(depths))
        for node, depth in enumerate(depths)
    ]


@given(some.integers(0, 2**32))
def test_contributions_add_up_to_the_difference_of_the_roots(seed: int) -> None:
    chance = random.Random(seed)
    a, b = invent(chance), invent(chance)
    found = align(a, b)
    a_ns = a.rows[found.rows_a[found.root]].span.duration_ns
    b_ns = b.rows[found.rows_b[found.root]].span.duration_ns
    assert sum(each.delta_ns for each in contribute(found, a, b)) == b_ns - a_ns


@given(some.integers(0, 2**32))
def test_every_span_is_in_one_node_and_below_the_parents_node(seed: int) -> None:
    chance = random.Random(seed)
    a, b = invent(chance), invent(chance)
    found = align(a, b)
    ends = list_sizes(found.depths)
    for trace, rows in ((a, found.rows_a), (b, found.rows_b)):
        assert sorted(row for row in rows if row != NO_ROW) == list(range(len(trace.rows)))
        for node, row in enumerate(rows):
            if row != NO_ROW:
                below = {each for each in rows[node + 1 : ends[node]] if each != NO_ROW}
                assert below == set(range(row + 1, row + trace.rows.subtree_sizes[row]))
                assert found.depths[node] == trace.rows.depths[row]


@given(some.integers(0, 2**32))
def test_a_trace_is_like_itself(seed: int) -> None:
    trace = invent(random.Random(seed))
    found = align(trace, trace)
    assert list(found.rows_a) == list(found.rows_b) == list(range(len(trace.rows)))
    assert contribute(found, trace, trace) == []
    assert not found.tops
    assert {each.difference for each in count_operations(trace, trace)} == {0}
