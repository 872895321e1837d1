"""The door of Jaeger's gRPC clients: jaeger.api_v2.CollectorService/PostSpans."""

import grpc

from traces.ingest.grpc_frame import NoSuchService, Services, listen_for_spans, make_service
from traces.ingest.handing_on import hand_on_noting
from traces.ingest.memory import get_memory
from traces.ingest.parsing import turn_to_parse
from traces.ingest.translate.jaeger.proto import translate_proto

DOOR = "jaeger grpc"
_SERVICE, _METHOD = "jaeger.api_v2.CollectorService", "PostSpans"
_EMPTY_RESPONSE = b""


def start_server(host: str, port: int, beside: Services = ()) -> grpc.Server:
    """A server that listens; `stop(grace)` lets running calls finish. Raises RuntimeError if the port is taken.

    `beside` are other services of Jaeger's collector, which have nothing to do with spans.
    """
    return listen_for_spans(
        host,
        port,
        (
            *beside,
            make_service(_SERVICE, _METHOD, _post_spans, get_memory().hold, door=DOOR, transport=DOOR),
            NoSuchService(DOOR, f"This port takes Jaeger's spans: {_SERVICE}/{_METHOD}."),
        ),
    )


def _post_spans(body: bytes) -> bytes:
    """Answers after the commit."""
    with turn_to_parse(body):
        translated = translate_proto(body)
    hand_on_noting(translated, DOOR, "OK", f"{_SERVICE.rpartition('.')[2]}/{_METHOD}")
    return _EMPTY_RESPONSE
