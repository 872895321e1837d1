"""`jaeger.api_v2.QueryService`: each method takes the bytes of its request."""

from collections.abc import Callable, Iterator
from typing import Final

from google.protobuf.message import Message

from traces.domain.errors import InvalidQuery, TraceNotFound
from traces.domain.ids import TRACE_ID_BYTES
from traces.wire import jaeger_query_pb2 as wire
from tracing_ui.compat.jaeger import catalogue
from tracing_ui.compat.jaeger.grpc_calls import (
    NotServed,
    is_set,
    list_dependencies,
    read_found_traces,
    read_query,
    read_window,
)
from tracing_ui.compat.jaeger.model_proto import encode_chunks
from tracing_ui.compat.jaeger.whole_trace import read_whole_spans

SERVICE: Final = "jaeger.api_v2.QueryService"


def _get_trace(body: bytes) -> Iterator[bytes]:
    asked = wire.TraceRequestV2.FromString(body)
    trace_id = _read_trace_id(asked.trace_id)
    try:
        portions = read_whole_spans(trace_id, asked.raw_traces)
    except TraceNotFound:
        raise TraceNotFound("trace not found", trace_id) from None
    return encode_chunks(portions)


def _find_traces(body: bytes) -> Iterator[bytes]:
    return encode_chunks(read_found_traces(read_query(wire.SearchRequest.FromString(body))))


def _archive_trace(body: bytes) -> Message:
    """Every trace is kept in one place, for as long as retention says."""
    _read_trace_id(wire.TraceRequestV2.FromString(body).trace_id)
    raise NotServed("archive span storage was not configured")


def _get_services(body: bytes) -> Message:
    return wire.ServicesResponse(services=catalogue.list_services())


def _get_operations(body: bytes) -> Message:
    asked = wire.OperationsRequest.FromString(body)
    found = catalogue.list_operations(asked.service, asked.span_kind)
    return wire.OperationsResponseV2(
        operation_names=dict.fromkeys(name for name, _ in found),
        operations=[wire.Operation(name=name, span_kind=kind) for name, kind in found],
    )


def _get_dependencies(body: bytes) -> Message:
    asked = wire.DependenciesRequest.FromString(body)
    if not is_set(asked, "start_time") or not is_set(asked, "end_time"):
        raise InvalidQuery("StartTime and EndTime must be initialized.")
    return list_dependencies(read_window(asked))


def _read_trace_id(sent: bytes) -> bytes:
    """16 bytes, or 8 where a client has ids of 64 bits."""
    if len(sent) not in (0, TRACE_ID_BYTES // 2, TRACE_ID_BYTES):
        raise InvalidQuery("invalid length for TraceID")
    if not any(sent):
        raise InvalidQuery("uninitialized TraceID is not allowed")
    return sent.rjust(TRACE_ID_BYTES, b"\0")


STREAMS: Final[dict[str, Callable[[bytes], Iterator[bytes]]]] = {"GetTrace": _get_trace, "FindTraces": _find_traces}
SINGLES: Final[dict[str, Callable[[bytes], Message]]] = {
    "ArchiveTrace": _archive_trace,
    "GetServices": _get_services,
    "GetOperations": _get_operations,
    "GetDependencies": _get_dependencies,
}
