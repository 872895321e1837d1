"""The ports of other backends, as their clients and readers know them."""

import json
import socket
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import grpc
import pytest

from tests.compat.sampling_client import Parameters, read_json, read_proto
from tests.ingest.jaeger_batches import body, datagram, span
from tests.services.ports import find_free_port
from tests.services.processes import TracingUI, wait_until
from traces.wire import jaeger_pb2 as jaeger
from traces.wire import jaeger_query_pb2 as query

pytestmark = [pytest.mark.journey, pytest.mark.any_engine]

StartServer = Callable[..., AbstractContextManager[TracingUI]]
PORTS = (
    "ZIPKIN_PORT",
    "JAEGER_HTTP_PORT",
    "JAEGER_GRPC_PORT",
    "JAEGER_QUERY_PORT",
    "JAEGER_COMPACT_PORT",
    "SAMPLING_PORT",
)
EVERYTHING = {"strategyType": "PROBABILISTIC", "probabilisticSampling": {"samplingRate": 1.0}}
ZIPKIN, THRIFT, WEB_ZIPKIN, WEB_THRIFT, GRPC, UDP = range(1, 7)


def post(url: str, sent: bytes, media_type: str) -> int:
    request = urllib.request.Request(url, sent, {"Content-Type": media_type})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return int(answer.status)


def zipkin(trace: int) -> bytes:
    return json.dumps(
        [{"traceId": f"{trace:016x}", "id": f"{trace:016x}", "timestamp": 1_790_000_000_000_000}]
    ).encode()


def test_spans_come_in_on_every_port_and_are_read_on_jaegers(start_server: StartServer) -> None:
    with start_server(**{name: str(find_free_port()) for name in PORTS}) as tracing_ui:
        ports = {name: int(tracing_ui.environment[name]) for name in PORTS}
        assert post(f"http://127.0.0.1:{ports['ZIPKIN_PORT']}/api/v2/spans", zipkin(ZIPKIN), "application/json") == 202
        assert post(f"{tracing_ui.url}/zipkin/api/v2/spans", zipkin(WEB_ZIPKIN), "application/json") == 202
        thrift = f"http://127.0.0.1:{ports['JAEGER_HTTP_PORT']}/api/traces?format=jaeger.thrift"
        assert post(thrift, body(span(low=THRIFT)), "application/x-thrift") == 202
        assert post(f"{tracing_ui.url}/jaeger/api/traces", body(span(low=WEB_THRIFT)), "application/x-thrift") == 202
        with grpc.insecure_channel(f"127.0.0.1:{ports['JAEGER_GRPC_PORT']}") as channel:
            post_spans = channel.unary_unary("/jaeger.api_v2.CollectorService/PostSpans", bytes, bytes)
            sent = jaeger.Span(trace_id=GRPC.to_bytes(16, "big"), span_id=GRPC.to_bytes(8, "big"))
            batch = jaeger.Batch(spans=[sent], process=jaeger.Process(service_name=b"shop"))
            post_spans(jaeger.PostSpansRequest(batch=batch).SerializeToString(), timeout=20)
            ask = channel.unary_unary("/jaeger.api_v2.SamplingManager/GetSamplingStrategy", bytes, bytes)
            assert read_proto(ask(Parameters(serviceName="shop").SerializeToString(), timeout=20)) == EVERYTHING
        for name, path in (("SAMPLING_PORT", "/sampling"), ("JAEGER_HTTP_PORT", "/api/sampling")):
            with urllib.request.urlopen(f"http://127.0.0.1:{ports[name]}{path}?service=shop", timeout=20) as told:
                assert read_json(told.read()) == EVERYTHING
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(datagram(span(low=UDP)), ("127.0.0.1", ports["JAEGER_COMPACT_PORT"]))
        wait_until(lambda: count_traces(tracing_ui) == UDP)
        with grpc.insecure_channel(f"127.0.0.1:{ports['JAEGER_QUERY_PORT']}") as channel:
            get_trace = channel.unary_stream("/jaeger.api_v2.QueryService/GetTrace", bytes, bytes)
            asked = query.TraceRequestV2(trace_id=UDP.to_bytes(16, "big"))
            [chunk] = get_trace(asked.SerializeToString(), timeout=20)
            assert len(query.SpansChunk.FromString(chunk).spans) == 1
        for base in (f"http://127.0.0.1:{ports['ZIPKIN_PORT']}", f"{tracing_ui.url}/zipkin"):
            [found] = get_json(f"{base}/api/v2/trace/{ZIPKIN:x}")
            assert (found["traceId"], found["id"]) == (f"{ZIPKIN:016x}", f"{ZIPKIN:016x}")
        assert tracing_ui.stop() == 0


def get_json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def count_traces(tracing_ui: TracingUI) -> int:
    """Of the six, those that Jaeger's API knows."""
    ids = "&".join(f"traceID={trace:x}" for trace in range(1, 7))
    return len(tracing_ui.get_json(f"/api/traces?{ids}")["data"])
