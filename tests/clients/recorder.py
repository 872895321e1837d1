"""Listens in the place of a door and keeps what comes in, byte for byte. It answers what makes a client content."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc

LARGEST_DATAGRAM = 65_507
_QUIET_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request or datagram. `target` is the path with its query, or gRPC's method; empty for a datagram."""

    target: str = ""
    content_type: str = ""
    content_encoding: str = ""
    is_chunked: bool = False
    body: bytes


@dataclass(slots=True)
class Recorder:
    """What was heard on `port`, in the order of arrival."""

    port: int
    requests: list[Request] = field(default_factory=list)


@contextmanager
def recording(transport: str) -> Iterator[Recorder]:
    """Listens over `http`, `grpc` or `udp` on a free port."""
    with {"http": _over_http, "grpc": _over_grpc, "udp": _over_udp}[transport]() as recorder:
        yield recorder


@contextmanager
def _over_http() -> Iterator[Recorder]:
    recorder = Recorder(0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            recorder.requests.append(
                Request(
                    target=self.path,
                    content_type=self.headers.get("Content-Type", ""),
                    content_encoding=self.headers.get("Content-Encoding", ""),
                    is_chunked=_is_chunked(self),
                    body=_read_body(self),
                )
            )
            # OTLP wants 200, Zipkin and Jaeger 202.
            self.send_response(200 if self.path.startswith("/v1/traces") else 202)
            self.send_header("Content-Type", self.headers.get("Content-Type", "text/plain"))
            self.send_header("Content-Length", "2" if "json" in self.headers.get("Content-Type", "") else "0")
            self.end_headers()
            self.wfile.write(b"{}" if "json" in self.headers.get("Content-Type", "") else b"")

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up without a word is none of our business."""

    server = Server(("127.0.0.1", 0), Handler)
    recorder.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _is_chunked(handler: BaseHTTPRequestHandler) -> bool:
    return "chunked" in handler.headers.get("Transfer-Encoding", "")


def _read_body(handler: BaseHTTPRequestHandler) -> bytes:
    if not _is_chunked(handler):
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


@contextmanager
def _over_grpc() -> Iterator[Recorder]:
    """Messages are kept as they are after gRPC took its frame and compression off; every answer is an empty message."""
    recorder = Recorder(0)

    class Handler(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # when it runs, it takes none
        def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
            def answer(body: bytes, _: grpc.ServicerContext) -> bytes:
                recorder.requests.append(Request(target=details.method, body=body))
                return b""

            return grpc.unary_unary_rpc_method_handler(answer)

    server = grpc.server(ThreadPoolExecutor(2), handlers=[Handler()])
    recorder.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield recorder
    finally:
        server.stop(None).wait()


@contextmanager
def _over_udp() -> Iterator[Recorder]:
    """Nobody says when the last datagram came: it is the last when none follows for a while."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.05)
        recorder = Recorder(int(listener.getsockname()[1]))
        is_over = threading.Event()

        def listen() -> None:
            last_heard = time.monotonic()
            while not (is_over.is_set() and time.monotonic() - last_heard > _QUIET_SECONDS):
                try:
                    body = listener.recv(LARGEST_DATAGRAM)
                except TimeoutError:
                    continue
                last_heard = time.monotonic()
                recorder.requests.append(Request(body=body))

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield recorder
        finally:
            is_over.set()
            thread.join()
