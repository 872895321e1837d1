"""The door of Jaeger's HTTP clients: POST /api/traces with a batch in Thrift.

The Collector's Jaeger receiver answers 202, and 400 in plain text for all that it cannot read:
https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/receiver/jaegerreceiver
"""

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from traces.domain.errors import PayloadRejected, PayloadTooLarge, StoreUnavailable
from traces.domain.refusal import RefusalKind
from traces.ingest import metrics
from traces.ingest.body import read_http_body
from traces.ingest.handing_on import hand_on
from traces.ingest.memory import get_memory
from traces.ingest.parsing import turn_to_parse
from traces.ingest.refusals import note_refusal
from traces.ingest.refused_spans import count_refused
from traces.ingest.translate.jaeger.thrift import find_protocol, translate_thrift
from traces.wire.thrift import Protocol

log = structlog.get_logger(__name__)
DOOR = "jaeger http"
# Where the type does not say which protocol, the first byte does.
_FORMATS = {
    "application/x-thrift": None,
    "application/vnd.apache.thrift.binary": Protocol.BINARY,
    "application/vnd.apache.thrift.compact": Protocol.COMPACT,
}


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponse:
    """202 after the commit."""
    response = _answer(request)
    metrics.REQUESTS.labels(DOOR, str(response.status_code)).inc()
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        response = _refuse(request, RefusalKind.METHOD, 405, f"Spans are sent with POST, not with {request.method}.")
        response["Allow"] = "POST"
        return response
    if request.content_type not in _FORMATS:
        sentence = (
            f"Unsupported content type: {(request.content_type or 'none')[:60]}. Thrift is {', '.join(_FORMATS)}."
        )
        return _refuse(request, RefusalKind.MEDIA_TYPE, 400, sentence)
    try:
        _take(request, _FORMATS[request.content_type])
    except PayloadTooLarge as problem:
        return _refuse(request, RefusalKind.SIZE, 413, f"Unable to process request body: {problem}")
    except PayloadRejected as problem:
        return _refuse(request, RefusalKind.BODY, 400, f"Unable to process request body: {problem}")
    except StoreUnavailable as problem:
        return _come_again(f"Cannot submit Jaeger batch: {problem}", problem.retry_after_seconds)
    except Exception:
        log.exception("a batch could not be taken")
        return _come_again("Cannot submit Jaeger batch: the server failed. Send the spans again later.", 5)
    return HttpResponse(status=202)


def _take(request: HttpRequest, protocol: Protocol | None) -> None:
    """The protocol cannot say that a part was refused, only that all was."""
    with get_memory().hold(0) as held:
        body = read_http_body(request, held.add)
        with turn_to_parse(body):
            translated = translate_thrift(body, protocol or find_protocol(body))
        count_refused(translated.rejected)
        hand_on(translated, DOOR)
    if translated.is_nothing_left:
        raise PayloadRejected(translated.message)


def _refuse(request: HttpRequest, kind: RefusalKind, status: int, sentence: str) -> HttpResponse:
    note_refusal(DOOR, kind, str(status), f"{request.method} {request.path}", sentence)
    return _say(sentence, status)


def _come_again(sentence: str, retry_after_seconds: int) -> HttpResponse:
    response = _say(sentence, 503)
    response["Retry-After"] = str(retry_after_seconds)
    return response


def _say(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
