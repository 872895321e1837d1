"""Sends export requests over OTLP/HTTP, one connection, as an exporter does: it waits when told to, and tries again."""

import http.client
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from traces.wire import otlp_pb2 as wire
from tracing_ui.demo.export import Request

_ATTEMPTS = 10
_LONGEST_WAIT_SECONDS = 30.0
_TIMEOUT_SECONDS = 60.0
_TRY_AGAIN = {429, 502, 503, 504}
_HEADERS = {"Content-Type": "application/x-protobuf", "User-Agent": "tracing-ui-demo", "Host": "localhost"}


class NotTaken(Exception):
    """The spans were refused, or nobody took them after many attempts; `str()` says why."""


@dataclass(slots=True)
class Sent:
    """What was taken."""

    requests: int = 0
    spans: int = 0
    bytes: int = 0


def send(host: str, port: int, requests: Iterable[Request], tell: Callable[[Sent], None] = lambda _: None) -> Sent:
    """Send all; `tell` hears after each request what was taken so far. Raises NotTaken."""
    sent = Sent()
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    try:
        for request in requests:
            _check(_post(connection, request.body))
            sent.requests += 1
            sent.spans += request.span_count
            sent.bytes += len(request.body)
            tell(sent)
    finally:
        connection.close()
    return sent


def _post(connection: http.client.HTTPConnection, body: bytes) -> bytes:
    """The answer's body. Waits as long as Retry-After asks, doubling where it says nothing."""
    problem = ""
    for attempt in range(_ATTEMPTS):
        wait_seconds = min(0.1 * 2**attempt, _LONGEST_WAIT_SECONDS)
        try:
            connection.request("POST", "/v1/traces", body, _HEADERS)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as failure:
            connection.close()
            problem = str(failure) or type(failure).__name__
        else:
            if answer.status == 200:
                return content
            problem = f"{answer.status} {answer.reason}"
            if answer.status not in _TRY_AGAIN:
                break
            wait_seconds = _parse_retry_after(answer.headers.get("Retry-After"), wait_seconds)
        time.sleep(wait_seconds)
    raise NotTaken(f"The spans were not taken: {problem}.")


def _parse_retry_after(text: str | None, default_seconds: float) -> float:
    """Seconds; a date, which nobody sends here, counts as nothing said."""
    with suppress(TypeError, ValueError):
        return min(max(0.0, float(text or "")), _LONGEST_WAIT_SECONDS)
    return default_seconds


def _check(content: bytes) -> None:
    said = wire.Response.FromString(content).partial_success
    if said.rejected:
        raise NotTaken(f"{said.rejected} spans were refused: {said.error_message}")
