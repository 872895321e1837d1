"""What the gateway answers on Zipkin's port: its doors for spans, at the root and below /zipkin/."""

from django.urls import include, path, re_path

from traces.ingest import zipkin_http
from tracing_ui import operate

doors = [
    re_path(r"^api/v2/spans/?$", zipkin_http.receive_v2),
    re_path(r"^api/v1/spans/?$", zipkin_http.receive_v1),
]

urlpatterns = [
    *doors,
    path("zipkin/", include(doors)),
    path("healthz", operate.say_alive),
    path("readyz", operate.say_ready_to_read),
    path("metrics", operate.show_metrics),
    re_path(r"", operate.no_such_address),
]

handler500 = "tracing_ui.operate.door_failed"
