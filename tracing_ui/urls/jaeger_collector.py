"""What the gateway answers on the port of Jaeger's collector: its door for Thrift over HTTP."""

from django.urls import path, re_path

from traces.ingest import jaeger_http
from tracing_ui import operate

doors = [re_path(r"^api/traces/?$", jaeger_http.receive)]

urlpatterns = [
    *doors,
    path("healthz", operate.say_alive),
    path("readyz", operate.say_ready_to_read),
    path("metrics", operate.show_metrics),
    re_path(r"", operate.no_such_address),
]

handler500 = "tracing_ui.operate.door_failed"
