"""OTLP in JSON: the proto3 mapping with hex ids and numeric enums, read as leniently as the Collector does.

https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#json-protobuf-encoding
Field names are also accepted in snake_case, enums by name, numbers as text, ids in base64 as Tempo answers them.
"""

import base64
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from traces.domain.errors import PayloadRejected
from traces.ingest.attribute_bytes import write_field, write_plain_attribute
from traces.ingest.canonical import (
    canonicalise,
    parse_request,
    refuse_too_many_groups,
    refuse_too_many_spans,
)
from traces.ingest.json_fields import (
    INT64,
    UINT32,
    Unreadable,
    check_depth,
    find_field,
    read_count,
    read_double,
    read_enum,
    read_id,
    read_integer,
    read_list,
    read_object,
    read_time,
)
from traces.ingest.json_pieces import (
    SURROGATE_CUT,
    Json,
    NotPlainJson,
    TooLargePiece,
    mend,
    open_document,
    read_whole,
)
from traces.ingest.limits import Limits
from traces.ingest.result import Translated
from traces.wire import otlp_pb2 as wire

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# The messages around an attribute: request, resourceSpans, resource; request, resourceSpans, scopeSpans, scope or span.
_IN_RESOURCE, _IN_SCOPE, _IN_SPAN, _IN_EVENT, _IN_LINK = 3, 4, 4, 5, 5
_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_STATUS_CODES = ("UNSET", "OK", "ERROR")
_METRIC_KINDS = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
_SCOPE_LISTS = frozenset(("scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans"))
# Keys of which the bytes are remembered while a request is read.
_MAX_KEYS = 1_000

_Result = TypeVar("_Result")


def translate_otlp_json(body: bytes, limits: Limits | None = None) -> Translated:
    """Raises PayloadRejected if the frame around the spans is wrong; a bad span is counted and left out."""
    encoded, translator = _encode(body)
    request, unparsable = parse_request(encoded)
    translated = canonicalise(request, translator.rejected + unparsable, limits)
    if translator.cuts:
        spans = (span for group in request.resource_spans for scope in group.scope_spans for span in scope.spans)
        kept = {span.trace_id + span.span_id for span in spans}
        cuts = {key: cut for key, cut in translator.cuts.items() if key in kept}
        both = {key: f"{cuts[key]}; {cut}" for key, cut in translated.cuts.items() if key in cuts}
        translated.cuts |= cuts | both
    return translated


def _encode(body: bytes) -> "tuple[bytes, _Translator]":
    """The request in protobuf. Its objects, many times its size, are gone when the next reader begins."""

    def encode(document: Json, cut: str) -> tuple[bytes, _Translator]:
        translator = _Translator(cut)
        return translator.request(document).SerializeToString(), translator

    return _read(body, encode)


def count_json_points(body: bytes) -> int:
    """How many data points a metrics request holds. Raises PayloadRejected."""
    return _read(body, lambda document, _: sum(_count_points(document)))


def count_json_records(body: bytes) -> int:
    """How many log records a logs request holds. Raises PayloadRejected."""
    return _read(body, lambda document, _: sum(_count_records(document)))


def _count_points(document: Json) -> Iterator[int]:
    for metric in _list_items(document, "resourceMetrics", "scopeMetrics", "metrics"):
        for kind in _METRIC_KINDS:
            yield len(read_list(read_object(metric.get(kind) or {}, kind), "dataPoints"))


def _count_records(document: Json) -> Iterator[int]:
    for scope in _list_items(document, "resourceLogs", "scopeLogs"):
        yield len(read_list(scope, "logRecords"))


def _read(body: bytes, read: Callable[[Json, str], _Result]) -> _Result:
    """What `read` makes of a request, opened in pieces where its texts are Unicode. Raises PayloadRejected."""
    with _rejecting():
        try:
            return read(open_document(body), SURROGATE_CUT)
        except NotPlainJson:
            return read(*mend(body))


@contextmanager
def _rejecting() -> Iterator[None]:
    """A field that cannot be read, outside a span, costs the request."""
    try:
        yield
    except (Unreadable, TooLargePiece) as problem:
        raise PayloadRejected(f"The body is not an OTLP request in JSON: {problem}.") from None


def _list_items(request: Json, *path: str) -> Iterable[dict[str, Json]]:
    """The objects at the end of a path of lists."""
    found: Iterable[dict[str, Json]] = [read_object(request, "the request")]
    for name in path:
        found = _items_of(found, name)
    return found


def _items_of(holders: Iterable[dict[str, Json]], name: str) -> Iterator[dict[str, Json]]:
    for holder in holders:
        for item in read_list(holder, name):
            yield read_object(item, name)


