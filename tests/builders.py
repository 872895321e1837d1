"""Spans and requests for tests, built with OpenTelemetry's own message classes.

Ids are made from small numbers: `trace_id(7)` is 7 in 16 bytes. Times count from NOW_NS, a moment that is the same
in every test; `write_request` stores as if the request arrived there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from traces.domain.query import Window
from traces.ingest.translate.otlp import translate_otlp
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, ProjectId, SpanRequest

NOW_NS = 1_790_000_000_000_000_000
MS = 1_000_000
SECOND = 1_000_000_000
LAST_DAY = Window(start_ns=NOW_NS - 86_400 * SECOND, end_ns=NOW_NS + 60 * SECOND)


def trace_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def span_id(number: int) -> bytes:
    return number.to_bytes(8, "big")


def any_value(value: Any) -> AnyValue:
    """Python's types as OpenTelemetry's; None is the empty value, an AnyValue is taken as it is."""
    built = AnyValue()
    if isinstance(value, AnyValue):
        built.CopyFrom(value)
    elif isinstance(value, bool):
        built.bool_value = value
    elif isinstance(value, str):
        built.string_value = value
    elif isinstance(value, int):
        built.int_value = value
    elif isinstance(value, float):
        built.double_value = value
    elif isinstance(value, bytes):
        built.bytes_value = value
    elif isinstance(value, Mapping):
        built.kvlist_value.SetInParent()
        built.kvlist_value.values.extend(key_values(value))
    elif isinstance(value, Sequence):
        built.array_value.SetInParent()
        built.array_value.values.extend(any_value(item) for item in value)
    return built


def key_values(attributes: Mapping[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def make_event(name: str = "message", at_ns: int = NOW_NS, attributes: Mapping[str, Any] | None = None) -> Span.Event:
    return Span.Event(name=name, time_unix_nano=at_ns, attributes=key_values(attributes or {}))


def make_link(trace: int, span: int, attributes: Mapping[str, Any] | None = None, trace_state: str = "") -> Span.Link:
    return Span.Link(
        trace_id=trace_id(trace),
        span_id=span_id(span),
        trace_state=trace_state,
        attributes=key_values(attributes or {}),
    )


def make_span(
    trace: int = 1,
    span: int = 1,
    parent: int | None = None,
    *,
    name: str = "GET /",
    kind: int = 2,
    start_ns: int = NOW_NS - SECOND,
    duration_ns: int = 10 * MS,
    attributes: Mapping[str, Any] | None = None,
    events: Sequence[Span.Event] = (),
    links: Sequence[Span.Link] = (),
    status: int = 0,
    status_message: str = "",
    **more: Any,
) -> Span:
    """One span; `more` sets or replaces fields of the message."""
    fields: dict[str, Any] = {
        "trace_id": trace_id(trace),
        "span_id": span_id(span),
        "parent_span_id": b"" if parent is None else span_id(parent),
        "name": name,
        "kind": kind,
        "start_time_unix_nano": start_ns,
        "end_time_unix_nano": start_ns + duration_ns,
        "attributes": key_values(attributes or {}),
        "events": events,
        "links": links,
    }
    if status or status_message:
        fields["status"] = Status(code=cast("Status.StatusCode.ValueType", status), message=status_message)
    return Span(**(fields | more))


def make_request(
    *spans: Span,
    service: str | None = "shop",
    resource: Mapping[str, Any] | None = None,
    scope_name: str = "tests",
    scope_version: str = "1.0",
    scope: Mapping[str, Any] | None = None,
) -> ExportTraceServiceRequest:
    """The spans of one service in one scope; `resource` and `scope` are further attributes."""
    named = {} if service is None else {"service.name": service}
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=key_values(named | dict(resource or {}))),
                scope_spans=[
                    ScopeSpans(
                        scope=InstrumentationScope(
                            name=scope_name, version=scope_version, attributes=key_values(scope or {})
                        ),
                        spans=spans,
                    )
                ],
            )
        ]
    )


def join(*requests: ExportTraceServiceRequest) -> ExportTraceServiceRequest:
    """One request with the resources of all."""
    return ExportTraceServiceRequest(resource_spans=[group for request in requests for group in request.resource_spans])


def span_request(
    request: ExportTraceServiceRequest, project: ProjectId = DEFAULT_PROJECT, received_ns: int = NOW_NS
) -> SpanRequest:
    """A request as ingest hands it to the store."""
    translated = translate_otlp(request.SerializeToString())
    return SpanRequest(
        project=project,
        body=translated.body,
        span_count=translated.span_count,
        received_ns=received_ns,
        cuts=translated.cuts,
    )


def write_request(
    request: ExportTraceServiceRequest, project: ProjectId = DEFAULT_PROJECT, received_ns: int = NOW_NS
) -> int:
    """Stores a request in a transaction of its own; how many spans were new."""
    return get_store().write([span_request(request, project, received_ns)])


def write_tree(trace: int, parents: Sequence[int | None], service: str = "shop", **more: Any) -> None:
    """Stores a trace of any size: span n, counted from 1, hangs under span `parents[n - 1]`; one starts each µs.

    It arrives in requests of 2,000 spans; `more` goes to every `make_span`.
    """
    first_ns = NOW_NS - SECOND
    for start in range(0, len(parents), 2_000):
        numbers = range(start + 1, min(start + 2_000, len(parents)) + 1)
        write_spans(
            *(make_span(trace, n, parents[n - 1], start_ns=first_ns + 1_000 * n, **more) for n in numbers),
            service=service,
        )


def write_spans(*spans: Span, service: str | None = "shop", **more: Any) -> int:
    """Stores spans of one service."""
    return write_request(make_request(*spans, service=service, **more))
