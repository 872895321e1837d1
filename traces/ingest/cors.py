"""Which web pages may make a browser send spans here, and what the browser is told."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_ALLOWED_HEADERS = (
    "authorization, baggage, content-encoding, content-type, traceparent, tracestate, x-api-key, x-requested-with"
)


def is_origin_allowed(request: HttpRequest) -> bool:
    """Whether the page behind a write may write: no page at all, our own, one of this machine, or a listed one.

    A browser says `Origin` with every POST; `Sec-Fetch-Site: cross-site` without one is not a browser we trust.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site") != "cross-site"
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return (
        parts.netloc == request.headers.get("Host")
        or parts.hostname in _LOOPBACK
        or origin in settings.CORS_ALLOWED_ORIGINS
    )


def answer_preflight(request: HttpRequest) -> HttpResponse:
    """The answer to OPTIONS; without the headers the browser refuses by itself."""
    response = allow_origin(request, HttpResponse(status=204))
    if response.has_header("Access-Control-Allow-Origin"):
        response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
        response["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
        response["Access-Control-Max-Age"] = "7200"
    return response


def allow_origin(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Lets an allowed page read the answer, errors included."""
    origin = request.headers.get("Origin")
    if origin and is_origin_allowed(request):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Credentials"] = "true"
        response["Access-Control-Expose-Headers"] = "Retry-After"
        response["Vary"] = "Origin"
    return response
