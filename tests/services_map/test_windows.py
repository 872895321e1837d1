"""The window of a page: what an address asks for, and the addresses of the windows around it."""

import pytest
from django.http import QueryDict

from services_map.windows import LONGEST_NS, WindowForm, read_window, spell_lookback
from traces.domain.query import Window

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
# 2026-11-22T18:13:20Z
NOW_S = 1_795_371_200
NOW = NOW_S * SECOND
LAST_HOUR = Window(start_ns=NOW + 1 - HOUR, end_ns=NOW + 1)


def _read(address: str, now_ns: int = NOW) -> WindowForm:
    return read_window(QueryDict(address), now_ns)


def _between(start_s: int, end_s: int) -> Window:
    return Window(start_ns=start_s * SECOND, end_ns=end_s * SECOND)


@pytest.mark.parametrize("address", ["", "lookback=", "lookback=custom", "lookback=1h", "lookback=60m", "start=&end="])
def test_the_last_hour_is_usual(address: str) -> None:
    form = _read(address)
    assert (form.window, form.error, form.is_relative) == (LAST_HOUR, "", True)


@pytest.mark.parametrize(
    ("address", "window"),
    [
        ("lookback=15m", Window(start_ns=NOW + 1 - 15 * MINUTE, end_ns=NOW + 1)),
        ("lookback=90d", Window(start_ns=NOW + 1 - 90 * 24 * HOUR, end_ns=NOW + 1)),
        ("start=now-2h&end=now-1h", Window(start_ns=NOW - 2 * HOUR, end_ns=NOW - HOUR)),
        ("start=now-2h", Window(start_ns=NOW - 2 * HOUR, end_ns=NOW + 1)),
        ("end=now-3h&lookback=2h", Window(start_ns=NOW - 5 * HOUR, end_ns=NOW - 3 * HOUR)),
        ("start=2026-11-22T17:00:00Z&end=2026-11-22T17:30:00Z", _between(1_795_366_800, 1_795_368_600)),
        ("start=1795366800&end=1795368600000", _between(1_795_366_800, 1_795_368_600)),
        # Jaeger writes both; its times are the ones that were looked at.
        ("lookback=2d&start=1795366800000000&end=1795368600000000", _between(1_795_366_800, 1_795_368_600)),
    ],
)
def test_it_is_asked_for_in_the_words_of_the_search_form(address: str, window: Window) -> None:
    form = _read(address)
    assert (form.window, form.error) == (window, "")


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("start=now-1h&end=now-2h", "The window ends before it starts."),
        ("start=2026-11-22T17:00Z&end=2026-11-22T17:00Z", "The window ends before it starts."),
        ("end=0", "The window ends before it starts."),
        ("lookback=aeon", "“aeon” is not a duration; write 1.2ms, 500us, 2s or 1m30s."),
        ("lookback=-1h", "“-1h” is not a duration; write 1.2ms, 500us, 2s or 1m30s."),
        ("lookback=" + "9" * 60 + "h", f"“{'9' * 40}” is not a duration; write 1.2ms, 500us, 2s or 1m30s."),
        ("start=yesterday", "“yesterday” is not a time; write 2026-11-22T03:10:00Z, now-15m or epoch seconds."),
        ("start=2026-02-30T00:00Z", "“2026-02-30T00:00Z” is not a time; write 2026-11-22T03:10:00Z, now-15m or epoch "
         "seconds."),
        ("end=%00", "“\ufffd” is not a time; write 2026-11-22T03:10:00Z, now-15m or epoch seconds."),
        ("start=" + "9" * 19, "The window ends before it starts."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_the_last_hour_shown(address: str, error: str) -> None:
    form = _read(address)
    assert (form.window, form.error) == (LAST_HOUR, error)
    assert (form.address(), form.label) == ("?", "Last hour")


def test_what_was_typed_stays_in_the_form() -> None:
    assert _read("start=yesterday&end=now").values == {"lookback": "1h", "start": "yesterday", "end": "now"}


@pytest.mark.parametrize("address", ["start=2026-12-24T18:00Z&end=2026-12-24T19:00Z", "start=2027-01-01"])
def test_a_window_in_the_future_shows_nothing_and_says_so(address: str) -> None:
    now_ns = NOW if "end" in address else NOW - 1
    form = _read(address + ("" if "end" in address else "&end=2027-01-02"), now_ns)
    assert form.error == "This window is in the future: there is nothing in it yet."
    assert form.is_future
    assert form.window.start_ns > NOW
    assert form.next == ""


def test_a_window_that_goes_on_into_the_future_ends_now() -> None:
    form = _read("start=2026-11-22T18:00:00Z&end=2030-01-01")
    assert form.window == Window(start_ns=(NOW_S - 800) * SECOND, end_ns=NOW + 1)
    assert (form.error, form.is_future) == ("", False)


@pytest.mark.parametrize(
    "address", ["lookback=30000d", "start=1980-01-01", "start=1971-01-01&end=2026-11-22", "start=0"]
)
def test_ten_years_are_the_most(address: str) -> None:
    form = _read(address)
    assert form.error == "A window is ten years at most: these are the last ten of it."
    assert form.window.end_ns - form.window.start_ns == LONGEST_NS
    assert form.window.end_ns in (NOW + 1, 1_795_305_600 * SECOND)


def test_the_window_before_is_equally_long() -> None:
    assert _read("").before == Window(start_ns=NOW + 1 - 2 * HOUR, end_ns=NOW + 1 - HOUR)
    assert _read("start=100&end=1000").before == _between(-800, 100)


@pytest.mark.parametrize(
    ("address", "is_relative"),
    [
        ("", True),
        ("lookback=7d", True),
        ("start=now-2h&end=-1h", True),
        ("start=2026-11-22T17:00Z", False),
        ("end=2026-11-22T17:00Z", False),
        ("start=1795366800&end=1795368600", False),
    ],
)
def test_a_relative_window_moves_with_the_clock(address: str, is_relative: bool) -> None:
    assert _read(address).is_relative is is_relative


@pytest.mark.parametrize(
    ("address", "label", "chosen"),
    [
        ("", "Last hour", ["Last hour"]),
        ("lookback=24h", "Last 24 hours", ["Last 24 hours"]),
        ("lookback=90m", "Last 90m", []),
        ("start=now-2h", "", []),
        ("end=now-1h&lookback=2h", "", []),
    ],
)
def test_a_usual_window_has_a_name(address: str, label: str, chosen: list[str]) -> None:
    form = _read(address)
    assert form.label == label
    assert [choice.label for choice in form.lookbacks if choice.is_chosen] == chosen


def test_a_choice_of_the_form_leaves_the_rest_of_the_address() -> None:
    addresses = {choice.label: choice.address for choice in _read("q=a&start=now-2h&page=3").lookbacks}
    assert (addresses["Last hour"], addresses["Last 7 days"]) == ("?q=a", "?q=a&lookback=7d")


# Summer time in Berlin ends on 2026-10-25 at 03:00 and begins on 2026-03-29 at 02:00.
@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-10-24T12:00", "2026-10-25T12:00", 25),
        ("2026-03-28T12:00", "2026-03-29T12:00", 23),
        ("2026-10-25T01:30", "2026-10-25T03:30", 3),
        ("2026-10-25T02:30%2B02:00", "2026-10-25T02:30%2B01:00", 1),
        # An hour that does not exist is read as one that does.
        ("2026-03-29T02:30", "2026-03-29T03:45", 0.25),
    ],
)
def test_hours_are_counted_where_summer_time_begins_and_ends(start: str, end: str, hours: float) -> None:
    form = _read(f"start={start}&end={end}&zone=Europe/Berlin")
    assert form.error == ""
    assert form.window.end_ns - form.window.start_ns == hours * HOUR
    assert form.before.end_ns - form.before.start_ns == hours * HOUR
    # Without the zone, from another's browser, it is the same window.
    assert _read(form.address()[1:] + "&zone=Asia/Tokyo").window == form.window


