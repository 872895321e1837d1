"""Runs one client's program and reads what it says it sent."""

import json
import os
import subprocess
from dataclasses import dataclass

from tests.clients.table import Client
from tests.clients.toolboxes import prepare

_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A span as its sender knows it: what must be read back. Ids are hex; `kind` is OpenTelemetry's word."""

    trace_id: str
    span_id: str
    parent_span_id: str
    service: str
    name: str
    kind: str
    is_error: bool
    start_ns: int
    end_ns: int


class ClientFailed(Exception):
    """The program ended with an error; the text is what it said."""


def run_client(client: Client, port: int, *, trace_id: str, start_ns: int) -> list[Told]:
    """The spans that it sent to a port of this machine. Raises Missing and ClientFailed."""
    done = subprocess.run(
        [*prepare(client.toolbox), client.name, f"127.0.0.1:{port}"],
        env={**_clean_environment(), "TRACE_ID": trace_id, "START_NS": str(start_ns)},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise ClientFailed(f"{client.name} failed:\n{done.stderr}")
    return [Told(**span) for span in json.loads(done.stdout.splitlines()[-1])]


def _clean_environment() -> dict[str, str]:
    """Without what would change a client's mind: another exporter, a resource, a proxy."""
    prefixes = ("OTEL_", "JAEGER_", "ZIPKIN_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
