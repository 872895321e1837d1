"""Every error of the API in one form: {"error": {"code": …, "message": …, "field": …}}."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from traces.domain.errors import InvalidId, InvalidQuery, NotFound, StoreUnavailable
from traces.domain.pin import TooManyPins

log = structlog.get_logger(__name__)

# The first entry that fits: what happened, the HTTP status, our word for it.
_ANSWERS: tuple[tuple[type[Exception], int, str], ...] = (
    (InvalidQuery, 400, "invalid_query"),
    (InvalidId, 400, "invalid_query"),
    (NotFound, 404, "not_found"),
    (TooManyPins, 409, "too_many_pins"),
    (StoreUnavailable, 503, "unavailable"),
    (Http404, 404, "not_found"),
    (RequestDataTooBig, 413, "too_large"),
    (SuspiciousOperation, 400, "invalid_query"),
)


class BodyTooLarge(APIException):
    """The body of a search is longer than any sensible search."""

    status_code = 413
    default_code = "too_large"


class BuildChanged(APIException):
    """The caller speaks of rows of a build that is no longer the trace's."""

    status_code = 409
    default_code = "build_changed"


def check_build(words: Mapping[str, str], build: str) -> str:
    """The build that the trace has now. Raises BuildChanged where the caller speaks of another."""
    if words.get("build", build) != build:
        raise BuildChanged("Spans of this trace have arrived or gone since: its rows are no longer the same.")
    return build


def answer_error(problem: Exception, context: Mapping[str, Any]) -> Response:
    """REST framework's EXCEPTION_HANDLER. What nobody foresaw is logged, and answered without its details."""
    if isinstance(problem, APIException):
        return _error(problem.status_code, problem.default_code, str(problem.detail))
    for kind, status, code in _ANSWERS:
        if isinstance(problem, kind):
            answer = _error(status, code, str(problem), getattr(problem, "field", ""))
            if isinstance(problem, StoreUnavailable):
                answer["Retry-After"] = str(problem.retry_after_seconds)
            return answer
    log.error("the API could not answer", path=context["request"].path, exc_info=problem)
    return _error(500, "internal", "Something went wrong here. The server's log says what.")


def _error(status: int, code: str, message: str, field: str = "") -> Response:
    return Response({"error": {"code": code, "message": message, "field": field or None}}, status=status)
