"""Trace and span ids as digits."""

import pytest

from traces.domain.errors import InvalidId
from traces.domain.ids import parse_span_id, parse_trace_id

ID = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ID, ID),
        (ID.upper(), ID),
        (f"  {ID}\n", ID),
        (f"0x{ID}", ID),
        (f"0X{ID.upper()}", ID),
        ("4bf92f35-77b3-4da6-a3ce-929d0e0e4736", ID),
        ("a3ce929d0e0e4736", "0000000000000000a3ce929d0e0e4736"),
        ("0000000000000000a3ce929d0e0e4736", "0000000000000000a3ce929d0e0e4736"),
        ("1", "0" * 31 + "1"),
        ("abc", "0" * 29 + "abc"),
    ],
)
def test_a_trace_id_in_any_spelling_is_sixteen_bytes(text: str, expected: str) -> None:
    assert parse_trace_id(text).hex() == expected


@pytest.mark.parametrize("text", ["", " ", "0", "0" * 32, "0x", "-", "xyz", ID + "0", f"{ID[:-1]}g", "４bf9", "0x0xab"])
def test_what_is_no_trace_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidId, match="is not a trace id: 1 to 32 hexadecimal digits, not all zero"):
        parse_trace_id(text)


def test_a_refusal_quotes_no_more_than_a_line() -> None:
    with pytest.raises(InvalidId) as caught:
        parse_trace_id("z" * 10_000)

    assert str(caught.value) == f"“{'z' * 80}” is not a trace id: 1 to 32 hexadecimal digits, not all zero."


@pytest.mark.parametrize(
    ("text", "expected"),
    [("00f067aa0ba902b7", "00f067aa0ba902b7"), (" F067AA0BA902B7 ", "00f067aa0ba902b7"), ("1", "0000000000000001")],
)
def test_a_span_id_in_any_spelling_is_eight_bytes(text: str, expected: str) -> None:
    assert parse_span_id(text).hex() == expected


@pytest.mark.parametrize("text", ["", "0", "0" * 16, "00f067aa0ba902b7a", "g", "-1"])
def test_what_is_no_span_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidId, match="is not a span id: 1 to 16 hexadecimal digits, not all zero"):
        parse_span_id(text)
