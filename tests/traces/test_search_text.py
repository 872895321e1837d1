"""The words that people search with, and what they mean."""

import pytest

from traces.domain.errors import InvalidQuery
from traces.domain.query import And, Comparison, Condition, Cursor, Intrinsic, Or, Place, TraceQuery, Window
from traces.domain.search_text import (
    SearchWords,
    build_query,
    decode_cursor,
    encode_cursor,
    parse_conditions,
    parse_duration_ns,
    parse_moment_ns,
)
from traces.domain.span import MAX_NS

MS, SECOND = 1_000_000, 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
NOW = 1_795_400_000_123_456_789


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0), ("5", 5 * MS), ("1.5", 1_500_000), ("1ns", 1), ("500us", 500_000), ("500µs", 500_000),
        ("500μs", 500_000), ("1.2ms", 1_200_000), ("2s", 2 * SECOND), ("1m", MINUTE), ("1m30s", 90 * SECOND),
        ("1h2m3s4ms5us6ns", HOUR + 2 * MINUTE + 3 * SECOND + 4 * MS + 5_006), ("1d", DAY), ("1w", 7 * DAY),
        (" 1 m 30 s ", 90 * SECOND), ("0.0000001s", 100), ("0.4ns", 0), ("1000000000000h", MAX_NS),
        ("9007199254740993ns", 2**53 + 1),
    ],
)  # fmt: skip
def test_a_duration_has_units_or_is_milliseconds(text: str, expected: int) -> None:
    assert parse_duration_ns(text) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "fast", "-1s", "1 parsec", "1ss", "s", "1e3s", "1.s", ".5s", "1,5s", "9" * 41, "٣s!"]
)
def test_what_is_no_duration_is_refused_under_its_fields_name(text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_duration_ns(text, "min_duration")

    assert str(caught.value) == f"“{text[:40]}” is not a duration; write 1.2ms, 500us, 2s or 1m30s."
    assert caught.value.field == "min_duration"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW), (" now ", NOW), ("now-15m", NOW - 15 * MINUTE), ("now - 15m", NOW - 15 * MINUTE),
        ("-15m", NOW - 15 * MINUTE), ("-5", NOW - 5 * MS),
        ("0", 0), ("1795400000", 1_795_400_000 * SECOND), ("1795400000123", 1_795_400_000_123 * MS),
        ("1795400000123456", 1_795_400_000_123_456_000), ("1795400000123456789", NOW), ("9" * 19, MAX_NS),
        ("2026-11-22", 1_795_305_600 * SECOND), ("2026-11-22T03:10:00Z", 1_795_317_000 * SECOND),
        ("2026-11-22T03:10", 1_795_317_000 * SECOND), ("2026-11-22 03:10:00", 1_795_317_000 * SECOND),
        ("2026-11-22T04:10:00+01:00", 1_795_317_000 * SECOND),
        ("2026-11-22T03:10:00.123456Z", 1_795_317_000_123_456_000), ("1969-12-31T23:59:59Z", -SECOND),
        ("1970-01-01T00:00:00.000001Z", 1_000),
    ],
)  # fmt: skip
def test_a_moment_in_every_form(text: str, expected: int) -> None:
    assert parse_moment_ns(text, NOW) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "yesterday", "now+5m", "15m", "2026-13-01", "2026-11-22T25:00", "9" * 20, "1" * 20, "1.5"]
)
def test_what_is_no_moment_is_refused_under_its_fields_name(text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_moment_ns(text, NOW, "start")

    assert str(caught.value).startswith(f"“{text.strip()[:40]}” is not a time; write 2026-11-22T03:10:00Z, now-15m")
    assert caught.value.field == "start"


def test_a_moment_before_a_nonsensical_time_says_what_is_wrong_with_it() -> None:
    with pytest.raises(InvalidQuery, match="“soon” is not a duration"):
        parse_moment_ns("now-soon", NOW, "start")


def one(key: str, comparison: str, value: str | int | float | bool | None, place: Place = Place.ANY) -> Condition:
    return Condition(place=place, key=key, comparison=Comparison(comparison), value=value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("   ", []),
        ("error", [one("error", "exists", None)]),
        ("k=v", [one("k", "=", "v")]),
        ("k = v", [one("k", "=", "v")]),
        ("k!=v", [one("k", "!=", "v")]),
        ('k="a b"', [one("k", "=", "a b")]),
        (r'k="a \"b\" \\ c"', [one("k", "=", r'a "b" \ c')]),
        ('"a key"=v', [one("a key", "=", "v")]),
        ('k=""', [one("k", "=", "")]),
        ("k=", [one("k", "=", "")]),
        ("k=~a.*", [one("k", "=~", "a.*")]),
        ('k!~"a b.*"', [one("k", "!~", "a b.*")]),
        ("k=~5", [one("k", "=~", "5")]),
        ("k=5", [Or((one("k", "=", "5"), one("k", "=", 5)))]),
        ("k!=5", [Or((one("k", "!=", "5"), one("k", "!=", 5)))]),
        ('k="5"', [one("k", "=", "5")]),
        ("k=-1.5e3", [Or((one("k", "=", "-1.5e3"), one("k", "=", -1500.0)))]),
        ("k>5", [one("k", ">", 5)]),
        ("k<=.5", [one("k", "<=", 0.5)]),
        ("k>abc", [one("k", ">", "abc")]),
        ('k>"5"', [one("k", ">", "5")]),
        ("k=true", [Or((one("k", "=", "true"), one("k", "=", True)))]),
        ("k=True", [one("k", "=", "True")]),
        ("k=a=b", [one("k", "=", "a=b")]),
        ("k=/a?b=c&d=<e>", [one("k", "=", "/a?b=c&d=<e>")]),
        ("span.k=v", [one("k", "=", "v", Place.SPAN)]),
        ("resource.host.name!=db1", [one("host.name", "!=", "db1", Place.RESOURCE)]),
        ("scope.k link.k", [one("k", "exists", None, Place.SCOPE), one("k", "exists", None, Place.LINK)]),
        ("event.k", [one("k", "exists", None, Place.EVENT)]),
        ("span.", [one("span.", "exists", None)]),
        ("spank=v", [one("spank", "=", "v")]),
        ('a=1 b="2"  c', [Or((one("a", "=", "1"), one("a", "=", 1))), one("b", "=", "2"), one("c", "exists", None)]),
        ('{"k": "v"}', [one("k", "=", "v")]),
        ('{"http.status_code": "500"}', [Or((one("http.status_code", "=", "500"), one("http.status_code", "=", 500)))]),
        ('{"k": 500}', [Or((one("k", "=", "500"), one("k", "=", 500)))]),
        ('{"k": true, "resource.a b": "c d"}',
         [Or((one("k", "=", "true"), one("k", "=", True))), one("a b", "=", "c d", Place.RESOURCE)]),
        ('{"error": "true"}',
         [Or((Or((one("error", "=", "true"), one("error", "=", True))), one("status", "=", 2, Place.INTRINSIC)))]),
        ("{}", []),
    ],
)  # fmt: skip
def test_conditions_are_read(text: str, expected: list[object]) -> None:
    assert parse_conditions(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('k="open', 'Attributes: “k="open” cannot be read; write key=value, in quotes if it has spaces.'),
        ("=v", "Attributes: “=v” cannot be read; write key=value, in quotes if it has spaces."),
        ("a=1 >", "Attributes: “>” cannot be read; write key=value, in quotes if it has spaces."),
        ('"k"v', 'Attributes: “"k"v” cannot be read; write key=value, in quotes if it has spaces.'),
        ('{"k": ', 'Attributes: this is not JSON; write {"key": "value"} or key=value.'),
        ('{"k": []}', "Attributes: a value in JSON is text, a number or a boolean."),
        ('{"k": null}', "Attributes: a value in JSON is text, a number or a boolean."),
        ("k=~(", "“(” is not a regular expression"),
    ],
)
def test_conditions_that_cannot_be_read_are_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_conditions(text)

    assert str(caught.value).startswith(message)
    assert caught.value.field in ("attributes", "regex")


