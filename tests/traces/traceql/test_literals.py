"""Text, numbers and durations as they are written and printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.literals import parse_number, unescape
from traces.domain.traceql.printing import print_duration, print_text
from traces.domain.traceql.tree import ValueType
from traces.domain.traceql.words import MAX_INT


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("0", "int", 0),
        ("007", "int", 7),
        ("9223372036854775807", "int", MAX_INT),
        ("1.5", "float", 1.5),
        ("5.", "float", 5.0),
        (".5", "float", 0.5),
        ("1e3", "float", 1000.0),
        ("2.5E-1", "float", 0.25),
        ("0s", "duration", 0),
        ("1.5h", "duration", 5_400_000_000_000),
        ("1h30m", "duration", 5_400_000_000_000),
        ("30m1h", "duration", 5_400_000_000_000),
        ("1.5µs", "duration", 1_500),
        ("1.5μs", "duration", 1_500),
        ("1.9ns", "duration", 1),
        ("0.1ms", "duration", 100_000),
        ("1d12h", "duration", 129_600_000_000_000),
        ("1w", "duration", 604_800_000_000_000),
        ("1y2w3d4h5m6s7ms", "duration", 33_019_506_007_000_000),
    ],
)
def test_a_number_is_whole_or_decimal_or_a_duration(text: str, kind: str, value: float) -> None:
    literal = parse_number(text, 3)
    assert (literal.type, literal.value, type(literal.value), literal.at) == (kind, value, type(value), 3)


@pytest.mark.parametrize("text", ["1.5d", "12h1d", "1d1us", "5x", "0x1f", "1_0", "1e", "1.2.3", "1s5", "h", "d"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(TraceQLError):
        parse_number(text, 0)


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [
        (0, "0s"),
        (1, "1ns"),
        (1_500, "1.5us"),
        (500_000_000, "500ms"),
        (1_000_000_000, "1s"),
        (90_000_000_000, "1m30s"),
        (5_400_000_000_000, "1h30m"),
        (3_600_000_000_001, "1h1ns"),
        (-1_500_000, "-1.5ms"),
    ],
)
def test_a_duration_is_printed_short(duration_ns: int, text: str) -> None:
    assert print_duration(duration_ns) == text


@given(st.integers(0, MAX_INT))
def test_a_printed_duration_is_the_same_duration(duration_ns: int) -> None:
    literal = parse_number(print_duration(duration_ns), 0)
    assert (literal.type, literal.value) == (ValueType.DURATION, duration_ns)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"\a\b\f\n\r\t\v\\\"", '\a\b\f\n\r\t\v\\"'),
        (r"\x41\101", "AA"),
        (r"\xc3\xa9", "é"),
        (r"\xff", "\ufffd"),
        (r"\u00e9\U0001F642", "é🙂"),
        ("é🙂", "é🙂"),
    ],
)
def test_escapes_are_those_of_go(body: str, text: str) -> None:
    assert unescape(body, 0) == text


@pytest.mark.parametrize(
    ("body", "at"), [(r"a\d", 6), (r"\'", 5), (r"\x4", 5), (r"ab\u12", 7), (r"\U00110000", 5), (r"\8", 5), (r"\777", 5)]
)
def test_an_escape_that_is_none_is_refused_where_it_stands(body: str, at: int) -> None:
    with pytest.raises(TraceQLError) as refusal:
        unescape(body, 5)
    assert refusal.value.at == at


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("", '""'),
        ("GET /", '"GET /"'),
        ('say "x"', '`say "x"`'),
        ("\\d", "`\\d`"),
        ('`"`', '"`\\"`"'),
        ("\\\n", '"\\\\\\n"'),
        ("\u200b\U000e0001", '"\\u200b\\U000e0001"'),
    ],
)
def test_text_is_printed_with_as_few_escapes_as_may_be(text: str, printed: str) -> None:
    assert print_text(text) == printed
