"""Answers of Zipkin's API: JSON, and every error as a sentence in plain text."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Final

import orjson
import structlog
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from traces.domain.attributes import Json
from traces.domain.errors import InvalidId, InvalidQuery, NotFound, StoreUnavailable
from traces.ingest.cors import allow_origin, answer_preflight

log = structlog.get_logger(__name__)

_View = Callable[..., HttpResponseBase]
# The first entry that fits.
_STATUSES: Final[tuple[tuple[type[Exception], int], ...]] = (
    (InvalidQuery, 400),
    (InvalidId, 400),
    (NotFound, 404),
    (StoreUnavailable, 503),
    (SuspiciousOperation, 400),
)
_NAMES_CACHED: Final = "max-age=300, must-revalidate"


def answering(view: _View) -> _View:
    """Views of GET and HEAD. Web pages that may send spans here may read as well; what goes wrong is a sentence."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, **parts: str) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return answer_preflight_to_read(request)
        found = _answer(view, request, parts)
        # It only sets headers: of a stream, too.
        allow_origin(request, found)  # type: ignore[arg-type]
        # A cache must not give one page's answer to another, whether it may read or not.
        patch_vary_headers(found, ["Origin"])
        return found

    return answer


def answer_preflight_to_read(request: HttpRequest) -> HttpResponse:
    """The answer to OPTIONS where pages may read and send."""
    response = answer_preflight(request)
    if response.has_header("Access-Control-Allow-Methods"):
        response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
    return response


def _answer(view: _View, request: HttpRequest, parts: dict[str, str]) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        response = say("Method Not Allowed", 405)
        response["Allow"] = "GET, HEAD, OPTIONS"
        return response
    try:
        return view(request, **parts)
    except Exception as problem:
        return _answer_problem(request, problem)


def _answer_problem(request: HttpRequest, problem: Exception) -> HttpResponse:
    """What nobody foresaw is logged, and answered without details."""
    status = next((status for kind, status in _STATUSES if isinstance(problem, kind)), 500)
    if status == 500:
        log.error("Zipkin's API could not answer", path=request.path, exc_info=problem)
        return say("Something went wrong here. The server's log says what.", 500)
    response = say(str(problem), status)
    if isinstance(problem, StoreUnavailable):
        response["Retry-After"] = str(problem.retry_after_seconds)
    return response


def say(sentence: str, status: int) -> HttpResponse:
    """The sentence and nothing after it, as Zipkin sends it."""
    response = HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def answer_json(value: Json, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), status=status, content_type="application/json")


def answer_names(names: Iterable[str], *, is_cached: bool) -> HttpResponse:
    """Texts in their order. Readers may keep them for five minutes, but not while there are only few services."""
    response = answer_json([*sorted(set(names))])
    if is_cached:
        response["Cache-Control"] = _NAMES_CACHED
    return response


@csrf_exempt
def answer_unknown_path(request: HttpRequest, **_: str) -> HttpResponse:
    """Every other address of the API."""
    return say("404 Not Found", 404)