def test_a_query_has_all_that_was_typed() -> None:
    words = SearchWords(
        service="shop", operation="GET /", kind="Server", status="ERROR", attributes="k=v", min_duration="1ms",
        max_duration="2s", min_trace_duration="3s", max_trace_duration="4s", start="now-1d", end="now", limit=7,
        cursor=encode_cursor(Cursor(start_ns=5, trace_id=bytes(16), newest_block=9)),
    )  # fmt: skip

    def intrinsic(key: Intrinsic, comparison: str, value: str | int) -> Condition:
        return one(key, comparison, value, Place.INTRINSIC)

    assert build_query(words, NOW) == TraceQuery(
        window=Window(start_ns=NOW - DAY, end_ns=NOW),
        where=And(
            (
                intrinsic(Intrinsic.SERVICE, "=", "shop"),
                intrinsic(Intrinsic.NAME, "=", "GET /"),
                intrinsic(Intrinsic.KIND, "=", 2),
                intrinsic(Intrinsic.STATUS, "=", 2),
                intrinsic(Intrinsic.DURATION, ">=", MS),
                intrinsic(Intrinsic.DURATION, "<=", 2 * SECOND),
                one("k", "=", "v"),
            )
        ),
        min_trace_duration_ns=3 * SECOND,
        max_trace_duration_ns=4 * SECOND,
        limit=7,
        after=Cursor(start_ns=5, trace_id=bytes(16), newest_block=9),
    )


