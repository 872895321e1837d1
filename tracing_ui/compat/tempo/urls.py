"""The addresses of Tempo's API, below the root of its port and below /tempo/."""

from django.urls import path

from tracing_ui.compat.tempo import http

urlpatterns = [path("api/echo", http.echo)]
