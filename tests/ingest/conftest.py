"""The collector, as its process sets it up."""

import pytest
from pytest_django import Settings

from tests.ingest.doors import HttpDoor


@pytest.fixture
def door(settings: Settings) -> HttpDoor:
    """The HTTP port of the collector."""
    settings.SERVED_PORT = "collector"
    settings.ROOT_URLCONF = "tracing_ui.urls.collector"
    settings.MIDDLEWARE = ["tracing_ui.middleware.KnownHostMiddleware"]
    return HttpDoor()
