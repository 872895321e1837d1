"""The OTLP/gRPC door: TraceService/Export, and the metrics and logs services that keep nothing.

Bodies stay bytes: the translation is the same as over HTTP.
https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlpgrpc
"""

from collections.abc import Callable
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
from traces.ingest.export import NOT_KEPT, count_items, export_spans
from traces.ingest.pipeline import Pipeline
from traces.ingest.refusals import note_refusal
from traces.storage.base import DEFAULT_PROJECT
from traces.wire import otlp_pb2 as wire

log = structlog.get_logger(__name__)
_COLLECTOR = "opentelemetry.proto.collector"
_Handle = Callable[[bytes], bytes]


def start_server(host: str, port: int, pipeline: Pipeline) -> grpc.Server:
    """A server that listens; `stop(grace)` lets running calls finish. Raises RuntimeError if the port is taken."""
    server = grpc.server(
        # A thread waits for its message to arrive, however slowly: only then it takes one of INGEST_THREADS places.
        ThreadPoolExecutor(max(settings.INGEST_THREADS, settings.INGEST_MAX_UPLOADS), thread_name_prefix="grpc"),
        options=[
            ("grpc.max_receive_message_length", settings.INGEST_MAX_BODY_BYTES),
            ("grpc.so_reuseport", 0),
            # The Collector's exporter pings every 10 s; gRPC would answer that with GOAWAY.
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ("grpc.keepalive_permit_without_calls", 1),
        ],
    )
    server.add_generic_rpc_handlers(_services(pipeline))
    server.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    server.start()
    return server


def _services(pipeline: Pipeline) -> tuple["grpc.GenericRpcHandler[bytes, bytes]", ...]:
    def export_traces(body: bytes) -> bytes:
        translated = export_spans(pipeline, DEFAULT_PROJECT, body, "grpc", is_json=False)
        if translated.is_nothing_left:
            note_refusal("grpc", RefusalKind.SPANS, "OK", "TraceService/Export", translated.message)
        return _response(translated.rejected.total(), translated.message)

    def not_kept(signal: str) -> _Handle:
        def export(body: bytes) -> bytes:
            count = count_items(signal, body, is_json=False)
            return _response(count, NOT_KEPT.format(signal=signal) if count else "")

        return export

    return (
        _service(f"{_COLLECTOR}.trace.v1.TraceService", "grpc", pipeline, export_traces),
        _service(f"{_COLLECTOR}.metrics.v1.MetricsService", "grpc metrics", pipeline, not_kept("metrics")),
        _service(f"{_COLLECTOR}.logs.v1.LogsService", "grpc logs", pipeline, not_kept("logs")),
        _NoSuchService(),
    )


class _NoSuchService(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    """Asked last: what comes here is answered with UNIMPLEMENTED."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> None:
        method = handler_call_details.method
        reason = "This port takes OTLP: opentelemetry.proto.collector.trace.v1.TraceService/Export."
        note_refusal("grpc", RefusalKind.PATH, grpc.StatusCode.UNIMPLEMENTED.name, method, reason)


def _service(name: str, transport: str, pipeline: Pipeline, handle: _Handle) -> "grpc.GenericRpcHandler[bytes, bytes]":
    def export(body: bytes, context: grpc.ServicerContext) -> bytes:
        code, answer = _answer(body, pipeline, handle)
        metrics.REQUESTS.labels(transport, code.name).inc()
        if isinstance(answer, bytes):
            return answer
        if code is grpc.StatusCode.INVALID_ARGUMENT:
            note_refusal("grpc", RefusalKind.BODY, code.name, name.rpartition(".")[2] + "/Export", answer.message)
        context.set_trailing_metadata((("grpc-status-details-bin", answer.SerializeToString()),))
        context.abort(code, answer.message)

    return grpc.method_handlers_generic_handler(name, {"Export": grpc.unary_unary_rpc_method_handler(export)})


def _answer(body: bytes, pipeline: Pipeline, handle: _Handle) -> tuple[grpc.StatusCode, bytes | status_pb2.Status]:
    """The response, or the status that a client acts on: INVALID_ARGUMENT drops, UNAVAILABLE retries."""
    try:
        with pipeline.hold(len(body)):
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


def _response(rejected: int, message: str) -> bytes:
    answer = wire.Response()
    if rejected or message:
        answer.partial_success.rejected = rejected
        answer.partial_success.error_message = message
    return answer.SerializeToString()
