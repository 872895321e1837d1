"""The gRPC door, through a real channel: OTLP's own stubs on one side, the server and its pipeline on the other."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from prometheus_client import REGISTRY
from pytest_django import Settings

from tests.builders import make_request, make_span, span_id
from tests.ingest.doors import read_span, read_span_ids
from tests.ingest.raw import nested_arrays, request_of, span_with_attribute
from tests.ingest.trouble import locked_database, missing_table
from tests.services.ports import find_free_port
from traces.ingest.otlp_grpc import start_server
from traces.ingest.pipeline import Pipeline
from traces.storage import get_store

pytestmark = pytest.mark.django_db(transaction=True)

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
REQUEST = make_request(make_span(1, 1), make_span(1, 2, 1))
MIB = 1024 * 1024


@pytest.fixture
def limits(settings: Settings) -> Settings:
    """Small enough to be met."""
    settings.INGEST_MAX_BODY_BYTES = 4 * MIB
    settings.INGEST_THREADS = 16
    return settings


@pytest.fixture
def pipeline(limits: Settings) -> Iterator[Pipeline]:
    pipeline = Pipeline([get_store()], max_pending_bytes=16 * MIB, commit_timeout_seconds=2)
    yield pipeline
    pipeline.stop()


@pytest.fixture
def address(pipeline: Pipeline) -> Iterator[str]:
    """Where the server listens."""
    port = find_free_port()
    server = start_server("127.0.0.1", port, pipeline)
    yield f"127.0.0.1:{port}"
    server.stop(grace=None).wait()


@pytest.fixture
def channel(address: str) -> Iterator[grpc.Channel]:
    """A client's connection to the server."""
    with grpc.insecure_channel(address) as channel:
        yield channel


def send(
    channel: grpc.Channel, request: ExportTraceServiceRequest, compression: grpc.Compression | None = None
) -> ExportTraceServiceResponse:
    """A call as OpenTelemetry's exporters make it."""
    stub = TraceServiceStub(channel)  # type: ignore[no-untyped-call]
    answer: ExportTraceServiceResponse = stub.Export(request, timeout=20, compression=compression)
    return answer


def send_bytes(channel: grpc.Channel, body: bytes, method: str = TRACES) -> bytes:
    """A call whose body is what it is."""
    call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method, bytes, bytes)
    return call(body, timeout=20)


def fail(call: Callable[[], object]) -> tuple[grpc.StatusCode, str, status_pb2.Status | None]:
    """Code, message and details of a call that must fail."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error = caught.value
    assert isinstance(error, grpc.Call)
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    status = status_pb2.Status.FromString(details) if isinstance(details, bytes) else None
    return error.code(), error.details() or "", status


def test_spans_are_readable_once_they_are_acknowledged(channel: grpc.Channel) -> None:
    answer = send(channel, REQUEST)

    assert answer == ExportTraceServiceResponse()
    assert not answer.HasField("partial_success")
    assert read_span_ids() == [span_id(1), span_id(2)]


def test_a_request_for_nothing_is_a_success(channel: grpc.Channel) -> None:
    assert send(channel, ExportTraceServiceRequest()) == ExportTraceServiceResponse()
    assert [send_bytes(channel, b"", method) for method in (TRACES, METRICS, LOGS)] == [b"", b"", b""]


def test_spans_that_cannot_be_kept_do_not_cost_their_batch(channel: grpc.Channel) -> None:
    request = make_request(make_span(1, 1), make_span(0, 2), make_span(1, 3, 1, parent_span_id=b"abc"))

    partial = send(channel, request).partial_success

    assert partial.rejected_spans == 2
    assert partial.error_message == (
        "1 span rejected: a trace id has 16 bytes, not all zero;"
        " 1 span rejected: a parent span id has 8 bytes or is empty"
    )
    assert read_span_ids() == [span_id(1)]


def test_a_poisoned_span_does_not_cost_its_batch(channel: grpc.Channel) -> None:
    poison = span_with_attribute(make_span(1, 2), nested_arrays(60))

    answer = send_bytes(channel, request_of(make_span(1, 1).SerializeToString(), poison))

    assert ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans == 1
    assert read_span_ids() == [span_id(1)]


def test_text_that_is_not_utf8_is_kept(channel: grpc.Channel) -> None:
    body = make_request(make_span(1, 1, name="NAME")).SerializeToString().replace(b"NAME", b"N\xff\xfeE")

    assert send_bytes(channel, body) == b""
    assert read_span().name == "N\ufffd\ufffdE"


@pytest.mark.parametrize("method", [TRACES, METRICS, LOGS])
@pytest.mark.parametrize("body", [b"\xff" * 50, b"{}", b"\x0a\x7f"])
def test_a_body_that_cannot_be_read_is_an_invalid_argument(channel: grpc.Channel, method: str, body: bytes) -> None:
    code, message, status = fail(lambda: send_bytes(channel, body, method))

    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert status == status_pb2.Status(code=3, message=message)
    assert "The body is not an OTLP" in message


def test_the_same_request_twice_is_kept_once(channel: grpc.Channel) -> None:
    assert [send(channel, REQUEST) for _ in range(2)] == [ExportTraceServiceResponse()] * 2
    assert len(read_span_ids()) == 2


def retry_seconds(status: status_pb2.Status | None) -> int:
    assert status is not None
    delay = error_details_pb2.RetryInfo()
    assert [detail.Unpack(delay) for detail in status.details] == [True]
    return int(delay.retry_delay.seconds)


def test_a_full_memory_asks_the_client_to_come_back(channel: grpc.Channel, pipeline: Pipeline) -> None:
    with pipeline.hold(16 * MIB):
        code, message, status = fail(lambda: send(channel, REQUEST))

    assert (code, message) == (
        grpc.StatusCode.UNAVAILABLE,
        "Too many spans are waiting for the database. Send them again later.",
    )
    assert retry_seconds(status) == 1
    assert send(channel, REQUEST) == ExportTraceServiceResponse()


def test_a_database_that_does_not_answer_asks_the_client_to_come_back(channel: grpc.Channel) -> None:
    send(channel, make_request(make_span(9, 9)))
    with locked_database():
        code, message, status = fail(lambda: send(channel, REQUEST))

    assert (code, message) == (
        grpc.StatusCode.UNAVAILABLE,
        "The database is too slow: the spans are not committed yet.",
    )
    assert retry_seconds(status) == 2


def test_a_database_without_its_tables_asks_the_client_to_come_back(channel: grpc.Channel) -> None:
    with missing_table():
        code, _, status = fail(lambda: send(channel, REQUEST))

    assert (code, retry_seconds(status)) == (grpc.StatusCode.UNAVAILABLE, 1)
    assert send(channel, REQUEST) == ExportTraceServiceResponse()


def test_a_collector_that_stops_asks_the_client_to_come_back(channel: grpc.Channel, pipeline: Pipeline) -> None:
    pipeline.stop()

    code, message, status = fail(lambda: send(channel, REQUEST))

    assert (code, message) == (grpc.StatusCode.UNAVAILABLE, "The collector is stopping.")
    assert retry_seconds(status) == 1


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_message_over_the_limit_is_exhausting(channel: grpc.Channel, compression: grpc.Compression) -> None:
    big = make_request(make_span(1, 1, name="n" * 5 * MIB))

    code, _, _ = fail(lambda: send(channel, big, compression=compression))

    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert send(channel, REQUEST) == ExportTraceServiceResponse()


SEND_BOMB = f"""
import grpc, sys
with grpc.insecure_channel(sys.argv[1]) as channel:
    try:
        channel.unary_unary("{TRACES}")(bytes({512 * MIB}), timeout=30, compression=grpc.Compression.Gzip)
    except grpc.RpcError as error:
        print(error.code().name)
