"""The pages of services: a list, one of them, and the map."""

from django.urls import path

from services_map import map_views

app_name = "services_map"
urlpatterns = [
    path("map", map_views.show_map, name="map"),
    path("map/drawing", map_views.show_drawing, name="map_drawing"),
    path("map/card", map_views.show_card, name="map_card"),
]
