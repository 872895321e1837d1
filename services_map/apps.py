"""services_map as a Django application."""

import time

from django.apps import AppConfig
from django.conf import settings


class ServicesMapConfig(AppConfig):
    """What many traces say together."""

    name = "services_map"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Processes that take spans show no pages, and stay small.
        if settings.SERVED_PORT != "web":
            return
        from services_map.pages.trace_graph.view import register_graph
        from services_map.reading.usual import RolledUpTimes
        from traces.usual_times import provide

        provide(RolledUpTimes(time.time_ns))
        register_graph()
