"""The query parameters of each endpoint: declared once, for the schema and for reading them strictly.

An unknown or repeated parameter is refused: a typo must not silently widen a search.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from traces.domain.clock import Clock
from traces.domain.errors import InvalidId, InvalidQuery
from traces.domain.finding import MAX_NEEDLE_LENGTH
from traces.domain.ids import parse_span_id, parse_trace_id
from traces.domain.query import ATTRIBUTE_PLACES, MAX_LIMIT, Place, TraceQuery
from traces.domain.search_text import MAX_TEXT_LENGTH, SearchWords, build_query
from traces.domain.span import SpanKind, StatusCode

DEFAULT_SPANS = 1_000
MAX_SPANS = 10_000
MAX_VALUES = 1_000
DEFAULT_PINS = 100
MAX_PINS = 1_000
MAX_MARKED_ROWS = 200


def _text(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, description=description, **more)


def _integer(name: str, description: str, default: int, lowest: int, highest: int | None) -> OpenApiParameter:
    bounds = {"minimum": lowest} | ({"maximum": highest} if highest else {})
    return OpenApiParameter(name, {"type": "integer", "default": default, **bounds}, description=description)


SEARCH = (
    _text("service", "Exact name of the service."),
    _text("operation", "Exact name of the span."),
    _text("kind", "Kind of the span.", enum=[kind.name.lower() for kind in SpanKind]),
    _text("status", "Status of the span.", enum=[code.name.lower() for code in StatusCode]),
    _text("attributes", 'Conditions on one span, such as `http.route="/a b" retries>2 db.system=~post.* error`.'),
    _text("min_duration", "Shortest span, such as `1.2ms`, `2s`, `1m30s`; a bare number is milliseconds."),
    _text("max_duration", "Longest span."),
    _text("min_trace_duration", "Shortest trace: latest end minus earliest start."),
    _text("max_trace_duration", "Longest trace."),
    _text("start", "Spans starting from here: ISO date-time, `now-15m`, or seconds to nanoseconds since 1970."),
    _text("end", "Spans starting before this; now if absent."),
    _text("lookback", "Without `start`: this long before `end`.", default="1h"),
    _integer("limit", "Traces on a page.", 20, 1, MAX_LIMIT),
    _text("cursor", "`next_cursor` of the page before."),
)
CLOCK = _text(
    "clock",
    "Times put right where a clock is visibly wrong, or as they were sent.",
    enum=[clock.value for clock in Clock],
    default=Clock.CORRECTED.value,
)
TRACE = (
    _integer("first", "The first row of the waterfall to send, counted from 0.", 0, 0, None),
    _integer("count", "How many rows to send.", DEFAULT_SPANS, 1, MAX_SPANS),
    CLOCK,
)
COLUMNS = (CLOCK,)
BUILD = _text("build", "The build whose rows are meant, as in `ETag` of the columns; refused if it is another now.")
MARKS = (
    _text("rows", f"Up to {MAX_MARKED_ROWS} rows of the waterfall, such as `3,8,12`.", required=True),
    CLOCK,
    BUILD,
)
LINKS = (CLOCK, BUILD)
FIND = (
    _text("q", f"What to find, at most {MAX_NEEDLE_LENGTH} characters.", required=True),
    BUILD,
    CLOCK,
)
SPAN = (
    OpenApiParameter(
        "row", {"type": "integer", "minimum": 0}, description="The span's row, where several spans share the id."
    ),
    CLOCK,
)
PINS = (
    _integer("first", "The first pin to send, counted from 0.", 0, 0, None),
    _integer("count", "How many pins to send.", DEFAULT_PINS, 1, MAX_PINS),
)
OPERATIONS = (_text("service", "Only of the service with this exact name."),)
ATTRIBUTES = (_text("prefix", "Only keys that begin with this."),)
VALUES = (
    _text("key", "The attribute's key.", required=True),
    _text("place", "Where to look.", enum=[*(place.value for place in ATTRIBUTE_PLACES), "any"], default="any"),
    _integer("limit", "How many values.", 50, 1, MAX_VALUES),
)


def read_parameters(given: QueryDict, known: Sequence[OpenApiParameter]) -> dict[str, str]:
    """The parameters that are there and not empty. Raises InvalidQuery, which names the one at fault."""
    names = [parameter.name for parameter in known]
    for name, values in given.lists():
        if name not in names:
            choices = f"choose from {', '.join(names)}" if names else "this address takes none"
            raise InvalidQuery(f"There is no parameter “{name[:80]}”; {choices}.", name[:80])
        if len(values) > 1:
            raise InvalidQuery(f"{name} is given {len(values)} times.", name)
        check_text(values[0], name)
    for parameter in known:
        if parameter.required and not given.get(parameter.name):
            raise InvalidQuery(f"{parameter.name} is missing.", parameter.name)
    return {name: value for name, value in given.items() if isinstance(value, str) and value}


def check_text(text: str, field: str) -> str:
    """The text, if every database and every answer can hold it. Raises InvalidQuery."""
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidQuery(f"{field} has more than {MAX_TEXT_LENGTH:,} characters.", field)
    if "\x00" in text:
        raise InvalidQuery(f"{field} contains the character U+0000.", field)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidQuery(f"{field} contains half of a surrogate pair.", field)
    return text


def read_integer(words: dict[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    """Raises InvalidQuery, which names the parameter."""
    text = words.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,18}", text) or not lowest <= int(text) <= highest:
        raise InvalidQuery(f"{name} is a whole number from {lowest:,} to {highest:,}.", name)
    return int(text)


def read_search(given: QueryDict, now_ns: int) -> TraceQuery:
    """The search in an address. Raises InvalidQuery, which names the parameter."""
    words: dict[str, Any] = {**read_parameters(given, SEARCH)}
    words["limit"] = read_integer(words, "limit", 20, 1, MAX_LIMIT)
    try:
        return build_query(SearchWords(**words), now_ns)
    except InvalidQuery as problem:
        if any(problem.field == parameter.name for parameter in SEARCH):
            raise
        raise InvalidQuery(str(problem), "attributes") from None


def read_rows(words: dict[str, str]) -> tuple[int, int]:
    """The first row of a trace to send, and how many."""
    return read_integer(words, "first", 0, 0, 10**9), read_integer(words, "count", DEFAULT_SPANS, 1, MAX_SPANS)


def read_pins(words: dict[str, str]) -> tuple[int, int]:
    """The first pin to send, and how many."""
    return read_integer(words, "first", 0, 0, 10**9), read_integer(words, "count", DEFAULT_PINS, 1, MAX_PINS)


def read_row_list(words: dict[str, str]) -> list[int]:
    """Rows, each once. Raises InvalidQuery."""
    numbers = words["rows"].split(",")
    if len(numbers) > MAX_MARKED_ROWS or not all(re.fullmatch("[0-9]{1,9}", number) for number in numbers):
        raise InvalidQuery(f"rows are at most {MAX_MARKED_ROWS} whole numbers with commas between.", "rows")
    return list(dict.fromkeys(map(int, numbers)))


def check_rows(rows: list[int], count: int) -> list[int]:
    """The rows, if a trace of so many has them all. Raises InvalidQuery."""
    if max(rows) >= count:
        raise InvalidQuery(f"This trace has {count:,} rows, counted from 0; there is no row {max(rows):,}.", "rows")
    return rows


def read_clock(words: dict[str, str]) -> Clock:
    """Which times are asked for. Raises InvalidQuery."""
    text = words.get("clock", Clock.CORRECTED)
    if text not in list(Clock):
        raise InvalidQuery(f"“{text[:40]}” is no clock; choose one of {', '.join(Clock)}.", "clock")
    return Clock(text)


def read_row(words: dict[str, str]) -> int | None:
    """The row of a span, if it is said."""
    return read_integer(words, "row", 0, 0, 10**9) if "row" in words else None


def read_value_limit(words: dict[str, str]) -> int:
    return read_integer(words, "limit", 50, 1, MAX_VALUES)


def read_place(words: dict[str, str]) -> Place:
    """Where an attribute is. Raises InvalidQuery."""
    text = words.get("place", Place.ANY)
    places = [*ATTRIBUTE_PLACES, Place.ANY]
    if text not in places:
        raise InvalidQuery(f"“{text[:40]}” is not a place; choose one of {', '.join(places)}.", "place")
    return Place(text)


def read_trace_id(text: str) -> bytes:
    """Raises InvalidQuery."""
    try:
        return parse_trace_id(text)
    except InvalidId as problem:
        raise InvalidQuery(str(problem), "trace_id") from None


def read_span_id(text: str) -> bytes:
    """Raises InvalidQuery."""
    try:
        return parse_span_id(text)
    except InvalidId as problem:
        raise InvalidQuery(str(problem), "span_id") from None
