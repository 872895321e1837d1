"""The OTLP/HTTP doors: POST /v1/traces, /v1/metrics and /v1/logs.

https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlphttp
"""

import json
from collections.abc import Callable
from functools import wraps

import structlog
from django.http import HttpRequest, HttpResponse
from google.rpc import code_pb2, status_pb2

from traces.domain.errors import PayloadRejected, PayloadTooLarge, StoreUnavailable
from traces.domain.refusal import RefusalKind
from traces.ingest import metrics
from traces.ingest.body import read_http_body
from traces.ingest.cors import allow_origin, answer_preflight
from traces.ingest.export import NOT_KEPT, count_items, export_spans
from traces.ingest.memory import Held
from traces.ingest.pipeline import get_pipeline
from traces.ingest.refusals import note_http_refusal, note_refusal
from traces.storage.base import DEFAULT_PROJECT
from traces.wire import otlp_pb2 as wire

log = structlog.get_logger(__name__)
PROTOBUF, JSON = "application/x-protobuf", "application/json"
_FORMATS = {PROTOBUF: PROTOBUF, "application/protobuf": PROTOBUF, JSON: JSON}
_Handler = Callable[[HttpRequest, str, Held], HttpResponse]


def _door(transport: str) -> Callable[[_Handler], Callable[[HttpRequest], HttpResponse]]:
    """The frame of a door: method, media type, memory, CORS, and every error as a `google.rpc.Status`."""

    def decorate(handle: _Handler) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(handle)
        def door(request: HttpRequest) -> HttpResponse:
            if request.method == "OPTIONS":
                return answer_preflight(request)
            response = _answer(request, handle)
            metrics.REQUESTS.labels(transport, str(response.status_code)).inc()
            return allow_origin(request, response)

        return door

    return decorate


def _answer(request: HttpRequest, handle: _Handler) -> HttpResponse:
    if request.method != "POST":
        note_http_refusal(request, 405, f"Spans are sent with POST, not with {request.method}.")
        return _plain("405 method not allowed, supported: [POST]", 405, Allow="POST, OPTIONS")
    media_type = _FORMATS.get(request.content_type or "")
    if media_type is None:
        sent = f"“{request.content_type[:60]}”" if request.content_type else "missing"
        note_http_refusal(
            request, 415, f"The Content-Type is {sent}: this port takes protobuf ({PROTOBUF}) or JSON ({JSON})."
        )
        return _plain(f"415 unsupported media type, supported: [{JSON}, {PROTOBUF}]", 415)
    try:
        with get_pipeline().hold(0) as held:
            return handle(request, media_type, held)
    except PayloadTooLarge as problem:
        note_http_refusal(request, 413, str(problem))
        return refuse(media_type, 413, code_pb2.RESOURCE_EXHAUSTED, str(problem))
    except PayloadRejected as problem:
        note_http_refusal(request, 400, str(problem))
        return refuse(media_type, 400, code_pb2.INVALID_ARGUMENT, str(problem))
    except StoreUnavailable as problem:
        return refuse(media_type, 503, code_pb2.UNAVAILABLE, str(problem), problem.retry_after_seconds)
    except Exception:
        # A client drops the spans on a 500; after a 503 it sends them again.
        log.exception("an export request failed")
        return refuse(media_type, 503, code_pb2.UNAVAILABLE, "The server failed. Send the spans again later.", 5)


@_door("http")
def export_traces(request: HttpRequest, media_type: str, held: Held) -> HttpResponse:
    """200 after the commit, with `partial_success` where spans were rejected or changed."""
    body = read_http_body(request, held.add)
    translated = export_spans(get_pipeline(), DEFAULT_PROJECT, body, "http", is_json=media_type == JSON)
    if translated.is_nothing_left:
        note_refusal("http", RefusalKind.SPANS, "200", f"POST {request.path}", translated.message)
    return _success(media_type, "rejectedSpans", translated.rejected.total(), translated.message)


@_door("http metrics")
def export_metrics(request: HttpRequest, media_type: str, held: Held) -> HttpResponse:
    """200 that says nothing was kept: after an error an SDK would send its metrics again for ever."""
    return _not_kept("metrics", "rejectedDataPoints", request, media_type, held)


@_door("http logs")
def export_logs(request: HttpRequest, media_type: str, held: Held) -> HttpResponse:
    """200 that says nothing was kept."""
    return _not_kept("logs", "rejectedLogRecords", request, media_type, held)


def refuse(media_type: str, status: int, code: int, message: str, retry_after_seconds: int = 0) -> HttpResponse:
    """An error in the request's own encoding."""
    body = (
        json.dumps({"code": code, "message": message}).encode()
        if media_type == JSON
        else status_pb2.Status(code=code, message=message).SerializeToString()
    )
    response = HttpResponse(body, status=status, content_type=media_type)
    if retry_after_seconds:
        response["Retry-After"] = str(retry_after_seconds)
    return response


def _not_kept(signal: str, field: str, request: HttpRequest, media_type: str, held: Held) -> HttpResponse:
    body = read_http_body(request, held.add)
    count = count_items(signal, body, is_json=media_type == JSON)
    return _success(media_type, field, count, NOT_KEPT.format(signal=signal) if count else "")


def _success(media_type: str, field: str, rejected: int, message: str) -> HttpResponse:
    """`partial_success` stays unset where everything was kept as it came."""
    if media_type == JSON:
        partial: dict[str, str] = {"errorMessage": message} if message else {}
        if rejected:
            partial[field] = str(rejected)
        return HttpResponse(json.dumps({"partialSuccess": partial} if partial else {}), content_type=JSON)
    answer = wire.Response()
    if rejected or message:
        answer.partial_success.rejected = rejected
        answer.partial_success.error_message = message
    return HttpResponse(answer.SerializeToString(), content_type=PROTOBUF)


def _plain(text: str, status: int, **headers: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain", headers=headers)
