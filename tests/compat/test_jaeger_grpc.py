"""Jaeger's query services, asked over the network by a real client of gRPC."""

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from tests.builders import MS, NOW_NS, SECOND, make_request, make_span, span_id, trace_id, write_request, write_tree
from tests.compat.jaeger_shop import START_NS, make_shop, write_call
from tests.services.ports import find_free_port
from traces.wire import jaeger_pb2 as jaeger
from traces.wire import jaeger_query_pb2 as wire
from tracing_ui.compat.jaeger.grpc_query import start_server

# Searching is held to both engines elsewhere.
pytestmark = pytest.mark.any_engine
V2, V3 = "/jaeger.api_v2.QueryService/", "/jaeger.api_v3.QueryService/"
Call = Callable[[str, Any], list[bytes]]
# What a program in Go sends for a time that nobody set.
NO_TIME = Timestamp(seconds=-62_135_596_800)


@pytest.fixture
def call(transactional_db: None) -> Iterator[Call]:
    """`call(method, request)` gives the messages of the answer; an error raises grpc.RpcError."""
    port = find_free_port()
    server = start_server("127.0.0.1", port)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:

        def ask(method: str, request: Any) -> list[bytes]:
            body = request if isinstance(request, bytes) else request.SerializeToString()
            return list(channel.unary_stream(method, bytes, bytes)(body, timeout=20))

        yield ask
    server.stop(0).wait()


@pytest.fixture
def shop(call: Call) -> None:
    write_request(make_shop())


def refusal(call: Call, method: str, request: Any) -> tuple[grpc.StatusCode, str | None]:
    with pytest.raises(grpc.RpcError) as refused:
        call(method, request)
    return refused.value.code(), refused.value.details()


def read_spans(chunks: list[bytes]) -> list[jaeger.Span]:
    return [jaeger.Span.FromString(body) for chunk in chunks for body in wire.SpansChunk.FromString(chunk).spans]