@pytest.mark.parametrize(
    ("words", "start_ns", "end_ns"),
    [
        (SearchWords(), NOW + 1 - HOUR, NOW + 1),
        (SearchWords(lookback="15m"), NOW + 1 - 15 * MINUTE, NOW + 1),
        (SearchWords(end="now-1h", lookback="1h"), NOW - 2 * HOUR, NOW - HOUR),
        (SearchWords(start="now-2h", lookback="15m"), NOW - 2 * HOUR, NOW + 1),
        (SearchWords(start="0"), 0, NOW + 1),
        (SearchWords(start="1900-01-01"), 0, NOW + 1),
        (SearchWords(start="now", end="9999-12-31"), NOW, MAX_NS),
        (SearchWords(lookback="1000000000h"), 0, NOW + 1),
    ],
)
def test_a_window_ends_now_and_begins_an_hour_ago_unless_it_is_said(
    words: SearchWords, start_ns: int, end_ns: int
) -> None:
    assert build_query(words, NOW).window == Window(start_ns=start_ns, end_ns=end_ns)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (SearchWords(kind="waiter"), "kind"),
        (SearchWords(status="fine"), "status"),
        (SearchWords(min_duration="x"), "min_duration"),
        (SearchWords(max_duration="x"), "max_duration"),
        (SearchWords(min_trace_duration="x"), "min_trace_duration"),
        (SearchWords(max_trace_duration="x"), "max_trace_duration"),
        (SearchWords(start="x"), "start"),
        (SearchWords(end="x"), "end"),
        (SearchWords(lookback="x"), "lookback"),
        (SearchWords(lookback=""), "lookback"),
        (SearchWords(start="now", end="now-1h"), "end"),
        (SearchWords(start="now", end="now"), "end"),
        (SearchWords(limit=0), "limit"),
        (SearchWords(limit=1_001), "limit"),
        (SearchWords(cursor="x"), "cursor"),
        (SearchWords(attributes="="), "attributes"),
        (SearchWords(attributes=" ".join(f"k{number}" for number in range(65))), "where"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(words: SearchWords, field: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        build_query(words, NOW)

    assert caught.value.field == field


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor(start_ns=NOW, trace_id=bytes(range(16)), newest_block=12_345),
        Cursor(start_ns=0, trace_id=b"\xff" * 16, newest_block=0),
        Cursor(start_ns=MAX_NS, trace_id=b"\1" * 16, newest_block=MAX_NS),
    ],
)
def test_a_cursor_is_text_for_an_address_and_back(cursor: Cursor) -> None:
    text = encode_cursor(cursor)

    assert decode_cursor(text) == cursor
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text", ["", "x", "AAAA", "!" * 43, "ü" * 43, "A" * 42, "A" * 44, "A" * 10_000, "A" * 42 + "\0"]
)
def test_a_cursor_that_was_tampered_with_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match=r"The cursor is not one of this server's\."):
        decode_cursor(text)
