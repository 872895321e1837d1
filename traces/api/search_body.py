"""The JSON form of a search: a tree of and, or and conditions, for programs that ask more than the form can say.

    {"where": {"and": [{"key": "http.route", "comparison": "=", "value": "/cart"},
                       {"or": [{"place": "intrinsic", "key": "status", "comparison": "=", "value": "error"},
                               {"place": "intrinsic", "key": "duration", "comparison": ">", "value": "1.5s"}]}]},
     "window": {"lookback": "6h"}}

Everything is checked; an error's field is the path of what is wrong, such as `where.and[1].or[0].value`.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from traces.api.parameters import check_text
from traces.domain.errors import InvalidQuery
from traces.domain.query import (
    MAX_CONDITIONS,
    MAX_LIMIT,
    And,
    Comparison,
    Condition,
    Expression,
    Intrinsic,
    Literal,
    Or,
    Place,
    TraceQuery,
)
from traces.domain.search_text import SearchWords, build_query, parse_duration_ns
from traces.domain.span import SpanKind, StatusCode

MAX_DEPTH = 16
SEARCH_FIELDS = ("where", "window", "min_trace_duration", "max_trace_duration", "limit", "cursor")
WINDOW_FIELDS = ("start", "end", "lookback")
CONDITION_FIELDS = ("place", "key", "comparison", "value")

_INT64 = range(-(2**63), 2**63)
_NAMED: dict[str, type[SpanKind] | type[StatusCode]] = {Intrinsic.KIND: SpanKind, Intrinsic.STATUS: StatusCode}
_REGEX = (Comparison.MATCHES, Comparison.NOT_MATCHES)
_SAME_OR_NOT = (Comparison.EQUAL, Comparison.NOT_EQUAL, Comparison.EXISTS)


def read_search_body(body: object, now_ns: int) -> TraceQuery:
    """The search in a body that was JSON. Raises InvalidQuery."""
    fields = _object(body, SEARCH_FIELDS, "")
    window = _object(fields.get("window", {}), WINDOW_FIELDS, "window")
    words: dict[str, Any] = {name: _text(value, f"window.{name}") for name, value in window.items()}
    for name in ("min_trace_duration", "max_trace_duration", "cursor"):
        words[name] = _text(fields.get(name, ""), name)
    words["limit"] = _limit(fields.get("limit", 20))
    try:
        query = build_query(SearchWords(**words), now_ns)
    except InvalidQuery as problem:
        prefix = "window." if problem.field in WINDOW_FIELDS else ""
        raise InvalidQuery(str(problem), prefix + problem.field) from None
    if "where" not in fields:
        return query
    _refuse_too_many_conditions(fields["where"])
    return replace(query, where=_read_node(fields["where"], "where", 1))


def _refuse_too_many_conditions(where: object) -> None:
    """Before any is read: each may hold a regular expression, which takes time to understand."""
    count, stack = 0, [where]
    while stack:
        node = stack.pop()
        parts = (node.get("and") or node.get("or")) if isinstance(node, dict) else None
        if isinstance(parts, list):
            stack.extend(parts)
        else:
            count += 1
    if count > MAX_CONDITIONS:
        raise InvalidQuery(f"A search takes at most {MAX_CONDITIONS} conditions.", "where")


def _read_node(node: object, path: str, depth: int) -> Expression:
    if depth > MAX_DEPTH:
        raise InvalidQuery(f"{path} is nested deeper than {MAX_DEPTH} levels.", path)
    if isinstance(node, dict):
        if "and" in node:
            return And(_read_parts(node, "and", path, depth))
        if "or" in node:
            return Or(_read_parts(node, "or", path, depth))
    return _read_condition(_object(node, CONDITION_FIELDS, path), path)


def _read_parts(node: dict[str, object], name: str, path: str, depth: int) -> tuple[Expression, ...]:
    parts = _object(node, (name,), path)[name]
    if not isinstance(parts, list) or not parts:
        raise InvalidQuery(f"{path}.{name} is a list with at least one condition.", f"{path}.{name}")
    return tuple(_read_node(part, f"{path}.{name}[{index}]", depth + 1) for index, part in enumerate(parts))


def _read_condition(fields: dict[str, object], path: str) -> Condition:
    for name in ("key", "comparison"):
        if name not in fields:
            raise InvalidQuery(f"{path}.{name} is missing.", f"{path}.{name}")
    place = Place(_choice(fields.get("place", Place.ANY), list(Place), f"{path}.place"))
    comparison = Comparison(_choice(fields["comparison"], list(Comparison), f"{path}.comparison"))
    if place is Place.INTRINSIC:
        key = _choice(fields["key"], list(Intrinsic), f"{path}.key")
    else:
        key = _text(fields["key"], f"{path}.key")
    value = _read_value(fields, comparison, f"{path}.value")
    if place is Place.INTRINSIC and comparison is not Comparison.EXISTS:
        value = _read_intrinsic(key, comparison, value, path)
    try:
        return Condition(place=place, key=key, comparison=comparison, value=value)
    except InvalidQuery as problem:
        raise InvalidQuery(str(problem), f"{path}.value") from None


def _read_value(fields: dict[str, object], comparison: Comparison, path: str) -> Literal:
    if comparison is Comparison.EXISTS:
        if "value" in fields:
            raise InvalidQuery("“exists” takes no value.", path)
        return None
    value = fields.get("value")
    if isinstance(value, dict):
        value = _spelled_integer(_object(value, ("int",), path).get("int"), path)
    if isinstance(value, str):
        return check_text(value, path)
    if isinstance(value, bool) or (isinstance(value, int) and value in _INT64):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise InvalidQuery(f'{path} is text, a boolean, a number within 64 bits, or {{"int": "…"}}.', path)


def _spelled_integer(text: object, path: str) -> int:
    """An integer whose digits JavaScript would lose."""
    if not isinstance(text, str) or not re.fullmatch(r"-?[0-9]{1,19}", text) or int(text) not in _INT64:
        raise InvalidQuery(f"{path}.int is the digits of a 64-bit integer, in quotes.", f"{path}.int")
    return int(text)


def _read_intrinsic(key: str, comparison: Comparison, value: Literal, path: str) -> Literal:
    """The value in the type that the intrinsic has inside: kind and status as numbers, duration in nanoseconds."""
    if key in _NAMED:
        if comparison not in _SAME_OR_NOT:
            raise InvalidQuery(f"{key} compares with = and != only.", f"{path}.comparison")
        names = [member.name.lower() for member in _NAMED[key]]
        return _NAMED[key][_choice(value, names, f"{path}.value").upper()].value
    if key == Intrinsic.DURATION:
        if comparison in _REGEX:
            raise InvalidQuery("duration is a number and matches no regular expression.", f"{path}.comparison")
        if isinstance(value, str):
            return parse_duration_ns(value, f"{path}.value")
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise InvalidQuery("duration is text such as 1.5s, or whole nanoseconds.", f"{path}.value")
    return _text(value, f"{path}.value")


def _object(value: object, known: Sequence[str], path: str) -> dict[str, object]:
    """The JSON object at `path` (the body itself where that is empty), without fields that nobody knows."""
    if not isinstance(value, dict):
        raise InvalidQuery(f"{path or 'The body'} is an object with {', '.join(known)}.", path)
    for name in value:
        if name not in known:
            field = f"{path}.{name[:80]}".lstrip(".")
            raise InvalidQuery(f"There is no field “{field}”; choose from {', '.join(known)}.", field)
    return value


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidQuery(f"{path} is text.", path)
    return check_text(value, path)


def _choice(value: object, choices: Sequence[str], path: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise InvalidQuery(f"{path} is one of {', '.join(choices)}.", path)
    return value


def _limit(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_LIMIT:
        raise InvalidQuery(f"limit is a whole number from 1 to {MAX_LIMIT:,}.", "limit")
    return value
