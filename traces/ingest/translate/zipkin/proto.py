"""Zipkin's protobuf, `ListOfSpans`: https://github.com/openzipkin/zipkin-api/blob/master/zipkin.proto."""

from collections.abc import Iterable

from google.protobuf.message import DecodeError

from traces.domain.errors import PayloadRejected
from traces.ingest.canonical import UNREADABLE, refuse_too_many_spans
from traces.ingest.message_count import refuse_too_many_messages
from traces.ingest.result import Translated
from traces.ingest.translate.zipkin.model import Annotation, Endpoint, ZipkinSpan
from traces.ingest.translate.zipkin.sniffing import PROTO3, refuse_encoding, sniff
from traces.ingest.translate.zipkin.texts import read_ipv4, read_ipv6, read_text
from traces.ingest.translate.zipkin.to_otlp import BAD_SPAN, Batch
from traces.wire import zipkin_pb2

_KINDS = {0: None, 1: "CLIENT", 2: "SERVER", 3: "PRODUCER", 4: "CONSUMER"}


def translate_proto(body: bytes) -> Translated:
    """Raises PayloadRejected if the body is no list of spans; a bad span is counted and left out."""
    if body and (received := sniff(body)) not in (PROTO3, ""):
        raise refuse_encoding(PROTO3, received)
    refuse_too_many_messages(body, zipkin_pb2.ListOfSpans)
    batch = Batch()
    for span in _parse(body, batch):
        try:
            batch.add(_read(span))
        except BAD_SPAN as problem:
            batch.reject(problem)
    return batch.translated()


def _parse(body: bytes, batch: Batch) -> Iterable[zipkin_pb2.Span]:
    """The spans; those that cannot be parsed are counted, as long as the list around them is sound."""
    try:
        found = zipkin_pb2.ListOfSpans.FromString(body).spans
        refuse_too_many_spans(len(found))
        return found
    except DecodeError:
        pass
    try:
        written = zipkin_pb2.ListShell.FromString(body).spans
    except DecodeError:
        raise PayloadRejected("Malformed reading List<Span> from proto3") from None
    refuse_too_many_spans(len(written))
    spans = []
    for each in written:
        try:
            spans.append(zipkin_pb2.Span.FromString(each))
        except DecodeError:
            batch.rejected[UNREADABLE] += 1
    return spans


def _read(span: zipkin_pb2.Span) -> ZipkinSpan:
    """Zero and empty text mean absent."""
    kind = span.kind
    return ZipkinSpan(
        trace_id=span.trace_id.hex(),
        id=span.id.hex(),
        parent_id=span.parent_id.hex(),
        kind=_KINDS[kind] if kind in _KINDS else str(kind),
        name=read_text(span.name),
        timestamp=span.timestamp_us,
        duration=span.duration_us or None,
        local_endpoint=_read_endpoint(span.local_endpoint) if span.HasField("local_endpoint") else None,
        remote_endpoint=_read_endpoint(span.remote_endpoint) if span.HasField("remote_endpoint") else None,
        annotations=[Annotation(each.timestamp_us, read_text(each.value)) for each in span.annotations],
        tags={
            tag.key.decode("utf-8", "surrogateescape"): tag.value.decode("utf-8", "surrogateescape")
            for tag in span.tags
        },
        debug=span.debug,
        shared=span.shared,
    )


def _read_endpoint(endpoint: zipkin_pb2.Endpoint) -> Endpoint:
    return Endpoint(
        read_text(endpoint.service_name),
        read_ipv4(endpoint.ipv4),
        read_ipv6(endpoint.ipv6),
        endpoint.port,
    )
