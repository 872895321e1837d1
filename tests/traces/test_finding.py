"""What a text that somebody looks for is found in."""

from typing import Any

import pytest

from traces.domain.errors import InvalidQuery
from traces.domain.finding import MAX_NEEDLE_LENGTH, parse_needle


@pytest.mark.parametrize("text", ["", "  ", "\t\n", "x" * (MAX_NEEDLE_LENGTH + 1)])
def test_nothing_and_too_much_cannot_be_looked_for(text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_needle(text)
    assert caught.value.field == "q"


@pytest.mark.parametrize(
    ("text", "found", "missed"),
    [
        ("Charge", ("charge", "POST /CHARGE", " recharged "), ("char ge", "")),
        ("  a b ", ("A B", "xa bx"), ("ab",)),
        ("strasse", ("STRASSE",), ("straße",)),
        ("straße", ("STRASSE", "straße", "STRAẞE"), ("strase",)),
        ("ẞ", ("ss", "SS", "ß"), ("s",)),
        ("K", ("k",), ("\N{KELVIN SIGN}",)),
        ("\N{KELVIN SIGN}", ("k", "\N{KELVIN SIGN}"), ("x",)),
    ],
)
def test_case_makes_no_difference(text: str, found: tuple[str, ...], missed: tuple[str, ...]) -> None:
    needle = parse_needle(text)
    assert [needle.is_in(each) for each in (*found, *missed)] == [True] * len(found) + [False] * len(missed)


@pytest.mark.parametrize(
    ("text", "value", "is_found"),
    [
        ("5", 5, True), ("5", 15, False), ("5", 5.0, False), ("5.0", 5.0, True), ("5", "15", True),
        ("TRUE", True, True), ("tru", True, False), ("1", True, False), ("true", 1, False),
        ("x", b"x", False), ("x", None, False), ("none", None, False),
        ("x", [1, ["a", {"k": "wxyz"}]], True), ("key", {"a": {"Key": 1}}, True), ("7", {"a": [6, 7]}, True),
        ("[", [1], False),
    ],
)  # fmt: skip
def test_text_is_found_within_numbers_by_the_whole(text: str, value: Any, is_found: bool) -> None:
    assert parse_needle(text).is_in_value(value) is is_found


def test_ids_are_found_by_six_digits() -> None:
    identifier = bytes.fromhex("00f067aa0ba902b7")
    assert [parse_needle(text).is_in_id(identifier) for text in ("067AA0", "902b7", "f067ax", "0" * 33)] == [
        True, False, False, False,
    ]  # fmt: skip
