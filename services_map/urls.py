"""The pages of services: a list, one of them, and the map."""

from django.urls import path

from services_map.pages.compare import views as compare_views
from services_map.pages.map import views as map_views
from services_map.pages.sampling import views as sampling_views
from services_map.pages.service import views as service_views
from services_map.pages.services import views

app_name = "services_map"
urlpatterns = [
    path("services", views.services, name="services"),
    path("services/worst", views.worst_operations, name="worst_operations"),
    path("service", service_views.show_service, name="service"),
    path("service/examples", service_views.show_examples, name="examples"),
    path("service/usual", service_views.show_usual, name="usual"),
    path("service/compare", compare_views.show_comparison, name="compare"),
    path("sampling", sampling_views.show_sampling, name="sampling"),
    path("sampling/service", sampling_views.show_sampled_service, name="sampled_service"),
    path("sampling/rule", sampling_views.change_rule, name="change_rule"),
    path("map", map_views.show_map, name="map"),
    path("map/drawing", map_views.show_drawing, name="map_drawing"),
    path("map/card", map_views.show_card, name="map_card"),
]
