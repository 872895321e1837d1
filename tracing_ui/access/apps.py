from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Who may do what: users, keys, and the record of it."""

    name = "tracing_ui.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
