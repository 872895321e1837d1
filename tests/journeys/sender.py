"""A sender with nothing between it and the socket: what it is answered is what the server said."""

import http.client
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Event, Thread
from urllib.parse import urlsplit


def make_request(trace_id: str) -> bytes:
    """An OTLP/JSON request of one span that began now."""
    now_ns = time.time_ns()
    span = {
        "traceId": trace_id,
        "spanId": secrets.token_hex(8),
        "name": "one span",
        "startTimeUnixNano": str(now_ns),
        "endTimeUnixNano": str(now_ns + 1_000_000),
    }
    service = {"key": "service.name", "value": {"stringValue": "sender"}}
    resource_spans = {"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [span]}]}
    return json.dumps({"resourceSpans": [resource_spans]}).encode()


def send_span(otlp_url: str, trace_id: str = "") -> tuple[int, http.client.HTTPMessage]:
    """Send one span on a connection of its own; the status and the headers of the answer."""
    connection = http.client.HTTPConnection(urlsplit(otlp_url).netloc, timeout=30)
    try:
        body = make_request(trace_id or secrets.token_hex(16))
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
    finally:
        connection.close()


@dataclass
class Load:
    """Threads that send one span after the other until they are stopped, or nobody listens any more."""

    otlp_url: str
    acknowledged: list[str] = field(default_factory=list)
    other_statuses: set[int] = field(default_factory=set)
    _stop: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def start(self, threads: int) -> None:
        """Begin to send."""
        self._threads = [Thread(target=self._send, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait for the answers that are under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _send(self) -> None:
        while not self._stop.is_set():
            trace_id = secrets.token_hex(16)
            try:
                status, _ = send_span(self.otlp_url, trace_id)
            except (OSError, http.client.HTTPException):
                continue
            if status == 200:
                self.acknowledged.append(trace_id)
            else:
                self.other_statuses.add(status)


def find_missing(web_url: str, trace_ids: Iterable[str]) -> list[str]:
    """Which of the traces the API does not know."""
    connection = http.client.HTTPConnection(urlsplit(web_url).netloc, timeout=30)
    missing = []
    for trace_id in trace_ids:
        connection.request("GET", f"/api/v1/traces/{trace_id}")
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            missing.append(trace_id)
    connection.close()
    return missing