def test_an_hour_that_comes_twice_is_the_first() -> None:
    form = _read("start=2026-10-25T02:10&end=2026-10-25T02:50&zone=Europe/Berlin")
    assert form.address() == "?start=2026-10-25T02%3A10%3A00%2B02%3A00&end=2026-10-25T02%3A50%3A00%2B02%3A00"


def test_an_address_keeps_what_else_the_page_was_asked() -> None:
    form = _read("q=a%26b&sort=p95&lookback=3h&page=4&x=1&x=2&zone=UTC&none=")
    assert form.address() == "?q=a%26b&sort=p95&x=1&x=2&lookback=3h"
    assert form.address(sort="", lookback="1h") == "?q=a%26b&x=1&x=2"
    assert form.address(page="2", q="c") == "?sort=p95&x=1&x=2&lookback=3h&page=2&q=c"
    assert form.others == (("q", "a&b"), ("sort", "p95"), ("x", "1"), ("x", "2"))


def test_a_link_to_another_page_takes_the_window_and_nothing_else() -> None:
    form = _read("q=a&start=now-2h&end=now-1h")
    assert form.link(service="sh/op & co") == "?start=now-2h&end=now-1h&service=sh%2Fop+%26+co"
    assert _read("q=a").link() == "?"


def test_one_goes_to_the_window_before_and_back_to_now() -> None:
    form = _read("q=a")
    assert form.next == ""
    assert form.previous == "?q=a&start=2026-11-22T16%3A13%3A20Z&end=2026-11-22T17%3A13%3A20Z"
    later = NOW + 10 * MINUTE
    earlier = _read(form.previous[1:], later)
    assert earlier.previous == "?q=a&start=2026-11-22T15%3A13%3A20Z&end=2026-11-22T16%3A13%3A20Z"
    assert earlier.next == "?q=a&start=2026-11-22T17%3A13%3A20Z&end=2026-11-22T18%3A13%3A20Z"
    assert _read(earlier.next[1:], later).next == "?q=a"


