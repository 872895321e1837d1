"""The tree of a trace, whatever its spans say of their parents."""

import random
import time
from collections.abc import Sequence

import pytest

from traces.domain.span import Operation, Service, SpanFlag, SpanOutline, StatusCode
from traces.domain.trace import Trace, build_trace

NO_FLAG = SpanFlag(0)
TRACE = bytes(15) + b"\1"
SHOP = Service(name="shop", slot=0)
OTHER = Service(name="db", slot=1)


def outline(
    number: int,
    parent: int | None = None,
    start_ns: int = 1_000,
    duration_ns: int = 10,
    *,
    name: str = "work",
    service: Service = SHOP,
    status: int = 0,
    flags: SpanFlag = NO_FLAG,
) -> SpanOutline:
    return SpanOutline(
        address=(number, number),
        trace_id=TRACE,
        span_id=number.to_bytes(8, "big"),
        parent_span_id=None if parent is None else parent.to_bytes(8, "big"),
        operation=Operation(service=service, name=name, kind=1),
        start_ns=start_ns,
        duration_ns=duration_ns,
        status=status,
        flags=flags,
    )


def number_of(span: SpanOutline) -> int:
    return int.from_bytes(span.span_id, "big")


def shape(trace: Trace) -> list[tuple[int, int, int, int]]:
    """Id, depth, size of the subtree and number of children, row by row."""
    return [(number_of(row.span), row.depth, row.subtree_size, row.child_count) for row in trace.rows]


def missing(trace: Trace) -> list[int]:
    return [number_of(row.span) for row in trace.rows if row.is_missing_parent]


def test_one_span_is_a_trace() -> None:
    trace = build_trace(TRACE, [outline(7, start_ns=100, duration_ns=25, status=StatusCode.ERROR)])

    assert shape(trace) == [(7, 0, 1, 0)]
    assert (trace.start_ns, trace.end_ns, trace.duration_ns, trace.depth) == (100, 125, 25, 1)
    assert (trace.error_count, trace.missing_parent_count, trace.notes) == (1, 0, ())
    assert number_of(trace.root.span) == 7


def test_children_follow_their_parent_by_start() -> None:
    spans = [outline(1, None, 10), outline(2, 1, 30), outline(3, 1, 20), outline(4, 3, 25), outline(5, 2, 15)]

    assert shape(build_trace(TRACE, spans)) == [(1, 0, 5, 2), (3, 1, 2, 1), (4, 2, 1, 0), (2, 1, 2, 1), (5, 2, 1, 0)]


def test_of_spans_that_start_together_the_longer_comes_first_then_the_lesser_id() -> None:
    spans = [outline(4, None, 10, 5), outline(3, None, 10, 5), outline(2, None, 10, 9)]

    assert [number_of(row.span) for row in build_trace(TRACE, spans).rows] == [2, 3, 4]


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_arrival_does_not_matter(seed: int) -> None:
    chance = random.Random(seed)
    spans = [outline(n, chance.choice([None, *range(1, 40)]), chance.randrange(50)) for n in range(1, 31)]
    shuffled = chance.sample(spans, len(spans))

    assert shape(build_trace(TRACE, shuffled)) == shape(build_trace(TRACE, spans))


def test_a_parent_that_is_not_here_is_missing_and_its_child_a_root() -> None:
    trace = build_trace(TRACE, [outline(2, 1, 20), outline(3, 2, 30)])

    assert (shape(trace), missing(trace), trace.missing_parent_count) == ([(2, 0, 2, 1), (3, 1, 1, 0)], [2], 1)
    assert number_of(trace.root.span) == 2


def test_the_root_is_the_earliest_span_without_a_parent() -> None:
    trace = build_trace(TRACE, [outline(2, 99, 5), outline(3, None, 30), outline(4, None, 20)])

    assert shape(trace) == [(2, 0, 1, 0), (4, 0, 1, 0), (3, 0, 1, 0)]
    assert number_of(trace.root.span) == 4


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ({1: 1}, [(1, 0, 1, 0)]),
        ({1: 1, 2: 1}, [(1, 0, 2, 1), (2, 1, 1, 0)]),
        ({1: 2, 2: 1}, [(1, 0, 2, 1), (2, 1, 1, 0)]),
        ({1: 3, 2: 1, 3: 2}, [(1, 0, 3, 1), (2, 1, 2, 1), (3, 2, 1, 0)]),
        ({1: 2, 2: 1, 3: 4, 4: 3}, [(1, 0, 2, 1), (2, 1, 1, 0), (3, 0, 2, 1), (4, 1, 1, 0)]),
        ({1: 2, 2: 1, 3: 1, 4: 3}, [(1, 0, 4, 2), (2, 1, 1, 0), (3, 1, 2, 1), (4, 2, 1, 0)]),
        ({1: 2, 2: 3, 3: 2}, [(2, 0, 3, 2), (1, 1, 1, 0), (3, 1, 1, 0)]),
    ],
    ids=["itself", "itself, with a child", "two", "three", "two circles", "a circle with a tail", "an earlier tail"],
)
def test_a_circle_is_cut_at_its_earliest_span(
    parents: dict[int, int], expected: list[tuple[int, int, int, int]]
) -> None:
    trace = build_trace(TRACE, [outline(number, parent, number) for number, parent in parents.items()])

    assert shape(trace) == expected
    assert missing(trace) == [row[0] for row in expected if row[1] == 0]


