"""A sender with nothing between it and the socket: what it is answered is what the server said."""

import http.client
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from threading import Event, Thread
from urllib.parse import urlsplit

import grpc

from tests.builders import make_request, make_span, trace_id
from tests.services.processes import TracingUI

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
# OTLP has clients send again after either. A call that meets the closing server is cancelled by gRPC itself.
TRY_AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)

# Sends the span of one trace; whether it was acknowledged. An answer that would make an exporter drop it raises.
Send = Callable[[int], bool]


def send_span(otlp_url: str, trace: int = 1) -> tuple[int, Message]:
    """Send one span over HTTP; the status and the headers of the answer."""
    connection = http.client.HTTPConnection(urlsplit(otlp_url).netloc, timeout=30)
    try:
        connection.request("POST", "/v1/traces", _body(trace), {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
    finally:
        connection.close()


@contextmanager
def sending_over_http(tracing_ui: TracingUI) -> Iterator[Send]:
    """Each span on a connection of its own."""

    def send(trace: int) -> bool:
        try:
            status, _ = send_span(tracing_ui.otlp_http_url, trace)
        except (OSError, http.client.HTTPException):
            return False
        assert status in (200, 503)
        return status == 200

    yield send


@contextmanager
def sending_over_grpc(tracing_ui: TracingUI) -> Iterator[Send]:
    """All spans on one connection."""
    with grpc.insecure_channel(urlsplit(tracing_ui.otlp_grpc_url).netloc) as channel:
        export = channel.unary_unary(EXPORT, request_serializer=bytes, response_deserializer=bytes)

        def send(trace: int) -> bool:
            try:
                export(_body(trace), timeout=30)
            except grpc.RpcError as error:
                assert error.code() in TRY_AGAIN, error  # noqa: PT017 - an answer among others
                return False
            return True

        yield send


@dataclass
class Load:
    """Threads that send one span after the other until they are stopped."""

    send: Send
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    acknowledged: list[int] = field(default_factory=list)
    failures: list[AssertionError] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def start(self, threads: int) -> None:
        """Begin to send."""
        self._threads = [Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait for the answers that are under way. Raises what a thread met that no client may meet."""
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
        for failure in self.failures:
            raise failure

    def _run(self) -> None:
        while not self._stop.is_set():
            trace = next(self.numbers)
            try:
                if self.send(trace):
                    self.acknowledged.append(trace)
                else:
                    time.sleep(0.01)
            except AssertionError as failure:
                self.failures.append(failure)


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


def _body(trace: int) -> bytes:
    """A request that is like no other: it begins now."""
    return make_request(make_span(trace, start_ns=time.time_ns())).SerializeToString()
