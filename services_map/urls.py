"""The pages of services: a list, one of them, and the map."""

from django.urls import URLPattern

app_name = "services_map"
urlpatterns: list[URLPattern] = []
