"""What every door of every port checks before anything else."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from google.rpc import code_pb2

from traces.ingest import otlp_http
from traces.ingest.cors import is_origin_allowed
from traces.ingest.refusals import note_http_refusal

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_UNKNOWN_HOST = "This server does not answer to that host name. Add it to ALLOWED_HOSTS if it should."
_FOREIGN_PAGE = "A web page of another origin may not send this. Add it to CORS_ALLOWED_ORIGINS if it may."


class KnownHostMiddleware:
    """Refuses requests under a foreign name, and writes that a foreign web page makes its visitor's browser send.

    A page that points its own name at 127.0.0.1 (DNS rebinding) comes with a Host we do not know; a page that
    posts across sites comes with its Origin, or with `Sec-Fetch-Site: cross-site`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_known_host(request):
            return _refuse(request, _UNKNOWN_HOST, 421)
        if request.method not in _SAFE_METHODS and not is_origin_allowed(request):
            return _refuse(request, _FOREIGN_PAGE, 403)
        return self.get_response(request)


class PortMiddleware:
    """In the gateway each port has addresses of its own: GATEWAY_URLS, by the port that a request came to."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.urlconf = settings.GATEWAY_URLS[request.META["SERVER_PORT"]]  # type: ignore[attr-defined]
        return self.get_response(request)


def _is_known_host(request: HttpRequest) -> bool:
    """A name of ours, or an address in digits, which nobody can point elsewhere."""
    try:
        host, _ = split_domain_port(request.get_host())
    except DisallowedHost:
        return False
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return validate_host(host, settings.KNOWN_HOSTS)
    return True


def _refuse(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """A sentence; on the collector's port in the exporter's own encoding."""
    if settings.SERVED_PORT in ("collector", "gateway"):
        note_http_refusal(request, status, sentence)
    if settings.SERVED_PORT == "collector" and request.content_type in (otlp_http.PROTOBUF, otlp_http.JSON):
        return otlp_http.refuse(request.content_type, status, code_pb2.PERMISSION_DENIED, sentence)
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
