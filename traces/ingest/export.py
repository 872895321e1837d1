"""What every OTLP door does with a body, whatever it came through."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from google.protobuf.message import DecodeError

from traces.domain.errors import PayloadRejected, StoreUnavailable
from traces.ingest import metrics
from traces.ingest.limits import Limits
from traces.ingest.message_count import refuse_too_many_messages
from traces.ingest.parsing import turn_to_parse
from traces.ingest.pipeline import Pipeline
from traces.ingest.refused_spans import count_refused
from traces.ingest.result import Translated
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.translate.otlp_json import count_json_points, count_json_records, translate_otlp_json
from traces.storage.base import ProjectId
from traces.wire import otlp_pb2 as wire

NOT_KEPT = "Tracing UI keeps traces only: these {signal} were not stored."


def export_spans(pipeline: Pipeline, project: ProjectId, body: bytes, transport: str, *, is_json: bool) -> Translated:
    """Validate and commit a trace request; what was made of it. Raises PayloadRejected and StoreUnavailable."""
    limits = Limits(
        attributes=settings.INGEST_MAX_ATTRIBUTES,
        events=settings.INGEST_MAX_EVENTS,
        links=settings.INGEST_MAX_LINKS,
        text_bytes=settings.INGEST_MAX_TEXT_BYTES,
    )
    with _place(transport):
        with turn_to_parse(body):
            translated = translate_otlp_json(body, limits) if is_json else translate_otlp(body, limits)
        _count(translated, transport)
        pipeline.submit(project, translated)
    return translated


def _count(translated: Translated, transport: str) -> None:
    for limit, count in translated.cut_counts.items():
        metrics.CUTS.labels(limit).inc(count)
    metrics.SPANS_RECEIVED.labels(transport).inc(translated.span_count + translated.rejected.total())
    count_refused(translated.rejected)


def count_items(signal: str, body: bytes, *, is_json: bool) -> int:
    """The metric points or log records of a request, none of which is kept. Raises PayloadRejected."""
    try:
        with turn_to_parse(body):
            if signal == "metrics":
                count = count_json_points(body) if is_json else _count_points(body)
            else:
                count = count_json_records(body) if is_json else _count_records(body)
    except DecodeError:
        raise PayloadRejected(f"The body is not an OTLP {signal} request in protobuf.") from None
    metrics.OTHER_SIGNALS.labels(signal).inc(count)
    return count


@contextmanager
def _place(transport: str) -> Iterator[None]:
    places = _places(transport)
    if not places.acquire(timeout=settings.INGEST_COMMIT_TIMEOUT_SECONDS):
        raise StoreUnavailable("Too many requests are waiting for the database. Send the spans again later.", 2)
    try:
        yield
    finally:
        places.release()


@cache
def _places(transport: str) -> threading.BoundedSemaphore:
    """Requests that are worked on: a thread whose body is still arriving has no place yet."""
    return threading.BoundedSemaphore(settings.INGEST_THREADS)


def _count_points(body: bytes) -> int:
    refuse_too_many_messages(body, wire.MetricsRequest)
    request = wire.MetricsRequest.FromString(body)
    return sum(
        len(getattr(metric, metric.WhichOneof("data")).data_points) if metric.WhichOneof("data") else 0
        for group in request.resource_metrics
        for scope in group.scope_metrics
        for metric in scope.metrics
    )


def _count_records(body: bytes) -> int:
    refuse_too_many_messages(body, wire.LogsRequest)
    request = wire.LogsRequest.FromString(body)
    return sum(len(scope.log_records) for group in request.resource_logs for scope in group.scope_logs)
