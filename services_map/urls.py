"""The pages of services: a list, one of them, and the map."""

from django.urls import path

from services_map import views

app_name = "services_map"
urlpatterns = [
    path("services", views.services, name="services"),
    path("services/worst", views.worst_operations, name="worst_operations"),
]
