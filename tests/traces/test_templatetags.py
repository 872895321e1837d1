"""How times, names and values read on a page."""

import pytest

from tests.traces.outlines import make_outline, make_trace
from traces import axis, bars, waterfall, words
from traces.domain.span import (
    kind_name,
    status_name,
)

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (1, "1 ns"),
        (999, "999 ns"),
        (1_000, "1.00 µs"),
        (812_000, "812 µs"),
        (999_499, "999 µs"),
        (999_500, "1.00 ms"),
        (4_310_000, "4.31 ms"),
        (9_995_000, "10.0 ms"),
        (312_000_000, "312 ms"),
        (999_999_999, "1.00 s"),
        (2_840_123_456, "2.84 s"),
        (59_949_999_999, "59.9 s"),
        (59_999_999_999, "1 m"),
        (72 * SECOND, "1 m 12 s"),
        (3_600 * SECOND, "1 h"),
        (26 * 3_600 * SECOND, "1 d 2 h"),
        (2**63 - 1, "106,751 d 23 h"),
        (-4_310_000, "−4.31 ms"),
    ],
)
def test_a_duration_has_three_significant_digits(ns: int, text: str) -> None:
    assert words.duration(ns) == text


@pytest.mark.parametrize(("ns", "text"), [(SECOND, "1 s"), (1_500_000_000, "1.5 s"), (500_000_000, "500 ms")])
def test_a_duration_on_an_axis_has_no_trailing_zeros(ns: int, text: str) -> None:
    assert words.duration(ns, trim=True) == text


def test_an_offset_has_a_sign() -> None:
    assert (words.offset(0), words.offset(1_500), words.offset(-1_500)) == ("+0 ns", "+1.50 µs", "−1.50 µs")


def test_a_moment_keeps_its_nanoseconds() -> None:
    ns = 1_795_400_000_183_204_991
    assert words.iso(ns) == "2026-11-23T02:13:20.183204991Z"
    assert words.moment(ns) == words.Moment("2026-11-23", "02:13:20.183", "UTC")


@pytest.mark.parametrize(
    ("ns", "text"), [(0, "1970-01-01T00:00:00.000000000Z"), (2**64 - 1, "2554-07-21T23:34:33.709551615Z")]
)
def test_moments_far_away_can_be_written(ns: int, text: str) -> None:
    assert words.iso(ns) == text


@pytest.mark.parametrize(
    ("distance_s", "text"),
    [
        (0, "just now"),
        (1, "just now"),
        (59, "59 s ago"),
        (14 * 60 + 59, "14 min ago"),
        (7_200, "2 h ago"),
        (86_400 * 3, "3 d ago"),
        (-300, "in 5 min"),
    ],
)
def test_a_moment_says_how_long_ago_it_was(distance_s: int, text: str) -> None:
    now = 1_800_000_000 * SECOND
    assert words.ago(now - distance_s * SECOND, now) == text


@pytest.mark.parametrize(
    "character", "\0\x1b\r\x7f\x85\u00ad\u061c\u200b\u200e\u202a\u202e\u2028\u2066\u2069\ufeff\ud800\U000e0041"
)
def test_characters_that_hide_or_turn_text_are_spelled_out(character: str) -> None:
    assert words.visible(f"a{character}b") == f"a⟨U+{ord(character):04X}⟩b"


@pytest.mark.parametrize("text", ["naïve", "مرحبا", "日本語", "👩‍💻", "می‌خواهم", "two\nlines\tand a tab", "<b>"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert words.visible(text) == text


@pytest.mark.parametrize(
    ("name", "text"), [("", "(no name)"), (" \n", "(no name)"), ("GET /", "GET /"), ("x" * 4_096, "x" * 200 + "…")]
)
def test_a_name_fits_into_a_row(name: str, text: str) -> None:
    assert words.named(name) == text


@pytest.mark.parametrize(
    ("service", "text"),
    [
        ("checkout", "ch"),
        ("Payment", "pa"),
        ("svc-db-proxy", "db"),
        ("service", "se"),
        ("<img>", "im"),
        ("", "?"),
        ("日本", "日本"),
        ("…", "…"),
    ],
)
def test_a_service_has_two_letters(service: str, text: str) -> None:
    assert words.letters(service) == text


@pytest.mark.parametrize(
    ("duration_ns", "labels"),
    [
        (0, ["0"]),
        (1, ["0", "1 ns"]),
        (1_770_000_000, ["0", "500 ms", "1 s", "1.5 s"]),
        (2_840_000_000, ["0", "500 ms", "1 s", "1.5 s", "2 s", "2.5 s"]),
        (5_000_000, ["0", "1 ms", "2 ms", "3 ms", "4 ms", "5 ms"]),
        (90 * SECOND, ["0", "30 s", "1 m", "1 m 30 s"]),
        (30 * 86_400 * SECOND, ["0", "6 d", "12 d", "18 d", "24 d", "30 d"]),
    ],
)
def test_the_axis_has_round_times(duration_ns: int, labels: list[str]) -> None:
    assert [tick.label for tick in axis.ticks(make_trace([make_outline(1, duration_ns=duration_ns)]))] == labels


@pytest.mark.parametrize("duration_ns", [7, 99, 12_345, 60 * SECOND, 61 * SECOND, 86_399 * SECOND, 2**63 - 1])
def test_the_axis_never_has_more_than_six_marks(duration_ns: int) -> None:
    assert 2 <= len(axis.ticks(make_trace([make_outline(1, duration_ns=duration_ns)]))) <= 6


def test_self_time_is_what_no_child_covers() -> None:
    rows = [make_outline(1, duration_ns=100), make_outline(2, parent=1, start_ns=10, duration_ns=30)]
    rows += [
        make_outline(3, parent=1, start_ns=20, duration_ns=30),
        make_outline(4, parent=3, start_ns=60, duration_ns=30),
    ]
    rows += [make_outline(5, parent=1, start_ns=90, duration_ns=1_000)]
    trace = make_trace(rows)
    assert [bars.measure_self_ns(trace.rows, index) for index in range(5)] == [50, 30, 30, 30, 1_000]


def test_a_share_can_always_be_seen() -> None:
    assert [waterfall.share(part, 1_000) for part in (0, 1, 500, 1_000)] == ["0.4", "0.4", "50", "100"]
    assert waterfall.share(0, 0) == "0.4"


def test_kinds_and_states_this_version_does_not_know_are_named() -> None:
    assert (kind_name(99), words.kind_glyph(99), status_name(7)) == ("kind 99", "", "status 7")
    assert (kind_name(3), words.kind_glyph(3), status_name(2)) == ("client", "→", "error")
