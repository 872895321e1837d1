"""The addresses of Zipkin's API for readers, below /zipkin/."""

from django.urls import re_path

from tracing_ui.compat.zipkin import http_v2

app_name = "zipkin"
urlpatterns = [re_path(r"^api/v2/trace/(?P<trace_id>[^/]+)/?$", http_v2.get_trace, name="trace")]
