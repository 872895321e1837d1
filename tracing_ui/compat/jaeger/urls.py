"""The addresses of Jaeger's HTTP APIs, below the root and below /jaeger/. The last catches what is left of /api/."""

from django.urls import include, path

from tracing_ui.compat.jaeger import http_v1, sampling_http
from tracing_ui.compat.jaeger.errors import answer_unknown_path

urlpatterns = [
    path("api/services", http_v1.list_services),
    # A service's name may have slashes in it.
    path("api/services/<path:service>/operations", http_v1.list_operation_names),
    path("api/operations", http_v1.list_operations),
    path("api/traces", http_v1.find_traces),
    path("api/traces/<str:trace_id>", http_v1.get_trace),
    path("api/archive/<str:trace_id>", http_v1.archive_trace),
    path("api/transform", http_v1.transform_otlp),
    path("api/dependencies", http_v1.list_dependencies),
    path("api/metrics/latencies", http_v1.get_latencies),
    path("api/metrics/calls", http_v1.get_calls),
    path("api/metrics/errors", http_v1.get_errors),
    path("api/metrics/minstep", http_v1.get_min_step),
    path("api/sampling", sampling_http.tell_service),
    path("api/deep-dependencies", http_v1.say_not_implemented),
    path("api/quality-metrics", http_v1.say_not_implemented),
    path("api/v3/", include("tracing_ui.compat.jaeger.urls_v3")),
    path("api/<path:rest>", answer_unknown_path),
]
