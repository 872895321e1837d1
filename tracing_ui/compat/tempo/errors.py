"""Every error of Tempo's API in its one form: a sentence as plain text."""

from collections.abc import Callable
from functools import wraps
from typing import Final

import structlog
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.log import log_response
from django.views.decorators.csrf import csrf_exempt

from traces.domain.errors import InvalidQuery, NotFound, StoreUnavailable, TracingError
from traces.domain.traceql.errors import NotEvaluatedYet

log = structlog.get_logger(__name__)

_View = Callable[..., HttpResponseBase]
PLAIN: Final = "text/plain; charset=utf-8"


class NotServed(TracingError):
    """Something that Tempo can be asked for and this server cannot."""


# The first entry that fits.
_STATUSES: Final[tuple[tuple[type[Exception], int], ...]] = (
    (NotEvaluatedYet, 501),
    (InvalidQuery, 400),
    (NotFound, 404),
    (NotServed, 501),
    (StoreUnavailable, 503),
    (SuspiciousOperation, 400),
)


def answering(view: _View) -> _View:
    """A view that is only read from; what goes wrong in it is answered in this API's form."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, **parts: str) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            response = refuse(405, "Method Not Allowed")
            response["Allow"] = "GET, HEAD"
            return response
        try:
            return view(request, **parts)
        except Exception as problem:
            return _answer_problem(request, problem)

    return answer


def _answer_problem(request: HttpRequest, problem: Exception) -> HttpResponse:
    """What nobody foresaw is logged, and answered without details."""
    status = next((status for kind, status in _STATUSES if isinstance(problem, kind)), 500)
    if status == 500:
        log.error("Tempo's API could not answer", path=request.path, exc_info=problem)
        return refuse(500, "Something went wrong here. The server's log says what.")
    response = refuse(status, str(problem))
    if status == 501:
        # Said to be trouble of ours otherwise: every status from 500 on is.
        log_response("Not Implemented: %s", request.path, response=response, request=request, level="info")
    if isinstance(problem, StoreUnavailable):
        response["Retry-After"] = str(problem.retry_after_seconds)
    return response


def refuse(status: int, sentence: str) -> HttpResponse:
    """An error as Tempo sends it."""
    response = HttpResponse(f"{sentence}\n", status=status, content_type=PLAIN)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@answering
def answer_unknown_path(request: HttpRequest, **_: str) -> HttpResponse:
    """Every other address of the API."""
    return refuse(404, "404 page not found")
