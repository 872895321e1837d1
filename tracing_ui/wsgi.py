"""The web application. `manage.py web` serves it; `build_application` makes it in the process that answers."""

import os

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from tracing_ui.lifeline import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracing_ui.settings")


def build_application() -> WSGIHandler:
    """The application with all its views loaded, so that a broken one stops the start and not the first request."""
    end_with_parent()
    application = get_wsgi_application()
    get_resolver().url_patterns  # noqa: B018 - loads the views
    return application
