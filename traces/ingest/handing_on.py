"""Spans that came in another protocol, handed on to the collector as one OTLP request.

Only the collector writes. What it answers is what the sender is told: it has committed the spans, or nobody has.
"""

from dataclasses import dataclass
from functools import cache

import urllib3
from django.conf import settings
from google.protobuf.message import DecodeError
from google.rpc import status_pb2

from traces.domain.errors import PayloadRejected, PayloadTooLarge, StoreUnavailable
from traces.domain.refusal import RefusalKind
from traces.ingest import metrics
from traces.ingest.refusals import note_refusal
from traces.ingest.refused_spans import count_refused
from traces.ingest.result import Translated
from traces.wire import otlp_pb2 as wire

_PATH = "/v1/traces"
_PROTOBUF = "application/x-protobuf"
# Longer than the collector lets a request wait for its commit: its own answer says more than none.
_PATIENCE_SECONDS = 5
_CONNECT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Handed:
    """What the collector said: how many spans it did not keep, and a sentence, empty if there is nothing to say."""

    rejected: int = 0
    message: str = ""


def hand_on_noting(translated: Translated, door: str, answer: str, target: str) -> None:
    """`hand_on`, in a protocol that cannot say that a part was refused: that is noted.

    `answer` is what the sender hears all the same, `target` where it sent to. Raises PayloadRejected also where none of
    its spans can be kept.
    """
    handed = hand_on(translated, door)
    if translated.is_nothing_left:
        raise PayloadRejected(translated.message)
    if translated.rejected or handed.rejected:
        note_refusal(door, RefusalKind.SPANS, answer, target, translated.message or handed.message)


def hand_on(translated: Translated, door: str) -> Handed:
    """Have the collector commit the spans of one request; they are durable on return.

    `door` is where they came in, as metrics name it. Raises StoreUnavailable if they are not committed now,
    PayloadRejected (PayloadTooLarge) if they never will be. Without a span nobody is asked.
    """
    handed = _have_committed(translated.body) if translated.span_count else Handed()
    # Not before: what has to be sent again is not counted again.
    metrics.SPANS_RECEIVED.labels(door).inc(translated.span_count + translated.rejected.total())
    count_refused(translated.rejected)
    return handed


def _have_committed(body: bytes) -> Handed:
    answer = _send(body)
    if answer.status == 200:
        return _read_success(answer.data)
    sentence = _read_error(answer.data) or f"The collector answered {answer.status}."
    if answer.status == 413:
        raise PayloadTooLarge(sentence)
    if answer.status == 400:
        raise PayloadRejected(sentence)
    retry_after = answer.headers.get("Retry-After", "")
    raise StoreUnavailable(sentence, int(retry_after) if retry_after.isdecimal() else 2)


def _send(body: bytes) -> urllib3.BaseHTTPResponse:
    """Where the collector was just started again, old connections end without an answer: then it is asked again.

    It knows what it has committed, so nothing is stored twice.
    """
    try:
        try:
            return _post(body)
        except urllib3.exceptions.ProtocolError:
            return _post(body)
    except urllib3.exceptions.HTTPError:
        raise StoreUnavailable("The collector does not answer. Send the spans again later.", 2) from None


def _post(body: bytes) -> urllib3.BaseHTTPResponse:
    return _pool().request("POST", settings.COLLECTOR_URL + _PATH, body=body)


def _read_success(body: bytes) -> Handed:
    try:
        partial = wire.Response.FromString(body).partial_success
    except DecodeError:
        raise StoreUnavailable(f"What listens at {settings.COLLECTOR_URL} is no collector.", 5) from None
    return Handed(partial.rejected, partial.error_message)


def _read_error(body: bytes) -> str:
    try:
        return str(status_pb2.Status.FromString(body).message)
    except DecodeError:
        return ""


@cache
def _pool() -> urllib3.PoolManager:
    """A connection a thread, kept open between requests."""
    return urllib3.PoolManager(
        maxsize=settings.WEB_THREADS,
        headers={"Content-Type": _PROTOBUF},
        timeout=urllib3.Timeout(
            connect=_CONNECT_SECONDS, read=settings.INGEST_COMMIT_TIMEOUT_SECONDS + _PATIENCE_SECONDS
        ),
        retries=False,
    )


def close_connections() -> None:
    """Of this process, to a collector that goes or moves."""
    if _pool.cache_info().currsize:
        _pool().clear()
        _pool.cache_clear()
