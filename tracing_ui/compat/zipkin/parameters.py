"""The query parameters of Zipkin's API: the first of several counts, unknown ones are ignored.

`endTs` and `lookback` are milliseconds, `minDuration` and `maxDuration` microseconds. All raise InvalidQuery with the
sentence that Zipkin would answer.
"""

import re

from django.http import QueryDict

from traces.domain.errors import InvalidQuery
from traces.domain.ids import TRACE_ID_BYTES
from traces.domain.query import Window
from traces.domain.span import MAX_NS
from tracing_ui.compat.zipkin.query import ZipkinQuery, parse_annotation_query

DEFAULT_LOOKBACK_MS = 86_400_000
DEFAULT_LIMIT = 10
_NS_PER_MS = 1_000_000
_MAX_DIGITS = 2 * TRACE_ID_BYTES
# More than anybody compares; each is looked up.
_MAX_TRACES = 1_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,19}\Z")
_HEX = re.compile(r"[0-9a-f]+\Z")
_LONG, _INT = (64, "Long"), (32, "Integer")
# Of a parameter as it is repeated in a sentence.
_MAX_SHOWN = 100


def find(words: QueryDict, name: str) -> str | None:
    """The first value of a parameter; None without one."""
    return next(iter(words.getlist(name)), None)


def require(words: QueryDict, name: str) -> str:
    found = find(words, name)
    if found is None:
        raise InvalidQuery(f"Mandatory parameter/header is missing: {name}", name)
    return found


def read_search(words: QueryDict, now_ns: int) -> ZipkinQuery:
    """What `GET /api/v2/traces` asks for."""
    min_us, max_us = _find_number(words, "minDuration"), _find_number(words, "maxDuration")
    end_ms = _read_number(words, "endTs", now_ns // _NS_PER_MS)
    lookback_ms = _read_number(words, "lookback", DEFAULT_LOOKBACK_MS)
    limit_text = find(words, "limit")
    limit = DEFAULT_LIMIT if limit_text is None else _parse_number(limit_text, "limit", _INT)
    _check_positive(endTs=end_ms, limit=limit, lookback=lookback_ms)
    _check_durations(min_us, max_us)
    span_name = _find_name(words, "spanName")
    return ZipkinQuery(
        service=_find_name(words, "serviceName"),
        remote_service=_find_name(words, "remoteServiceName"),
        span_name=None if span_name == "all" else span_name,
        conditions=parse_annotation_query(find(words, "annotationQuery") or ""),
        min_duration_us=min_us,
        max_duration_us=max_us,
        start_ns=max(0, (end_ms - lookback_ms) * _NS_PER_MS),
        # The last millisecond counts only with its first nanosecond, as it does in microseconds.
        end_ns=min(MAX_NS, end_ms * _NS_PER_MS + 999),
        limit=limit,
    )


def read_dependencies_window(words: QueryDict) -> Window | None:
    """The time before `endTs`; None where nothing that is kept can lie in it."""
    end_ms = _parse_number(require(words, "endTs"), "endTs", _LONG)
    lookback_ms = _read_number(words, "lookback", DEFAULT_LOOKBACK_MS)
    _check_positive(endTs=end_ms, lookback=lookback_ms)
    start_ns, end_ns = max(0, (end_ms - lookback_ms) * _NS_PER_MS), min(MAX_NS, end_ms * _NS_PER_MS)
    return Window(start_ns=start_ns, end_ns=end_ns) if start_ns < end_ns else None


def read_trace_id(text: str) -> bytes:
    """16 bytes from up to 32 hexadecimal digits in lower case, shorter ones padded on the left."""
    digits = text.strip()
    if not digits:
        raise InvalidQuery("traceId is empty")
    if len(digits) > _MAX_DIGITS:
        raise InvalidQuery(f"traceId.length > {_MAX_DIGITS}")
    if not _HEX.match(digits):
        raise InvalidQuery(f"{digits} should be lower-hex encoded with no prefix")
    if not digits.strip("0"):
        raise InvalidQuery("traceId is all zeros")
    return bytes.fromhex(digits.zfill(_MAX_DIGITS))


def read_trace_ids(words: QueryDict) -> list[bytes]:
    """Several ids with commas between them, each once."""
    text = require(words, "traceIds")
    if not text:
        raise InvalidQuery("traceIds parameter is empty", "traceIds")
    wanted = text.split(",", _MAX_TRACES)
    if len(wanted) > _MAX_TRACES:
        raise InvalidQuery(f"traceIds names more than {_MAX_TRACES:,} traces", "traceIds")
    found: dict[bytes, None] = {}
    for each in wanted:
        trace_id = read_trace_id(each)
        if trace_id in found:
            raise InvalidQuery(f"redundant traceId: {each}", "traceIds")
        found[trace_id] = None
    if len(found) == 1:
        raise InvalidQuery("Use /api/v2/trace/{traceId} endpoint to retrieve a single trace", "traceIds")
    return list(found)


def is_raw(words: QueryDict) -> bool:
    """Whether spans are wanted as they were sent; ours, not Zipkin's."""
    return find(words, "raw") == "true"


def _find_name(words: QueryDict, name: str) -> str | None:
    """In lower case, as Zipkin keeps names; None for an empty one."""
    return (find(words, name) or "").lower() or None


def _find_number(words: QueryDict, name: str) -> int | None:
    text = find(words, name)
    return None if text is None else _parse_number(text, name, _LONG)


def _read_number(words: QueryDict, name: str, default: int) -> int:
    found = _find_number(words, name)
    return default if found is None else found


def _parse_number(text: str, name: str, type_: tuple[int, str]) -> int:
    bits, type_name = type_
    number = int(text) if _NUMBER.match(text) else None
    if number is None or not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise InvalidQuery(f"Can't convert '{text[:_MAX_SHOWN]}' to type '{type_name}'.", name)
    return number


def _check_positive(**numbers: int) -> None:
    for name, number in numbers.items():
        if number <= 0:
            raise InvalidQuery(f"{name} <= 0", name)


def _check_durations(min_us: int | None, max_us: int | None) -> None:
    if min_us is None:
        if max_us is not None:
            raise InvalidQuery("maxDuration is only valid with minDuration", "maxDuration")
        return
    _check_positive(minDuration=min_us)
    if max_us is not None and max_us < min_us:
        raise InvalidQuery("maxDuration < minDuration", "maxDuration")
