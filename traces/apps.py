from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created


class TracesConfig(AppConfig):
    """Spans in, kept, read back."""

    name = "traces"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from traces.storage.sqlite_file import make_file

        connection_created.connect(make_file)
        # Processes that take spans show no pages, and stay small.
        if settings.SERVED_PORT == "web":
            register_views()


def register_views() -> None:
    """What a trace's page shows beside the waterfall."""
    from traces.trace_views.events.view import register_events
    from traces.trace_views.flame import register_flame
    from traces.trace_views.json_view import register_json
    from traces.trace_views.summary.view import register_summary
    from traces.trace_views.table.view import register_table

    for register in (register_flame, register_table, register_summary, register_events, register_json):
        register()
