"""What the collector port answers: OTLP over HTTP, and the operator's questions.

A path with a slash too much is served, not redirected: an exporter takes a redirect for success and drops the spans.
"""

from django.urls import path, re_path

from traces.ingest import otlp_http
from tracing_ui import operate

urlpatterns = [
    re_path(r"^v1/traces/?$", otlp_http.export_traces),
    re_path(r"^v1/metrics/?$", otlp_http.export_metrics),
    re_path(r"^v1/logs/?$", otlp_http.export_logs),
    path("healthz", operate.say_alive),
    path("readyz", operate.say_ready_to_write),
    path("metrics", operate.show_metrics),
    re_path(r"", operate.no_such_door),
]

handler500 = "tracing_ui.operate.door_failed"
