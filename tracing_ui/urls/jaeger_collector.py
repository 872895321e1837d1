"""What the gateway answers on the port of Jaeger's collector: its door for Thrift over HTTP, and what to sample."""

from django.urls import re_path

from traces.ingest import jaeger_http
from tracing_ui.compat.jaeger import sampling_http
from tracing_ui.urls import gateway

doors = [re_path(r"^api/traces/?$", jaeger_http.receive)]

urlpatterns = [
    *doors,
    re_path(r"^api/sampling/?$", sampling_http.tell_service),
    *gateway.answers,
]

handler500 = "tracing_ui.operate.door_failed"
