"""The query parameters of Jaeger's third API over HTTP: the name in camelCase counts before the one with underscores.

An empty parameter is none, unknown ones are ignored. All raise InvalidQuery with the sentence Jaeger would answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from django.http import QueryDict

from traces.domain.errors import InvalidQuery
from traces.domain.query import Window
from tracing_ui.compat.jaeger.go_parsing import parse_text_map
from tracing_ui.compat.jaeger.go_time import parse_time_ns
from tracing_ui.compat.jaeger.search import JaegerQuery, make_window
from tracing_ui.go_strconv import parse_boolean, parse_duration_ns, parse_integer

DEFAULT_SEARCH_DEPTH: Final = 100
_NOT_SERVED: Final = ("query.filter", "query.pagination.pageSize", "query.pagination.page_size")

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a search of version 3 asks for; raw spans are as they were sent."""

    query: JaegerQuery
    is_raw: bool


def read_search(words: QueryDict) -> Search:
    """`query.serviceName`, `query.startTimeMin` and the others."""
    for name in _NOT_SERVED:
        if words.get(name):
            raise InvalidQuery(f"malformed parameter {name}: this server does not serve it", name)
    attributes = _read(words, ("query.attributes",), parse_text_map)
    start_ns, end_ns = read_range(words, "query.startTimeMin", "query.startTimeMax")
    depth = _read(words, ("query.searchDepth", "query.search_depth", "query.num_traces"), _parse_depth)
    return Search(
        query=JaegerQuery(
            service=find(words, "query.serviceName")[1] or None,
            operation=find(words, "query.operationName")[1] or None,
            tags=attributes or {},
            start_ns=start_ns,
            end_ns=end_ns,
            min_duration_ns=_read(words, _both("query.durationMin"), parse_duration_ns) or None,
            max_duration_ns=_read(words, _both("query.durationMax"), parse_duration_ns) or None,
            limit=DEFAULT_SEARCH_DEPTH if depth is None else depth,
        ),
        is_raw=bool(_read(words, _both("query.rawTraces"), parse_boolean)),
    )


def read_range(words: QueryDict, start_name: str, end_name: str) -> tuple[int, int]:
    """Both times in nanoseconds: both are required, the first before the second."""
    start_ns = _read(words, _both(start_name), parse_time_ns)
    end_ns = _read(words, _both(end_name), parse_time_ns)
    if start_ns is None or end_ns is None:
        raise InvalidQuery(f"{start_name} and {end_name} are required", start_name)
    if start_ns >= end_ns:
        raise InvalidQuery(f"{start_name} must be before {end_name}", end_name)
    return start_ns, end_ns


def read_raw(words: QueryDict) -> bool:
    """What is asked beside a trace's id: `startTime` and `endTime` only help other stores, but must be times."""
    _read(words, _both("startTime"), parse_time_ns)
    _read(words, _both("endTime"), parse_time_ns)
    return bool(_read(words, _both("rawTraces"), parse_boolean))


def read_dependencies_window(words: QueryDict) -> Window | None:
    """None where nothing that can be kept lies in it."""
    start_ns, end_ns = read_range(words, "startTime", "endTime")
    return make_window(start_ns, end_ns)


def find(words: QueryDict, name: str) -> tuple[str, str]:
    """The name that the parameter was given under, and its first value; the value is empty where it was not given."""
    return _find(words, _both(name))


def _find(words: QueryDict, names: tuple[str, ...]) -> tuple[str, str]:
    for name in names:
        if value := next(iter(words.getlist(name)), ""):
            return name, value
    return names[0], ""


def _parse_depth(text: str) -> int:
    try:
        return parse_integer(text)
    except InvalidQuery as problem:
        raise InvalidQuery(str(problem).replace("strconv.ParseInt", "strconv.Atoi", 1)) from None


def _both(name: str) -> tuple[str, str]:
    return name, "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _read(words: QueryDict, names: tuple[str, ...], parse: Callable[[str], _Value]) -> _Value | None:
    name, text = _find(words, names)
    if not text:
        return None
    try:
        return parse(text)
    except InvalidQuery as problem:
        raise InvalidQuery(f"malformed parameter {name}: {problem}", name) from None
