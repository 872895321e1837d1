"""The same spans in every format that benchmarks send."""

from collections.abc import Iterator
from itertools import islice

import pytest

from benchmarks.spans import Body, Generator
from benchmarks.transcribe import to_json
from benchmarks.transcribe_thrift import to_thrift
from benchmarks.transcribe_zipkin import to_zipkin, to_zipkin_json
from traces.ingest.translate.jaeger.thrift import translate_thrift
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.translate.otlp_json import translate_otlp_json
from traces.ingest.translate.zipkin.json_v2 import translate_json_v2
from traces.ingest.translate.zipkin.proto import translate_proto
from traces.wire import otlp_pb2 as wire
from traces.wire.thrift import Protocol

INTERNAL = 1


def make_bodies(count: int, *, is_gathered: bool = False) -> Iterator[Body]:
    return islice(Generator(seed=1, batch=100, is_gathered=is_gathered).bodies(), count)


def test_json_and_protobuf_carry_the_same_spans() -> None:
    for body in make_bodies(20):
        assert translate_otlp_json(to_json(body.content)).body == translate_otlp(body.content).body


def test_thrift_carries_the_same_spans() -> None:
    for body in make_bodies(20):
        read = translate_thrift(to_thrift(body.content), Protocol.BINARY)
        assert (read.span_count, read.rejected.total()) == (body.span_count, 0)
        assert wire.Request.FromString(read.body) == as_jaeger_keeps_it(body.content)


def test_a_batch_of_thrift_has_one_process() -> None:
    [body] = make_bodies(1, is_gathered=True)
    with pytest.raises(ValueError, match="too many values"):
        to_thrift(body.content)


def test_zipkins_protobuf_carries_the_same_spans() -> None:
    for body in make_bodies(20):
        read = translate_proto(to_zipkin(body.content))
        assert (read.span_count, read.rejected.total()) == (body.span_count, 0)
        assert wire.Request.FromString(read.body) == as_zipkin_keeps_it(body.content)


def test_zipkins_json_and_protobuf_carry_the_same_spans() -> None:
    for body in make_bodies(20, is_gathered=True):
        from_json = translate_json_v2(to_zipkin_json(body.content))
        assert from_json.span_count == body.span_count
        assert from_json.body == translate_proto(to_zipkin(body.content)).body


def as_jaeger_keeps_it(body: bytes) -> wire.Request:
    """Times in microseconds, and of the flags whether the span is sampled."""
    request = wire.Request.FromString(body)
    for span in spans_of(request):
        cut_times(span)
        span.flags &= 1
    return request


def as_zipkin_keeps_it(body: bytes) -> wire.Request:
    """Times in microseconds, a duration at least one; attributes as text; of the resource only the service.

    No scope, no flags, and no kind where it is internal.
    """
    request = wire.Request.FromString(body)
    for group in request.resource_spans:
        service = [entry for entry in group.resource.attributes if entry.key == b"service.name"]
        del group.resource.attributes[:]
        group.resource.attributes.extend(service)
        for scope_spans in group.scope_spans:
            scope_spans.scope.Clear()
    for span in spans_of(request):
        cut_times(span)
        span.end_time_unix_nano = max(span.end_time_unix_nano, span.start_time_unix_nano + 1_000)
        span.ClearField("flags")
        span.kind = span.kind if span.kind > INTERNAL else 0
        for entry in span.attributes:
            entry.value.string_value = as_text(entry.value)
        if span.status.code:
            span.attributes.add(key=b"error").value.string_value = span.status.message
        for event in span.events:
            event.name = b" ".join([event.name, *(each.key + b"=" + as_text(each.value) for each in event.attributes)])
            del event.attributes[:]
    return request


def spans_of(request: wire.Request) -> Iterator[wire.Span]:
    for group in request.resource_spans:
        for scope_spans in group.scope_spans:
            yield from scope_spans.spans


def cut_times(span: wire.Span) -> None:
    span.start_time_unix_nano -= span.start_time_unix_nano % 1_000
    span.end_time_unix_nano -= span.end_time_unix_nano % 1_000
    for event in span.events:
        event.time_unix_nano -= event.time_unix_nano % 1_000


def as_text(value: wire.AnyValue) -> bytes:
    written = getattr(value, str(value.WhichOneof("value")))
    return written if isinstance(written, bytes) else str(written).lower().encode()
