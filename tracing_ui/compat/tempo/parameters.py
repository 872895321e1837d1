"""The query parameters of Tempo's API, read as Tempo reads them: the first of several, empty ones as if they were
absent, unknown ones ignored. Times are whole seconds since 1970.

All raise InvalidQuery with the sentence that Tempo would answer.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import unquote_plus

from django.http import QueryDict

from traces.domain.errors import InvalidQuery
from traces.domain.ids import TRACE_ID_BYTES
from traces.domain.query import Window
from traces.domain.span import MAX_NS
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.tree import Attribute, Intrinsic, Scope
from traces.domain.traceql.unfinished import parse_field
from traces.domain.traceql.words import FIELDS
from tracing_ui.compat.tempo.errors import NotServed
from tracing_ui.go_strconv import parse_integer, parse_unsigned

_NOT_HEX: Final = re.compile(r"[^0-9a-fA-F]")
_SECOND_NS: Final = 1_000_000_000
_HALF: Final = ("q", "keep_hierarchy", "match_depth", "ancestor_depth")

_Value = TypeVar("_Value")


def first(words: QueryDict, name: str) -> str:
    """The first value of a parameter; empty without one."""
    return next(iter(words.getlist(name)), "")


def read(words: QueryDict, name: str, parse: Callable[[str], _Value]) -> _Value | None:
    """What a parameter says; None without it."""
    text = first(words, name)
    if not text:
        return None
    try:
        return parse(text)
    except InvalidQuery as problem:
        raise InvalidQuery(f"invalid {name}: {problem}", name) from None


def read_trace_id(text: str) -> bytes:
    """16 bytes from hexadecimal digits, shorter ones padded on the left."""
    if found := _NOT_HEX.search(text):
        raise InvalidQuery(
            f"trace IDs can only contain hex characters: invalid character '{found[0]}' at position {found.start() + 1}"
        )
    if len(text) > 2 * TRACE_ID_BYTES:
        raise InvalidQuery("trace IDs can't be larger than 128 bits")
    return bytes.fromhex(text.zfill(2 * TRACE_ID_BYTES))


def check_beside_trace(words: QueryDict) -> None:
    """`start` and `end` beside a trace id only help other stores to find it; what is wrong with them is said.

    Raises NotServed where a part of the trace is asked for.
    """
    read_range(words)
    for name in _HALF:
        if first(words, name):
            raise NotServed(f"{name} is not served here: a trace is answered whole")


def read_window(words: QueryDict) -> Window:
    """The time from `start` to `end`, of which the last second counts; all time without either."""
    found = read_range(words)
    if found is None:
        return Window(start_ns=0, end_ns=MAX_NS)
    start, end = found
    return Window(start_ns=min(max(start, 0) * _SECOND_NS, MAX_NS - 1), end_ns=min((end + 1) * _SECOND_NS, MAX_NS))


def read_range(words: QueryDict) -> tuple[int, int] | None:
    """Both in seconds; None without either."""
    start, end = read(words, "start", parse_integer) or 0, read(words, "end", parse_integer) or 0
    if not start and not end:
        return None
    if end <= start:
        raise InvalidQuery(f"http parameter start must be before end. received start={start} end={end}", "start")
    return start, end


def read_count(words: QueryDict, name: str, default: int, most: int) -> int:
    """A number from 1; more than `most` is taken for that."""
    found = read(words, name, lambda text: parse_unsigned(text, 32))
    if found == 0:
        raise InvalidQuery(f"invalid {name}: must be a positive number", name)
    return min(default if found is None else found, most)


def read_field(text: str) -> Attribute | Intrinsic:
    """A field by the name that filters have for it. Clients escape it twice, to keep slashes out of the address."""
    name = unquote_plus(text)
    try:
        return parse_field(name)
    except TraceQLError as problem:
        raise InvalidQuery(f"please provide a valid tagName: {name[:200]}: {problem.sentence}") from None


def read_plain_field(text: str) -> Attribute | Intrinsic:
    """As the first version has it: an attribute's key without a scope, or what every span has."""
    name = unquote_plus(text)
    return Intrinsic(FIELDS[name]) if name in FIELDS else Attribute(Scope.ANY, name)
