"""The frame of a gRPC door: a server of methods that take bytes, and every error as the status a client acts on.

Bodies stay bytes: the translation reads them. https://grpc.io/docs/guides/status-codes/
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import grpc
import structlog
from django.conf import settings
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from traces.domain.errors import PayloadRejected, StoreUnavailable
from traces.domain.refusal import RefusalKind
from traces.ingest import metrics
from traces.ingest.memory import Held
from traces.ingest.refusals import note_refusal

log = structlog.get_logger(__name__)
Handle = Callable[[bytes], bytes]
Services = Sequence["grpc.GenericRpcHandler[bytes, bytes]"]


def listen_for_spans(host: str, port: int, services: Services) -> grpc.Server:
    """As `listen`, for messages of INGEST_MAX_BODY_BYTES."""
    # A thread waits for its message to arrive, however slowly: only then it takes one of INGEST_THREADS places.
    threads = max(settings.INGEST_THREADS, settings.INGEST_MAX_UPLOADS)
    return listen(host, port, services, threads=threads, most_bytes=settings.INGEST_MAX_BODY_BYTES)


def listen(
    host: str, port: int, services: Services, *, threads: int, most_bytes: int, most_calls: int | None = None
) -> grpc.Server:
    """A server that listens; `stop(grace)` lets running calls finish. Raises RuntimeError if the port is taken.

    Beyond `most_calls` at once, waiting ones included, callers are told RESOURCE_EXHAUSTED.
    """
    server = grpc.server(
        ThreadPoolExecutor(threads, thread_name_prefix="grpc"),
        maximum_concurrent_rpcs=most_calls,
        options=[
            ("grpc.max_receive_message_length", most_bytes),
            ("grpc.so_reuseport", 0),
            # The Collector's exporter pings every 10 s; gRPC would answer that with GOAWAY.
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ("grpc.keepalive_permit_without_calls", 1),
        ],
    )
    server.add_generic_rpc_handlers(services)
    server.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    server.start()
    return server


def make_service(
    name: str, method: str, handle: Handle, hold: Callable[[int], Held], *, door: str, transport: str
) -> "grpc.GenericRpcHandler[bytes, bytes]":
    """A service of one method. `hold` claims memory for a body; refusals are noted for `door`, calls counted for
    `transport`."""

    def call(body: bytes, context: grpc.ServicerContext) -> bytes:
        code, answer = _answer(body, hold, handle)
        metrics.REQUESTS.labels(transport, code.name).inc()
        if isinstance(answer, bytes):
            return answer
        if code is grpc.StatusCode.INVALID_ARGUMENT:
            note_refusal(door, RefusalKind.BODY, code.name, f"{name.rpartition('.')[2]}/{method}", answer.message)
        context.set_trailing_metadata((("grpc-status-details-bin", answer.SerializeToString()),))
        context.abort(code, answer.message)

    return grpc.method_handlers_generic_handler(name, {method: grpc.unary_unary_rpc_method_handler(call)})


class NoSuchService(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    """Asked last: what comes here is answered with UNIMPLEMENTED."""

    def __init__(self, door: str, reason: str) -> None:
        self._door, self._reason = door, reason

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> None:
        code = grpc.StatusCode.UNIMPLEMENTED.name
        note_refusal(self._door, RefusalKind.PATH, code, handler_call_details.method, self._reason)


def _answer(
    body: bytes, hold: Callable[[int], Held], handle: Handle
) -> tuple[grpc.StatusCode, bytes | status_pb2.Status]:
    """The response, or the status that a client acts on: INVALID_ARGUMENT drops, UNAVAILABLE retries."""
    try:
        with hold(len(body)):
            return grpc.StatusCode.OK, handle(body)
    except PayloadRejected as problem:
        return _status(grpc.StatusCode.INVALID_ARGUMENT, str(problem))
    except StoreUnavailable as problem:
        return _status(grpc.StatusCode.UNAVAILABLE, str(problem), problem.retry_after_seconds)
    except Exception:
        log.exception("an export call failed")
        return _status(grpc.StatusCode.UNAVAILABLE, "The server failed. Send the spans again later.", 5)


def _status(
    code: grpc.StatusCode, message: str, retry_after_seconds: int = 0
) -> tuple[grpc.StatusCode, status_pb2.Status]:
    status = status_pb2.Status(code=code.value[0], message=message)
    if retry_after_seconds:
        delay = error_details_pb2.RetryInfo(retry_delay=Duration(seconds=retry_after_seconds))
        packed = Any()
        packed.Pack(delay)
        status.details.append(packed)
    return code, status