def test_a_trace_beside_a_circle_is_not_touched_by_it() -> None:
    trace = build_trace(TRACE, [outline(1, None, 10), outline(2, 1, 20), outline(3, 4, 5), outline(4, 3, 6)])

    assert shape(trace) == [(3, 0, 2, 1), (4, 1, 1, 0), (1, 0, 2, 1), (2, 1, 1, 0)]
    assert number_of(trace.root.span) == 1


def test_a_span_that_arrived_twice_is_shown_once() -> None:
    trace = build_trace(TRACE, [outline(1), outline(2, 1), outline(2, 1), outline(2, 1)])

    assert shape(trace) == [(1, 0, 2, 1), (2, 1, 1, 0)]
    assert trace.notes == ("2 spans arrived more than once and shown once.",)


@pytest.mark.parametrize(
    "other",
    [outline(2, 1, 1_001), outline(2, 1, duration_ns=11), outline(2, 1, name="x")],
)
def test_different_spans_of_one_id_are_all_shown(other: SpanOutline) -> None:
    third = outline(2, 1, name="third")

    trace = build_trace(TRACE, [outline(1), outline(2, 1), other, third, outline(3, 2, 2_000)])

    assert sorted(number_of(row.span) for row in trace.rows) == [1, 2, 2, 2, 3]
    assert sorted(row.depth for row in trace.rows) == [0, 1, 1, 1, 2]
    assert trace.notes == ("2 spans share an id with a different span of this trace.",)


def test_a_child_hangs_under_the_first_of_those_that_share_its_parents_id() -> None:
    trace = build_trace(TRACE, [outline(1, None, 20, name="later"), outline(1, None, 10), outline(2, 1, 30)])

    assert shape(trace) == [(1, 0, 2, 1), (2, 1, 1, 0), (1, 0, 1, 0)]
    assert trace.rows[2].span.operation.name == "later"


def test_services_are_listed_by_their_spans() -> None:
    spans = [outline(1), outline(2, 1, service=OTHER, status=2), outline(3, 1, service=OTHER), outline(4, 1, status=2)]
    spans.append(outline(5, 1, service=OTHER, status=2))

    shares = [(share.service.name, share.span_count, share.error_count) for share in build_trace(TRACE, spans).services]

    assert shares == [("db", 3, 2), ("shop", 2, 1)]


def test_a_trace_lasts_from_its_earliest_start_to_its_latest_end() -> None:
    trace = build_trace(TRACE, [outline(1, None, 100, 10), outline(2, 1, 90, 5), outline(3, 1, 105, 50)])

    assert (trace.start_ns, trace.end_ns, trace.duration_ns) == (90, 155, 65)


def build_quickly(spans: Sequence[SpanOutline]) -> Trace:
    started = time.monotonic()
    trace = build_trace(TRACE, spans)
    assert time.monotonic() - started < 10
    return trace


def test_a_chain_of_sixty_thousand_is_a_tree() -> None:
    trace = build_quickly([outline(n, n - 1 or None, n) for n in range(1, 60_001)])

    assert trace.depth == 60_000
    assert [row.subtree_size for row in trace.rows] == list(range(60_000, 0, -1))


def test_a_circle_of_sixty_thousand_is_a_tree() -> None:
    trace = build_quickly([outline(n, n - 1 or 60_000, n) for n in range(1, 60_001)])

    assert (trace.depth, trace.missing_parent_count, number_of(trace.rows[0].span)) == (60_000, 1, 1)


def test_fifty_thousand_children_are_a_tree() -> None:
    trace = build_quickly([outline(1, None, 0), *[outline(n, 1, n) for n in range(2, 50_002)]])

    assert (trace.depth, trace.rows[0].child_count, trace.rows[0].subtree_size) == (2, 50_000, 50_001)


def test_fifty_thousand_circles_are_a_forest() -> None:
    pairs = [outline(n, n + 1 if n % 2 else n - 1, n) for n in range(1, 100_001)]

    trace = build_quickly(pairs)

    assert (trace.depth, trace.missing_parent_count, len(trace.rows)) == (2, 50_000, 100_000)
