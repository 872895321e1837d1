"""What a search of Tempo's API asks for, read as Tempo reads it: TraceQL, or tags from before it had a language."""

from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from traces.domain.errors import InvalidQuery
from traces.domain.query import MAX_LIMIT, Window
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.parser import parse
from traces.domain.traceql.query_tree import Query
from traces.domain.traceql.serving import find_first_unserved, get_filter
from traces.domain.traceql.tags import from_tags
from traces.domain.traceql.tree import Filter
from tracing_ui.compat.tempo import parameters
from tracing_ui.go_strconv import parse_duration_ns

_PARAMETERS: Final = ("q", "tags", "minDuration", "maxDuration", "limit", "spss", "start", "end")
DEFAULT_TRACES: Final = 20
DEFAULT_SPANS: Final = 3
MAX_SPANS: Final = 100
#: Spans of all traces together: each is read with its attributes.
MAX_SPANS_IN_ALL: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAsked:
    """The newest `limit` traces with spans that `wanted` holds of, with `spans_per_trace` of these."""

    wanted: Filter
    window: Window
    limit: int
    spans_per_trace: int


def read_search(words: QueryDict) -> SearchAsked:
    """Raises InvalidQuery, and NotEvaluatedYet for TraceQL that is not served."""
    window = parameters.read_window(words)
    wanted = _read_filter(words)
    limit = parameters.read_count(words, "limit", DEFAULT_TRACES, MAX_LIMIT)
    spans_per_trace = parameters.read_count(words, "spss", DEFAULT_SPANS, MAX_SPANS)
    return SearchAsked(
        wanted=wanted,
        window=window,
        limit=limit,
        spans_per_trace=min(spans_per_trace, MAX_SPANS_IN_ALL // limit),
    )


def _read_filter(words: QueryDict) -> Filter:
    """TraceQL, or tags and the duration of traces: beside TraceQL nobody asks for that."""
    query, tags = parameters.first(words, "q"), parameters.first(words, "tags")
    if query and tags:
        raise InvalidQuery("invalid request: can't specify tags and q in the same query", "q")
    if query:
        return get_filter(_parse(query))
    min_ns = parameters.read(words, "minDuration", parse_duration_ns)
    max_ns = parameters.read(words, "maxDuration", parse_duration_ns)
    if min_ns and max_ns is not None and min_ns > max_ns:
        raise InvalidQuery("invalid maxDuration: must be greater than minDuration", "maxDuration")
    try:
        return from_tags(tags or _spell_parameters(words), min_ns, max_ns)
    except InvalidQuery as problem:
        raise InvalidQuery(f"invalid tags: {problem}", "tags") from None


def _spell_parameters(words: QueryDict) -> str:
    """As the first Grafana that knew Tempo asked: without a time, what means nothing else is a tag."""
    if parameters.read_range(words):
        return ""
    pairs = [(name, parameters.first(words, name)) for name in words if name not in _PARAMETERS]
    return " ".join(f'{name}="{_escape(value)}"' for name, value in pairs if value)


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _parse(text: str) -> Query:
    try:
        return parse(text)
    except TraceQLError as problem:
        raise InvalidQuery(f"invalid TraceQL query: {problem}", "q") from None


def name_unserved(text: str) -> str | None:
    """The first part of a query that is not evaluated; None of one that is, or without one."""
    return find_first_unserved(_parse(text)) if text else None
