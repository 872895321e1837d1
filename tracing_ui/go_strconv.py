"""Text read as Go's standard library reads it, with Go's own words for what is wrong.

Clients of servers written in Go show these sentences to people. https://pkg.go.dev/strconv,
https://pkg.go.dev/time#ParseDuration
"""

import json
import re
from fractions import Fraction
from typing import Final

from traces.domain.errors import InvalidQuery

MAX_INT64: Final = 2**63 - 1
_SYNTAX, _RANGE = "invalid syntax", "value out of range"
_INTEGER = re.compile(r"[+-]?[0-9]+\Z")
_DIGITS = re.compile(r"[0-9]+\Z")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z|[+-]?(?:inf|infinity)\Z|nan\Z", re.I)
_HEX = re.compile(r"[0-9a-fA-F]{1,16}\Z")
_BOOLEANS: Final = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
_UNIT_NS: Final = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3_600 * 10**9,
}  # fmt: skip
_NUMBER = re.compile(r"[0-9]*(?:\.[0-9]*)?")
_UNIT = re.compile(r"[^0-9.]*")
# No sensible duration is longer, and reading digits takes its time.
_MAX_LENGTH: Final = 200


def parse_integer(text: str, bits: int = 64) -> int:
    """A signed decimal number of so many bits. Raises InvalidQuery."""
    if not _INTEGER.match(text):
        raise _fail("ParseInt", text, _SYNTAX)
    limit = 1 << (bits - 1)
    value = int(text) if len(text) <= _MAX_LENGTH else limit
    if not -limit <= value < limit:
        raise _fail("ParseInt", text, _RANGE)
    return value


def parse_unsigned(text: str, bits: int = 64) -> int:
    """A decimal number of so many bits, without a sign. Raises InvalidQuery."""
    if not _DIGITS.match(text):
        raise _fail("ParseUint", text, _SYNTAX)
    value = int(text) if len(text) <= _MAX_LENGTH else 1 << bits
    if value >= 1 << bits:
        raise _fail("ParseUint", text, _RANGE)
    return value


def parse_hex(text: str) -> int:
    """Up to 16 hexadecimal digits. Raises InvalidQuery."""
    if not _HEX.match(text):
        raise _fail("ParseUint", text, _SYNTAX)
    return int(text, 16)


def parse_float(text: str) -> float:
    """Raises InvalidQuery."""
    if not _FLOAT.match(text):
        raise _fail("ParseFloat", text, _SYNTAX)
    return float(text)


def parse_boolean(text: str) -> bool:
    """Raises InvalidQuery."""
    if text not in _BOOLEANS:
        raise _fail("ParseBool", text, _SYNTAX)
    return _BOOLEANS[text]


def _fail(function: str, text: str, reason: str) -> InvalidQuery:
    return InvalidQuery(f"strconv.{function}: parsing {quote(text)}: {reason}")


def quote(text: str) -> str:
    """In quotes, as an error says it."""
    return json.dumps(text[:_MAX_LENGTH], ensure_ascii=False)


def parse_duration_ns(text: str) -> int:
    """`1.5s`, `1h2m`, `-3ms`, `0`: decimal numbers with units, in nanoseconds. Raises InvalidQuery."""
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    if not rest or len(rest) > _MAX_LENGTH:
        raise _invalid_duration(text)
    total_ns = 0
    while rest:
        part_ns, rest = _take_part(rest, text)
        total_ns += part_ns
    if total_ns > MAX_INT64:
        raise _invalid_duration(text)
    return -total_ns if text[0] == "-" else total_ns


def _take_part(rest: str, text: str) -> tuple[int, str]:
    """The first number with its unit, in nanoseconds, and what follows."""
    number, rest = _split(_NUMBER, rest)
    whole, _, fraction = number.partition(".")
    if not whole and not fraction:
        raise _invalid_duration(text)
    unit, rest = _split(_UNIT, rest)
    if not unit:
        raise InvalidQuery(f"time: missing unit in duration {quote(text)}")
    if unit not in _UNIT_NS:
        raise InvalidQuery(f"time: unknown unit {quote(unit)} in duration {quote(text)}")
    return int(Fraction(int(whole + fraction), 10 ** len(fraction)) * _UNIT_NS[unit]), rest


def _split(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """What of it matches, from its start on, and the rest."""
    found = pattern.match(text)
    end = found.end() if found else 0
    return text[:end], text[end:]


def _invalid_duration(text: str) -> InvalidQuery:
    return InvalidQuery(f"time: invalid duration {quote(text)}")
