"""What the gateway answers on Zipkin's port: its doors for spans, at the root and below /zipkin/."""

from django.urls import include, path, re_path

from traces.ingest import zipkin_http
from tracing_ui.urls import gateway

doors = [
    re_path(r"^api/v2/spans/?$", zipkin_http.receive_v2),
    re_path(r"^api/v1/spans/?$", zipkin_http.receive_v1),
]

urlpatterns = [
    *doors,
    path("zipkin/", include(doors)),
    *gateway.answers,
]

handler500 = "tracing_ui.operate.door_failed"
