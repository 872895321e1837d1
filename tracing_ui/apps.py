from django.apps import AppConfig
from django.conf import settings


class TracingUIConfig(AppConfig):
    """The product, which knows what other systems' readers take."""

    name = "tracing_ui"

    def ready(self) -> None:
        # Processes that take spans show no pages, and stay small.
        if settings.SERVED_PORT != "web":
            return
        from tracing_ui.compat.jaeger.form import register_jaeger
        from tracing_ui.compat.zipkin.form import register_zipkin

        register_jaeger()
        register_zipkin()
