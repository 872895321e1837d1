from django.apps import AppConfig


class TracingUIConfig(AppConfig):
    """The product, which knows what other systems' readers take."""

    name = "tracing_ui"

    def ready(self) -> None:
        from tracing_ui.compat.jaeger.form import register_jaeger
        from tracing_ui.compat.zipkin.form import register_zipkin

        register_jaeger()
        register_zipkin()
