"""Windows that roll over a series: which slots make up each."""

import pytest

from services_map.domain.latency.levels import DAY, HOUR, MINUTE, TEN_MINUTES
from services_map.domain.latency.rolling import MOST_MOMENTS, MOST_ROWS, Roll, plan_roll
from tests.builders import NOW_NS, SECOND
from traces.domain.query import Window

KEPT_S = {MINUTE: 48 * HOUR, TEN_MINUTES: 14 * DAY, HOUR: 90 * DAY, DAY: 730 * DAY}
# NOW_NS is 13 minutes and 20 seconds after an hour.
NOW_S = NOW_NS // SECOND


def plan(length_s: int, *, step_s: float = 60, width_s: int = 600, subjects: int = 1) -> Roll:
    window = Window(start_ns=NOW_NS - length_s * SECOND, end_ns=NOW_NS)
    return plan_roll(window, int(step_s * SECOND), width_s * SECOND, subjects, KEPT_S, NOW_NS)


def test_a_moment_has_the_slots_that_begin_in_the_time_before_it_and_the_one_under_way() -> None:
    found = plan(120)
    assert [moment_ns // SECOND for moment_ns in found.moments_ns] == [NOW_S - 120, NOW_S - 60, NOW_S]
    assert found.starts_s == [NOW_S - 680, NOW_S - 620, NOW_S - 560]
    assert found.ends_s == [NOW_S - 80, NOW_S - 20, NOW_S + 40]
    assert found.lengths_s == [600.0, 600.0, 560.0]
    assert (found.piece.start_s, found.piece.end_s, found.piece.level_s) == (NOW_S - 680, NOW_S + 40, MINUTE)


def test_a_window_is_a_slot_at_least() -> None:
    found = plan(60, width_s=1)
    assert [end_s - start_s for start_s, end_s in zip(found.starts_s, found.ends_s, strict=True)] == [60, 60]


@pytest.mark.parametrize(
    ("length_s", "subjects", "level_s"),
    [
        (HOUR, 1, MINUTE),
        (47 * HOUR, 1, MINUTE),
        (48 * HOUR, 1, TEN_MINUTES),
        (HOUR, MOST_ROWS // 72, MINUTE),
        (HOUR, MOST_ROWS // 70, TEN_MINUTES),
        (100 * DAY, 1, DAY),
        (HOUR, MOST_ROWS + 1, DAY),
    ],
)
def test_the_level_is_the_finest_that_is_kept_and_has_not_too_many_rows(
    length_s: int, subjects: int, level_s: int
) -> None:
    assert plan(length_s, subjects=subjects).level_s == level_s


def test_nobody_asks_for_endless_moments() -> None:
    assert len(plan(NOW_S, step_s=1e-9).moments_ns) <= MOST_MOMENTS + 1
