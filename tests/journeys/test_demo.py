"""`make demo`: a newcomer's first minute, and how it is taken back."""

import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from tests.builders import trace_id
from tests.journeys.sender import send_span
from tests.services.processes import REPOSITORY, TracingUI, make_environment, wait_until
from tracing_ui.demo.hour import list_incidents

pytestmark = [pytest.mark.journey, pytest.mark.any_engine]
SMALL = ("--traces=250", "--batch-spans=500")
MINE = 77


def start_demo(environment: Any, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_demo(environment: Any, *arguments: str) -> tuple[int, str]:
    """The exit code, and what it said."""
    process = start_demo(environment, *arguments)
    said, _ = process.communicate(timeout=60)
    return process.returncode, said


def find(tracing_ui: TracingUI, attributes: str) -> list[Any]:
    return list(tracing_ui.get_json(f"/api/v1/traces?lookback=2h&limit=1000&attributes={quote(attributes)}")["traces"])


def test_its_incidents_are_found_it_is_replaced_and_it_is_removed_without_the_rest(tracing_ui: TracingUI) -> None:
    assert send_span(tracing_ui.otlp_http_url, MINE)[0] == 200

    code, said = run_demo(tracing_ui.environment, *SMALL)
    assert code == 0, said
    for incident in list_incidents(batch_spans=500):
        found = {trace["trace_id"] for trace in find(tracing_ui, f"demo.incident={incident.name}")}
        (line,) = [line for line in said.splitlines() if line.strip().startswith(incident.title)]
        assert line.rpartition(f"{tracing_ui.url}/trace/")[2] in found
    (batch,) = find(tracing_ui, "demo.incident=nightly-batch")
    assert batch["span_count"] == 500
    count = len(find(tracing_ui, "resource.tracing_ui.demo=true"))
    assert 240 < count < 260

    code, said = run_demo(tracing_ui.environment, *SMALL)
    assert (code, "is replaced" in said) == (0, True), said
    assert len(find(tracing_ui, "resource.tracing_ui.demo=true")) == count

    code, said = run_demo(tracing_ui.environment, "--remove")
    assert (code, "spans of the demo are removed" in said) == (0, True), said
    assert find(tracing_ui, "resource.tracing_ui.demo=true") == []
    with pytest.raises(HTTPError, match="404"):
        tracing_ui.get_json(f"/api/v1/traces/{batch['trace_id']}")
    assert [trace["trace_id"] for trace in find(tracing_ui, "")] == [trace_id(MINE).hex()]
    assert run_demo(tracing_ui.environment, "--remove") == (0, "0 spans of the demo are removed.\n")


def test_where_nothing_runs_it_starts_tracing_ui_and_loads_the_demo(tmp_path: Path) -> None:
    environment = make_environment(tmp_path)
    process = start_demo(environment, *SMALL)
    said: list[str] = []
    listener = threading.Thread(target=lambda: said.extend(process.stdout or ()))
    listener.start()
    try:
        wait_until(lambda: "demo-remove" in "".join(said) or process.poll() is not None, 60)
        assert "is running" in "".join(said), said
        assert len(find(TracingUI(environment=environment), "demo.incident=n-plus-one")) == 12
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        listener.join()
    assert process.returncode == 0
    assert TracingUI(environment=environment).find_pids() == []


def test_it_sends_nothing_to_somebody_else(tmp_path: Path) -> None:
    environment = make_environment(tmp_path)
    paths: list[str] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", int(environment["OTLP_HTTP_PORT"])), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        code, said = run_demo(environment, *SMALL)
        server.shutdown()
        thread.join()

    assert (code, paths) == (1, ["/metrics"])
    assert said == f"What listens on port {environment['OTLP_HTTP_PORT']} is not Tracing UI. See OTLP_HTTP_PORT.\n"
