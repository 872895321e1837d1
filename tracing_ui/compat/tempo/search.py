"""Tempo's search on our store: traces, with the spans that match and what of them was asked about."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from traces import traceql_search
from traces.api.otlp_proto import encode_attributes
from traces.domain.attributes import Attributes, AttributeValue
from traces.domain.query import TraceSummary
from traces.domain.span import kind_name, status_name
from traces.domain.traceql.comparing import Unknown, Value, Word
from traces.domain.traceql.mentioned import list_fields
from traces.domain.traceql.tree import Attribute, Field, Filter, ValueType
from traces.storage.base import DEFAULT_PROJECT
from traces.traceql_search import FoundTrace, MatchedSpan
from traces.wire import tempo_pb2 as wire
from tracing_ui.compat.tempo.field_values import Narrow, make_narrowing, read_values
from tracing_ui.compat.tempo.search_parameters import SearchAsked

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


def search(asked: SearchAsked) -> wire.SearchResponse:
    """Newest first. A search that did not look everywhere in its time has not completed its one job."""
    page = traceql_search.search(
        DEFAULT_PROJECT, asked.wanted, asked.window, limit=asked.limit, spans_per_trace=asked.spans_per_trace
    )
    show = partial(_describe_span, asked.wanted, make_narrowing(asked.wanted))
    return wire.SearchResponse(
        traces=[_describe(trace, show) for trace in page.traces],
        metrics=wire.SearchMetrics(total_jobs=1, completed_jobs=int(page.is_complete)),
    )


def _describe(trace: FoundTrace, show: Callable[[MatchedSpan, TraceSummary], wire.FoundSpan]) -> wire.FoundTrace:
    summary = trace.summary
    matched = wire.SpanSet(spans=[show(span, summary) for span in trace.spans], matched=trace.matched_count)
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


def _describe_span(wanted: Filter, narrow: Narrow, matched: MatchedSpan, summary: TraceSummary) -> wire.FoundSpan:
    outline = matched.outline
    attributes = _read_attributes(replace(matched, span=narrow(matched, summary)), summary, wanted)
    return wire.FoundSpan(
        span_id=outline.span_id.hex(),
        name=outline.operation.name,
        start_time_unix_nano=outline.start_ns,
        duration_nanos=outline.duration_ns,
        attributes=[wire.KeyValue.FromString(each.SerializeToString()) for each in encode_attributes(attributes)],
    )


def _read_attributes(matched: MatchedSpan, summary: TraceSummary, wanted: Filter) -> Attributes:
    """What the filter mentions, as far as the span has it; of one key without its scope the first counts."""
    found: Attributes = {}
    for field in list_fields(wanted):
        if isinstance(field, Attribute) or field.which not in _SHOWN:
            name = field.key if isinstance(field, Attribute) else field.which.value
            for value in _known(read_values(field, matched, summary)):
                found.setdefault(name, value)
    return found


def _known(values: Iterator[Value]) -> Iterator[AttributeValue]:
    for value in values:
        if isinstance(value, Word):
            yield status_name(value.number) if value.type is ValueType.STATUS else kind_name(value.number)
        elif value is not None and not isinstance(value, Unknown):
            yield value
