"""A span and its process in the JSON of Jaeger's first API. Pure.

Field names, their order and their types are those of Jaeger's `uimodel`; times are whole microseconds, cut off.
"""

import base64
import math
from collections.abc import Iterable
from typing import Final

import orjson

from traces.domain.attributes import MAX_JSON_INTEGER, Json
from traces.domain.span import Resource, Span, measure_duration_ns
from tracing_ui.compat.jaeger.go_text import as_text
from tracing_ui.compat.jaeger.model import (
    TRACE_FLAGS,
    Process,
    Tag,
    TagValue,
    make_logs,
    make_process,
    make_references,
    make_tags,
    make_warnings,
)

JsonObject = dict[str, Json]

_NS_PER_US: Final = 1_000


def format_trace_id(trace_id: bytes) -> str:
    """16 digits where the upper half is zero, else 32."""
    number = int.from_bytes(trace_id, "big")
    return f"{number:016x}" if number < 1 << 64 else f"{number:032x}"


class Processes:
    """Gives equal processes one key, p1, p2, … in the order of their first use."""

    def __init__(self) -> None:
        self._keys: dict[bytes, str] = {}
        self._last: tuple[Resource | None, str] = (None, "")

    def name(self, resource: Resource) -> str:
        """The key of a span's process; spans of one resource mostly follow each other."""
        if self._last[0] is not resource:
            written = orjson.dumps(_encode_process(make_process(resource)))
            self._last = (resource, self._keys.setdefault(written, f"p{len(self._keys) + 1}"))
        return self._last[1]

    def encode(self) -> JsonObject:
        return {key: orjson.loads(written) for written, key in self._keys.items()}


def _encode_process(process: Process) -> JsonObject:
    return {"serviceName": process.service, "tags": _encode_tags(process.tags)}


def encode_span(span: Span, trace_id: str, process_id: str) -> JsonObject:
    """`trace_id` is that of the trace it is shown in."""
    flags = span.flags & TRACE_FLAGS
    return {
        "traceID": trace_id,
        "spanID": span.span_id.hex(),
        **({"flags": flags} if flags else {}),
        "operationName": span.name,
        "references": _encode_references(span, trace_id),
        "startTime": span.start_time_unix_nano // _NS_PER_US,
        "duration": measure_duration_ns(span.start_time_unix_nano, span.end_time_unix_nano) // _NS_PER_US,
        "tags": _encode_tags(make_tags(span)),
        "logs": [
            {"timestamp": log.time_ns // _NS_PER_US, "fields": _encode_tags(log.fields)} for log in make_logs(span)
        ],
        "processID": process_id,
        "warnings": [*make_warnings(span)] or None,
    }


def _encode_references(span: Span, trace_id: str) -> list[Json]:
    """Those within the trace name it as it is shown."""
    return [
        {
            "refType": reference.kind.name,
            "traceID": trace_id if reference.trace_id == span.trace_id else format_trace_id(reference.trace_id),
            "spanID": reference.span_id.hex(),
        }
        for reference in make_references(span)
    ]


def _encode_tags(tags: Iterable[Tag]) -> list[Json]:
    return [encode_tag(key, value) for key, value in tags]


def encode_tag(key: str, value: TagValue) -> JsonObject:
    """Integers that JavaScript cannot hold are text, and so are NaN and infinities, which JSON cannot say."""
    if isinstance(value, str):
        return {"key": key, "type": "string", "value": value}
    if isinstance(value, bool):
        return {"key": key, "type": "bool", "value": value}
    if isinstance(value, int):
        return {"key": key, "type": "int64", "value": value if abs(value) <= MAX_JSON_INTEGER else str(value)}
    if isinstance(value, bytes):
        return {"key": key, "type": "binary", "value": base64.b64encode(value).decode()}
    return {"key": key, "type": "float64", "value": value if math.isfinite(value) else as_text(value)}
