"""The pages."""

from django.urls import path

from traces import span_views, views

app_name = "traces"
urlpatterns = [
    path("", views.search, name="search"),
    path("search", views.search),
    path("open", views.open_pasted, name="open"),
    path("theme", views.choose_theme, name="theme"),
    path("trace/<str:text>", views.trace, name="trace"),
    path("trace/<str:text>/span", span_views.span_panel, name="span"),
]
