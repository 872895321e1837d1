"""Text and numbers as they are written in a query."""

import re
from fractions import Fraction
from typing import Final

from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.tree import Literal, ValueType
from traces.domain.traceql.words import MAX_INT

NANOSECONDS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # the micro sign
    "μs": 1_000,  # the Greek letter
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
    "y": 31_536_000_000_000_000,
}
_MEANT_UNITS: Final = {"msec": "ms", "sec": "s", "min": "m", "hour": "h", "day": "d", "week": "w", "year": "y"}
# Decimal numbers go with the units of a clock, whole ones also with those of a calendar, the largest first.
_CLOCK_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_CLOCK = re.compile(rf"(?:{_CLOCK_PART.pattern})+")
_CALENDAR = re.compile(
    r"(?:[0-9]+y)?(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m(?!s))?(?:[0-9]+s)?(?:[0-9]+ms)?(?<=.)"
)
_CALENDAR_PART = re.compile(r"([0-9]+)(ms|[ywdhms])")
_WHOLE = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?[0-9]+)?")
_AMOUNT = re.compile(r"([0-9]*\.?[0-9]+)([^\W0-9_]+)")
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-7]{3}|[abfnrtv\\\"])")
_LETTERS: Final = {
    "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34,
}  # fmt: skip


def parse_number(text: str, at: int) -> Literal:
    """An int, a float or a duration, without a sign. Raises TraceQLError."""
    if _WHOLE.fullmatch(text):
        return Literal(ValueType.INT, _fit(text, at), at=at)
    if _DECIMAL.fullmatch(text):
        number = float(text)
        if number == float("inf"):
            raise TraceQLError(f'"{text}" is too large a number.', at)
        return Literal(ValueType.FLOAT, number, at=at)
    return Literal(ValueType.DURATION, _parse_duration(text, at), at=at)


def _fit(digits: str, at: int) -> int:
    # Python refuses to read very many digits.
    if len(digits.lstrip("0")) > 19 or int(digits) > MAX_INT:
        raise TraceQLError("Whole numbers end at 9223372036854775807.", at, "maxInt")
    return int(digits)


def _parse_duration(text: str, at: int) -> int:
    if _CLOCK.fullmatch(text):
        parts = _CLOCK_PART.findall(text)
    elif _CALENDAR.fullmatch(text):
        parts = _CALENDAR_PART.findall(text)
    else:
        raise _refuse_duration(text, at)
    if any(len(number) > 30 for number, _ in parts):
        raise _refuse_long(at)
    # Of a fraction of a nanosecond nothing is left, as in Go.
    duration_ns = sum(int(Fraction(number) * NANOSECONDS[unit]) for number, unit in parts)
    if duration_ns > MAX_INT:
        raise _refuse_long(at)
    return duration_ns


def _refuse_long(at: int) -> TraceQLError:
    return TraceQLError("A duration is shorter than 292 years.", at)


def _refuse_duration(text: str, at: int) -> TraceQLError:
    if re.match(r"0[xXbBoO]|[0-9]+_", text) or not re.search(r"[^\W0-9_]", text):
        return TraceQLError(f'"{text}" is not a number: write it decimal, without separators.', at)
    if text.startswith("."):
        sentence = f'"{text}" is not a number, and a key that begins with a digit needs quotes.'
        return TraceQLError(sentence, at, f'."{text[1:]}"')
    if re.fullmatch(r"[0-9a-fA-F]{16}|[0-9a-fA-F]{32}", text):
        return TraceQLError(f'"{text}" is not a number; an id is text and needs quotes.', at, f'"{text}"')
    sentence = f'"{text}" is not a duration: units are ns us ms s m h d w y, and d w y take whole numbers.'
    return TraceQLError(sentence, at, _suggest_duration(text))


def _suggest_duration(text: str) -> str:
    match = _AMOUNT.fullmatch(text)
    if not match or len(text) > 20:
        return "500ms"
    number, word = match[1], match[2].lower()
    unit = word if word in NANOSECONDS else _MEANT_UNITS.get(word.removesuffix("s"), "") or word.removesuffix("econds")
    if unit not in NANOSECONDS:
        return "500ms"
    if unit in "dwy" and "." in number:
        hours = Fraction(number) * NANOSECONDS[unit] / NANOSECONDS["h"]
        return f"{float(hours):g}h"
    return number + unit


def unescape(body: str, at: int) -> str:
    r"""What stands between double quotes, its escapes (Go's) replaced; `at` is that of its first character.

    `\x` and octal escapes are bytes of UTF-8; those that are none become U+FFFD. Raises TraceQLError.
    """
    found = bytearray()
    place = 0
    while place < len(body):
        stop = body.find("\\", place)
        if stop < 0:
            stop = len(body)
        found += body[place:stop].encode()
        place = stop
        if stop < len(body):
            escape = _ESCAPE.match(body, stop)
            if not escape:
                raise _refuse_escape(body[stop : stop + 2], at + stop)
            found += _read_escape(escape[0], at + stop)
            place = escape.end()
    return found.decode("utf-8", "replace")


def _read_escape(escape: str, at: int) -> bytes:
    kind = escape[1]
    if kind in "uU":
        code = int(escape[2:], 16)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise TraceQLError(f'"{escape}" is no character.', at)
        return chr(code).encode()
    if kind == "x":
        return bytes([int(escape[2:], 16)])
    if kind in "01234567":
        if int(escape[1:], 8) > 255:
            raise TraceQLError(f'"{escape}" is no byte: octal escapes end at \\377.', at)
        return bytes([int(escape[1:], 8)])
    return bytes([_LETTERS[kind]])


def _refuse_escape(escape: str, at: int) -> TraceQLError:
    return TraceQLError(f'"{escape}" is not an escape inside "…".', at, f"write \\{escape}, or use backticks")
