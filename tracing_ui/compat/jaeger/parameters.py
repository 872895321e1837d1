"""The query parameters of Jaeger's first API, read as Jaeger reads them: the first of several, unknown ones ignored.

Times are microseconds since 1970 for traces and milliseconds for dependencies and metrics. All raise InvalidQuery
with the sentence that Jaeger would answer.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from django.http import QueryDict

from traces.domain.errors import InvalidQuery
from traces.domain.query import Window
from traces.domain.span import MAX_NS, SpanKind
from tracing_ui.compat.jaeger.go_parsing import parse_text_map, parse_trace_id
from tracing_ui.compat.jaeger.search import JaegerQuery, make_window
from tracing_ui.go_strconv import parse_boolean, parse_duration_ns, parse_float, parse_integer

_US, _MS = 1_000, 1_000_000
_HOUR_MS = 3_600_000
DEFAULT_LIMIT = 100
DEFAULT_LOOKBACK_NS = 48 * _HOUR_MS * _MS
DEFAULT_DEPENDENCIES_LOOKBACK_MS = 24 * _HOUR_MS
# 24 characters hold 16 bytes.
_MAX_BASE64_LENGTH = 24

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class TracesAsked:
    """A search, or with `trace_ids` only those traces."""

    query: JaegerQuery
    trace_ids: list[bytes] = field(default_factory=list)
    is_raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsAsked:
    """How services, or their operations, ran in `window`: a point every `step_ms`, of the `rate_per_ms` before it."""

    services: list[str]
    kinds: frozenset[int]
    is_by_operation: bool
    window: Window
    step_ms: int
    rate_per_ms: int


def first(words: QueryDict, name: str) -> str:
    """The first value of a parameter; empty without one."""
    return next(iter(words.getlist(name)), "")


def read_search(words: QueryDict, now_ns: int) -> TracesAsked:
    """What `GET /api/traces` asks for."""
    start_ns = _read_time(words, "start", _US, now_ns - DEFAULT_LOOKBACK_NS)
    end_ns = _read_time(words, "end", _US, now_ns)
    tags = read_tags(words.getlist("tag"), words.getlist("tags"))
    limit_text = first(words, "limit")
    limit = parse_integer(limit_text, 32) if limit_text else DEFAULT_LIMIT
    min_ns = _read_optional(words, "minDuration", parse_duration_ns)
    max_ns = _read_optional(words, "maxDuration", parse_duration_ns)
    trace_ids = [_read_listed_id(text) for text in words.getlist("traceID")]
    is_raw = read_raw(words)
    if min_ns and max_ns and max_ns < min_ns:
        raise InvalidQuery("'maxDuration' should be greater than 'minDuration'", "maxDuration")
    query = JaegerQuery(
        service=first(words, "service") or None,
        operation=first(words, "operation") or None,
        tags=tags,
        start_ns=start_ns,
        end_ns=end_ns,
        min_duration_ns=min_ns or None,
        max_duration_ns=max_ns or None,
        limit=limit,
    )
    return TracesAsked(query=query, trace_ids=trace_ids, is_raw=is_raw)


def read_tags(pairs: list[str], maps: list[str]) -> dict[str, str]:
    """`key:value` each, then JSON objects of strings; of one key the last counts."""
    tags = {}
    for pair in pairs:
        key, colon, value = pair.partition(":")
        if not colon:
            raise InvalidQuery(f"malformed 'tag' parameter, expecting key:value, received: {pair}", "tag")
        tags[key] = value
    for text in maps:
        try:
            tags |= parse_text_map(text)
        except InvalidQuery as problem:
            raise InvalidQuery(f"malformed 'tags' parameter, cannot unmarshal JSON: {problem}", "tags") from None
    return tags


def read_trace_id(text: str) -> bytes:
    """16 bytes from up to 32 hexadecimal digits, shorter ones padded on the left, or from base64."""
    if found := _decode_base64(text):
        return found
    return parse_trace_id(text)


def _decode_base64(text: str) -> bytes | None:
    """The id in either alphabet, padded or not; None where it is something else."""
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(text) > _MAX_BASE64_LENGTH or len(bare) != _MAX_BASE64_LENGTH - 2 or _is_hex(bare):
        return None
    try:
        return base64.b64decode(f"{bare}==", validate=True)
    except binascii.Error:
        return None


def _is_hex(text: str) -> bool:
    return all(letter in "0123456789abcdefABCDEF" for letter in text)


def _read_listed_id(text: str) -> bytes:
    try:
        return read_trace_id(text)
    except InvalidQuery as problem:
        raise InvalidQuery(f"cannot parse traceID param: {problem}", "traceID") from None


def check_time_hints(words: QueryDict) -> None:
    """`start` and `end` beside a trace id only help other stores to find it; they must be numbers all the same."""
    _read_time(words, "start", _US, 0)
    _read_time(words, "end", _US, 0)


def read_raw(words: QueryDict) -> bool:
    """Whether the spans are wanted without repairs."""
    return bool(_read_optional(words, "raw", parse_boolean))


def is_pretty(words: QueryDict) -> bool:
    return first(words, "prettyPrint") not in ("", "false")


def read_dependencies_window(words: QueryDict, now_ns: int) -> Window | None:
    """The time before `endTs`; None where it has no length."""
    end_ns = _read_time(words, "endTs", _MS, now_ns)
    lookback_ms = _read_optional(words, "lookback", parse_integer)
    return _make_window(end_ns, DEFAULT_DEPENDENCIES_LOOKBACK_MS if lookback_ms is None else lookback_ms)


def _make_window(end_ns: int, lookback_ms: int) -> Window | None:
    end_ns = min(MAX_NS, end_ns)
    return make_window(end_ns - lookback_ms * _MS, end_ns)


def read_quantile(words: QueryDict) -> float:
    """The share of calls that a latency is not exceeded by."""
    try:
        quantile = parse_float(first(words, "quantile"))
    except InvalidQuery as problem:
        raise _name_parameter("quantile", problem) from None
    if not 0 <= quantile <= 1:
        raise _name_parameter("quantile", InvalidQuery("please provide a number between 0 and 1"))
    return quantile


def read_metrics(words: QueryDict, now_ns: int) -> MetricsAsked | None:
    """What the three metrics ask for alike; None where the window has no length."""
    services = words.getlist("service")
    if not services:
        raise _name_parameter("service", InvalidQuery("please provide at least one service name"))
    is_by_operation = bool(_read_optional(words, "groupByOperation", parse_boolean))
    kinds = _read_kinds(words.getlist("spanKind"))
    end_ns = _read_time(words, "endTs", _MS, now_ns)
    lookback_ms, step_ms, rate_per_ms = (
        _read_milliseconds(words, name, default)
        for name, default in (("lookback", _HOUR_MS), ("step", 5_000), ("ratePer", 600_000))
    )
    window = _make_window(end_ns, lookback_ms)
    if window is None:
        return None
    return MetricsAsked(
        services=services,
        kinds=kinds,
        is_by_operation=is_by_operation,
        window=window,
        step_ms=max(1, step_ms),
        rate_per_ms=max(1, rate_per_ms),
    )


def _read_milliseconds(words: QueryDict, name: str, default: int) -> int:
    found = _read_optional(words, name, parse_integer)
    return default if found is None else found


def _read_kinds(names: list[str]) -> frozenset[int]:
    kinds = {kind.name.lower(): kind.value for kind in SpanKind}
    for name in names:
        if name not in kinds:
            raise _name_parameter("spanKind", InvalidQuery(f"unsupported span kind: '{name}'"))
    return frozenset(kinds[name] for name in names or ["server"])


def _read_time(words: QueryDict, name: str, unit_ns: int, default_ns: int) -> int:
    found = _read_optional(words, name, parse_integer)
    return default_ns if found is None else found * unit_ns


def _read_optional(words: QueryDict, name: str, parse: Callable[[str], _Value]) -> _Value | None:
    """None without the parameter, or with an empty one."""
    text = first(words, name)
    if not text:
        return None
    try:
        return parse(text)
    except InvalidQuery as problem:
        raise _name_parameter(name, problem) from None


def _name_parameter(name: str, problem: InvalidQuery) -> InvalidQuery:
    return InvalidQuery(f"unable to parse param '{name}': {problem}", name)
