"""The small drawing of a span among others of its operation."""

import re
from typing import Any

import numpy as np
import pytest

from services_map.charts.usual_strip import draw_usual
from services_map.domain.latency.buckets import buckets_of
from services_map.domain.latency.cells import CELL, make_key
from services_map.domain.latency.joined_rows import join_rows
from services_map.domain.latency.summing import tally
from services_map.domain.latency.usual import make_usual
from tests.builders import MS, SECOND
from traces.domain.span import MAX_NS
from traces.domain.usual import Usual


def near(percent: float) -> Any:
    """The nearest bar or two."""
    return pytest.approx(percent, abs=2)


def usual_of(counts: dict[int, int]) -> Usual:
    """Of so many spans of these durations."""
    buckets = buckets_of(np.array(list(counts)))
    keys = [make_key(0, 0, is_root=False, is_entry=True, bucket=int(bucket)) for bucket in buckets]
    cells = np.array(list(zip(keys, counts.values(), strict=True)), CELL).tobytes()
    [usual] = make_usual(tally(join_rows([(7, 0, cells, b"")]), [[7]]))
    return usual


def read_bars(path: str) -> dict[int, float]:
    """The height of each bar."""
    return {int(bar): float(px) for bar, px in re.findall(r"M(\d+)\.1 32v-([\d.]+)h\.8v[\d.]+z", path)}


def test_bars_are_as_high_as_the_spans_are_many_and_the_lowest_is_seen() -> None:
    strip = draw_usual(usual_of({MS: 1_000, 2 * MS: 500, 20 * MS: 1}), 2 * MS)
    assert sorted(read_bars(strip.path).values()) == [16, 32]
    assert list(read_bars(strip.slower).values()) == [1.5]
    assert min(read_bars(strip.path)) == 0
    assert max(read_bars(strip.slower)) == strip.bars - 1
    assert strip.bars <= 48


def test_the_span_stands_where_its_duration_is() -> None:
    usual = usual_of({MS: 50, 100 * MS: 50})
    marks = [float(draw_usual(usual, duration_ns).mark) for duration_ns in (MS, 10 * MS, 100 * MS)]
    assert marks == [near(each) for each in (0, 50, 99)]
    strip = draw_usual(usual, 10 * MS)
    assert (float(strip.p50), float(strip.p95)) == (near(0), near(99))
    assert [(tick.text, float(tick.at)) for tick in strip.ticks] == [
        ("1 ms", 4.5),
        ("10 ms", near(50)),
        ("100 ms", 95.5),
    ]


def test_a_span_beyond_all_others_makes_the_axis_longer() -> None:
    inside, far = (draw_usual(usual_of({MS: 100}), duration_ns) for duration_ns in (MS, SECOND))
    assert (inside.bars, float(inside.mark)) == (36, near(50))
    assert float(far.mark) == near(98)
    assert read_bars(far.path) == {0: 32}
    quick = draw_usual(usual_of({SECOND: 100}), MS)
    assert float(quick.mark) == near(1)
    assert (quick.path, list(read_bars(quick.slower).values())) == ("", [32])


@pytest.mark.parametrize("duration_ns", [0, 1, 2, MAX_NS])
@pytest.mark.parametrize("others_ns", [{0: 5}, {1: 5}, {MAX_NS: 5}, {0: 1, MAX_NS: 1}])
def test_any_duration_can_be_drawn(duration_ns: int, others_ns: dict[int, int]) -> None:
    strip = draw_usual(usual_of(others_ns), duration_ns)
    places = [strip.mark, strip.p50, strip.p95, *(tick.at for tick in strip.ticks)]
    assert all(-0.5 <= float(place) <= 101 for place in places), places
    assert len(read_bars(strip.path)) + len(read_bars(strip.slower)) == len(others_ns)
    assert max([*read_bars(strip.path), *read_bars(strip.slower)]) < strip.bars <= 48
