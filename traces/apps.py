from django.apps import AppConfig


class TracesConfig(AppConfig):
    """Spans in, kept, read back."""

    name = "traces"
    default_auto_field = "django.db.models.BigAutoField"
