"""The door of Jaeger's gRPC clients: jaeger.api_v2.CollectorService/PostSpans."""

import grpc

from traces.domain.errors import PayloadRejected
from traces.domain.refusal import RefusalKind
from traces.ingest.grpc_frame import NoSuchService, listen, make_service
from traces.ingest.handing_on import hand_on
from traces.ingest.memory import get_memory
from traces.ingest.parsing import turn_to_parse
from traces.ingest.refusals import note_refusal
from traces.ingest.refused_spans import count_refused
from traces.ingest.translate.jaeger.proto import translate_proto

DOOR = "jaeger grpc"
_SERVICE, _METHOD = "jaeger.api_v2.CollectorService", "PostSpans"
_EMPTY_RESPONSE = b""


def start_server(host: str, port: int) -> grpc.Server:
    """A server that listens; `stop(grace)` lets running calls finish. Raises RuntimeError if the port is taken."""
    return listen(
        host,
        port,
        (
            make_service(_SERVICE, _METHOD, _post_spans, get_memory().hold, door=DOOR, transport=DOOR),
            NoSuchService(DOOR, f"This port takes Jaeger's spans: {_SERVICE}/{_METHOD}."),
        ),
    )


def _post_spans(body: bytes) -> bytes:
    """Answers after the commit. The protocol cannot say that a part was refused, only that all was.

    A part is noted and counted.
    """
    with turn_to_parse(body):
        translated = translate_proto(body)
    count_refused(translated.rejected)
    handed = hand_on(translated, DOOR)
    if translated.is_nothing_left:
        raise PayloadRejected(translated.message)
    if translated.rejected or handed.rejected:
        target = f"{_SERVICE.rpartition('.')[2]}/{_METHOD}"
        note_refusal(DOOR, RefusalKind.SPANS, "OK", target, translated.message or handed.message)
    return _EMPTY_RESPONSE
