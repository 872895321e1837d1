"""The same spans as Jaeger's clients send them: jaeger.thrift in the binary protocol.

https://github.com/jaegertracing/jaeger-idl/blob/main/thrift/jaeger.thrift: times are microseconds. What
the model has no field for is a tag, named as OpenTelemetry's exporters for Jaeger name it.
"""

import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache

from traces.wire import otlp_pb2 as wire

_STOP = b"\x00"
# A field begins with its type and its number.
_BOOL, _DOUBLE, _I32, _I64, _TEXT, _STRUCT, _LIST = 2, 4, 8, 10, 11, 12, 15
_begin = struct.Struct(">bh").pack
_write_flag = struct.Struct(">bh?").pack
_write_double = struct.Struct(">bhd").pack
_write_i32 = struct.Struct(">bhi").pack
_write_i64 = struct.Struct(">bhq").pack
_write_text = struct.Struct(">bhi").pack
_write_list = struct.Struct(">bhbi").pack
# Types of tags.
_IS_TEXT, _IS_DOUBLE, _IS_BOOL, _IS_LONG = range(4)
_KINDS = {1: b"internal", 2: b"server", 3: b"client", 4: b"producer", 5: b"consumer"}
_ERROR = 2
_SAMPLED = 1
_NO_PARENT = bytes(8)


def to_thrift(body: bytes) -> bytes:
    """An export request of one process as a Batch. Raises ValueError for one of several."""
    (group,) = wire.Request.FromString(body).resource_spans
    return b"".join([_write_struct(1, _process(group.resource)), _structs(2, _spans(group)), _STOP])


def _process(resource: wire.Resource) -> bytes:
    service = next(entry.value.string_value for entry in resource.attributes if entry.key == b"service.name")
    tags = (_tag_of(entry) for entry in resource.attributes if entry.key != b"service.name")
    return _text(1, service) + _structs(2, tags) + _STOP


def _spans(group: wire.ResourceSpans) -> Iterator[bytes]:
    for each in group.scope_spans:
        scope = [_text_tag(b"otel.scope.name", each.scope.name), _text_tag(b"otel.scope.version", each.scope.version)]
        for span in each.spans:
            yield _span(span, scope)


def _span(span: wire.Span, scope: list[bytes]) -> bytes:
    start_us = span.start_time_unix_nano // 1_000
    pieces = [
        _id(1, span.trace_id[8:]),
        _id(2, span.trace_id[:8]),
        _id(3, span.span_id),
        _id(4, span.parent_span_id or _NO_PARENT),
        _text(5, span.name),
        _write_i32(_I32, 7, span.flags & _SAMPLED),
        _write_i64(_I64, 8, start_us),
        _write_i64(_I64, 9, span.end_time_unix_nano // 1_000 - start_us),
        _structs(10, [*map(_tag_of, span.attributes), *_told_by_tags(span), *scope]),
        _structs(11, map(_log, span.events)),
        _STOP,
    ]
    return b"".join(pieces)


def _told_by_tags(span: wire.Span) -> Iterator[bytes]:
    if span.kind in _KINDS:
        yield _text_tag(b"span.kind", _KINDS[span.kind])
    if span.status.code == _ERROR:
        yield _tag(b"error", _IS_BOOL, True)
        yield _text_tag(b"otel.status_code", b"ERROR")
        yield _text_tag(b"otel.status_description", span.status.message)


def _log(event: wire.Event) -> bytes:
    fields = [_text_tag(b"event", event.name), *map(_tag_of, event.attributes)]
    return _write_i64(_I64, 1, event.time_unix_nano // 1_000) + _structs(2, fields) + _STOP


def _tag_of(entry: wire.KeyValue) -> bytes:
    value = entry.value
    match value.WhichOneof("value"):
        case "string_value":
            return _text_tag(entry.key, value.string_value)
        case "bool_value":
            return _tag(entry.key, _IS_BOOL, value.bool_value)
        case "int_value":
            return _tag(entry.key, _IS_LONG, value.int_value)
        case _:
            return _tag(entry.key, _IS_DOUBLE, value.double_value)


def _text_tag(key: bytes, value: bytes) -> bytes:
    return _begin_tag(key, _IS_TEXT) + _text(3, value) + _STOP


def _tag(key: bytes, kind: int, value: bool | int | float) -> bytes:
    begun = _begin_tag(key, kind)
    if kind == _IS_DOUBLE:
        return begun + _write_double(_DOUBLE, 4, value) + _STOP
    written = _write_flag(_BOOL, 5, value) if kind == _IS_BOOL else _write_i64(_I64, 6, value)
    return begun + written + _STOP


@lru_cache(maxsize=1_000)
def _begin_tag(key: bytes, kind: int) -> bytes:
    return _text(1, key) + _write_i32(_I32, 2, kind)


def _text(number: int, content: bytes) -> bytes:
    return _write_text(_TEXT, number, len(content)) + content


def _id(number: int, identifier: bytes) -> bytes:
    """Eight bytes as the 64-bit number that they are."""
    return _begin(_I64, number) + identifier


def _write_struct(number: int, content: bytes) -> bytes:
    return _begin(_STRUCT, number) + content


def _structs(number: int, contents: Iterable[bytes]) -> bytes:
    written = list(contents)
    return b"".join([_write_list(_LIST, number, _STRUCT, len(written)), *written])
