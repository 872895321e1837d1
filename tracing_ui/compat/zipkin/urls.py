"""The addresses of Zipkin's API for readers and of its pages, below the root of its port and below /zipkin/.

A path with a slash too much is served. `api/v2/spans` has another view where spans come in at the same address.
"""

from django.urls import path, re_path

from tracing_ui import operate
from tracing_ui.compat.zipkin import http_v2, operating, pages
from tracing_ui.compat.zipkin.answers import answer_unknown_path

app_name = "zipkin"
urlpatterns = [
    re_path(r"^api/v2/services/?$", http_v2.list_services),
    re_path(r"^api/v2/spans/?$", http_v2.list_spans),
    re_path(r"^api/v2/remoteServices/?$", http_v2.list_remote_services),
    re_path(r"^api/v2/traces/?$", http_v2.find_traces),
    re_path(r"^api/v2/trace/(?P<trace_id>[^/]+)/?$", http_v2.get_trace, name="trace"),
    re_path(r"^api/v2/traceMany/?$", http_v2.get_traces),
    re_path(r"^api/v2/dependencies/?$", http_v2.list_dependencies),
    re_path(r"^api/v2/autocompleteKeys/?$", http_v2.list_autocomplete_keys),
    re_path(r"^api/v2/autocompleteValues/?$", http_v2.list_autocomplete_values),
    re_path(r"^api/.*$", answer_unknown_path),
    re_path(r"^(?:actuator/)?health$", operating.show_health),
    re_path(r"^(?:actuator/)?info$", operating.show_info),
    re_path(r"^(?:actuator/)?prometheus$", operate.show_metrics),
    path("metrics", operating.show_metrics),
    path("config.json", operating.show_config),
    path("", pages.show_search),
    path("index.html", pages.show_search),
    re_path(r"^traces/(?P<trace_id>[^/]+)/?$", pages.show_trace),
    re_path(r"^dependency/?$", pages.show_dependencies),
    re_path(r"^traceViewer/?$", pages.show_upload),
]
