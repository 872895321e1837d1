"""A span in the JSON of Zipkin's API v2. Pure.

https://zipkin.io/zipkin-api/#/default/get_trace__traceId_. The mapping is that of
https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/, links and scope as the Collector writes them: what
`traces.ingest.translate.zipkin` reads back as the same span, but for what Zipkin has no room for: the types of
attributes, which are texts, that some were the resource's, and nanoseconds, which are cut off.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from traces.domain.attributes import Attributes, AttributeValue, Json, format_value, to_json
from traces.domain.span import Event, Link, Span, SpanKind, StatusCode
from traces.ingest.translate.zipkin.annotations import read_event
from tracing_ui.compat.zipkin.endpoints import Endpoints, take_endpoints

JsonObject = dict[str, Json]

_NS_PER_US: Final = 1_000
_KINDS: Final[Mapping[int, str]] = {
    SpanKind.SERVER: "SERVER",
    SpanKind.CLIENT: "CLIENT",
    SpanKind.PRODUCER: "PRODUCER",
    SpanKind.CONSUMER: "CONSUMER",
}
_ERROR: Final = "error"
# What Zipkin's own fields were kept as.
_NO_START, _DURATION = "otel.zipkin.absentField.startTime", "zipkin.duration"
_SHARED, _DEBUG, _KIND = "zipkin.shared", "zipkin.debug", "zipkin.kind"
_OWN_FIELDS: Final = frozenset((_NO_START, _DURATION, _SHARED, _DEBUG, _KIND))


def encode_span(span: Span) -> JsonObject:
    """Fields without a value are left out, as Zipkin does."""
    endpoints = take_endpoints(span.resource.attributes, span.attributes)
    fields: JsonObject = {
        "traceId": format_trace_id(span.trace_id),
        "id": span.span_id.hex(),
        "parentId": span.parent_span_id.hex(),
        "kind": _KINDS.get(span.kind) or _read_text(span, _KIND),
        "name": span.name,
        **_encode_times(span),
        "localEndpoint": endpoints.local,
        "remoteEndpoint": endpoints.remote,
        "annotations": [_encode_event(event) for event in span.events],
        "tags": dict(_list_tags(span, endpoints)),
        "debug": span.attributes.get(_DEBUG) is True,
        "shared": span.attributes.get(_SHARED) is True,
    }
    return {name: value for name, value in fields.items() if value not in ("", None, False, [], {})}


def format_trace_id(trace_id: bytes) -> str:
    """16 digits where the upper half is zero, as senders of 64-bit ids wrote it."""
    text = trace_id.hex()
    return text[16:] if len(text) == 32 and not text[:16].strip("0") else text


def _read_text(span: Span, key: str) -> str:
    value = span.attributes.get(key)
    return value if isinstance(value, str) else ""


def _encode_times(span: Span) -> JsonObject:
    """Microseconds. A span without an end has no duration; what took less than a microsecond took one."""
    start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
    if not start_ns:
        sent = span.attributes.get(_DURATION)
        return {"duration": sent} if type(sent) is int else {}
    times: JsonObject = {"timestamp": start_ns // _NS_PER_US}
    return {**times, "duration": max(1, (end_ns - start_ns) // _NS_PER_US)} if end_ns else times


def _list_tags(span: Span, endpoints: Endpoints) -> Iterator[tuple[str, str]]:
    """Those of the resource give way to the span's."""
    for key, value in {**endpoints.resource_attributes, **endpoints.span_attributes}.items():
        if key not in _OWN_FIELDS and key != _ERROR:
            yield key, format_value(value)
    yield from _list_status_tags(span)
    if span.kind == SpanKind.INTERNAL:
        yield "span.kind", "internal"
    if span.trace_state:
        yield "w3c.tracestate", span.trace_state
    if span.scope.name:
        yield "otel.scope.name", span.scope.name
    if span.scope.version:
        yield "otel.scope.version", span.scope.version
    for number, link in enumerate(span.links):
        yield f"otlp.link.{number}", _write_link(link)
    for name in ("attributes", "events", "links"):
        if count := getattr(span, f"dropped_{name}_count"):
            yield f"otel.dropped_{name}_count", str(count)


def _list_status_tags(span: Span) -> Iterator[tuple[str, str]]:
    """For Zipkin a span has failed if there is a tag `error`: the attribute is left out where the span has not."""
    if span.status_code == StatusCode.OK:
        yield "otel.status_code", "OK"
    if span.status_code != StatusCode.ERROR:
        return
    message, sent = span.status_message, span.attributes.get(_ERROR)
    error = message or "true" if sent is None else format_value(sent)
    yield _ERROR, error
    told = "" if error.lower() == "true" else error
    if sent is None or message != told:
        yield "otel.status_code", "ERROR"
    if message and message != told:
        yield "otel.status_description", message


def _encode_event(event: Event) -> JsonObject:
    return {"timestamp": event.time_ns // _NS_PER_US, "value": _write_event(event)}


def _write_event(event: Event) -> str:
    """`name`, or `"name": {…}` with attributes; `name|{…}|2` where some were dropped."""
    if event.dropped_attributes_count and "|{" not in event.name:
        return f"{event.name}|{_write_attributes(event.attributes)}|{event.dropped_attributes_count}"
    # A name may look as if it had attributes.
    if event.attributes or read_event(event.name).name != event.name:
        return f"{orjson.dumps(event.name).decode()}: {_write_attributes(event.attributes)}"
    return event.name


def _write_link(link: Link) -> str:
    head = f"{link.trace_id.hex()}|{link.span_id.hex()}|{link.trace_state}"
    return f"{head}|{_write_attributes(link.attributes)}|{link.dropped_attributes_count}"


def _write_attributes(attributes: Attributes) -> str:
    return orjson.dumps({key: _to_json(value) for key, value in attributes.items()}).decode()


def _to_json(value: AttributeValue) -> Json:
    """Integers with all their digits."""
    return value if type(value) is int else to_json(value)
