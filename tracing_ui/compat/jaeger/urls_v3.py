"""The addresses of version 3 of Jaeger's HTTP API, below api/v3/."""

from django.urls import path

from tracing_ui.compat.jaeger import http_v3

urlpatterns = [
    path("services", http_v3.list_services),
    path("operations", http_v3.list_operations),
    path("traces", http_v3.find_traces),
    path("traces/<str:trace_id>", http_v3.get_trace),
    path("trace-summaries", http_v3.find_summaries),
    path("dependencies", http_v3.find_dependencies),
    path("<path:path>", http_v3.answer_unknown_path),
]
