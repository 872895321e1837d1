"""Windows in slots: aligned outwards, made up of as few rows as possible, and of nothing twice."""

import pytest

from services_map.domain.latency.covering import (
    NS,
    Piece,
    Slots,
    align_before,
    choose_slots,
    cover,
    seconds_of,
    share_slots,
)
from services_map.domain.latency.levels import DAY, HOUR, LEVELS, MINUTE, TEN_MINUTES
from traces.domain.query import Window

KEPT_S = {MINUTE: 2 * DAY, TEN_MINUTES: 14 * DAY, HOUR: 90 * DAY, DAY: 730 * DAY}
NOON_S = 20_000 * DAY + 12 * HOUR


def slots(start_s: int, end_s: int, level_s: int = MINUTE, step_s: int = 0) -> Slots:
    return Slots(level_s=level_s, start_s=start_s, end_s=end_s, step_s=step_s or level_s)


def test_a_cover_is_made_of_the_coarsest_slots_that_fit() -> None:
    start_s, end_s = NOON_S - 90 * MINUTE, NOON_S + 2 * DAY + 25 * MINUTE
    assert cover(slots(start_s, end_s)) == [
        Piece(level_s=TEN_MINUTES, start_s=start_s, end_s=NOON_S - HOUR),
        Piece(level_s=HOUR, start_s=NOON_S - HOUR, end_s=NOON_S + 12 * HOUR),
        Piece(level_s=DAY, start_s=NOON_S + 12 * HOUR, end_s=NOON_S + 36 * HOUR),
        Piece(level_s=HOUR, start_s=NOON_S + 36 * HOUR, end_s=NOON_S + 2 * DAY),
        Piece(level_s=TEN_MINUTES, start_s=NOON_S + 2 * DAY, end_s=NOON_S + 2 * DAY + 20 * MINUTE),
        Piece(level_s=MINUTE, start_s=NOON_S + 2 * DAY + 20 * MINUTE, end_s=end_s),
    ]


@pytest.mark.parametrize("level_s", LEVELS)
@pytest.mark.parametrize("length", [1, 7, 61, 145, 1_000])
def test_a_cover_has_every_second_of_its_window_once(level_s: int, length: int) -> None:
    whole = slots(NOON_S - NOON_S % level_s - 11 * level_s, NOON_S - NOON_S % level_s + length * level_s, level_s)
    at_s = whole.start_s
    for piece in cover(whole):
        assert piece.start_s == at_s
        assert piece.level_s >= level_s
        assert piece.start_s % piece.level_s == piece.end_s % piece.level_s == 0
        at_s = piece.end_s
    assert at_s == whole.end_s


def test_a_window_to_compare_with_ends_where_the_other_begins() -> None:
    window = Window(start_ns=NOON_S * NS + 5, end_ns=(NOON_S + HOUR) * NS + 5)
    before = Window(start_ns=(NOON_S - HOUR) * NS + 5, end_ns=window.start_ns)
    chosen = choose_slots(window, before.start_ns, KEPT_S, window.end_ns)
    assert (chosen.start_s, chosen.end_s) == (NOON_S, NOON_S + HOUR + MINUTE)
    aligned = align_before(before, chosen)
    assert (aligned.start_s, aligned.end_s, aligned.level_s) == (NOON_S - HOUR, NOON_S, MINUTE)


def test_a_window_shorter_than_a_slot_is_compared_with_the_slot_before() -> None:
    window = Window(start_ns=NOON_S * NS + 5, end_ns=NOON_S * NS + 6)
    before = Window(start_ns=NOON_S * NS + 4, end_ns=NOON_S * NS + 5)
    aligned = align_before(before, choose_slots(window, before.start_ns, KEPT_S, window.end_ns))
    assert (aligned.start_s, aligned.end_s) == (NOON_S - MINUTE, NOON_S)


def test_a_window_that_overlaps_the_other_is_left_as_it_is() -> None:
    """A comparison with yesterday, or with a window of the reader's choice."""
    chosen = slots(NOON_S, NOON_S + HOUR)
    yesterday = Window(start_ns=(NOON_S - DAY) * NS, end_ns=(NOON_S - DAY + HOUR) * NS)
    assert align_before(yesterday, chosen).window == yesterday
    later = Window(start_ns=(NOON_S + MINUTE) * NS, end_ns=(NOON_S + 3 * HOUR) * NS)
    assert align_before(later, chosen).window == later


def test_many_slots_make_fewer_steps_and_the_last_may_be_shorter() -> None:
    end_s = NOON_S + 169 * HOUR
    chosen = choose_slots(Window(start_ns=NOON_S * NS, end_ns=end_s * NS), NOON_S * NS, KEPT_S, end_s * NS)
    assert (chosen.level_s, chosen.step_s, chosen.count) == (HOUR, 2 * HOUR, 85)
    assert chosen.lengths_s(end_s * NS)[-2:] == [2 * HOUR, HOUR]
    assert chosen.lengths_s((end_s - 1_800) * NS)[-2:] == [2 * HOUR, HOUR // 2]


def test_time_that_has_not_come_does_not_count_unless_nothing_has() -> None:
    window = slots(NOON_S, NOON_S + HOUR)
    assert seconds_of(window, (NOON_S + 90) * NS) == 90.0
    assert seconds_of(window, (NOON_S + DAY) * NS) == 3_600.0
    assert seconds_of(window, (NOON_S - DAY) * NS) == 3_600.0


def test_many_subjects_share_the_rows_of_a_list() -> None:
    assert share_slots(1, 7_500) == dict.fromkeys(LEVELS, 200)
    assert share_slots(40, 7_500) == {MINUTE: 187, TEN_MINUTES: 93, HOUR: 62, DAY: 46}
    assert share_slots(0, 7_500)[MINUTE] == 200
    assert set(share_slots(10**6, 7_500).values()) == {1}
