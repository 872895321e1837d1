"""The pages."""

from django.urls import path, re_path

from traces import import_views, shell, span_views, views

app_name = "traces"
urlpatterns = [
    path("", views.search, name="search"),
    path("search", views.search),
    path("beginning", views.show_beginning, name="beginning"),
    path("trace/<str:text>", views.trace, name="trace"),
    path("trace/<str:text>/span", span_views.span_panel, name="span"),
    path("trace/<str:text>/view/<str:name>", span_views.show_view, name="view"),
    re_path(r"^trace/(?P<text>[^/]+)/critical-path\.(?P<form>txt|md)$", span_views.show_path, name="path"),
