"""The addresses of Tempo's API, below the root of its port and below /tempo/."""

from django.urls import path, re_path

from tracing_ui.compat.tempo import http
from tracing_ui.compat.tempo.errors import answer_unknown_path

urlpatterns = [
    path("api/echo", http.echo),
    path("ready", http.say_ready),
    path("status/version", http.say_version),
    path("api/status/buildinfo", http.say_build),
    path("api/traces/<str:trace_id>", http.get_trace),
    path("api/v2/traces/<str:trace_id>", http.get_trace_v2),
    path("api/search", http.find_traces),
    path("api/search/tags", http.list_tag_names),
    path("api/v2/search/tags", http.list_tag_scopes),
    path("api/search/tag/<path:tag>/values", http.list_tag_texts),
    path("api/v2/search/tag/<path:tag>/values", http.list_tag_values),
    path("api/metrics/<path:rest>", http.refuse_metrics),
    re_path(r"^api/", answer_unknown_path),
]
