"""Spans of Zipkin's as clients write them, and what becomes of them."""

import json
from collections.abc import Callable
from typing import Any

from traces.ingest.result import Translated
from traces.wire import otlp_pb2 as wire

START_US = 1_790_000_000_123_456
TRACE, ID, PARENT = "c0ffee00c0ffee00babe5eedbabe5eed", "f1d2000000000002", "f1d2000000000001"


def span_v2(**fields: Any) -> dict[str, Any]:
    """The least that is a span, and these fields."""
    return {"traceId": TRACE, "id": ID, "timestamp": START_US} | fields


def spans_of(translated: Translated) -> list[tuple[str, wire.Span]]:
    """The spans with their services."""
    request = wire.Request.FromString(translated.body)
    return [
        (_service_of(group), span) for group in request.resource_spans for of in group.scope_spans for span in of.spans
    ]


def only_span(translate: Callable[[bytes], Translated], *spans: dict[str, Any]) -> wire.Span:
    translated = translate(json.dumps(spans).encode())
    assert not translated.rejected
    [(_, span)] = spans_of(translated)
    return span


def attributes_of(holder: wire.Span | wire.Event | wire.Link) -> dict[str, Any]:
    return {attribute.key.decode(): _value_of(attribute.value) for attribute in holder.attributes}


def _service_of(group: wire.ResourceSpans) -> str:
    return "".join(attribute.value.string_value.decode() for attribute in group.resource.attributes)


def _value_of(value: wire.AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    content = getattr(value, kind)
    if kind == "array_value":
        return [_value_of(item) for item in content.values]
    if kind == "kvlist_value":
        return {pair.key.decode(): _value_of(pair.value) for pair in content.values}
    return content.decode() if kind == "string_value" else content
