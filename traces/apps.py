from django.apps import AppConfig
from django.db.backends.signals import connection_created


class TracesConfig(AppConfig):
    """Spans in, kept, read back."""

    name = "traces"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from traces.storage.sqlite_file import make_file
        from traces.trace_views.events.view import register_events
        from traces.trace_views.table.view import register_table

        connection_created.connect(make_file)
        register_table()
        register_events()
