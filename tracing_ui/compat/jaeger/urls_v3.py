"""Where version 3 of Jaeger's API is found on the web port."""

from django.urls import path

from tracing_ui.compat.jaeger import http_v3

urlpatterns = [
    path("api/v3/services", http_v3.list_services),
    path("api/v3/operations", http_v3.list_operations),
    path("api/v3/traces", http_v3.find_traces),
    path("api/v3/traces/<str:trace_id>", http_v3.get_trace),
    path("api/v3/trace-summaries", http_v3.find_summaries),
    path("api/v3/dependencies", http_v3.find_dependencies),
    path("api/v3/<path:path>", http_v3.answer_unknown_path),
]
