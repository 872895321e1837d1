"""The addresses of roll-ups in the API, below /api/v1/."""

from django.urls import path

from services_map.api import views

urlpatterns = [
    path("services/figures", views.get_services_figures),
    path("operations/figures", views.get_operations_figures),
    path("figures", views.get_figures),
    path("dependencies", views.get_dependencies),
    path("examples", views.find_examples),
    path("baseline", views.load_baselines),
]
