"""A batch of jaeger.thrift, in the binary or the compact protocol.

https://github.com/jaegertracing/jaeger-idl/blob/main/thrift/jaeger.thrift: times are microseconds. What a batch says
of the client rather than of its spans, `seqNo` and `stats`, is not kept.
"""

from collections.abc import Callable
from typing import Any

from traces.domain.errors import PayloadRejected
from traces.ingest.canonical import MAX_SPANS
from traces.ingest.result import Translated
from traces.ingest.translate.jaeger.span import NO_SPAN, Binary, JaegerSpan, Log, Process, Reference, Tag, Value
from traces.ingest.translate.jaeger.to_otlp import Request
from traces.wire.thrift import (
    BOOL,
    DOUBLE,
    I32,
    I64,
    ID,
    TEXT,
    ListOf,
    Protocol,
    Struct,
    ThriftError,
    read_message,
    read_struct,
)

_TEXT, _DOUBLE, _BOOL, _LONG, _BINARY = range(5)
_EMPTY: tuple[Value, ...] = (b"", 0.0, False, 0, Binary())
_FLAGS_MASK = 2**32 - 1
_EMIT_BATCH = b"emitBatch"


def translate_thrift(body: bytes, protocol: Protocol) -> Translated:
    """A body that is one batch. Raises PayloadRejected."""
    return _translate(lambda batch: read_struct(body, protocol, batch), protocol)


def translate_datagram(body: bytes, protocol: Protocol) -> Translated:
    """What a client sends to an agent: a message that calls `emitBatch`. Raises PayloadRejected."""
    return _translate(lambda batch: read_message(body, protocol, lambda name: _arguments(name, batch)), protocol)


def find_protocol(body: bytes) -> Protocol:
    """By its first field: a compact struct begins with a short header, whose number and type share one byte."""
    return Protocol.COMPACT if body[:1] in (b"\x1c", b"\x29") else Protocol.BINARY


def _translate(read: Callable[[Struct], Any], protocol: Protocol) -> Translated:
    request = Request()
    group = request.add_group()

    def add(*fields: Any) -> None:
        group.add(_span(*fields))

    def describe(process: Process | None, spans: list[None] | None) -> bool:
        if process is None or spans is None:
            raise ThriftError("a batch needs a process and spans")
        group.describe(process)
        return True

    # Spans are written as they are read: a batch holds the objects of one at a time.
    batch = Struct(describe, (1, _PROCESS), (2, ListOf(Struct(add, *_SPAN_FIELDS), MAX_SPANS)))
    try:
        read(batch)
    except ThriftError as problem:
        raise PayloadRejected(
            f"The body is not a jaeger.thrift Batch in the {protocol.value} protocol: {problem}."
        ) from None
    return request.finish()


def _arguments(name: bytes, batch: Struct) -> Struct:
    if name != _EMIT_BATCH:
        raise ThriftError(f"it calls “{name[:40].decode('utf-8', 'replace')}” instead of “emitBatch”")
    return Struct(_require_batch, (1, batch))


def _require_batch(has_batch: bool | None) -> None:
    if not has_batch:
        raise ThriftError("“emitBatch” needs a batch")


def _span(
    trace_id_low: bytes | None,
    trace_id_high: bytes | None,
    span_id: bytes | None,
    parent_span_id: bytes | None,
    operation: bytes | None,
    references: list[Reference] | None,
    flags: int | None,
    start_us: int | None,
    duration_us: int | None,
    tags: list[Tag] | None,
    logs: list[Log] | None,
) -> JaegerSpan:
    return JaegerSpan(
        trace_id=(trace_id_high or NO_SPAN) + (trace_id_low or NO_SPAN),
        span_id=span_id or NO_SPAN,
        parent_span_id=parent_span_id or NO_SPAN,
        operation=operation or b"",
        references=references or [],
        flags=(flags or 0) & _FLAGS_MASK,
        start_ns=(start_us or 0) * 1000,
        duration_ns=(duration_us or 0) * 1000,
        tags=tags or [],
        logs=logs or [],
    )


def _tag(key: bytes | None, kind: int | None, *values: Value | None) -> Tag:
    value = values[kind] if kind is not None and 0 <= kind <= _BINARY else None
    if value is None:
        kind, value = _other_value(kind, values)
    return key or b"", Binary(value) if kind == _BINARY else value  # type: ignore[arg-type]


def _other_value(kind: int | None, values: tuple[Value | None, ...]) -> tuple[int, Value]:
    """Where the value of the type that is named is absent: the one there is, or else an empty one."""
    for index, value in enumerate(values):
        if value is not None:
            return index, value
    known = kind if kind is not None and 0 <= kind <= _BINARY else _TEXT
    return known, _EMPTY[known]


def _log(time_us: int | None, fields: list[Tag] | None) -> Log:
    return Log((time_us or 0) * 1000, fields or [])


def _reference(
    kind: int | None, trace_id_low: bytes | None, trace_id_high: bytes | None, span_id: bytes | None
) -> Reference:
    return Reference(kind == 1, (trace_id_high or NO_SPAN) + (trace_id_low or NO_SPAN), span_id or NO_SPAN)


def _process(service_name: bytes | None, tags: list[Tag] | None) -> Process:
    return Process(service_name=service_name or b"", tags=tags or [])


_TAG = Struct(_tag, (1, TEXT), (2, I32), (3, TEXT), (4, DOUBLE), (5, BOOL), (6, I64), (7, TEXT))
_LOG = Struct(_log, (1, I64), (2, ListOf(_TAG)))
_REFERENCE = Struct(_reference, (1, I32), (2, ID), (3, ID), (4, ID))
_PROCESS = Struct(_process, (1, TEXT), (2, ListOf(_TAG)))
_SPAN_FIELDS = (
    (1, ID),
    (2, ID),
    (3, ID),
    (4, ID),
    (5, TEXT),
    (6, ListOf(_REFERENCE)),
    (7, I32),
    (8, I64),
    (9, I64),
    (10, ListOf(_TAG)),
    (11, ListOf(_LOG)),
)
