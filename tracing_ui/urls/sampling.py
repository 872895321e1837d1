"""What the gateway answers on the port that Jaeger's clients ask for strategies: at any path, as Jaeger does."""

from django.urls import path, re_path

from tracing_ui import operate
from tracing_ui.compat.jaeger import sampling_http

urlpatterns = [
    path("healthz", operate.say_alive),
    path("readyz", operate.say_ready_to_read),
    path("metrics", operate.show_metrics),
    re_path(r"", sampling_http.tell_service),
]

handler500 = "tracing_ui.operate.door_failed"
