"""services_map as a Django application."""

from django.apps import AppConfig


class ServicesMapConfig(AppConfig):
    """What many traces say together."""

    name = "services_map"
    default_auto_field = "django.db.models.BigAutoField"
