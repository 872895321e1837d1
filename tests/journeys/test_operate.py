"""Starting, stopping, and what goes wrong with either: the real processes, as a person runs them."""

import signal
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from email.message import Message
from pathlib import Path

import pytest

from tests.journeys.load import loaded
from tests.journeys.sender import Connect, send_span, sending_over_grpc, sending_over_http
from tests.services.ports import find_free_port, is_open
from tests.services.postgres import run_postgres
from tests.services.processes import (
    PARTS,
    TracingUI,
    start_tracing_ui,
    wait_until,
)

pytestmark = pytest.mark.journey

StartServer = Callable[..., AbstractContextManager[TracingUI]]


def get(url: str) -> tuple[int, str, Message]:
    """Status, text and headers of a page."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


def test_one_command_starts_everything_and_says_where(tracing_ui: TracingUI) -> None:
    rows = dict(line.strip().split("  ", 1) for line in tracing_ui.lines if line.startswith("  "))
    assert {name: value.strip() for name, value in rows.items()} == {
        "Traces in the browser": f"{tracing_ui.url}/",
        "API": f"{tracing_ui.url}/api/v1/openapi.json",
        "OTLP over HTTP": tracing_ui.otlp_http_url,
        "OTLP over gRPC": tracing_ui.otlp_grpc_url,
        "Metrics": f"{tracing_ui.url}/metrics and {tracing_ui.otlp_http_url}/metrics",
        "Spans are kept in": tracing_ui.environment["DATABASE_URL"],
        "Tasks are queued in": tracing_ui.environment["REDIS_URL"] or "memory (REDIS_URL is not set)",
    }
    for port in (tracing_ui.url, tracing_ui.otlp_http_url):
        assert get(f"{port}/healthz")[:2] == (200, "ok\n")
        assert get(f"{port}/readyz")[:2] == (200, "ok\n")
        assert "process_start_time_seconds" in get(f"{port}/metrics")[1]
    assert_ports_serve_what_is_theirs(tracing_ui)


def assert_ports_serve_what_is_theirs(tracing_ui: TracingUI) -> None:
    status, text, headers = get(f"{tracing_ui.otlp_http_url}/api/v1/services")
    assert (status, text) == (404, "Nothing is served here. Spans go to /v1/traces.\n")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert get(f"{tracing_ui.url}/nowhere")[2]["Content-Type"] == "text/html; charset=utf-8"
    assert get(f"{tracing_ui.url}/api/v1/nowhere")[2]["Content-Type"] == "application/json"
    # What is left of /api/ is Jaeger's.
    assert get(f"{tracing_ui.url}/api/v9/nowhere")[2]["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("door", [sending_over_http, pytest.param(sending_over_grpc, marks=pytest.mark.any_engine)])
def test_stopping_under_load_loses_and_doubles_nothing(door: Connect, start_server: StartServer) -> None:
    with start_server() as tracing_ui, loaded(tracing_ui, threads=8, doors=[door]) as load:
        load.wait_for(acknowledged=100)
        assert tracing_ui.stop() == 0
        tracing_ui.start()


@pytest.mark.parametrize("part", ["collector", "up"])
def test_killing_a_part_under_load_loses_and_doubles_nothing(part: str, start_server: StartServer) -> None:
    with start_server() as tracing_ui, loaded(tracing_ui) as load:
        load.wait_for(acknowledged=100)
        tracing_ui.kill(part)
        tracing_ui.wait()
        wait_until(lambda: tracing_ui.find_pids() == [], seconds=20)
        tracing_ui.start()


@pytest.mark.any_engine
def test_ctrl_c_stops_everything_without_a_word(start_server: StartServer) -> None:
    with start_server() as tracing_ui:
        said = tracing_ui.output
        assert tracing_ui.stop(signal.SIGINT) == 0
        assert tracing_ui.output == said
        assert tracing_ui.find_pids() == []


@pytest.mark.any_engine
def test_nothing_outlives_a_killed_up(start_server: StartServer) -> None:
    with start_server() as tracing_ui:
        assert len(tracing_ui.find_pids()) >= 3
        tracing_ui.kill("up")
        assert tracing_ui.wait() == -signal.SIGKILL
        wait_until(lambda: tracing_ui.find_pids() == [], seconds=10)
        ports = [int(tracing_ui.environment[name]) for name in ("WEB_PORT", "OTLP_HTTP_PORT", "OTLP_GRPC_PORT")]
        assert not any(map(is_open, ports))


@pytest.mark.any_engine
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_dies_ends_everything_with_a_sentence(part: str, start_server: StartServer) -> None:
    with start_server(ZIPKIN_PORT=str(find_free_port()) if part == "gateway" else "0") as tracing_ui:
        tracing_ui.kill(part)
        assert tracing_ui.wait() == 1
        assert f"The {part} process ended unexpectedly (SIGKILL). Stopping the others.\n" in tracing_ui.output
        assert tracing_ui.find_pids() == []


@pytest.mark.any_engine
@pytest.mark.parametrize(("listen_host", "shown"), [("::1", "[::1]"), ("localhost", "localhost")])
def test_it_listens_where_it_is_told(listen_host: str, shown: str, start_server: StartServer) -> None:
    with start_server(LISTEN_HOST=listen_host) as tracing_ui:
        url = f"http://{shown}:{tracing_ui.environment['OTLP_HTTP_PORT']}"
        assert url in tracing_ui.output
        assert send_span(url)[0] == 200


def test_a_database_outage_is_answered_with_try_again_and_ends_by_itself(tmp_path: Path) -> None:
    with run_postgres() as postgres, start_tracing_ui(tmp_path, postgres.url) as tracing_ui:
        assert send_span(tracing_ui.otlp_http_url)[0] == 200
        postgres.stop()
        status, headers = send_span(tracing_ui.otlp_http_url)
        assert status == 503
        assert int(headers["Retry-After"]) >= 1
        for port in (tracing_ui.url, tracing_ui.otlp_http_url):
            assert get(f"{port}/healthz")[0] == 200
            unready, text, said = get(f"{port}/readyz")
            assert (unready, text.count("\n")) == (503, 1)
            assert int(said["Retry-After"]) >= 1
        postgres.start()
        wait_until(lambda: send_span(tracing_ui.otlp_http_url)[0] == 200)
        assert get(f"{tracing_ui.url}/readyz")[0] == 200
        assert tracing_ui.stop() == 0