def time(ns: int) -> Timestamp:
    return Timestamp(seconds=ns // SECOND, nanos=ns % SECOND)


def search(**fields: Any) -> wire.SearchRequest:
    window = {"start_time_min": time(NOW_NS - 60 * SECOND), "start_time_max": time(NOW_NS)}
    return wire.SearchRequest(query=wire.Query(**(window | fields)))


def test_version_2_has_every_field_of_a_span(call: Call, shop: None) -> None:
    spans = read_spans(call(V2 + "GetTrace", wire.TraceRequestV2(trace_id=trace_id(1))))
    root, child, orphan = sorted(spans, key=lambda span: span.span_id)
    assert root == jaeger.Span(
        trace_id=trace_id(1),
        span_id=span_id(1),
        operation_name=b"GET /cart",
        flags=1,
        references=[jaeger.SpanRef(trace_id=trace_id(9), span_id=span_id(8), ref_type=jaeger.CHILD_OF)],
        start_time=jaeger.Time(seconds=START_NS // SECOND, nanos=START_NS % SECOND),
        duration=jaeger.Time(nanos=30 * MS),
        tags=[
            jaeger.KeyValue(key=b"otel.scope.name", v_str=b"tests"),
            jaeger.KeyValue(key=b"otel.scope.version", v_str=b"1.0"),
            jaeger.KeyValue(key=b"http.status_code", v_type=jaeger.INT64, v_int64=500),
            jaeger.KeyValue(key=b"ratio", v_type=jaeger.FLOAT64, v_float64=0.5),
            jaeger.KeyValue(key=b"is_cached", v_type=jaeger.BOOL, v_bool=True),
            jaeger.KeyValue(key=b"items", v_str=b'["a",1]'),
            jaeger.KeyValue(key=b"raw", v_type=jaeger.BINARY, v_binary=b"\x00\xff"),
            jaeger.KeyValue(key=b"span.kind", v_str=b"server"),
            jaeger.KeyValue(key=b"otel.status_code", v_str=b"ERROR"),
            jaeger.KeyValue(key=b"error", v_type=jaeger.BOOL, v_bool=True),
            jaeger.KeyValue(key=b"otel.status_description", v_str=b"upstream failed"),
            jaeger.KeyValue(key=b"w3c.tracestate", v_str=b"a=1"),
        ],
        logs=[
            jaeger.Log(
                timestamp=jaeger.Time(seconds=(START_NS + MS) // SECOND, nanos=(START_NS + MS) % SECOND),
                fields=[
                    jaeger.KeyValue(key=b"event", v_str=b"exception"),
                    jaeger.KeyValue(key=b"exception.type", v_str=b"Timeout"),
                ],
            )
        ],
        process=jaeger.Process(service_name=b"web", tags=[jaeger.KeyValue(key=b"host.name", v_str=b"a")]),
    )
    parent = jaeger.SpanRef(trace_id=trace_id(1), span_id=span_id(1), ref_type=jaeger.CHILD_OF)
    assert list(child.references) == [parent]
    assert child.duration == jaeger.Time(nanos=5 * MS + 123)
    assert [tag.key for tag in orphan.tags] == [b"otel.scope.name", b"otel.scope.version"]


def test_version_3_gives_back_the_otlp_that_was_sent(call: Call, shop: None) -> None:
    (chunk,) = call(V3 + "GetTrace", wire.TraceRequestV3(trace_id="1"))
    sent = [group for group in make_shop().resource_spans if group.scope_spans[0].spans[0].trace_id == trace_id(1)]
    # An empty status is as good as none.
    found = list(TracesData.FromString(chunk).resource_spans)
    for group in (*found, *sent):
        group.scope_spans[0].spans.sort(key=lambda span: span.span_id)
        for span in group.scope_spans[0].spans:
            span.status.SetInParent()
    assert found == sent


def test_a_short_id_is_that_of_64_bits(call: Call, shop: None) -> None:
    asked = wire.TraceRequestV2(trace_id=span_id(2), start_time=NO_TIME, end_time=NO_TIME)
    assert [span.operation_name for span in read_spans(call(V2 + "GetTrace", asked))] == [b"job"]


def test_a_trace_that_is_not_there(call: Call, shop: None) -> None:
    not_found = (grpc.StatusCode.NOT_FOUND, "trace not found")
    assert refusal(call, V2 + "GetTrace", wire.TraceRequestV2(trace_id=trace_id(7))) == not_found
    assert call(V3 + "GetTrace", wire.TraceRequestV3(trace_id="7")) == []


def test_a_large_trace_comes_in_messages_that_every_client_takes(call: Call) -> None:
    write_tree(3, [None, *[1] * 299], attributes={"text": "x" * 20_000})
    for chunks in (
        call(V2 + "GetTrace", wire.TraceRequestV2(trace_id=trace_id(3))),
        call(V3 + "GetTrace", wire.TraceRequestV3(trace_id="3")),
    ):
        assert max(map(len, chunks)) < 4 * 1024 * 1024
        assert sum(map(len, chunks)) > 300 * 20_000
    assert len(read_spans(call(V2 + "GetTrace", wire.TraceRequestV2(trace_id=trace_id(3))))) == 300


def test_both_versions_search(call: Call, shop: None) -> None:
    for fields, expected in (
        ({}, [b"1", b"1", b"1", b"2"]),
        ({"service_name": "store"}, [b"1"] * 3),
        ({"service_name": "web", "operation_name": "late"}, [b"1"] * 3),
        ({"attributes": {"http.status_code": "500", "span.kind": "server"}}, [b"1"] * 3),
        ({"duration_min": Duration(nanos=30 * MS), "duration_max": Duration(nanos=30 * MS)}, [b"1"] * 3),
        ({"search_depth": 1}, [b"1"] * 3),
        ({"service_name": "nobody"}, []),
    ):
        asked = search(**fields)
        found = [b"%d" % span.trace_id[-1] for span in read_spans(call(V2 + "FindTraces", asked))]
        assert found == expected, fields
        traces = [TracesData.FromString(chunk) for chunk in call(V3 + "FindTraces", asked)]
        spans = [span for data in traces for group in data.resource_spans for span in group.scope_spans[0].spans]
        assert [b"%d" % span.trace_id[-1] for span in spans] == expected, fields


def test_version_2_may_search_all_of_time_and_version_3_may_not(call: Call, shop: None) -> None:
    asked = search(start_time_min=NO_TIME, start_time_max=NO_TIME)
    assert len(read_spans(call(V2 + "FindTraces", asked))) == 4
    required = (grpc.StatusCode.INVALID_ARGUMENT, "start time min and max are required parameters")
    assert refusal(call, V3 + "FindTraces", asked) == required
    assert refusal(call, V3 + "FindTraceSummaries", asked) == required


def test_summaries_are_lines_of_a_result_list(call: Call, shop: None) -> None:
    (chunk,) = call(V3 + "FindTraceSummaries", search())
    first, second = wire.SummariesChunk.FromString(chunk).summaries
    assert first == wire.TraceSummary(
        trace_id=trace_id(1).hex(),
        root_service_name="web",
        root_operation_name="GET /cart",
        min_start_time_unix_nano=START_NS,
        max_end_time_unix_nano=START_NS + 30 * MS,
        span_count=3,
        error_span_count=1,
        orphan_span_count=1,
        services=[
            wire.ServiceSummary(name="store", span_count=1),
            wire.ServiceSummary(name="web", span_count=2, error_span_count=1),
        ],
    )
    assert second.root_service_name == "jobs"


def test_services_and_operations(call: Call, shop: None) -> None:
    operations = [wire.Operation(name="GET /cart", span_kind="server"), wire.Operation(name="late")]
    asked = wire.OperationsRequest(service="web")
    for version in (V2, V3):
        assert _only(wire.ServicesResponse, call(version + "GetServices", b"")).services == ["jobs", "store", "web"]
    old = _only(wire.OperationsResponseV2, call(V2 + "GetOperations", asked))
    assert old == wire.OperationsResponseV2(operation_names=["GET /cart", "late"], operations=operations)
    new = _only(wire.OperationsResponseV3, call(V3 + "GetOperations", asked))
    assert new == wire.OperationsResponseV3(operations=operations)
    asked.span_kind = "server"
    assert list(_only(wire.OperationsResponseV3, call(V3 + "GetOperations", asked)).operations) == operations[:1]


def test_calls_between_services(call: Call) -> None:
    write_call()
    range_ = wire.DependenciesRequest(start_time=time(NOW_NS - 600 * SECOND), end_time=time(NOW_NS))
    expected = wire.DependenciesResponse(dependencies=[wire.Dependency(parent="web", child="pay", call_count=5)])
    for version in (V2, V3):
        assert _only(wire.DependenciesResponse, call(version + "GetDependencies", range_)) == expected
    refused = grpc.StatusCode.INVALID_ARGUMENT
    none = wire.DependenciesRequest(start_time=NO_TIME, end_time=NO_TIME)
    turned = wire.DependenciesRequest(start_time=time(NOW_NS), end_time=time(NOW_NS - SECOND))
    for version, asked, message in (
        (V2, none, "StartTime and EndTime must be initialized."),
        (V3, none, "startTime and endTime must be non-zero"),
        (V3, turned, "startTime must be less than or equal to endTime"),
    ):
        assert refusal(call, version + "GetDependencies", asked) == (refused, message)


def test_what_is_not_served_says_so(call: Call) -> None:
    for method, asked, message in (
        ("api_v2.QueryService/ArchiveTrace", wire.TraceRequestV2(trace_id=trace_id(1)), "archive span storage was not"),
        ("api_v3.QueryService/FindSpans", b"", "FindSpans is not served here"),
        ("api_v3.QueryService/FindTraces", search(filter=b"\x0a\x02eq"), "query.filter is not served here"),
        ("api_v3.QueryService/FindTraces", search(pagination=b"\x08\x05"), "query.pagination is not served here"),
    ):
        code, details = refusal(call, f"/jaeger.{method}", asked)
        assert details is not None
        assert (code, details.startswith(message)) == (grpc.StatusCode.UNIMPLEMENTED, True), details
    assert refusal(call, "/jaeger.api_v3.Capabilities/GetCapabilities", b"")[0] is grpc.StatusCode.UNIMPLEMENTED


def test_bad_requests_are_refused(call: Call) -> None:
    for method, body, message in (
        (V2 + "GetTrace", b"\xff\xff", "The request is not the message that this method takes."),
        (V3 + "FindTraces", b"\x0a\x7f\x01", "The request is not the message that this method takes."),
        (V2 + "GetTrace", b"", "uninitialized TraceID is not allowed"),
        (V2 + "GetTrace", wire.TraceRequestV2(trace_id=b"abc"), "invalid length for TraceID"),
        (V2 + "FindTraces", b"", "missing query"),
        (V3 + "FindTraces", b"", "missing query"),
        (V3 + "GetTrace", b"", 'malform trace ID: strconv.ParseUint: parsing "": invalid syntax'),
        (V2 + "FindTraces", search(search_depth=-1), "search depth must be greater than 0 and less than max traces"),
    ):
        assert refusal(call, method, body) == (grpc.StatusCode.INVALID_ARGUMENT, message)


def test_a_request_of_megabytes_is_not_read(call: Call) -> None:
    code, _ = refusal(call, V2 + "GetTrace", wire.TraceRequestV2(trace_id=bytes(2_000_000)))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_health_is_that_of_what_is_served(call: Call) -> None:
    check = "/grpc.health.v1.Health/Check"
    for service in ("", "jaeger.api_v2.QueryService", "jaeger.api_v3.QueryService"):
        assert call(check, wire.HealthRequest(service=service)) == [b"\x08\x01"]
    assert refusal(call, check, wire.HealthRequest(service="x"))[0] is grpc.StatusCode.NOT_FOUND
    assert refusal(call, "/grpc.health.v1.Health/Watch", b"")[0] is grpc.StatusCode.UNIMPLEMENTED


def test_spans_that_came_twice_are_there_once_unless_raw(call: Call) -> None:
    write_request(make_request(make_span(5, 1)))
    write_request(make_request(make_span(5, 1), make_span(5, 2, 1)))
    for is_raw, count in ((False, 2), (True, 3)):
        asked = wire.TraceRequestV2(trace_id=trace_id(5), raw_traces=is_raw)
        assert len(read_spans(call(V2 + "GetTrace", asked))) == count


def _only(shape: Any, messages: list[bytes]) -> Any:
    (message,) = messages
    return shape.FromString(message)
