"""The refused requests, noted where the pages see them: nothing is worse to set up than a sender that fails in silence.

A note costs the request an entry in a table in memory. A thread of its own writes the latest of each kind, at most
once in PAUSE_SECONDS, and ends when there are no more; what it cannot write is forgotten.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache

import structlog
from django.conf import settings
from django.http import HttpRequest

from traces.domain.refusal import Refusal, RefusalKind, make_refusal
from traces.storage import get_store

log = structlog.get_logger(__name__)
PAUSE_SECONDS = 2.0
# A browser, a probe or a scanner looks; an exporter posts.
_LOOKING = {"GET", "HEAD", "OPTIONS"}
_KINDS = {
    400: RefusalKind.BODY,
    403: RefusalKind.ORIGIN,
    404: RefusalKind.PATH,
    405: RefusalKind.METHOD,
    413: RefusalKind.SIZE,
    415: RefusalKind.MEDIA_TYPE,
    421: RefusalKind.HOST,
}


class RefusalLog:
    """Takes notes from any thread."""

    def __init__(self, write: Callable[[Sequence[Refusal]], None], pause_seconds: float) -> None:
        self._write, self._pause_seconds = write, pause_seconds
        self._latest: dict[tuple[str, RefusalKind], Refusal] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._is_stopping = threading.Event()

    def note(self, refusal: Refusal) -> None:
        """Never raises, never waits for the database."""
        with self._lock, suppress(RuntimeError):
            self._latest[refusal.door, refusal.kind] = refusal
            if self._thread is None:
                thread = threading.Thread(target=self._write_until_quiet, name="refusals", daemon=True)
                # Where no more threads can be started: RuntimeError.
                thread.start()
                self._thread = thread

    def stop(self) -> None:
        """What was noted is written when it returns."""
        self._is_stopping.set()
        with self._lock:
            thread = self._thread
        if thread:
            thread.join()

    def _write_until_quiet(self) -> None:
        while refusals := self._take():
            try:
                self._write(refusals)
            except Exception as problem:
                # The outermost loop. The requests were answered; the next refusal is tried anew.
                log.warning("refusals could not be noted", problem=str(problem))
            self._is_stopping.wait(self._pause_seconds)

    def _take(self) -> list[Refusal]:
        """What is to be written; with nothing left the thread is over, and the next note starts another."""
        with self._lock:
            refusals = list(self._latest.values())
            self._latest.clear()
            if not refusals:
                self._thread = None
            return refusals


@cache
def get_refusal_log() -> RefusalLog:
    """The log of this process."""
    return RefusalLog(_write, PAUSE_SECONDS)


def _write(refusals: Sequence[Refusal]) -> None:
    store = get_store()
    try:
        store.write_refusals(refusals)
    finally:
        store.close()


def note_refusal(door: str, kind: RefusalKind, answer: str, target: str, reason: str) -> None:
    """A request to `target` was answered with `answer`; `reason` is a sentence for people."""
    get_refusal_log().note(make_refusal(door, kind, answer, target, reason, time.time_ns()))


def note_http_refusal(request: HttpRequest, status: int, reason: str) -> None:
    """The same for HTTP, where the status says what was wrong; those that say to come again are no refusals."""
    kind = _KINDS.get(status)
    if kind and request.method not in _LOOKING:
        note_refusal("http", kind, str(status), f"{request.method} {request.path}", reason)


def explain_path(path: str) -> str:
    """What whoever sent to an address that is not served probably meant."""
    if path.startswith("/opentelemetry.proto.collector."):
        return f"This is OTLP over gRPC, which is served on port {settings.OTLP_GRPC_PORT}."
    if path in ("/api/v2/spans", "/api/v1/spans"):
        return _elsewhere("Zipkin's address", settings.ZIPKIN_PORT, "ZIPKIN_PORT")
    if path == "/api/traces":
        return _elsewhere("the address of Jaeger's Thrift", settings.JAEGER_HTTP_PORT, "JAEGER_HTTP_PORT")
    if path.count("/v1/traces") > 1:
        return "The address ends in /v1/traces twice: OTEL_EXPORTER_OTLP_ENDPOINT is set without it."
    if path == "/":
        return (
            "Spans go to /v1/traces: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is taken as it is,"
            " to OTEL_EXPORTER_OTLP_ENDPOINT the SDK adds it."
        )
    return "Nothing is served at this address. Spans go to /v1/traces."


def _elsewhere(address: str, port: int, setting: str) -> str:
    where = f"which is served on port {port}" if port else f"which is closed here ({setting})"
    return f"This is {address}, {where}; OTLP goes to /v1/traces."
