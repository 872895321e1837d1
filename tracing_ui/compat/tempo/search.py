"""Tempo's search on our store: what is asked for, and traces with the spans that match."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from traces import traceql_search
from traces.api.otlp_proto import encode_attributes
from traces.domain.attributes import Attributes, AttributeValue
from traces.domain.errors import InvalidQuery
from traces.domain.query import MAX_LIMIT, TraceSummary, Window
from traces.domain.span import kind_name, status_name
from traces.domain.traceql.comparing import Unknown, Value, Word
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.mentioned import list_fields
from traces.domain.traceql.parser import parse
from traces.domain.traceql.query_tree import Query
from traces.domain.traceql.serving import find_first_unserved, get_filter
from traces.domain.traceql.tags import from_tags
from traces.domain.traceql.tree import Attribute, Field, Filter, ValueType
from traces.storage.base import DEFAULT_PROJECT
from traces.traceql_search import FoundTrace, MatchedSpan
from traces.wire import tempo_pb2 as wire
from tracing_ui.compat.tempo import parameters
from tracing_ui.compat.tempo.field_values import AnyField, read_values
from tracing_ui.go_strconv import parse_duration_ns

_PARAMETERS: Final = ("q", "tags", "minDuration", "maxDuration", "limit", "spss", "start", "end")
_ESCAPED: Final = re.compile(r'["\\]')
DEFAULT_TRACES: Final = 20
DEFAULT_SPANS: Final = 3
MAX_SPANS: Final = 100
# Said of a trace no span of which is without a parent.
_NO_ROOT: Final = "<root span not yet received>"
# What an answer says of every span and trace anyway.
_SHOWN: Final = frozenset(
    {
        Field.NAME,
        Field.DURATION,
        Field.SPAN_ID,
        Field.TRACE_ID,
        Field.ROOT_NAME,
        Field.ROOT_SERVICE_NAME,
        Field.TRACE_DURATION,
    }
)


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
    return SearchAsked(
        wanted=wanted,
        window=window,
        limit=parameters.read_count(words, "limit", DEFAULT_TRACES, MAX_LIMIT),
        spans_per_trace=parameters.read_count(words, "spss", DEFAULT_SPANS, MAX_SPANS),
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
    return " ".join(f'{name}="{_ESCAPED.sub(_escape, value)}"' for name, value in pairs if value)


def _escape(sign: re.Match[str]) -> str:
    return f"\\{sign[0]}"


def _parse(text: str) -> Query:
    try:
        return parse(text)
    except TraceQLError as problem:
        raise InvalidQuery(f"invalid TraceQL query: {problem}", "q") from None


def name_unserved(text: str) -> str | None:
    """The first part of a query that is not evaluated; None of one that is, or without one."""
    return find_first_unserved(_parse(text)) if text else None


def search(asked: SearchAsked) -> wire.SearchResponse:
    """Newest first. A search that did not look everywhere in its time has not completed its one job."""
    page = traceql_search.search(
        DEFAULT_PROJECT, asked.wanted, asked.window, limit=asked.limit, spans_per_trace=asked.spans_per_trace
    )
    fields = [field for field in list_fields(asked.wanted) if isinstance(field, Attribute) or field.which not in _SHOWN]
    return wire.SearchResponse(
        traces=[_describe(trace, fields) for trace in page.traces],
        metrics=wire.SearchMetrics(total_jobs=1, completed_jobs=int(page.is_complete)),
    )


def _describe(trace: FoundTrace, fields: list[AnyField]) -> wire.FoundTrace:
    summary = trace.summary
    matched = wire.SpanSet(
        spans=[_describe_span(span, summary, fields) for span in trace.spans], matched=trace.matched_count
    )
    return wire.FoundTrace(
        trace_id=summary.trace_id.hex().lstrip("0"),
        root_service_name=_NO_ROOT if summary.root_service is None else summary.root_service,
        root_trace_name=summary.root_operation or "",
        start_time_unix_nano=summary.start_ns,
        duration_ms=min(summary.duration_ns // 1_000_000, 2**32 - 1),
        span_set=matched,
        span_sets=[matched],
        service_stats={
            share.service.name: wire.ServiceStats(span_count=share.span_count, error_count=share.error_count)
            for share in trace.services
        },
    )


def _describe_span(matched: MatchedSpan, summary: TraceSummary, fields: list[AnyField]) -> wire.FoundSpan:
    outline = matched.outline
    attributes: Attributes = {}
    for field in fields:
        for value in _known(read_values(field, matched, summary)):
            attributes.setdefault(field.key if isinstance(field, Attribute) else field.which.value, value)
    return wire.FoundSpan(
        span_id=outline.span_id.hex(),
        name=outline.operation.name,
        start_time_unix_nano=outline.start_ns,
        duration_nanos=outline.duration_ns,
        attributes=[wire.KeyValue.FromString(each.SerializeToString()) for each in encode_attributes(attributes)],
    )


def _known(values: Iterator[Value]) -> Iterator[AttributeValue]:
    for value in values:
        if isinstance(value, Word):
            yield status_name(value.number) if value.type is ValueType.STATUS else kind_name(value.number)
        elif value is not None and not isinstance(value, Unknown):
            yield value