def test_right_after_going_back_one_returns_to_now() -> None:
    assert _read(_read("lookback=2d").previous[1:], NOW + MINUTE).next == "?lookback=2d"


def test_a_moment_is_shown_with_the_time_before_it() -> None:
    moment = _between(1_795_000_000, 1_795_000_060)
    assert _read("q=a&lookback=5m").around(moment) == "?q=a&start=2026-11-18T11%3A02%3A40Z&end=2026-11-18T11%3A07%3A40Z"


def test_a_form_keeps_the_rest_of_the_address() -> None:
    assert _read("q=a&lookback=5m&page=3").fields == [("q", "a"), ("lookback", "5m")]
    assert _read("start=now-2h&lookback=5m&q=").fields == [("start", "now-2h")]


def test_there_is_no_window_before_1970() -> None:
    assert _read("start=1000&end=3000").previous == ""
    assert _read("start=1000&end=3000").next == "?start=1970-01-01T00%3A50%3A00Z&end=1970-01-01T01%3A23%3A20Z"


def test_a_window_can_be_kept() -> None:
    form = _read("lookback=5m&q=a")
    assert form.frozen == "?q=a&start=2026-11-22T18%3A08%3A20Z&end=2026-11-22T18%3A13%3A20Z"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3_600, "1h"), (86_400, "24h"), (172_800, "2d"), (5_400, "90m"), (61, "61s"), (604_800, "7d"), (259_200, "3d")],
)
def test_a_length_is_spelled_as_a_lookback(seconds: int, text: str) -> None:
    assert spell_lookback(seconds) == text
