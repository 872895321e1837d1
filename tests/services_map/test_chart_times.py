"""The axis of time: round times of the visitor's clock, summer time included."""

import json
from datetime import UTC, datetime

import pytest

from services_map.charts.time_ticks import MOST_TICKS, time_axis
from tests.modules import REPOSITORY
from traces.zones import Zone

# tests/js/time-ticks.test.mjs holds the browser to the same.
CASES = json.loads((REPOSITORY / "tests" / "js" / "time_ticks.json").read_text())


@pytest.mark.parametrize(
    ("start_s", "end_s", "zone", "ticks"), [case[1:] for case in CASES], ids=[f"{case[0]} {case[3]}" for case in CASES]
)
def test_ticks_stand_at_round_times(start_s: int, end_s: int, zone: str, ticks: list[list[object]]) -> None:
    found = time_axis([start_s], end_s - start_s, Zone(zone, zone)).ticks
    assert [[tick.at_s, tick.text, tick.more] for tick in found] == ticks


def test_an_hour_that_comes_twice_has_two_ticks_an_hour_apart() -> None:
    start_s = int(datetime(2026, 10, 25, 0, 0, tzinfo=UTC).timestamp())
    ticks = time_axis([start_s], 3 * 3600, Zone("Europe/Berlin", "Europe/Berlin")).ticks
    hours = [tick for tick in ticks if tick.text == "02:00"]
    assert [tick.at_s - start_s for tick in hours] == [0, 3600]


@pytest.mark.parametrize("length_s", [60 * 2**power for power in range(22)])
def test_there_are_some_ticks_but_not_many(length_s: int) -> None:
    ticks = time_axis([1_795_313_460], length_s, Zone("UTC", "UTC")).ticks
    assert 1 <= len(ticks) <= MOST_TICKS + 1


def test_places_are_shares_of_the_whole_axis() -> None:
    axis = time_axis([600, 660, 720, 780], 60, Zone("UTC", "UTC"))
    assert (axis.start_s, axis.end_s) == (600, 840)
    assert axis.share(690) == 0.375
    assert [axis.middle(slot) for slot in range(4)] == [75, 225, 375, 525]
    assert [tick.at for tick in axis.ticks] == ["0", "25", "50", "75", "100"]


def test_times_have_their_offset_where_it_changes() -> None:
    start_s = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())
    berlin = Zone("Europe/Berlin", "Europe/Berlin")
    assert time_axis([start_s, start_s + 3600], 3600, berlin).times == (
        "2026-10-25 02:30 +02:00",
        "2026-10-25 02:30 +01:00",
    )
    assert time_axis([start_s + 7200], 3600, berlin).times == ("2026-10-25 03:30",)
