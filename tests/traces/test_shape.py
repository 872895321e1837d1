"""The shape of a trace, and how it is drawn."""

import pytest

from tests.builders import span_id, trace_id
from traces.domain.shape import LANES, MAX_BARS, WIDTH, Bar, Shape, make_shape
from traces.domain.span import Operation, Service, SpanFlag, SpanOutline
from traces.micro_waterfall import draw_shape
from traces.storage.standing_out import share_out


def outline(
    number: int, parent: int | None, start_ns: int, duration_ns: int, *, slot: int = 0, status: int = 0
) -> SpanOutline:
    return SpanOutline(
        address=(number, number),
        trace_id=trace_id(1),
        span_id=span_id(number),
        parent_span_id=None if parent is None else span_id(parent),
        operation=Operation(service=Service(name="shop", slot=slot), name="op", kind=1),
        start_ns=start_ns,
        duration_ns=duration_ns,
        status=status,
        flags=SpanFlag(0),
    )


def shape_of(*spans: SpanOutline, start_ns: int = 0, duration_ns: int = 1_200) -> Shape:
    return make_shape(sorted(spans, key=lambda span: -span.duration_ns), start_ns, duration_ns)


def test_a_child_stands_below_its_parent_in_the_colour_of_its_service() -> None:
    shape = shape_of(outline(1, None, 5_000, 1_200, slot=3), outline(2, 1, 5_600, 300, slot=7), start_ns=5_000)
    assert shape.bars == (Bar(x=0, width=120, lane=0, slot=3), Bar(x=60, width=30, lane=1, slot=7))


def test_siblings_share_a_lane_unless_they_overlap() -> None:
    shape = shape_of(
        outline(1, None, 0, 1_200), outline(2, 1, 0, 400), outline(3, 1, 400, 300), outline(4, 1, 500, 100)
    )
    assert [(bar.x, bar.lane) for bar in shape.bars] == [(0, 0), (0, 1), (40, 1), (50, 2)]


def test_a_span_too_short_to_be_seen_is_seen() -> None:
    shape = shape_of(outline(1, None, 0, 1_200), outline(2, 1, 1_200, 0))
    assert shape.bars[1] == Bar(x=WIDTH - 1, width=1, lane=1, slot=0)


def test_nothing_is_drawn_outside_the_picture() -> None:
    shape = shape_of(outline(1, None, -500, 9_000), outline(2, 1, 5_000, 10, status=2))
    assert [(bar.x, bar.width) for bar in shape.bars] == [(0, 120), (119, 1)]
    assert shape.errors == (WIDTH,)


def test_a_deep_chain_ends_in_the_last_lane() -> None:
    spans = [outline(1, None, 0, 1_200), *(outline(n, n - 1, n, 1_200 - n) for n in range(2, 21))]
    shape = shape_of(*spans)
    assert [bar.lane for bar in shape.bars] == [0, 1, 2, 3, 4, *[LANES - 1] * 15]
    assert shape.lane_count == LANES


def test_children_come_before_grandchildren_and_long_ones_before_short_ones() -> None:
    children = [outline(n, 1, 0, 1_000 - n, slot=1) for n in range(2, 12)]
    grandchildren = [outline(n, 2, 0, 900 - n, slot=2) for n in range(100, 140)]
    shape = shape_of(outline(1, None, 0, 1_200), *children, *grandchildren)
    assert len(shape.bars) == MAX_BARS
    assert [bar.slot for bar in shape.bars] == [0, *[1] * 10, *[2] * 13]
    assert min(bar.width for bar in shape.bars if bar.slot == 2) == round((900 - 112) / 10)


def test_where_no_root_arrived_what_hangs_on_nothing_is_on_top() -> None:
    shape = shape_of(outline(2, 1, 0, 600), outline(3, 1, 600, 600), outline(4, 3, 700, 100))
    assert [(bar.x, bar.lane) for bar in shape.bars] == [(0, 0), (60, 0), (70, 1)]


def test_a_span_whose_way_to_the_root_is_not_known_is_left_out() -> None:
    assert len(shape_of(outline(1, None, 0, 1_200), outline(2, 99, 0, 600)).bars) == 1


@pytest.mark.parametrize("parents", [(1,), (2, 1), (2, 3, 1)])
def test_spans_that_are_each_others_parents_are_drawn(parents: tuple[int, ...]) -> None:
    spans = [outline(n, parent, 0, 100 * n) for n, parent in enumerate(parents, 1)]
    assert len(shape_of(*spans).bars) == len(parents)


def test_a_repeated_span_is_drawn_once() -> None:
    assert len(shape_of(outline(1, None, 0, 1_200), outline(1, None, 0, 1_200)).bars) == 1


def test_errors_are_marked_where_they_ended_each_place_once() -> None:
    shape = shape_of(
        outline(1, None, 0, 1_200, status=2), outline(2, 1, 0, 600, status=2), outline(3, 1, 100, 500, status=2)
    )
    assert shape.errors == (60, 120)


def test_a_trace_without_spans_or_without_length_has_a_shape() -> None:
    assert make_shape([], 0, 0) == Shape(bars=(), errors=())
    assert make_shape([outline(1, None, 0, 0, status=2)], 0, 0) == Shape(
        bars=(Bar(x=0, width=1, lane=0, slot=0),), errors=(0,)
    )


def test_bars_of_one_service_are_one_path() -> None:
    bars = (
        Bar(x=0, width=120, lane=0, slot=3),
        Bar(x=60, width=30, lane=1, slot=7),
        Bar(x=95, width=5, lane=1, slot=3),
    )
    drawing = draw_shape(Shape(bars=bars, errors=()))
    assert [(item.slot, item.path) for item in drawing.bars] == [
        (3, "M0 3.5h120v5h-120zM95 9.5h5v5h-5z"),
        (7, "M60 9.5h30v5h-30z"),
    ]
    assert drawing.marks == ""


def test_six_lanes_fill_the_height() -> None:
    drawing = draw_shape(Shape(bars=tuple(Bar(x=0, width=1, lane=lane, slot=0) for lane in range(6)), errors=()))
    assert drawing.bars[0].path.startswith("M0 0.5h1v2h-1z")
    assert drawing.bars[0].path.endswith("M0 15.5h1v2h-1z")


def test_a_mark_stays_inside_the_picture() -> None:
    drawing = draw_shape(Shape(bars=(), errors=(0, 60, 120)))
    assert drawing.marks == "M3 12l3 3l-3 3l-3-3zM60 12l3 3l-3 3l-3-3zM117 12l3 3l-3 3l-3-3z"


@pytest.mark.parametrize(
    ("counts", "most"),
    [([], 100), ([10, 20], 100), ([10, 200], 90), ([50, 200, 10], 45), ([60, 60], 50), ([100], 100), ([101], 100)],
)
def test_what_is_looked_at_is_shared_out_to_those_that_need_it(counts: list[int], most: int) -> None:
    assert share_out(100, counts) == most
    assert sum(min(count, most) for count in counts) <= 100
