"""`jaeger.api_v3.QueryService`: each method takes the bytes of its request."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from google.protobuf.message import Message

from traces.domain.errors import InvalidQuery, TraceNotFound
from traces.wire import jaeger_query_pb2 as wire
from tracing_ui.compat.jaeger import catalogue
from tracing_ui.compat.jaeger.go_parsing import parse_trace_id
from tracing_ui.compat.jaeger.grpc_calls import (
    NotServed,
    is_set,
    list_dependencies,
    make_query,
    read_found_traces,
    read_query,
    read_time_ns,
    read_window,
)
from tracing_ui.compat.jaeger.otlp_proto import encode_chunks
from tracing_ui.compat.jaeger.search import find
from tracing_ui.compat.jaeger.summaries import Summary, load_summaries
from tracing_ui.compat.jaeger.whole_trace import read_whole_spans

SERVICE: Final = "jaeger.api_v3.QueryService"
_SUMMARIES_A_MESSAGE: Final = 100


def _get_trace(body: bytes) -> Iterator[bytes]:
    """A trace that is not kept here is no error but no messages."""
    asked = wire.TraceRequestV3.FromString(body)
    try:
        trace_id = parse_trace_id(asked.trace_id)
    except InvalidQuery as problem:
        raise InvalidQuery(f"malform trace ID: {problem}") from None
    try:
        return encode_chunks(read_whole_spans(trace_id, asked.raw_traces))
    except TraceNotFound:
        return iter(())


def _find_traces(body: bytes) -> Iterator[bytes]:
    return encode_chunks(read_found_traces(_read_bounded(body)))


def _find_summaries(body: bytes) -> Iterator[bytes]:
    summaries = load_summaries(find(make_query(_read_bounded(body))))
    for some in _in_batches(summaries):
        yield wire.SummariesChunk(summaries=map(_encode, some)).SerializeToString()


def _read_bounded(body: bytes) -> wire.Query:
    asked = read_query(wire.SearchRequest.FromString(body))
    if not is_set(asked, "start_time_min") or not is_set(asked, "start_time_max"):
        raise InvalidQuery("start time min and max are required parameters")
    return asked


def _find_spans(body: bytes) -> Iterator[bytes]:
    raise NotServed("FindSpans is not served here: search for traces.")


def _get_services(body: bytes) -> Message:
    return wire.ServicesResponse(services=catalogue.list_services())


def _get_operations(body: bytes) -> Message:
    asked = wire.OperationsRequest.FromString(body)
    found = catalogue.list_operations(asked.service, asked.span_kind)
    return wire.OperationsResponseV3(operations=[wire.Operation(name=name, span_kind=kind) for name, kind in found])


def _get_dependencies(body: bytes) -> Message:
    asked = wire.DependenciesRequest.FromString(body)
    if not is_set(asked, "start_time") or not is_set(asked, "end_time"):
        raise InvalidQuery("startTime and endTime must be non-zero")
    if read_time_ns(asked.start_time) > read_time_ns(asked.end_time):
        raise InvalidQuery("startTime must be less than or equal to endTime")
    return list_dependencies(read_window(asked))


def _encode(summary: Summary) -> wire.TraceSummary:
    return wire.TraceSummary(
        trace_id=summary.trace_id.hex(),
        root_service_name=summary.root.service.name if summary.root else "",
        root_operation_name=summary.root.name if summary.root else "",
        min_start_time_unix_nano=summary.start_ns,
        max_end_time_unix_nano=summary.end_ns,
        span_count=summary.span_count,
        error_span_count=summary.error_count,
        orphan_span_count=summary.orphan_count,
        services=[
            wire.ServiceSummary(name=service.name, span_count=service.span_count, error_span_count=service.error_count)
            for service in summary.services
        ],
    )


def _in_batches(summaries: Iterator[Summary]) -> Iterator[list[Summary]]:
    while some := list(islice(summaries, _SUMMARIES_A_MESSAGE)):
        yield some


STREAMS: Final[dict[str, Callable[[bytes], Iterator[bytes]]]] = {
    "GetTrace": _get_trace,
    "FindTraces": _find_traces,
    "FindTraceSummaries": _find_summaries,
    "FindSpans": _find_spans,
}
SINGLES: Final[dict[str, Callable[[bytes], Message]]] = {
    "GetServices": _get_services,
    "GetOperations": _get_operations,
    "GetDependencies": _get_dependencies,
}
