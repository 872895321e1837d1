"""Every error of Jaeger's first API in its one form: the envelope, sent as plain text.

{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":400,"msg":"…"}]}
"""

from collections.abc import Callable
from functools import wraps
from typing import Final

import orjson
import structlog
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from traces.domain.errors import InvalidId, InvalidQuery, NotFound, PayloadRejected, PayloadTooLarge, StoreUnavailable

log = structlog.get_logger(__name__)

_View = Callable[..., HttpResponseBase]
# The first entry that fits.
_STATUSES: Final[tuple[tuple[type[Exception], int], ...]] = (
    (InvalidQuery, 400),
    (InvalidId, 400),
    (NotFound, 404),
    (PayloadTooLarge, 413),
    (PayloadRejected, 400),
    (StoreUnavailable, 503),
    (SuspiciousOperation, 400),
)
PLAIN: Final = "text/plain; charset=utf-8"
TRACE_NOT_FOUND: Final = "trace not found"


def answering(method: str) -> Callable[[_View], _View]:
    """Views of one method (GET is HEAD too). What goes wrong in them is answered in this API's form."""
    methods = ("GET", "HEAD") if method == "GET" else (method,)

    def decorate(view: _View) -> _View:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, **parts: str) -> HttpResponseBase:
            if request.method not in methods:
                return refuse_method(*methods)
            try:
                return view(request, **parts)
            except Exception as problem:
                return answer_problem(request, problem, refuse)

        return answer

    return decorate


def answer_problem(
    request: HttpRequest, problem: Exception, refuse: Callable[[int, str], HttpResponse]
) -> HttpResponse:
    """In the form that `refuse` gives it. What nobody foresaw is logged, and answered without details."""
    status = next((status for kind, status in _STATUSES if isinstance(problem, kind)), 500)
    if status == 500:
        log.error("Jaeger's API could not answer", path=request.path, exc_info=problem)
        return refuse(500, "Something went wrong here. The server's log says what.")
    answer = refuse(status, str(problem))
    if isinstance(problem, StoreUnavailable):
        answer["Retry-After"] = str(problem.retry_after_seconds)
    return answer


def refuse_method(*allowed: str) -> HttpResponse:
    """To a request of another method."""
    headers = {"Allow": ", ".join(allowed)}
    return HttpResponse("Method Not Allowed\n", status=405, content_type=PLAIN, headers=headers)


def refuse(status: int, message: str) -> HttpResponse:
    """An error as Jaeger sends it."""
    envelope = {"data": None, "total": 0, "limit": 0, "offset": 0, "errors": [{"code": status, "msg": message}]}
    answer = HttpResponse(orjson.dumps(envelope) + b"\n", status=status, content_type=PLAIN)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@csrf_exempt
def answer_unknown_path(request: HttpRequest, **_: str) -> HttpResponse:
    """Every other address of the API."""
    answer = HttpResponse("404 page not found\n", status=404, content_type=PLAIN)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
