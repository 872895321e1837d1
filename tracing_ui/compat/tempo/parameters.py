"""The query parameters of Tempo's API, read as Tempo reads them: the first of several, empty ones as if they were
absent, unknown ones ignored. Times are whole seconds since 1970.

All raise InvalidQuery with the sentence that Tempo would answer.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from django.http import QueryDict

from traces.domain.errors import InvalidQuery
from traces.domain.ids import TRACE_ID_BYTES
from tracing_ui.compat.tempo.errors import NotServed
from tracing_ui.go_strconv import parse_integer

_NOT_HEX: Final = re.compile(r"[^0-9a-fA-F]")
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


def read_range(words: QueryDict) -> tuple[int, int] | None:
    """Both in seconds; None without either."""
    start, end = read(words, "start", _parse_seconds) or 0, read(words, "end", _parse_seconds) or 0
    if not start and not end:
        return None
    if end <= start:
        raise InvalidQuery(f"http parameter start must be before end. received start={start} end={end}", "start")
    return start, end


def _parse_seconds(text: str) -> int:
    return parse_integer(text)
