"""Real clients at the HTTP doors of the gateway, over the network, with a collector behind them.

All others are tried by `tests/journeys/test_real_clients.py`.
"""

from collections.abc import Callable, Iterator
from threading import Thread
from urllib.request import Request, urlopen

import pytest
from django.core.handlers.wsgi import WSGIHandler
from pytest_django import Settings
from waitress import create_server

from tests.builders import NOW_NS
from tests.clients.running import run_client
from tests.clients.table import Door, find_clients
from tests.ingest.payloads import Payload, list_payloads
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.any_engine

TRACE_ID = "c0ffee00c0ffee00babe5eedbabe5eed"
OpenDoor = Callable[[str], int]


@pytest.fixture
def open_door(collector_behind: str, settings: Settings) -> Iterator[OpenDoor]:
    """Serves one of the gateway's tables of addresses; its port."""
    servers = []

    def serve(urls: str) -> int:
        settings.ROOT_URLCONF = urls
        settings.MIDDLEWARE = ["tracing_ui.middleware.KnownHostMiddleware"]
        server = create_server(WSGIHandler(), host="127.0.0.1", port=0, threads=2)
        servers.append(server)
        Thread(target=server.run, daemon=True).start()
        return int(server.effective_port)

    yield serve
    for server in servers:
        server.task_dispatcher.shutdown()
        server.close()


def read_names(trace_id: str) -> list[str]:
    """Of all spans that are stored of a trace."""
    outlines = get_store().read_trace(DEFAULT_PROJECT, bytes.fromhex(trace_id))
    return sorted(span.name for span in get_store().read_spans(DEFAULT_PROJECT, outlines))


def post(port: int, payload: Payload) -> int:
    """As the client sent it, packed as it came; the status."""
    (body,) = payload.bodies_as_sent
    headers = {"Content-Type": payload.content_type, "Content-Encoding": payload.content_encoding or "identity"}
    request = Request(f"http://127.0.0.1:{port}{payload.target}", body, headers)
    with urlopen(request, timeout=10) as answer:
        return int(answer.status)


def test_the_zipkin_exporter_of_python_stores_its_spans(open_door: OpenDoor) -> None:
    (client,) = find_clients(["python-zipkin-json"])
    told = run_client(client, open_door("tracing_ui.urls.zipkin"), trace_id=TRACE_ID, start_ns=NOW_NS)
    assert read_names(TRACE_ID) == sorted(span.name for span in told)


@pytest.mark.parametrize(
    ("door", "urls"),
    [(Door.ZIPKIN, "tracing_ui.urls.zipkin"), (Door.JAEGER_HTTP, "tracing_ui.urls.jaeger_collector")],
)
def test_what_others_sent_is_taken_and_stored(door: Door, urls: str, open_door: OpenDoor) -> None:
    port = open_door(urls)
    payloads = list_payloads(door)
    assert [post(port, payload) for payload in payloads] == [202] * len(payloads)
    spans = [told for payload in payloads for told in payload.told]
    # A client with 64-bit ids and one with 128-bit ids meet in one trace.
    for trace_id in {told.trace_id for told in spans}:
        assert set(read_names(trace_id)) == {told.name for told in spans if told.trace_id[16:] == trace_id[16:]}
