"""Jaeger's model to OTLP, as the OpenTelemetry Collector maps it; what the Collector drops is kept in attributes.

https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/pkg/translator/jaeger
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from traces.ingest.attribute_bytes import (
    write_attribute,
    write_bool,
    write_bytes,
    write_double,
    write_field,
    write_int,
    write_text,
)
from traces.ingest.canonical import BAD_PARENT_ID, BAD_SPAN_ID, BAD_TRACE_ID
from traces.ingest.json_fields import Unreadable
from traces.ingest.result import Translated
from traces.ingest.translate.jaeger.span import (
    NO_SPAN,
    NO_TRACE,
    Binary,
    JaegerSpan,
    Log,
    Process,
    Reference,
    Tag,
    Value,
)
from traces.ingest.translate.jaeger.status import Told, read_tags
from traces.wire import otlp_pb2 as wire

_SAMPLED, _DEBUG = 1, 2
_MAX_TIME_NS = 2**64 - 1
# What Jaeger's exporters write where there is no service name.
_NO_SERVICE = b"OTLPResourceNoServiceName"
# The tags of `attributes` in each message.
_OF_RESOURCE, _OF_SPAN, _OF_EVENT, _OF_LINK = b"\x0a", b"\x4a", b"\x1a", b"\x22"
_WRITERS: dict[type, Callable[[Any], bytes]] = {
    bytes: write_text,
    bool: write_bool,
    int: write_int,
    float: write_double,
    Binary: write_bytes,
}
# Keys of which the bytes are remembered while a request is written.
_MAX_KEYS = 1_000


class Request:
    """One OTLP request in the making."""

    def __init__(self) -> None:
        self.written = wire.Request()
        self.rejected: Counter[str] = Counter()
        self._span_count = 0
        self._keys: dict[bytes, bytes] = {}

    def add_group(self) -> "Group":
        """Room for the spans of one process."""
        return Group(self, self.written.resource_spans.add())

    def finish(self) -> Translated:
        return Translated(body=self.written.SerializeToString(), span_count=self._span_count, rejected=self.rejected)

    def count_span(self) -> None:
        self._span_count += 1

    def write_attributes(self, field: bytes, tags: list[Tag]) -> bytes:
        """Tags as fields of attributes."""
        keys = self._keys
        return b"".join(
            [
                write_attribute(field, keys.get(key) or self._remember(key), _WRITERS[type(value)](value))
                for key, value in tags
            ]
        )

    def _remember(self, key: bytes) -> bytes:
        field = write_field(b"\x0a", key)
        if len(self._keys) < _MAX_KEYS:
            self._keys[key] = field
        return field


class Group:
    """The spans of one process, by scope."""

    def __init__(self, request: Request, target: wire.ResourceSpans) -> None:
        self._request, self._target = request, target
        self._scopes: dict[tuple[bytes, bytes], wire.ScopeSpans] = {}

    def describe(self, process: Process) -> None:
        """Say whose spans these are; once, at any time."""
        tags = _resource_attributes(process)
        self._target.resource.MergeFromString(self._request.write_attributes(_OF_RESOURCE, tags))

    def add(self, span: JaegerSpan) -> None:
        """One with an impossible id is counted and left out."""
        try:
            self.add_or_raise(span)
        except Unreadable as problem:
            self._request.rejected[str(problem)] += 1

    def add_or_raise(self, span: JaegerSpan) -> None:
        """Raises Unreadable for an impossible id."""
        if len(span.trace_id) != len(NO_TRACE) or span.trace_id == NO_TRACE:
            raise Unreadable(BAD_TRACE_ID)
        if len(span.span_id) != len(NO_SPAN) or span.span_id == NO_SPAN:
            raise Unreadable(BAD_SPAN_ID)
        parent_id = _find_parent(span)
        if len(parent_id) != len(NO_SPAN):
            raise Unreadable(BAD_PARENT_ID)
        told = read_tags(span.tags)
        _write_span(self._request, span, parent_id, told, self._of_scope(told.scope).spans.add())
        self._request.count_span()

    def _of_scope(self, scope: tuple[bytes, bytes]) -> wire.ScopeSpans:
        found = self._scopes.get(scope)
        if found is None:
            found = self._scopes[scope] = self._target.scope_spans.add()
            found.scope.name, found.scope.version = scope
        return found


def translate_span(process: Process, span: JaegerSpan) -> wire.ResourceSpans:
    """One span by itself. Raises Unreadable for an impossible id."""
    request = Request()
    group = request.add_group()
    group.describe(process)
    group.add_or_raise(span)
    return request.written.resource_spans[0]


def _write_span(request: Request, span: JaegerSpan, parent_id: bytes, told: Told, target: wire.Span) -> None:
    target.trace_id = span.trace_id
    target.span_id = span.span_id
    if parent_id != NO_SPAN:
        target.parent_span_id = parent_id
    target.name = span.operation
    target.kind = told.kind
    more = _write_times(span, target)
    if told.trace_state:
        target.trace_state = told.trace_state
    if told.status_code or told.status_message:
        target.status.code = told.status_code
        target.status.message = told.status_message
    if span.flags:
        target.flags = span.flags & _SAMPLED
        more += _describe_flags(span.flags)
    done = told.done
    attributes = [tag for tag in span.tags if tag[0] not in done] if done else span.tags
    target.MergeFromString(request.write_attributes(_OF_SPAN, [*attributes, *more] if more else attributes))
    if span.warnings:
        target.MergeFromString(_write_warnings(span.warnings))
    for log in span.logs:
        _write_event(request, log, target.events.add())
    for reference in span.references:
        if reference.is_follows_from or reference.span_id != parent_id or reference.trace_id != span.trace_id:
            _write_link(request, reference, target.links.add())


def _find_parent(span: JaegerSpan) -> bytes:
    """What the span says, or else its first reference within the trace; CHILD_OF goes before FOLLOWS_FROM."""
    if span.parent_span_id != NO_SPAN or not span.references:
        return span.parent_span_id
    followed = NO_SPAN
    for reference in span.references:
        if reference.trace_id == span.trace_id and reference.span_id != NO_SPAN:
            if not reference.is_follows_from:
                return reference.span_id
            if followed == NO_SPAN:
                followed = reference.span_id
    return followed


def _write_times(span: JaegerSpan, target: wire.Span) -> list[Tag]:
    """Sets start and end; what OTLP cannot say of them."""
    start_ns, end_ns = span.start_ns, span.start_ns + span.duration_ns
    if 0 <= start_ns <= _MAX_TIME_NS and 0 <= end_ns <= _MAX_TIME_NS:
        target.start_time_unix_nano, target.end_time_unix_nano = start_ns, end_ns
        return []
    target.start_time_unix_nano, target.end_time_unix_nano = _clamp(start_ns), _clamp(end_ns)
    return [
        (b"jaeger.start_time_ns", str(start_ns).encode()),
        (b"jaeger.duration_ns", str(span.duration_ns).encode()),
    ]


def _clamp(time_ns: int) -> int:
    return max(0, min(time_ns, _MAX_TIME_NS))


def _describe_flags(flags: int) -> list[Tag]:
    """Flags that are not W3C's: the next bit there says something else."""
    more: list[Tag] = [(b"jaeger.debug", True)] if flags & _DEBUG else []
    if flags & ~(_SAMPLED | _DEBUG):
        more.append((b"jaeger.flags", flags))
    return more


