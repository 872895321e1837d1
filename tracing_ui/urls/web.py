"""What the web port answers: pages, our API, and the operator's questions."""

from django.urls import include, path

from tracing_ui import operate

urlpatterns = [
    path("healthz", operate.say_alive),
    path("readyz", operate.say_ready_to_read),
    path("metrics", operate.show_metrics),
    path("api/v1/", include("traces.api.urls")),
    path("", include("traces.urls")),
]

handler404 = "tracing_ui.operate.page_not_found"
handler500 = "tracing_ui.operate.page_failed"
