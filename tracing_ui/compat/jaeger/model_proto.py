"""Spans as version 2 of Jaeger's API has them: each a `jaeger.api_v2.Span`, in chunks of `SpansResponseChunk`.

As the query service sends them: every span carries its process, none a process id.
"""

from collections.abc import Iterable, Iterator

from traces.domain.span import Span, measure_duration_ns
from traces.wire import jaeger_pb2 as jaeger
from traces.wire import jaeger_query_pb2 as query
from tracing_ui.compat.jaeger.model import (
    TRACE_FLAGS,
    Log,
    Process,
    Reference,
    Tag,
    TagValue,
    make_logs,
    make_process,
    make_references,
    make_tags,
    make_warnings,
)
from tracing_ui.compat.jaeger.portions import split_by_size

_SECOND_NS = 1_000_000_000


def encode_chunks(portions: Iterable[list[Span]]) -> Iterator[bytes]:
    """The chunks of portions of spans, in their order."""
    for portion in portions:
        for spans in split_by_size(encode_spans(portion), len):
            yield query.SpansChunk(spans=spans).SerializeToString()


def encode_spans(spans: Iterable[Span]) -> Iterator[bytes]:
    """Each span serialised. Spans of one resource object share the encoding of their process."""
    processes: dict[int, jaeger.Process] = {}
    for span in spans:
        process = processes.get(id(span.resource))
        if process is None:
            process = processes[id(span.resource)] = _process(make_process(span.resource))
        yield _span(span, process).SerializeToString()


def _span(span: Span, process: jaeger.Process) -> jaeger.Span:
    return jaeger.Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        operation_name=span.name.encode(),
        references=map(_reference, make_references(span)),
        flags=span.flags & TRACE_FLAGS,
        start_time=_time(span.start_time_unix_nano),
        duration=_time(measure_duration_ns(span.start_time_unix_nano, span.end_time_unix_nano)),
        tags=map(_tag, make_tags(span)),
        logs=map(_log, make_logs(span)),
        process=process,
        warnings=[warning.encode() for warning in make_warnings(span)],
    )


def _process(process: Process) -> jaeger.Process:
    return jaeger.Process(service_name=process.service.encode(), tags=map(_tag, process.tags))


def _reference(reference: Reference) -> jaeger.SpanRef:
    return jaeger.SpanRef(
        trace_id=reference.trace_id, span_id=reference.span_id, ref_type=jaeger.RefType.Name(reference.kind)
    )


def _log(log: Log) -> jaeger.Log:
    return jaeger.Log(timestamp=_time(log.time_ns), fields=map(_tag, log.fields))


def _tag(tag: Tag) -> jaeger.KeyValue:
    key, value = tag
    return _typed(key.encode(), value)


def _typed(key: bytes, value: TagValue) -> jaeger.KeyValue:
    if isinstance(value, str):
        return jaeger.KeyValue(key=key, v_str=value.encode())
    if isinstance(value, bool):
        return jaeger.KeyValue(key=key, v_type=jaeger.BOOL, v_bool=value)
    if isinstance(value, int):
        return jaeger.KeyValue(key=key, v_type=jaeger.INT64, v_int64=value)
    if isinstance(value, float):
        return jaeger.KeyValue(key=key, v_type=jaeger.FLOAT64, v_float64=value)
    return jaeger.KeyValue(key=key, v_type=jaeger.BINARY, v_binary=value)


def _time(ns: int) -> jaeger.Time:
    seconds, nanos = divmod(ns, _SECOND_NS)
    return jaeger.Time(seconds=seconds, nanos=nanos)
