"""What the gateway answers on Zipkin's port, at the root and below /zipkin/: doors for spans, the API for readers."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from traces.ingest import zipkin_http
from tracing_ui.compat.zipkin import http_v2, pages
from tracing_ui.urls import gateway


@csrf_exempt
def take_or_list_spans(request: HttpRequest) -> HttpResponseBase:
    """Spans are sent to this address, and the names of spans are read from it."""
    is_reading = request.method in ("GET", "HEAD", "OPTIONS")
    return http_v2.list_spans(request) if is_reading else zipkin_http.receive_v2(request)


doors = [
    re_path(r"^api/v2/spans/?$", take_or_list_spans),
    re_path(r"^api/v1/spans/?$", zipkin_http.receive_v1),
]

urlpatterns = [
    *doors,
    path("zipkin/", include(doors)),
    path("zipkin", pages.show_search),
    path("zipkin/", include("tracing_ui.compat.zipkin.urls")),
    path("", include("tracing_ui.compat.zipkin.urls")),
    *gateway.answers,
]

handler500 = "tracing_ui.operate.door_failed"
