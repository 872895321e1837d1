"""The collector, as its process sets it up."""

from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from django.core.handlers.wsgi import WSGIRequest
from pytest_django import Settings
from waitress import create_server

from tests.ingest.doors import HttpDoor
from traces.ingest import handing_on
from traces.ingest.otlp_http import export_traces

Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


@pytest.fixture
def door(settings: Settings) -> HttpDoor:
    """The HTTP port of the collector."""
    settings.SERVED_PORT = "collector"
    settings.ROOT_URLCONF = "tracing_ui.urls.collector"
    settings.MIDDLEWARE = ["tracing_ui.middleware.KnownHostMiddleware"]
    return HttpDoor()


@pytest.fixture
def collector_behind(transactional_db: None, settings: Settings) -> Iterator[str]:
    """A collector that answers at COLLECTOR_URL, over the network and in this process: what doors hand on to."""
    server = create_server(_collect, host="127.0.0.1", port=0, threads=4)
    Thread(target=server.run, daemon=True).start()
    settings.COLLECTOR_URL = f"http://127.0.0.1:{server.effective_port}"
    yield settings.COLLECTOR_URL
    handing_on.close_connections()
    server.task_dispatcher.shutdown()
    server.close()


def _collect(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    response = export_traces(WSGIRequest(environ))
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]
