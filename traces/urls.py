"""The pages."""

from django.urls import path

from traces import views

app_name = "traces"
urlpatterns = [
    path("", views.search, name="search"),
    path("search", views.search),
    path("beginning", views.show_beginning, name="beginning"),
    path("open", views.open_pasted, name="open"),
    path("theme", views.choose_theme, name="theme"),
    path("trace/<str:text>", views.trace, name="trace"),
]
