"""The addresses of the API, below /api/v1/. The last catches everything: include others that live there before."""

from django.urls import path, re_path

from traces.api import pin_views, row_views, views

urlpatterns = [
    path("traces", views.find_traces),
    path("traces/search", views.search_traces),
    path("traces/<str:trace_id>", views.get_trace),
    path("traces/<str:trace_id>/otlp", views.get_trace_otlp),
    path("traces/<str:trace_id>/columns", views.get_trace_columns),
    path("traces/<str:trace_id>/find", views.find_spans),
    path("traces/<str:trace_id>/marks", row_views.get_marks),
    path("traces/<str:trace_id>/links", row_views.find_links_to),
    path("traces/<str:trace_id>/pin", pin_views.pin),
    path("traces/<str:trace_id>/version", views.get_trace_version),
    path("traces/<str:trace_id>/spans/<str:span_id>", views.get_span),
    path("traces/<str:trace_id>/spans/<str:span_id>/otlp", views.get_span_otlp),
    path("pins", pin_views.list_pins),
    path("services", views.list_services),
    path("operations", views.list_operations),
    path("attributes", views.list_attributes),
    path("attributes/values", views.count_attribute_values),
    path("openapi.json", views.get_schema),
    re_path(r"", views.answer_unknown_path),
]
