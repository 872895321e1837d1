"""The pages."""

from django.urls import path

from traces import import_views, pin_views, shell, span_views, views

app_name = "traces"
urlpatterns = [
    path("", views.search, name="search"),
    path("search", views.search),
    path("beginning", views.show_beginning, name="beginning"),
    path("trace/<str:text>", views.trace, name="trace"),
    path("trace/<str:text>/span", span_views.span_panel, name="span"),
    path("trace/<str:text>/view/<str:name>", span_views.show_view, name="view"),
    path("trace/<str:text>/arrived", shell.say_if_arrived, name="arrived"),
    path("trace/<str:text>/pin", pin_views.pin_trace, name="pin"),
    path("pinned", pin_views.show_shelf, name="pinned"),
    path("import", import_views.import_files, name="import"),
    path("import/preview", import_views.preview_files, name="import_preview"),
    path("open", shell.open_pasted, name="open"),
    path("suggest", shell.suggest, name="suggest"),
    path("theme", shell.choose_theme, name="theme"),
    path("zone", shell.choose_zone, name="zone"),
]
