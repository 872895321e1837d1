"""What the web port answers: pages, our API, Jaeger's, and the operator's questions."""

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from traces.ingest import jaeger_http
from tracing_ui import operate
from tracing_ui.compat.jaeger import http_v1
from tracing_ui.compat.zipkin import pages
from tracing_ui.status import show_status
from tracing_ui.urls import zipkin


def send_icon(request: HttpRequest) -> HttpResponse:
    """Where a browser looks for an icon beside what is no page."""
    return redirect(staticfiles_storage.url("favicon.svg"))


@csrf_exempt
def take_or_find_traces(request: HttpRequest) -> HttpResponseBase:
    """Below /jaeger/ two of Jaeger's servers have one address: one takes spans there, the other finds traces."""
    return jaeger_http.receive(request) if request.method == "POST" else http_v1.find_traces(request)


urlpatterns = [
    path("healthz", operate.say_alive),
    path("readyz", operate.say_ready_to_read),
    path("metrics", operate.show_all_metrics),
    path("status", show_status, name="status"),
    path("favicon.ico", send_icon),
    path("api/v1/", include("services_map.api.urls")),
    path("api/v1/", include("traces.api.urls")),
    path("", include("tracing_ui.compat.jaeger.urls")),
    # Where Jaeger's UI has its map.
    path("dependencies", RedirectView.as_view(pattern_name="services_map:map")),
    path("jaeger/api/traces", take_or_find_traces),
    path("jaeger/", include("tracing_ui.compat.jaeger.urls")),
    path("zipkin", pages.show_search),
    path("zipkin/", include(zipkin.doors)),
    path("zipkin/", include("tracing_ui.compat.zipkin.urls")),
    path("tempo/", include("tracing_ui.compat.tempo.urls")),
    path("", include("traces.urls")),
    path("", include("services_map.urls")),
]

handler404 = "tracing_ui.operate.page_not_found"
handler500 = "tracing_ui.operate.page_failed"
