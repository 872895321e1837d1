"""What the gateway answers on Tempo's port: its API for readers, at the root and below /tempo/."""

from django.urls import include, path

from tracing_ui.urls import gateway

urlpatterns = [
    path("", include("tracing_ui.compat.tempo.urls")),
    path("tempo/", include("tracing_ui.compat.tempo.urls")),
    *gateway.answers,
]

handler500 = "tracing_ui.operate.door_failed"
