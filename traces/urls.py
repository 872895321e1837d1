"""The pages."""

from django.urls import path, re_path

from traces import import_views, pin_views, shell, span_views, table_views, views
from traces.comparing.views import show_comparison

app_name = "traces"
urlpatterns = [
    path("", views.search, name="search"),
    path("search", views.search),
    path("beginning", views.show_beginning, name="beginning"),
    path("trace/<str:text>", views.trace, name="trace"),
    path("trace/<str:text>/span", span_views.span_panel, name="span"),
    path("trace/<str:text>/view/<str:name>", span_views.show_view, name="view"),
    re_path(r"^trace/(?P<text>[^/]+)/critical-path\.(?P<form>txt|md)$", span_views.show_path, name="path"),
    path("trace/<str:text>/values", table_views.show_values, name="values"),
    path("trace/<str:text>/spans.csv", table_views.download_csv, name="spans_csv"),
    path("trace/<str:text>/summary-rows", span_views.list_summary_rows, name="summary_rows"),
    path("trace/<str:text>/arrived", shell.say_if_arrived, name="arrived"),
    path("compare", show_comparison, name="compare"),
    path("trace/<str:text>/pin", pin_views.pin_trace, name="pin"),
    path("pinned", pin_views.show_shelf, name="pinned"),
    path("import", import_views.import_files, name="import"),
    path("import/preview", import_views.preview_files, name="import_preview"),
    path("open", shell.open_pasted, name="open"),
    path("suggest", shell.suggest, name="suggest"),
    path("theme", shell.choose_theme, name="theme"),
    path("zone", shell.choose_zone, name="zone"),
]
