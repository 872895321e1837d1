"""A request of jaeger.api_v2.CollectorService/PostSpans.

https://github.com/jaegertracing/jaeger-idl/blob/main/proto/api_v2/model.proto
"""

from collections import Counter
from collections.abc import Iterable

from google.protobuf.message import DecodeError

from traces.domain.errors import PayloadRejected
from traces.ingest.canonical import UNREADABLE, refuse_too_many_spans
from traces.ingest.message_count import refuse_too_many_messages
from traces.ingest.result import Translated
from traces.ingest.translate.jaeger.span import NO_SPAN, Binary, JaegerSpan, Log, Process, Reference, Tag, Value
from traces.ingest.translate.jaeger.to_otlp import Group, Request
from traces.wire import jaeger_pb2 as wire

_NS_PER_SECOND = 1_000_000_000


def translate_proto(body: bytes) -> Translated:
    """Raises PayloadRejected if no part of the body is a request, or it holds too much. A bad span is left out."""
    refuse_too_many_messages(body, wire.PostSpansRequest)
    batch, unreadable = _parse(body)
    refuse_too_many_spans(len(batch.spans))
    request = Request()
    groups: dict[bytes, Group] = {}
    # Once: it may be large, and stands for as many spans as there are.
    key_of_batch = batch.process.SerializeToString()
    for span in batch.spans:
        process, key = batch.process, key_of_batch
        if span.HasField("process"):
            process, key = span.process, span.process.SerializeToString()
        group = groups.get(key)
        if group is None:
            group = groups[key] = request.add_group()
            group.describe(Process(service_name=process.service_name, tags=_tags(process.tags)))
        group.add(_span(span))
    translated = request.finish()
    translated.rejected += unreadable
    return translated


def _parse(body: bytes) -> tuple[wire.Batch, Counter[str]]:
    try:
        return wire.PostSpansRequest.FromString(body).batch, Counter()
    except DecodeError:
        return _salvage(body)


def _salvage(body: bytes) -> tuple[wire.Batch, Counter[str]]:
    """One span that cannot be parsed does not cost its batch, as long as the frame around the spans is sound."""
    batch, unreadable = wire.Batch(), 0
    try:
        shell = wire.PostSpansShell.FromString(body).batch
        batch.process.MergeFromString(shell.process)
    except DecodeError:
        raise PayloadRejected("The body is not a jaeger.api_v2.PostSpansRequest in protobuf.") from None
    refuse_too_many_spans(len(shell.spans))
    for each in shell.spans:
        try:
            batch.spans.append(wire.Span.FromString(each))
        except DecodeError:
            unreadable += 1
    return batch, Counter({UNREADABLE: unreadable})


def _span(span: wire.Span) -> JaegerSpan:
    return JaegerSpan(
        trace_id=_trace_id(span.trace_id),
        span_id=span.span_id or NO_SPAN,
        operation=span.operation_name,
        references=[
            Reference(each.ref_type == wire.FOLLOWS_FROM, _trace_id(each.trace_id), each.span_id or NO_SPAN)
            for each in span.references
        ],
        flags=span.flags,
        start_ns=_nanoseconds(span.start_time),
        duration_ns=_nanoseconds(span.duration),
        tags=_tags(span.tags),
        logs=[Log(_nanoseconds(each.timestamp), _tags(each.fields)) for each in span.logs],
        warnings=list(span.warnings),
    )


def _trace_id(sent: bytes) -> bytes:
    """Clients with ids of 64 bits send eight bytes or sixteen."""
    return NO_SPAN + sent if len(sent) == len(NO_SPAN) else sent


def _nanoseconds(time: wire.Time) -> int:
    return time.seconds * _NS_PER_SECOND + time.nanos


def _tags(pairs: Iterable[wire.KeyValue]) -> list[Tag]:
    return [(pair.key, _value(pair)) for pair in pairs]


def _value(pair: wire.KeyValue) -> Value:
    """Of the type that is named. One that is not known counts as text."""
    kind = pair.v_type
    if kind == wire.INT64:
        return pair.v_int64
    if kind == wire.BOOL:
        return pair.v_bool
    if kind == wire.FLOAT64:
        return pair.v_float64
    return Binary(pair.v_binary) if kind == wire.BINARY else pair.v_str
