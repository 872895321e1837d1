"""Jaeger's query services in gRPC: `jaeger.api_v2.QueryService`, `jaeger.api_v3.QueryService` and health checks.

Where the two differ is theirs: an unknown trace is NOT_FOUND in version 2 and a stream without messages in version 3.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

import grpc
import structlog
from django.conf import settings
from django.db import close_old_connections
from google.protobuf.message import DecodeError, Message

from traces.domain.errors import InvalidId, InvalidQuery, NotFound, StoreUnavailable, TooBusy, TracingError
from traces.ingest.grpc_frame import listen
from traces.wire import jaeger_query_pb2 as wire
from tracing_ui.compat.jaeger import grpc_v2, grpc_v3
from tracing_ui.compat.jaeger.grpc_calls import NotServed

log = structlog.get_logger(__name__)

_Method = Callable[[bytes], Iterator[bytes]]
_Handler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"
# Requests are a few words; a search with the longest tags is not larger.
_MAX_REQUEST_BYTES: Final = 1024 * 1024
_SERVING: Final = 1

# The first entry that fits.
_CODES: Final[tuple[tuple[type[Exception], grpc.StatusCode], ...]] = (
    (NotServed, grpc.StatusCode.UNIMPLEMENTED),
    (NotFound, grpc.StatusCode.NOT_FOUND),
    (InvalidQuery, grpc.StatusCode.INVALID_ARGUMENT),
    (InvalidId, grpc.StatusCode.INVALID_ARGUMENT),
    (TooBusy, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (StoreUnavailable, grpc.StatusCode.UNAVAILABLE),
)


def start_server(host: str, port: int) -> grpc.Server:
    """A server that listens; `stop(grace)` lets running calls finish. Raises RuntimeError if the port is taken."""
    threads = settings.WEB_THREADS
    # Who reads slowly keeps a thread: the others wait in line, and who comes after them is told so.
    services = (*_services(), _health())
    return listen(host, port, services, threads=threads, most_bytes=_MAX_REQUEST_BYTES, most_calls=threads * 4)


def _services() -> tuple["grpc.GenericRpcHandler[bytes, bytes]", ...]:
    return tuple(
        grpc.method_handlers_generic_handler(
            service,
            {
                **{name: _streaming(method) for name, method in streams.items()},
                **{name: _single(method) for name, method in singles.items()},
            },
        )
        for service, streams, singles in (
            (grpc_v2.SERVICE, grpc_v2.STREAMS, grpc_v2.SINGLES),
            (grpc_v3.SERVICE, grpc_v3.STREAMS, grpc_v3.SINGLES),
        )
    )


def _streaming(method: _Method) -> _Handler:
    def answer(body: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        with _answering_errors(context):
            yield from method(body)

    return grpc.unary_stream_rpc_method_handler(answer)


def _single(method: Callable[[bytes], Message]) -> _Handler:
    def answer(body: bytes, context: grpc.ServicerContext) -> bytes:
        with _answering_errors(context):
            return method(body).SerializeToString()

    return grpc.unary_unary_rpc_method_handler(answer)


@contextmanager
def _answering_errors(context: grpc.ServicerContext) -> Iterator[None]:
    """What goes wrong becomes a status. A thread's database connection is as old as a request's may be."""
    close_old_connections()
    try:
        yield
    except DecodeError:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The request is not the message that this method takes.")
    except TracingError as problem:
        code = next((code for kind, code in _CODES if isinstance(problem, kind)), grpc.StatusCode.INTERNAL)
        context.abort(code, str(problem))
    except Exception as problem:
        log.error("Jaeger's gRPC API could not answer", exc_info=problem)
        context.abort(grpc.StatusCode.INTERNAL, "Something went wrong here. The server's log says what.")
    finally:
        close_old_connections()


def _health() -> "grpc.GenericRpcHandler[bytes, bytes]":
    """grpc.health.v1: who can ask is served. Clients take the missing Watch for a server that is always healthy."""

    def check(body: bytes, context: grpc.ServicerContext) -> bytes:
        with _answering_errors(context):
            service = wire.HealthRequest.FromString(body).service
        if service not in ("", grpc_v2.SERVICE, grpc_v3.SERVICE):
            context.abort(grpc.StatusCode.NOT_FOUND, f"unknown service {service}")
        return wire.HealthResponse(status=_SERVING).SerializeToString()

    return grpc.method_handlers_generic_handler(
        "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)}
    )
