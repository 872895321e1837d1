"""Hands the portions of a file on to the collector, as patiently as an exporter does."""

import time

from traces.domain.errors import PayloadRejected, StoreUnavailable
from traces.ingest.files.portion import Portion
from traces.ingest.handing_on import Handed, hand_on
from traces.ingest.result import Translated
from traces.wire import otlp_pb2 as wire

DOOR = "file"
_ATTEMPTS = 8
_LONGEST_WAIT_SECONDS = 10
_LATEST_NS = 2**64 - 1


def send_portion(portion: Portion, shift_ns: int) -> Handed:
    """Have the collector commit a portion, its times moved. What the collector refuses for good counts as rejected.

    Raises StoreUnavailable if it does not take the spans after several attempts.
    """
    if shift_ns:
        move_times(portion.request, shift_ns)
    translated = Translated(body=portion.request.SerializeToString(), span_count=portion.span_count)
    for _ in range(_ATTEMPTS - 1):
        try:
            return _send(translated)
        except StoreUnavailable as problem:
            time.sleep(min(problem.retry_after_seconds, _LONGEST_WAIT_SECONDS))
    return _send(translated)


def move_times(request: wire.Request, shift_ns: int) -> None:
    """Add `shift_ns` to every time; one that is not said, zero, stays so."""
    for of_resource in request.resource_spans:
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                span.start_time_unix_nano = _move(span.start_time_unix_nano, shift_ns)
                span.end_time_unix_nano = _move(span.end_time_unix_nano, shift_ns)
                for event in span.events:
                    event.time_unix_nano = _move(event.time_unix_nano, shift_ns)


def _move(time_ns: int, shift_ns: int) -> int:
    return min(max(1, time_ns + shift_ns), _LATEST_NS) if time_ns else 0


def _send(translated: Translated) -> Handed:
    try:
        return hand_on(translated, DOOR)
    except PayloadRejected as problem:
        return Handed(translated.span_count, str(problem))
