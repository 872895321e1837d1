"""Jaeger's JSON, as its API and its UI write traces, read into Jaeger's model.

https://github.com/jaegertracing/jaeger/blob/main/internal/uimodel/model.go
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson

from traces.ingest.json_fields import Unreadable
from traces.ingest.json_pieces import Json
from traces.ingest.translate.jaeger.span import NO_SPAN, Binary, JaegerSpan, Log, Process, Reference, Tag, Value

_HEX = re.compile(r"[0-9a-fA-F]{1,32}")
_WHOLE = re.compile(r"[-+]?[0-9]{1,20}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_US = 1_000
_INT64 = range(-(2**63), 2**63)
_BOOLEANS = {"true": True, "false": False}


def read_process(found: Json) -> Process:
    """Raises Unreadable."""
    members = _object(found, "a process")
    return Process(service_name=_text(members.get("serviceName")), tags=_tags(members.get("tags"), "tags of a process"))


def read_span(found: Json, trace_id: bytes) -> JaegerSpan:
    """A span from its objects; `trace_id` is the trace's around it, for a span that says none. Raises Unreadable."""
    span = _object(found, "it")
    own_trace_id = _id(span.get("traceID"), 16, "traceID") or trace_id
    if not own_trace_id:
        raise Unreadable("it has no traceID")
    span_id = _id(span.get("spanID"), 8, "spanID")
    if not span_id:
        raise Unreadable("it has no spanID")
    return JaegerSpan(
        trace_id=own_trace_id,
        span_id=span_id,
        parent_span_id=_id(span.get("parentSpanID"), 8, "parentSpanID") or NO_SPAN,
        operation=_text(span.get("operationName")),
        references=[*_references(span.get("references"), own_trace_id)],
        flags=_whole(span.get("flags"), "flags") & 0xFFFFFFFF,
        start_ns=_time_ns(span.get("startTime"), "startTime"),
        duration_ns=_time_ns(span.get("duration"), "duration"),
        tags=_tags(span.get("tags"), "tags"),
        logs=[*_logs(span.get("logs"))],
        warnings=[_text(warning) for warning in _list(span.get("warnings"), "warnings")],
    )


def read_trace_id(found: Json) -> bytes:
    """16 bytes, or none where there is no id. Raises Unreadable."""
    return _id(found, 16, "traceID")


def _references(found: Json, trace_id: bytes) -> Iterator[Reference]:
    """The span that the UI puts inside a reference is one of the others."""
    for each in _list(found, "references"):
        reference = _object(each, "a reference")
        span_id = _id(reference.get("spanID"), 8, "spanID of a reference")
        if span_id:
            yield Reference(
                is_follows_from=reference.get("refType") == "FOLLOWS_FROM",
                trace_id=_id(reference.get("traceID"), 16, "traceID of a reference") or trace_id,
                span_id=span_id,
            )


def _logs(found: Json) -> Iterator[Log]:
    for each in _list(found, "logs"):
        log = _object(each, "a log")
        yield Log(_time_ns(log.get("timestamp"), "timestamp of a log"), _tags(log.get("fields"), "fields of a log"))


def _tags(found: Json, name: str) -> list[Tag]:
    return [_tag(_object(each, f"an entry of {name}")) for each in _list(found, name)]


def _tag(found: dict[str, Any]) -> Tag:
    return _text(found.get("key")), _value(found.get("type"), found.get("value"))


def _value(kind: Any, value: Json) -> Value:
    """A value as its `type` says; one that the type does not fit stays what it is in JSON."""
    if isinstance(value, str):
        return _text(value) if kind == "string" else _parse(kind, value)
    if kind == "float64" and isinstance(value, int | float):
        with suppress(OverflowError):
            return float(value)
    if isinstance(value, bool | float) or (isinstance(value, int) and value in _INT64):
        return value
    return _text(value)


def _parse(kind: Any, text: str) -> Value:
    """Whole numbers beyond 2⁵³ are written as text, others by some programs as well."""
    if kind == "int64" and _WHOLE.fullmatch(text) and int(text) in _INT64:
        return int(text)
    if kind == "bool" and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    try:
        if kind == "float64":
            return float(text)
        if kind == "binary":
            return Binary(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        pass
    return _text(text)


def _id(found: Json, size: int, name: str) -> bytes:
    """An id of up to `size` bytes, padded with zeros on the left; nothing for one that is not there, or zero."""
    if found is None or found == "":
        return b""
    if isinstance(found, str) and len(found) == 2 * size and found.isalnum() and found.isascii():
        with suppress(ValueError):
            read = bytes.fromhex(found)
            return read if any(read) else b""
    if not isinstance(found, str) or not _HEX.fullmatch(found) or len(found.lstrip("0")) > 2 * size:
        raise Unreadable(f"{name} is not an id of up to {2 * size} hexadecimal digits")
    read = bytes.fromhex(found.lstrip("0").zfill(2 * size))
    return read if any(read) else b""


def _time_ns(found: Json, name: str) -> int:
    """From microseconds, whole or not."""
    if isinstance(found, float) and found == found and abs(found) < 2**63:
        return round(found * _US)
    return _whole(found, name) * _US


def _whole(found: Json, name: str) -> int:
    if found is None or found == "":
        return 0
    if isinstance(found, str) and _WHOLE.fullmatch(found):
        return int(found)
    if not isinstance(found, int) or isinstance(found, bool):
        raise Unreadable(f"{name} is not a whole number")
    return found


def _text(found: Json) -> bytes:
    if found is None:
        return b""
    try:
        return found.encode() if isinstance(found, str) else orjson.dumps(found)
    except (UnicodeEncodeError, orjson.JSONEncodeError):
        # Half a surrogate pair, a number of more than 64 bits, or lists in lists, deeper than orjson writes them.
        text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        return _LONE_SURROGATE.sub("\ufffd", text).encode()


def _object(found: Json, name: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise Unreadable(f"{name} is not an object")
    return found


def _list(found: Json, name: str) -> list[Any]:
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unreadable(f"{name} is not a list")
    return found
