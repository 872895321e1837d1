"""The addresses of Tempo's API, below the root of its port and below /tempo/."""

from django.urls import path

from tracing_ui.compat.tempo import http

urlpatterns = [
    path("api/echo", http.echo),
    path("api/traces/<str:trace_id>", http.get_trace),
    path("api/v2/traces/<str:trace_id>", http.get_trace_v2),
]
