"""What both versions of the gRPC API are asked alike."""

from collections.abc import Iterator
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from traces.domain.errors import InvalidQuery, TracingError
from traces.domain.query import Window
from traces.domain.span import MAX_NS, Span
from traces.wire import jaeger_query_pb2 as wire
from tracing_ui.compat.jaeger.dependencies import load_dependencies
from tracing_ui.compat.jaeger.parameters_v3 import DEFAULT_SEARCH_DEPTH
from tracing_ui.compat.jaeger.portions import read_all_traces
from tracing_ui.compat.jaeger.search import JaegerQuery, find, make_window

_SECOND_NS: Final = 1_000_000_000
# The year 1, which is what Go's programs send for a time that was not set.
_GO_ZERO_SECONDS: Final = -62_135_596_800


class NotServed(TracingError):
    """Something that Jaeger has and this server has not."""


def read_query(request: wire.SearchRequest) -> wire.Query:
    """The query of a search. Raises InvalidQuery without one, NotServed where it asks for more than we know."""
    if not request.HasField("query"):
        raise InvalidQuery("missing query")
    for name in ("filter", "pagination"):
        if getattr(request.query, name):
            raise NotServed(f"query.{name} is not served here.")
    return request.query


def make_query(asked: wire.Query) -> JaegerQuery:
    """Times that are not set bound nothing; neither do durations of 0."""
    return JaegerQuery(
        service=asked.service_name or None,
        operation=asked.operation_name or None,
        tags=dict(asked.attributes),
        start_ns=read_time_ns(asked.start_time_min) if is_set(asked, "start_time_min") else 0,
        end_ns=read_time_ns(asked.start_time_max) if is_set(asked, "start_time_max") else MAX_NS,
        min_duration_ns=_read_duration_ns(asked.duration_min) or None,
        max_duration_ns=_read_duration_ns(asked.duration_max) or None,
        limit=asked.search_depth or DEFAULT_SEARCH_DEPTH,
    )


def read_found_traces(asked: wire.Query) -> Iterator[list[Span]]:
    """The spans of every trace found, in portions."""
    found = find(make_query(asked))
    return read_all_traces((trace.trace_id for trace in found), asked.raw_traces)


def list_dependencies(window: Window | None) -> wire.DependenciesResponse:
    return wire.DependenciesResponse(
        dependencies=[
            wire.Dependency(
                parent=str(link["parent"]), child=str(link["child"]), call_count=int(str(link["callCount"]))
            )
            for link in (load_dependencies(window) if window else ())
        ]
    )


def read_window(asked: wire.DependenciesRequest) -> Window | None:
    """None where nothing that can be kept lies in it."""
    return make_window(read_time_ns(asked.start_time), read_time_ns(asked.end_time))


def is_set(message: wire.Query | wire.DependenciesRequest, name: str) -> bool:
    """Whether a time was given, and is not Go's word for none."""
    return message.HasField(name) and getattr(message, name).seconds != _GO_ZERO_SECONDS


def read_time_ns(time: Timestamp) -> int:
    return time.seconds * _SECOND_NS + time.nanos


def _read_duration_ns(duration: Duration) -> int:
    return duration.seconds * _SECOND_NS + duration.nanos
