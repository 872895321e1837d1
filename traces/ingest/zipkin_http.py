"""The doors of Zipkin's clients: POST /api/v2/spans and /api/v1/spans.

https://zipkin.io/zipkin-api/: 202 without a body, and a sentence in plain text for whoever sends something else. JSON
is what is expected of any media type that does not say otherwise.
"""

from collections.abc import Callable, Mapping

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from traces.domain.errors import PayloadRejected, PayloadTooLarge, StoreUnavailable
from traces.domain.refusal import RefusalKind
from traces.ingest import metrics
from traces.ingest.body import read_http_body
from traces.ingest.cors import allow_origin, answer_preflight
from traces.ingest.handing_on import hand_on
from traces.ingest.memory import get_memory
from traces.ingest.parsing import turn_to_parse
from traces.ingest.refusals import note_refusal
from traces.ingest.result import Translated
from traces.ingest.translate.zipkin.json_v1 import translate_json_v1
from traces.ingest.translate.zipkin.json_v2 import translate_json_v2
from traces.ingest.translate.zipkin.proto import translate_proto
from traces.ingest.translate.zipkin.thrift_v1 import translate_thrift

log = structlog.get_logger(__name__)
DOOR = "zipkin"
_Translate = Callable[[bytes], Translated]
_V2: Mapping[str, _Translate] = {
    "application/x-protobuf": translate_proto,
    "application/protobuf": translate_proto,
}
_V1: Mapping[str, _Translate] = {
    "application/x-thrift": translate_thrift,
    "application/vnd.apache.thrift.binary": translate_thrift,
}


@csrf_exempt
def receive_v2(request: HttpRequest) -> HttpResponse:
    """202 after the commit; JSON or protobuf."""
    return _receive(request, _V2.get(request.content_type or "", translate_json_v2))


@csrf_exempt
def receive_v1(request: HttpRequest) -> HttpResponse:
    """202 after the commit; JSON or Thrift."""
    return _receive(request, _V1.get(request.content_type or "", translate_json_v1))


def _receive(request: HttpRequest, translate: _Translate) -> HttpResponse:
    if request.method == "OPTIONS":
        return answer_preflight(request)
    response = _answer(request, translate)
    metrics.REQUESTS.labels(DOOR, str(response.status_code)).inc()
    return allow_origin(request, response)


def _answer(request: HttpRequest, translate: _Translate) -> HttpResponse:
    if request.method != "POST":
        response = _refuse(request, RefusalKind.METHOD, 405, f"Spans are sent with POST, not with {request.method}.")
        response["Allow"] = "POST, OPTIONS"
        return response
    try:
        _take(request, translate)
    except PayloadTooLarge as problem:
        return _refuse(request, RefusalKind.SIZE, 413, str(problem))
    except PayloadRejected as problem:
        return _refuse(request, RefusalKind.BODY, 400, str(problem))
    except StoreUnavailable as problem:
        return _come_again(str(problem), problem.retry_after_seconds)
    except Exception:
        log.exception("spans could not be taken")
        return _come_again("The server failed. Send the spans again later.", 5)
    return HttpResponse(status=202)


def _take(request: HttpRequest, translate: _Translate) -> None:
    """The protocol cannot say that a part was refused, only that all was: a part is noted and counted."""
    with get_memory().hold(0) as held:
        body = _read(request, held.add)
        with turn_to_parse(body):
            translated = translate(body)
        handed = hand_on(translated, DOOR)
    metrics.SPANS_REFUSED.labels("field").inc(translated.rejected.total())
    if translated.is_nothing_left:
        raise PayloadRejected(translated.message)
    if translated.rejected or handed.rejected:
        sentence = translated.message or handed.message
        note_refusal(DOOR, RefusalKind.SPANS, "202", f"POST {request.path}", sentence)


def _read(request: HttpRequest, hold: Callable[[int], None]) -> bytes:
    try:
        return read_http_body(request, hold)
    except PayloadTooLarge:
        raise
    except PayloadRejected as problem:
        if "gzip" in request.headers.get("Content-Encoding", "").lower():
            raise PayloadRejected(f"Cannot gunzip spans: {problem}") from None
        raise


def _refuse(request: HttpRequest, kind: RefusalKind, status: int, sentence: str) -> HttpResponse:
    """A browser that looks is no refused sender."""
    if request.method not in ("GET", "HEAD"):
        note_refusal(DOOR, kind, str(status), f"{request.method} {request.path}", sentence)
    return _say(sentence, status)


def _come_again(sentence: str, retry_after_seconds: int) -> HttpResponse:
    response = _say(sentence, 503)
    response["Retry-After"] = str(retry_after_seconds)
    return response


def _say(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
