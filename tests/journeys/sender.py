"""A sender with nothing between it and the socket: what it is answered is what the server said."""

import http.client
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from email.message import Message
from urllib.parse import urlsplit

import grpc
from google.rpc import error_details_pb2, status_pb2

from tests.builders import make_request, make_span, trace_id
from tests.services.processes import Receiver, TracingUI

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
STORED = 0
# A call that meets the closing server is cancelled by gRPC itself; OTLP has clients send again after either.
TRY_AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
PATIENCE_SECONDS = 60
# gRPC would wait longer and longer before it connects to a server that was away.
_RECONNECT_SOON = [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200)]

# Sends a request: STORED, or the seconds after which to come back, or None where nobody answered. An answer that
# would make an exporter drop the spans, or that does not say when to come back, raises AssertionError.
Send = Callable[[bytes], int | None]
Connect = Callable[[Receiver], AbstractContextManager[Send]]


def send_span(otlp_url: str, trace: int = 1) -> tuple[int, Message]:
    """Send one span over HTTP; the status and the headers of the answer."""
    connection = http.client.HTTPConnection(urlsplit(otlp_url).netloc, timeout=PATIENCE_SECONDS)
    try:
        # A request that is like no other: it begins now.
        return _post(connection, make_request(make_span(trace, start_ns=time.time_ns())).SerializeToString())
    finally:
        connection.close()


@contextmanager
def sending_over_http(receiver: Receiver) -> Iterator[Send]:
    """One connection, which is opened again when it was lost."""
    connection = http.client.HTTPConnection(urlsplit(receiver.otlp_http_url).netloc, timeout=PATIENCE_SECONDS)

    def send(body: bytes) -> int | None:
        try:
            status, headers = _post(connection, body)
        except (ConnectionError, http.client.HTTPException):
            connection.close()
            return None
        assert status in (200, 503), status
        return STORED if status == 200 else _seconds(int(headers["Retry-After"] or 0))

    try:
        yield send
    finally:
        connection.close()


@contextmanager
def sending_over_grpc(receiver: Receiver) -> Iterator[Send]:
    """One channel."""
    with grpc.insecure_channel(urlsplit(receiver.otlp_grpc_url).netloc, options=_RECONNECT_SOON) as channel:
        export = channel.unary_unary(EXPORT, request_serializer=bytes, response_deserializer=bytes)

        def send(body: bytes) -> int | None:
            try:
                export(body, timeout=PATIENCE_SECONDS)
            except grpc.RpcError as error:
                assert error.code() in TRY_AGAIN, error  # noqa: PT017 - an answer among others
                trailers = error.trailing_metadata() or ()
                details = [item.value for item in trailers if item.key == "grpc-status-details-bin"]
                return _seconds(_retry_delay(details[0])) if details else None
            return STORED

        yield send


def find_missing(tracing_ui: TracingUI, traces: Iterable[int]) -> list[int]:
    """Which of the traces the API does not know."""
    connection = http.client.HTTPConnection(urlsplit(tracing_ui.url).netloc, timeout=30)
    missing = []
    for trace in traces:
        connection.request("GET", f"/api/v1/traces/{trace_id(trace).hex()}")
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            missing.append(trace)
    connection.close()
    return missing


def _post(connection: http.client.HTTPConnection, body: bytes) -> tuple[int, Message]:
    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.headers


def _retry_delay(details: bytes) -> int:
    """The seconds of the RetryInfo in a `google.rpc.Status`; 0 without one."""
    delay = error_details_pb2.RetryInfo()
    for detail in status_pb2.Status.FromString(details).details:
        if detail.Unpack(delay):
            return int(delay.retry_delay.seconds)
    return 0


def _seconds(retry_after: int) -> int:
    assert retry_after >= 1, "a refusal that does not say when to come back"
    return retry_after
