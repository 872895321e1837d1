"""What every door of every port checks before anything else."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class KnownHostMiddleware:
    """Refuses requests under a foreign name, and writes that a foreign web page makes its visitor's browser send.

    A page that points its own name at 127.0.0.1 (DNS rebinding) comes with a Host we do not know; a page that
    posts across sites comes with its Origin, or with `Sec-Fetch-Site: cross-site`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            host = request.get_host()
        except DisallowedHost:
            return _refuse("This server does not answer to that host name. Add it to ALLOWED_HOSTS if it should.", 421)
        if request.method not in SAFE_METHODS and not is_origin_allowed(request, host):
            return _refuse("A web page of another origin may not send this. See CORS_ALLOWED_ORIGINS.", 403)
        return self.get_response(request)


def is_origin_allowed(request: HttpRequest, host: str) -> bool:
    """Whether the page behind the request may write here: none, our own, this machine's, or a listed one."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site") != "cross-site"
    parts = urlsplit(origin)
    return parts.netloc == host or parts.hostname in LOOPBACK_NAMES or origin in settings.CORS_ALLOWED_ORIGINS


def _refuse(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