class _Translator:
    """One request; notes what it had to reject and to change."""

    def __init__(self, cut: str) -> None:
        self.rejected: Counter[str] = Counter()
        self.cuts: dict[bytes, str] = {}
        self._cut, self._has_cut = cut, False
        self._groups = self._spans = 0
        self._keys: dict[str, bytes] = {}

    def request(self, found: Json) -> wire.Request:
        request = wire.Request()
        groups = read_list(read_object(found, "the request"), "resourceSpans", "resource_spans")
        self._groups += len(groups)
        refuse_too_many_groups(self._groups)
        for group in groups:
            of_resource = read_object(group, "resourceSpans")
            has_scopes = not _SCOPE_LISTS.isdisjoint(of_resource)
            # A resource without spans is not kept, only read: it may be wrong.
            self._resource_spans(of_resource, request.resource_spans.add() if has_scopes else wire.ResourceSpans())
        return request

    def _resource_spans(self, found: dict[str, Json], target: wire.ResourceSpans) -> None:
        self._has_cut = False
        resource = read_object(read_whole(found.get("resource")) or {}, "resource")
        self._attributes(read_list(resource, "attributes"), target.resource, b"\x0a", _IN_RESOURCE)
        target.resource.dropped_attributes_count = read_count(
            resource, "droppedAttributesCount", "dropped_attributes_count"
        )
        target.schema_url = self._text(read_whole(find_field(found, "schemaUrl", "schema_url")), "schemaUrl")
        is_resource_cut = self._has_cut
        legacy = read_list(found, "instrumentationLibrarySpans", "instrumentation_library_spans")
        groups = read_list(found, "scopeSpans", "scope_spans") or legacy
        self._groups += len(groups)
        refuse_too_many_groups(self._groups)
        for group in groups:
            self._has_cut = is_resource_cut
            self._scope_spans(read_object(group, "scopeSpans"), target.scope_spans.add())

    def _scope_spans(self, found: dict[str, Json], target: wire.ScopeSpans) -> None:
        scope = read_object(read_whole(found.get("scope")) or {}, "scope")
        target.scope.name = self._text(scope.get("name"), "scope.name")
        target.scope.version = self._text(scope.get("version"), "scope.version")
        self._attributes(read_list(scope, "attributes"), target.scope, b"\x1a", _IN_SCOPE)
        target.scope.dropped_attributes_count = read_count(scope, "droppedAttributesCount", "dropped_attributes_count")
        target.schema_url = self._text(read_whole(find_field(found, "schemaUrl", "schema_url")), "schemaUrl")
        is_scope_cut = self._has_cut
        spans = read_list(found, "spans")
        self._spans += len(spans)
        refuse_too_many_spans(self._spans)
        for span in spans:
            self._has_cut = is_scope_cut
            message = wire.Span()
            try:
                self._span(read_object(read_whole(span), "a span"), message)
            except (Unreadable, TooLargePiece) as problem:
                self.rejected[str(problem)] += 1
                continue
            target.spans.append(message)
            if self._has_cut:
                self.cuts[message.trace_id + message.span_id] = self._cut

    def _span(self, found: dict[str, Json], target: wire.Span) -> None:
        target.trace_id = read_id(find_field(found, "traceId", "trace_id"), "traceId")
        target.span_id = read_id(find_field(found, "spanId", "span_id"), "spanId")
        target.parent_span_id = read_id(find_field(found, "parentSpanId", "parent_span_id"), "parentSpanId")
        target.trace_state = self._text(find_field(found, "traceState", "trace_state"), "traceState")
        target.name = self._text(found.get("name"), "name")
        target.kind = read_enum(found.get("kind"), "SPAN_KIND_", _KINDS, "kind")
        target.start_time_unix_nano = read_time(found, "startTimeUnixNano", "start_time_unix_nano")
        target.end_time_unix_nano = read_time(found, "endTimeUnixNano", "end_time_unix_nano")
        target.flags = read_integer(found.get("flags"), UINT32, "flags")
        self._attributes(read_list(found, "attributes"), target, b"\x4a", _IN_SPAN)
        target.dropped_attributes_count = read_count(found, "droppedAttributesCount", "dropped_attributes_count")
        for event in read_list(found, "events"):
            self._event(read_object(event, "an event"), target.events.add())
        target.dropped_events_count = read_count(found, "droppedEventsCount", "dropped_events_count")
        for link in read_list(found, "links"):
            self._link(read_object(link, "a link"), target.links.add())
        target.dropped_links_count = read_count(found, "droppedLinksCount", "dropped_links_count")
        if found.get("status"):
            status = read_object(found["status"], "status")
            target.status.message = self._text(status.get("message"), "status.message")
            target.status.code = read_enum(status.get("code"), "STATUS_CODE_", _STATUS_CODES, "status.code")

    def _event(self, found: dict[str, Json], target: wire.Event) -> None:
        target.time_unix_nano = read_time(found, "timeUnixNano", "time_unix_nano")
        target.name = self._text(found.get("name"), "event.name")
        self._attributes(read_list(found, "attributes"), target, b"\x1a", _IN_EVENT)
        target.dropped_attributes_count = read_count(found, "droppedAttributesCount", "dropped_attributes_count")

    def _link(self, found: dict[str, Json], target: wire.Link) -> None:
        target.trace_id = read_id(find_field(found, "traceId", "trace_id"), "link.traceId")
        target.span_id = read_id(find_field(found, "spanId", "span_id"), "link.spanId")
        target.trace_state = self._text(find_field(found, "traceState", "trace_state"), "link.traceState")
        self._attributes(read_list(found, "attributes"), target, b"\x22", _IN_LINK)
        target.dropped_attributes_count = read_count(found, "droppedAttributesCount", "dropped_attributes_count")
        target.flags = read_integer(found.get("flags"), UINT32, "link.flags")

    def _attributes(self, found: list[Json], holder: Any, tag: bytes, depth: int) -> None:
        """Into the field of `holder` that has this tag; `depth` messages are around each."""
        if not found:
            return
        check_depth(depth + 1)
        written = [self._plain_attribute(item, tag) or self._attribute(item, tag, depth) for item in found]
        holder.MergeFromString(b"".join(written))

    def _plain_attribute(self, item: Json, tag: bytes) -> bytes | None:
        if type(item) is not dict:
            return None
        key, value = item.get("key"), item.get("value")
        if type(key) is not str or type(value) is not dict or len(value) != 1:
            return None
        try:
            field = self._keys.get(key) or self._remember_key(key)
            [(name, content)] = value.items()
            return write_plain_attribute(tag, field, name, content)
        except UnicodeEncodeError:
            return None

    def _remember_key(self, key: str) -> bytes:
        field = write_field(b"\x0a", key.encode())
        if len(self._keys) < _MAX_KEYS:
            self._keys[key] = field
        return field

    def _attribute(self, item: Json, tag: bytes, depth: int) -> bytes:
        pair = read_object(item, "an attribute")
        attribute = wire.KeyValue()
        attribute.key = self._text(pair.get("key"), "an attribute's key")
        if pair.get("value") is not None:
            self._value(read_object(pair["value"], "an attribute's value"), attribute.value, depth + 1)
        return write_field(tag, attribute.SerializeToString())

    def _value(self, found: dict[str, Json], target: wire.AnyValue, depth: int) -> None:
        for name, value in found.items():
            read = _VALUE_READERS.get(name)
            if read is not None and value is not None:
                read(self, value, target, depth)

    def read_string(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        target.string_value = self._text(value, "stringValue")

    def read_bool(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        if not isinstance(value, bool):
            raise Unreadable("boolValue is true or false")
        target.bool_value = value

    def read_int(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        target.int_value = read_integer(value, INT64, "intValue")

    def read_double(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        target.double_value = read_double(value)

    def read_array(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        values = read_list(read_object(value, "arrayValue"), "values")
        check_depth(depth + 2 if values else depth + 1)
        target.array_value.SetInParent()
        for item in values:
            self._value(read_object(item, "a value of an array"), target.array_value.values.add(), depth + 2)

    def read_kvlist(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        check_depth(depth + 1)
        target.kvlist_value.SetInParent()
        self._attributes(
            read_list(read_object(value, "kvlistValue"), "values"), target.kvlist_value, b"\x0a", depth + 2
        )

    def read_bytes(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        try:
            target.bytes_value = base64.b64decode(value.translate(_URL_SAFE) + "=" * (-len(value) % 4), validate=True)
        except (AttributeError, ValueError):
            raise Unreadable("bytesValue is not base64") from None

    def _text(self, value: Json, name: str) -> bytes:
        if value is None:
            return b""
        if not isinstance(value, str):
            raise Unreadable(f"{name} is not text")
        try:
            return value.encode()
        except UnicodeEncodeError:
            self._has_cut = True
            return _LONE_SURROGATE.sub("\ufffd", value).encode()


_URL_SAFE = str.maketrans("-_", "+/")
_Reader = Callable[[_Translator, Json, wire.AnyValue, int], None]
_VALUE_READERS: dict[str, _Reader] = {
    name: reader
    for names, reader in (
        (("stringValue", "string_value"), _Translator.read_string),
        (("boolValue", "bool_value"), _Translator.read_bool),
        (("intValue", "int_value"), _Translator.read_int),
        (("doubleValue", "double_value"), _Translator.read_double),
        (("arrayValue", "array_value"), _Translator.read_array),
        (("kvlistValue", "kvlist_value"), _Translator.read_kvlist),
        (("bytesValue", "bytes_value"), _Translator.read_bytes),
    )
    for name in names
}
