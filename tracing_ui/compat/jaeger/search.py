"""Jaeger's search on our store: what a query means.

One span must satisfy everything; its whole trace is the answer. A tag may stand on the span, its resource, scope,
events or links, and compares as text with whatever type it was sent.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from traces import reading
from traces.domain.errors import InvalidQuery, TooBusy
from traces.domain.ids import list_halves
from traces.domain.query import MAX_LIMIT as _PAGE
from traces.domain.query import (
    And,
    Comparison,
    Condition,
    Expression,
    Intrinsic,
    Literal,
    Or,
    Place,
    TraceQuery,
    TraceSummary,
    Window,
)
from traces.domain.span import MAX_NS, SpanKind, StatusCode
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.jaeger.go_text import format_double
from tracing_ui.go_strconv import MAX_INT64, parse_boolean

#: Jaeger keeps so many traces in memory, and no search may ask for more of them; here it only bounds an answer.
MAX_TRACES = 10_000

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_STATUSES = {"OK": StatusCode.OK, "ERROR": StatusCode.ERROR}
_MAX_DIGITS = 20
_NOTHING = Or()


@dataclass(frozen=True, slots=True, kw_only=True)
class JaegerQuery:
    """What both versions of the API can ask for. Both ends of both ranges are inclusive; None is any."""

    service: str | None
    operation: str | None
    tags: Mapping[str, str]
    start_ns: int
    end_ns: int
    min_duration_ns: int | None
    max_duration_ns: int | None
    limit: int


def make_window(start_ns: int, end_ns: int) -> Window | None:
    """Half-open; None where nothing that can be kept lies in it."""
    start_ns, end_ns = max(0, start_ns), min(MAX_NS, end_ns)
    return Window(start_ns=start_ns, end_ns=end_ns) if start_ns < end_ns else None


def find(query: JaegerQuery) -> list[TraceSummary]:
    """The newest `limit` traces with a span that satisfies everything, newest first.

    Raises InvalidQuery, and TooBusy where SEARCH_TIMEOUT_SECONDS were too few to know which those are.
    """
    if not 0 < query.limit <= MAX_TRACES:
        raise InvalidQuery("search depth must be greater than 0 and less than max traces", "limit")
    window = make_window(query.start_ns, query.end_ns + 1)
    if window is None:
        return []
    where = make_expression(query)
    asked = TraceQuery(window=window, where=where, limit=min(query.limit, _PAGE))
    found: list[TraceSummary] = []
    seconds = settings.SEARCH_TIMEOUT_SECONDS
    end = time.monotonic() + seconds
    while True:
        page = reading.search(DEFAULT_PROJECT, asked)
        if not page.is_complete or time.monotonic() > end:
            raise TooBusy(f"the search took longer than {seconds:g} seconds (SEARCH_TIMEOUT_SECONDS): narrow it")
        found += page.traces
        if page.next_cursor is None or len(found) >= query.limit:
            return _join(found)[: query.limit]
        asked = asked.next_page(page.next_cursor)


def _join(found: list[TraceSummary]) -> list[TraceSummary]:
    """Without traces of 64-bit ids that stand there under their 128-bit ids, too: a page has them joined already."""
    halves = list_halves(trace.trace_id for trace in found)
    return [trace for trace in found if trace.trace_id not in halves]


def make_expression(query: JaegerQuery) -> Expression:
    """What a span must satisfy, beside the window."""
    parts: list[Expression] = [_match_tag(key, text) for key, text in query.tags.items()]
    if query.service is not None:
        parts.append(_intrinsic(Intrinsic.SERVICE, query.service))
    if query.operation is not None:
        parts.append(_intrinsic(Intrinsic.NAME, query.operation))
    if query.min_duration_ns is not None:
        parts.append(_intrinsic(Intrinsic.DURATION, query.min_duration_ns, Comparison.GREATER_OR_EQUAL))
    if query.max_duration_ns is not None:
        parts.append(_intrinsic(Intrinsic.DURATION, query.max_duration_ns, Comparison.LESS_OR_EQUAL))
    return And(tuple(parts))


def _match_tag(key: str, text: str) -> Expression:
    """A tag, or what Jaeger reads from a name of its own."""
    if key == "error":
        return _match_error(text)
    if key == "span.status":
        return _intrinsic(Intrinsic.STATUS, _STATUSES.get(text.upper(), StatusCode.UNSET).value)
    if key == "span.kind":
        return _intrinsic(Intrinsic.KIND, SpanKind.__members__.get(text.upper(), SpanKind.UNSPECIFIED).value)
    if key == "scope.name":
        return _intrinsic(Intrinsic.SCOPE_NAME, text)
    if key == "scope.version":
        return _intrinsic(Intrinsic.SCOPE_VERSION, text)
    if key.startswith("resource."):
        return _match_attribute(Place.RESOURCE, key.removeprefix("resource."), text)
    return _match_attribute(Place.ANY, key, text)


def _match_error(text: str) -> Expression:
    """`true` is the status error, `false` any other status; what is neither matches nothing."""
    try:
        comparison = Comparison.EQUAL if parse_boolean(text) else Comparison.NOT_EQUAL
    except InvalidQuery:
        return _NOTHING
    return _intrinsic(Intrinsic.STATUS, StatusCode.ERROR.value, comparison)


def _match_attribute(place: Place, key: str, text: str) -> Expression:
    forms = [
        Condition(place=place, key=key, comparison=Comparison.EQUAL, value=value) for value in list_typed_forms(text)
    ]
    return forms[0] if len(forms) == 1 else Or(tuple(forms))


def list_typed_forms(text: str) -> list[Literal]:
    """The values that Jaeger would write as this text. An integer stands for the double of the same value too."""
    if text in ("true", "false"):
        return [text, text == "true"]
    if _INTEGER.match(text) and text != "-0" and _is_int64(text):
        return [text, int(text)]
    try:
        number = float(text)
    except ValueError:
        return [text]
    is_written_so = text not in ("NaN", "Infinity", "-Infinity", "-0") and format_double(number) == text
    return [text, number] if is_written_so else [text]


def _is_int64(digits: str) -> bool:
    return len(digits) <= _MAX_DIGITS and -MAX_INT64 - 1 <= int(digits) <= MAX_INT64


def _intrinsic(intrinsic: Intrinsic, value: Literal, comparison: Comparison = Comparison.EQUAL) -> Condition:
    return Condition(place=Place.INTRINSIC, key=intrinsic, comparison=comparison, value=value)
