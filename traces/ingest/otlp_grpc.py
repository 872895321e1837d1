"""The OTLP/gRPC door: TraceService/Export, and the metrics and logs services that keep nothing.

Bodies stay bytes: the translation is the same as over HTTP.
https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlpgrpc
"""

import grpc

from traces.domain.refusal import RefusalKind
from traces.ingest.export import NOT_KEPT, count_items, export_spans
from traces.ingest.grpc_frame import Handle, NoSuchService, listen_for_spans, make_service
from traces.ingest.pipeline import Pipeline
from traces.ingest.refusals import note_refusal
from traces.storage.base import DEFAULT_PROJECT
from traces.wire import otlp_pb2 as wire

_COLLECTOR = "opentelemetry.proto.collector"
_DOOR = "grpc"


def start_server(host: str, port: int, pipeline: Pipeline) -> grpc.Server:
    """A server that listens; `stop(grace)` lets running calls finish. Raises RuntimeError if the port is taken."""
    return listen_for_spans(host, port, _services(pipeline))


def _services(pipeline: Pipeline) -> tuple["grpc.GenericRpcHandler[bytes, bytes]", ...]:
    def export_traces(body: bytes) -> bytes:
        translated = export_spans(pipeline, DEFAULT_PROJECT, body, _DOOR, is_json=False)
        if translated.is_nothing_left:
            note_refusal(_DOOR, RefusalKind.SPANS, "OK", "TraceService/Export", translated.message)
        return _response(translated.rejected.total(), translated.message)

    def not_kept(signal: str) -> Handle:
        def export(body: bytes) -> bytes:
            count = count_items(signal, body, is_json=False)
            return _response(count, NOT_KEPT.format(signal=signal) if count else "")

        return export

    def service(name: str, transport: str, handle: Handle) -> "grpc.GenericRpcHandler[bytes, bytes]":
        full_name = f"{_COLLECTOR}.{name}"
        return make_service(full_name, "Export", handle, pipeline.hold, door=_DOOR, transport=transport)

    return (
        service("trace.v1.TraceService", "grpc", export_traces),
        service("metrics.v1.MetricsService", "grpc metrics", not_kept("metrics")),
        service("logs.v1.LogsService", "grpc logs", not_kept("logs")),
        NoSuchService(_DOOR, f"This port takes OTLP: {_COLLECTOR}.trace.v1.TraceService/Export."),
    )


def _response(rejected: int, message: str) -> bytes:
    answer = wire.Response()
    if rejected or message:
        answer.partial_success.rejected = rejected
        answer.partial_success.error_message = message
    return answer.SerializeToString()
