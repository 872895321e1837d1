"""What is compared with what, and the sentences that are made of it."""

import pytest
from django.http import QueryDict

from services_map.domain.statistics.comparison import compare
from services_map.domain.summary import VersionSeen
from services_map.pages.compare.comparing import choose_versions, list_choices, read_against, read_other
from services_map.pages.compare.lines import name_verdict, say_durations, say_errors, say_pairs
from services_map.pages.service.asked import Asked
from services_map.windows import read_window
from tests.builders import SECOND
from tests.services_map.distributions import MS, make_side

NOW_NS = 1_795_348_800 * SECOND
HOUR_NS = 3_600 * SECOND
SHOP = Asked(service="shop", operation=None, kind=None, version=None)


def seen(*names: str) -> list[VersionSeen]:
    return [VersionSeen(number=0, version=name, first_start_ns=None, last_start_ns=None) for name in names]


@pytest.mark.parametrize(
    ("against", "back_ns"), [("before", HOUR_NS), ("day", 24 * HOUR_NS), ("week", 168 * HOUR_NS), ("version", 0)]
)
def test_the_other_window_is_as_long_and_so_far_back(against: str, back_ns: int) -> None:
    form = read_window(QueryDict(), NOW_NS)
    other = read_other(QueryDict(), form, against)
    assert other is not None
    assert form.window.start_ns - other.window.start_ns == back_ns
    assert form.window.end_ns - other.window.end_ns == back_ns


def test_a_named_window_is_read_in_the_zone_of_the_page() -> None:
    data = QueryDict("other_start=2026-11-20T10:00&other_end=2026-11-20T11:30&zone=Europe/Berlin")
    other = read_other(data, read_window(data, NOW_NS), "window")
    assert other is not None
    assert other.window.end_ns - other.window.start_ns == 1.5 * HOUR_NS
    assert other.values["start"] == "2026-11-20T10:00:00+01:00"
    assert read_other(QueryDict("other_start=+"), read_window(data, NOW_NS), "window") is None


def test_what_is_no_way_to_compare_is_the_window_before() -> None:
    assert read_against(QueryDict("against=yesterday")) == read_against(QueryDict()) == "before"
    choices = list_choices(SHOP, read_window(QueryDict("lookback=3h"), NOW_NS), "week")
    assert [choice.name for choice in choices if choice.is_chosen] == ["week"]
    assert choices[0].address == "/service/compare?lookback=3h&service=shop"
    assert choices[4].address == "/service/compare?lookback=3h&service=shop&against=version"


@pytest.mark.parametrize(
    ("version", "query", "versions", "expected"),
    [
        (None, "", ["3", "2", "1"], ("3", "2")),
        ("2", "", ["3", "2", "1"], ("2", "3")),
        (None, "other_version=3", ["3", "2", "1"], ("2", "3")),
        ("1", "other_version=3", ["3", "2", "1"], ("1", "3")),
        ("0", "other_version=9", [], ("0", "9")),
        (None, "", ["3", ""], None),
        ("3", "", ["3"], None),
        (None, "", [], None),
    ],
)
def test_versions_are_those_of_the_address_else_the_latest(
    version: str | None, query: str, versions: list[str], expected: tuple[str, str] | None
) -> None:
    asked = Asked(service="shop", operation=None, kind=None, version=version)
    assert choose_versions(QueryDict(query), asked, seen(*versions)) == expected


def even(low_ms: int, count: int) -> list[float]:
    """Durations a hundredth apart."""
    return [low_ms * MS * 1.01 ** (at % 100) for at in range(count)]


def test_both_slower_and_faster_says_where() -> None:
    cached = [duration * (8 if at % 10 == 0 else 0.25) for at, duration in enumerate(even(20, 2_000))]
    found = compare(make_side(cached), make_side(even(20, 2_000)))
    sentence = say_durations(found, "1.4")
    assert sentence.startswith("Both slower and faster than 1.4: p99 is ")
    assert ", but p50 is " in sentence
    assert name_verdict(found) == ("slower and faster", "")


def test_a_verdict_does_not_name_a_value_that_nothing_bounds() -> None:
    """Of 60 calls the 95th percentile may be anything from that of the ten slow ones on."""
    found = compare(make_side([*even(20, 100)[::2], *[2_000.0 * MS] * 10]), make_side(even(20, 500)))
    sentence = say_durations(found, "1.4")
    assert sentence == "Slower than 1.4: p95 is ≥ 1.97 s instead of 51.2 ms, ×38.9 (≥ 37.7)."


def test_errors_are_spoken_of_where_there_are_some() -> None:
    a, b = make_side(even(20, 1_000), failed=10), make_side(even(20, 1_000), failed=12)
    assert say_errors(compare(a, b)).startswith("As many errors")
    assert say_errors(compare(make_side(even(20, 1_000)), make_side(even(20, 1_000)))) == ""
    more = compare(make_side(even(20, 1_000), failed=100), b)
    assert say_errors(more).startswith("More errors: 10.0 % of calls fail instead of 1.20 %, +8.80 points (")
    assert name_verdict(more) == ("more errors", "worse")
    fewer = compare(b, make_side(even(20, 1_000), failed=100))
    assert say_errors(fewer).startswith("Fewer errors: 1.20 % of calls fail instead of 10.0 %, −8.80 points (")
    assert name_verdict(fewer) == ("fewer errors", "better")


def test_slower_with_fewer_errors_is_worse_all_the_same() -> None:
    found = compare(make_side(even(40, 1_000)), make_side(even(20, 1_000), failed=100))
    assert name_verdict(found) == ("slower, fewer errors", "worse")


def test_pairs_are_counted_out_of_a_hundred() -> None:
    found = compare(make_side(even(200, 100)), make_side(even(20, 100)))
    assert "that from 2.0 is the slower in 100 of 100 cases" in say_pairs(found, "2.0", "1.0")
    assert say_pairs(compare(make_side(even(200, 10)), make_side(even(20, 100))), "2.0", "1.0") == ""