"""


def measure_peak_memory() -> int:
    """The most memory this process has had since it was last asked, in bytes."""
    peak = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    # https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
    Path("/proc/self/clear_refs").write_text("5")
    return int(peak[1]) * 1024 if peak else 0


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux tells it")
def test_a_bomb_does_not_go_off(address: str) -> None:
    """512 MiB in half a mebibyte, packed by another process."""
    measure_peak_memory()
    before = measure_peak_memory()

    sent = subprocess.check_output([sys.executable, "-c", SEND_BOMB, address], text=True, timeout=60)

    assert sent == "RESOURCE_EXHAUSTED\n"
    assert measure_peak_memory() - before < 64 * MIB


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_a_packed_request_is_kept(channel: grpc.Channel, compression: grpc.Compression) -> None:
    assert send(channel, REQUEST, compression=compression) == ExportTraceServiceResponse()
    assert len(read_span_ids()) == 2


def test_points_are_counted_and_not_kept(channel: grpc.Channel) -> None:
    request = ExportMetricsServiceRequest()
    metrics = request.resource_metrics.add().scope_metrics.add().metrics
    for _ in range(3):
        metrics.add().gauge.data_points.add(as_int=1)
    metrics.add(name="none")

    stub = MetricsServiceStub(channel)  # type: ignore[no-untyped-call]
    answer: ExportMetricsServiceResponse = stub.Export(request)

    assert answer.partial_success.rejected_data_points == 3
    assert answer.partial_success.error_message == "Tracing UI keeps traces only: these metrics were not stored."


def test_records_are_counted_and_not_kept(channel: grpc.Channel) -> None:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    records.add(severity_text="INFO")
    records.add()

    stub = LogsServiceStub(channel)  # type: ignore[no-untyped-call]
    answer: ExportLogsServiceResponse = stub.Export(request)

    assert answer.partial_success.rejected_log_records == 2
    assert answer.partial_success.error_message == "Tracing UI keeps traces only: these logs were not stored."


@pytest.mark.parametrize("method", ["/opentelemetry.proto.collector.trace.v1.TraceService/Import", "/a.B/Export"])
def test_an_unknown_method_is_not_implemented(channel: grpc.Channel, method: str) -> None:
    assert fail(lambda: send_bytes(channel, b"", method))[0] is grpc.StatusCode.UNIMPLEMENTED


def test_many_calls_at_once_are_all_kept(channel: grpc.Channel) -> None:
    """More than there are threads, on one connection."""
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda trace: send(channel, make_request(make_span(trace, 1))), range(1, 301)))

    assert answers == [ExportTraceServiceResponse()] * 300
    assert [len(read_span_ids(trace)) for trace in range(1, 301)] == [1] * 300
    assert REGISTRY.get_sample_value("tracing_ui_queue_bytes") == 0


def test_a_port_that_is_taken_is_an_error(pipeline: Pipeline) -> None:
    port = find_free_port()
    server = start_server("127.0.0.1", port, pipeline)
    try:
        with pytest.raises(RuntimeError):
            start_server("127.0.0.1", port, pipeline)
    finally:
        server.stop(grace=None).wait()
