"""Tempo's search by tags, from before it had a language: `service.name=shop http.status_code=500` becomes a filter.

As there, a value is found anywhere in a text, in capitals or not. https://grafana.com/docs/tempo/latest/api_docs/#search
"""

import re
from collections.abc import Callable
from typing import Final

from traces.domain.errors import InvalidQuery
from traces.domain.pattern import MAX_PATTERN_LENGTH
from traces.domain.traceql.cursor import MAX_CHARACTERS
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.literals import parse_number
from traces.domain.traceql.tree import (
    All,
    Attribute,
    Compare,
    Condition,
    Field,
    Filter,
    Intrinsic,
    Literal,
    Operand,
    Present,
    Scope,
    Some,
    ValueType,
)
from traces.domain.traceql.words import KINDS, STATUSES

MAX_TAGS: Final = 64
# logfmt, https://brandur.org/logfmt: key=value, key="value with spaces", key.
_TAG = re.compile(
    r'\s*(?P<key>[^\s="]+)(?:=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"]\S*)?))?(?=\s|\Z)', re.DOTALL
)
_SIGNS = re.compile(r"[\\.+*?()|\[\]{}^$]")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}

_FIELDS: Final[dict[str, Operand]] = {
    "name": Intrinsic(Field.NAME),
    "root.name": Intrinsic(Field.ROOT_NAME),
    "root.service.name": Intrinsic(Field.ROOT_SERVICE_NAME),
    "service.name": Attribute(Scope.RESOURCE, "service.name"),
}
_STATUS: Final = Intrinsic(Field.STATUS)
_FAILED: Final = Compare("=", _STATUS, Literal(ValueType.STATUS, "error"))


def from_tags(text: str, min_duration_ns: int | None = None, max_duration_ns: int | None = None) -> Filter:
    """Spans that have every tag; durations, inclusive, are those of their traces. Raises InvalidQuery."""
    parts = [_make_condition(key, value) for key, value in parse_tags(text).items()]
    for operator, limit_ns in ((">=", min_duration_ns), ("<=", max_duration_ns)):
        if limit_ns is not None:
            limit = Literal(ValueType.DURATION, limit_ns)
            parts.append(Compare(operator, Intrinsic(Field.TRACE_DURATION), limit))
    if len(parts) > 1:
        return Filter(All(tuple(parts)))
    return Filter(parts[0] if parts else None)


def parse_tags(text: str) -> dict[str, str]:
    """logfmt: of a key that stands twice the last value counts; one without a value has "". Raises InvalidQuery."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidQuery(f"Tags have at most {MAX_CHARACTERS:,} characters.", "tags")
    tags: dict[str, str] = {}
    text = text.rstrip()
    place = 0
    while place < len(text):
        tag = _TAG.match(text, place)
        if not tag:
            raise InvalidQuery(f"Tags are written key=value; character {place + 1} begins none.", "tags")
        quoted, bare = tag["quoted"], tag["bare"]
        tags[tag["key"]] = (bare or "") if quoted is None else re.sub(r"\\(.)", _unescape, quoted, flags=re.DOTALL)
        place = tag.end()
    if len(tags) > MAX_TAGS:
        raise InvalidQuery(f"A search has at most {MAX_TAGS} tags.", "tags")
    return tags


def _unescape(escape: "re.Match[str]") -> str:
    return _ESCAPED.get(escape[1], escape[1])


def _make_condition(key: str, value: str) -> Condition:
    if key in _FIELDS:
        return _contains(_FIELDS[key], value)
    if special := _SPECIAL.get(key, _nothing_special)(value):
        return special
    attribute = Attribute(Scope.ANY, key)
    if not value:
        return Present(attribute)
    return _one_of([*_equals(attribute, value), _contains(attribute, value)])


def _nothing_special(_: str) -> Condition | None:
    return None


def _find_status(value: str) -> Condition | None:
    word = value.lower()
    return Compare("=", _STATUS, Literal(ValueType.STATUS, word)) if word in STATUSES else None


def _find_kind(value: str) -> Condition | None:
    word = value.lower()
    return Compare("=", Intrinsic(Field.KIND), Literal(ValueType.KIND, word)) if word in KINDS else None


def _find_error(value: str) -> Condition | None:
    """`error=true`, as OpenTracing had it: a status since then, or still an attribute."""
    if value != "true":
        return None
    attribute = Attribute(Scope.ANY, "error")
    return _one_of([_FAILED, *_equals(attribute, value), _contains(attribute, value)])


_SPECIAL: Final[dict[str, Callable[[str], Condition | None]]] = {
    "status": _find_status,
    "status.code": _find_status,
    "kind": _find_kind,
    "span.kind": _find_kind,
    "error": _find_error,
}


def _one_of(parts: list[Condition]) -> Condition:
    return Some(tuple(parts)) if len(parts) > 1 else parts[0]


def _equals(attribute: Attribute, value: str) -> list[Condition]:
    """The value as a number or a boolean, where it reads as one."""
    if value in ("true", "false"):
        return [Compare("=", attribute, Literal(ValueType.BOOLEAN, value == "true"))]
    try:
        number = parse_number(value.removeprefix("-"), 0)
    except TraceQLError:
        return []
    if number.type is ValueType.DURATION or isinstance(number.value, str):
        return []
    signed = -number.value if value.startswith("-") else number.value
    return [Compare("=", attribute, Literal(number.type, signed))]


def _contains(operand: Operand, value: str) -> Condition:
    pattern = f"(?i).*{_SIGNS.sub(_quote, value)}.*" if value else ".*"
    if len(pattern) > MAX_PATTERN_LENGTH:
        return Compare("=", operand, Literal(ValueType.TEXT, value))
    return Compare("=~", operand, Literal(ValueType.TEXT, pattern))


def _quote(sign: "re.Match[str]") -> str:
    return f"\\{sign[0]}"