def _write_warnings(warnings: list[bytes]) -> bytes:
    entries = b"".join([write_field(b"\x0a", write_text(warning)) for warning in warnings])
    return write_attribute(_OF_SPAN, write_field(b"\x0a", b"jaeger.warnings"), write_field(b"\x2a", entries))


def _write_event(request: Request, log: Log, target: wire.Event) -> None:
    time_ns, fields = log
    target.time_unix_nano = _clamp(time_ns)
    if time_ns != target.time_unix_nano:
        fields = [*fields, (b"jaeger.time_ns", str(time_ns).encode())]
    name = _last_text(fields, b"event")
    if name is not None:
        target.name = name
        fields = [tag for tag in fields if tag[0] != b"event"]
    target.MergeFromString(request.write_attributes(_OF_EVENT, fields))


def _write_link(request: Request, reference: Reference, target: wire.Link) -> None:
    target.trace_id, target.span_id = reference.trace_id, reference.span_id
    kind: Value = b"follows_from" if reference.is_follows_from else b"child_of"
    target.MergeFromString(request.write_attributes(_OF_LINK, [(b"opentracing.ref_type", kind)]))


def _resource_attributes(process: Process) -> list[Tag]:
    """The service's name first. A tag `service.name` goes before the process's own name, which is kept beside it."""
    keys = {key for key, _ in process.tags}
    tags = [_rename(tag, keys) for tag in process.tags]
    service = process.service_name
    if not service or service == _NO_SERVICE:
        return tags
    told = _last_text(tags, b"service.name")
    if told is None:
        return [(b"service.name", service), *tags]
    return tags if told == service else [*tags, (b"jaeger.service_name", service)]


def _rename(tag: Tag, keys: set[bytes]) -> Tag:
    """Jaeger's clients have names of their own for two things; a tag under the usual name, of `keys`, goes before."""
    key, value = tag
    if key == b"hostname" and b"host.name" not in keys:
        return b"host.name", value
    if key == b"jaeger.version" and type(value) is bytes and b"opencensus.exporterversion" not in keys:
        return b"opencensus.exporterversion", b"Jaeger-" + value
    return tag


def _last_text(tags: list[Tag], key: bytes) -> bytes | None:
    found = [value for each, value in tags if each == key]
    return found[-1] if found and type(found[-1]) is bytes else None
