"""RFC 3339 with nanoseconds as Go reads it, with Go's own words for what is wrong: https://pkg.go.dev/time#Parse"""

import re
from datetime import UTC, datetime
from typing import Final

from traces.domain.errors import InvalidQuery
from tracing_ui.go_strconv import quote

_LAYOUT: Final = "2006-01-02T15:04:05.999999999Z07:00"
_ELEMENTS: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("2006", "[0-9]{4}"), ("-", "-"), ("01", "[0-9]{2}"), ("-", "-"), ("02", "[0-9]{2}"), ("T", "T"),
        ("15", "[0-9]{2}"), (":", ":"), ("04", "[0-9]{2}"), (":", ":"), ("05", "[0-9]{2}"),
        (".999999999", "(?:[.,][0-9]+)?"), ("Z07:00", "Z|[+-][0-9]{2}:[0-9]{2}"),
    )
)  # fmt: skip
_RANGES: Final = (("2006", 0, 9999), ("01", 1, 12), ("15", 0, 23), ("04", 0, 59), ("05", 0, 59))
_WORDS: Final = {"01": "month", "15": "hour", "04": "minute", "05": "second"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_NS: Final = 1_000_000_000
# A sign that was not escaped in an address arrives as a space: Grafana sends such.
_SPACE_FOR_PLUS: Final = re.compile(r" (?=[0-9]{2}:[0-9]{2}\Z)")


def parse_time_ns(text: str) -> int:
    """Nanoseconds since 1970, below 0 before. Raises InvalidQuery."""
    text = _SPACE_FOR_PLUS.sub("+", text)
    found = _take_elements(text)
    for name, least, most in _RANGES:
        if not least <= int(found[name]) <= most:
            raise _out_of_range(text, _WORDS[name])
    year, month, day = int(found["2006"]), int(found["01"]), int(found["02"])
    try:
        # Python has no year 0; any other leap year has the same days.
        moment = datetime(year or 4, month, day, int(found["15"]), int(found["04"]), int(found["05"]), tzinfo=UTC)
    except ValueError:
        raise _out_of_range(text, "day") from None
    past = moment - _EPOCH
    seconds = past.days * 86_400 + past.seconds - _offset_seconds(found["Z07:00"], text)
    fraction = found[".999999999"][1:10].ljust(9, "0")
    return seconds * _SECOND_NS + int(fraction)


def _take_elements(text: str) -> dict[str, str]:
    found, rest = {}, text
    for name, pattern in _ELEMENTS:
        match = pattern.match(rest)
        if match is None:
            raise InvalidQuery(
                f"parsing time {quote(text)} as {quote(_LAYOUT)}: cannot parse {quote(rest)} as {quote(name)}"
            )
        found[name], rest = match[0], rest[match.end() :]
    if rest:
        raise InvalidQuery(f"parsing time {quote(text)}: extra text: {quote(rest)}")
    return found


def _offset_seconds(zone: str, text: str) -> int:
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 24:
        raise _out_of_range(text, "time zone offset hour")
    if minutes > 60:
        raise _out_of_range(text, "time zone offset minute")
    offset = (hours * 60 + minutes) * 60
    return -offset if zone[0] == "-" else offset


def _out_of_range(text: str, what: str) -> InvalidQuery:
    return InvalidQuery(f"parsing time {quote(text)}: {what} out of range")
