"""The search form: what an address asks for."""

import pytest
from django.http import QueryDict

from traces.domain.query import And, Comparison, Condition, Intrinsic, Place, Window
from traces.forms import SearchForm, read_search

MINUTE = 60_000_000_000
NOW = 1_795_400_000_000_000_000


def _read(address: str) -> SearchForm:
    return read_search(QueryDict(address), NOW)


def test_an_empty_address_asks_for_the_last_hour() -> None:
    form = _read("")
    assert form.query is not None
    assert (form.query.window, form.query.where, form.query.limit) == (
        Window(start_ns=NOW + 1 - 60 * MINUTE, end_ns=NOW + 1),
        And(),
        20,
    )


def test_the_fields_have_jaegers_names() -> None:
    form = _read("service=shop&operation=GET+%2F&minDuration=1ms&maxTraceDuration=2s&lookback=15m&limit=50")
    assert form.query is not None
    assert form.query.where == And(
        (
            Condition(place=Place.INTRINSIC, key=Intrinsic.SERVICE, comparison=Comparison.EQUAL, value="shop"),
            Condition(place=Place.INTRINSIC, key=Intrinsic.NAME, comparison=Comparison.EQUAL, value="GET /"),
            Condition(
                place=Place.INTRINSIC,
                key=Intrinsic.DURATION,
                comparison=Comparison.GREATER_OR_EQUAL,
                value=1_000_000,
            ),
        )
    )
    assert (form.query.max_trace_duration_ns, form.query.limit) == (2_000_000_000, 50)
    assert form.query.window.start_ns == NOW + 1 - 15 * MINUTE


def test_an_address_copied_from_jaeger_works() -> None:
    form = _read(
        "service=shop&lookback=custom&start=1795396400000000&end=1795400000000000&limit=20"
        "&tags=%7B%22error%22%3A%22true%22%7D&maxDuration&minDuration"
    )
    assert form.errors == {}
    assert form.query is not None
    assert form.query.window == Window(start_ns=1_795_396_400_000_000_000, end_ns=NOW)


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("minDuration=fast", "minDuration"),
        ("maxDuration=1parsec", "maxDuration"),
        ("minTraceDuration=x", "minTraceDuration"),
        ("maxTraceDuration=x", "maxTraceDuration"),
        ("lookback=aeon", "lookback"),
        ("start=yesterday", "start"),
        ("end=tomorrow", "end"),
        ("start=now&end=now-1h", "end"),
        ("kind=sideways", "kind"),
        ("status=great", "status"),
        ("tags=%3D%3D", "tags"),
        ("tags=%7B%22a%22", "tags"),
        ("tags=a%3D~%28", "tags"),
        ("limit=many", "limit"),
        ("limit=0", "limit"),
        ("limit=1000000", "limit"),
        ("limit=" + "9" * 5_000, "limit"),
        ("cursor=zzz", "cursor"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(address: str, field: str) -> None:
    form = _read(address)
    assert (list(form.errors), form.query) == ([field], None)


def test_a_zero_byte_is_searched_as_it_is_kept() -> None:
    assert _read("service=sh%00op").values["service"] == "sh\ufffdop"


def test_an_address_says_only_what_is_not_usual() -> None:
    form = _read("service=a%26b&lookback=1h&limit=20&minDuration=")
    assert form.address() == "?service=a%26b"
    assert form.address(cursor="abc") == "?service=a%26b&cursor=abc"


def test_widening_the_window_keeps_the_conditions_and_leaves_the_page() -> None:
    form = _read("service=shop&start=now-2h&end=now-1h&cursor=x")
    assert form.last_week == "?service=shop&lookback=7d"


def test_dropping_the_conditions_keeps_the_window() -> None:
    assert _read("service=shop&tags=a%3D1&lookback=3h&limit=50").without_conditions == "?lookback=3h&limit=50"


@pytest.mark.parametrize(
    ("address", "is_open"), [("", False), ("service=a", False), ("start=now-1h", True), ("limit=50", True)]
)
def test_rare_fields_are_open_where_they_are_used(address: str, is_open: bool) -> None:
    assert _read(address).has_rare_fields is is_open


def test_a_date_without_an_offset_is_in_the_zone_of_the_form() -> None:
    form = _read("start=2026-11-22T03:10&end=2026-11-22+04:10:30&zone=Europe/Berlin")
    assert form.query is not None
    assert form.query.window == Window(start_ns=1_795_313_400_000_000_000, end_ns=1_795_317_030_000_000_000)
    assert (form.values["start"], form.values["end"]) == ("2026-11-22T03:10:00+01:00", "2026-11-22T04:10:30+01:00")
    assert "start=2026-11-22T03%3A10%3A00%2B01%3A00" in form.address()


@pytest.mark.parametrize("address", ["start=2026-11-22T03:10", "start=2026-11-22T03:10&zone=Europe/Nowhere"])
def test_a_date_of_no_zone_is_in_utc(address: str) -> None:
    form = _read(address)
    assert form.query is not None
    assert form.query.window.start_ns == 1_795_317_000_000_000_000


@pytest.mark.parametrize(
    "text", ["2026-11-22T03:10Z", "2026-11-22T03:10-05:00", "now-90m", "1795313400", "2026-22-11", ""]
)
def test_other_words_for_a_time_mean_the_same_in_every_zone(text: str) -> None:
    asked = QueryDict(mutable=True)
    asked.update({"start": text, "zone": "Asia/Kolkata"})
    assert read_search(asked, NOW).values["start"] == text
