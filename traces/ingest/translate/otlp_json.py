"""OTLP in JSON: the proto3 mapping with hex ids and numeric enums, read as leniently as the Collector does.

https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#json-protobuf-encoding
Field names are also accepted in snake_case, enums by name, numbers as text.
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
    UNREADABLE,
    canonicalise,
    parse_request,
    refuse_too_many_groups,
    refuse_too_many_spans,
)
from traces.ingest.json_pieces import (
    SURROGATE_CUT,
    Json,
    NotPlainJson,
    TooLargePiece,
    mend,
    open_document,
    open_piece,
    read_whole,
)
from traces.ingest.limits import Limits
from traces.ingest.result import Translated
from traces.wire import otlp_pb2 as wire

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*\Z")
# Messages around a message: the parser takes no more, the encoder writes no more.
_MAX_DEPTH = 100
# The messages around an attribute: request, resourceSpans, resource; request, resourceSpans, scopeSpans, scope or span.
_IN_RESOURCE, _IN_SCOPE, _IN_SPAN, _IN_EVENT, _IN_LINK = 3, 4, 4, 5, 5
_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_STATUS_CODES = ("UNSET", "OK", "ERROR")
_METRIC_KINDS = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
_SCOPE_LISTS = frozenset(("scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans"))
# Keys of which the bytes are remembered while a request is read.
_MAX_KEYS = 1_000
_INT32, _INT64 = (-(2**31), 2**31), (-(2**63), 2**63)
_UINT32, _UINT64 = (0, 2**32), (0, 2**64)

_Result = TypeVar("_Result")


class _Unreadable(ValueError):
    """A field that is not what the mapping allows; the text says which and why."""


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
            yield len(_list(_object(metric.get(kind) or {}, kind), "dataPoints"))


def _count_records(document: Json) -> Iterator[int]:
    for scope in _list_items(document, "resourceLogs", "scopeLogs"):
        yield len(_list(scope, "logRecords"))


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
    except (_Unreadable, TooLargePiece) as problem:
        raise PayloadRejected(f"The body is not an OTLP request in JSON: {problem}.") from None


def _list_items(request: Json, *path: str) -> Iterable[dict[str, Json]]:
    """The objects at the end of a path of lists."""
    found: Iterable[dict[str, Json]] = [_object(request, "the request")]
    for name in path:
        found = _items_of(found, name)
    return found


def _items_of(holders: Iterable[dict[str, Json]], name: str) -> Iterator[dict[str, Json]]:
    for holder in holders:
        for item in _list(holder, name):
            yield _object(item, name)


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
        groups = _list(_object(found, "the request"), "resourceSpans", "resource_spans")
        self._groups += len(groups)
        refuse_too_many_groups(self._groups)
        for group in groups:
            of_resource = _object(group, "resourceSpans")
            has_scopes = not _SCOPE_LISTS.isdisjoint(of_resource)
            # A resource without spans is not kept, only read: it may be wrong.
            self._resource_spans(of_resource, request.resource_spans.add() if has_scopes else wire.ResourceSpans())
        return request

    def _resource_spans(self, found: dict[str, Json], target: wire.ResourceSpans) -> None:
        self._has_cut = False
        resource = _object(read_whole(found.get("resource")) or {}, "resource")
        self._attributes(_list(resource, "attributes"), target.resource, b"\x0a", _IN_RESOURCE)
        target.resource.dropped_attributes_count = _count(
            resource, "droppedAttributesCount", "dropped_attributes_count"
        )
        target.schema_url = self._text(read_whole(_get(found, "schemaUrl", "schema_url")), "schemaUrl")
        is_resource_cut = self._has_cut
        legacy = _list(found, "instrumentationLibrarySpans", "instrumentation_library_spans")
        groups = _list(found, "scopeSpans", "scope_spans") or legacy
        self._groups += len(groups)
        refuse_too_many_groups(self._groups)
        for group in groups:
            self._has_cut = is_resource_cut
            self._scope_spans(_object(group, "scopeSpans"), target.scope_spans.add())

    def _scope_spans(self, found: dict[str, Json], target: wire.ScopeSpans) -> None:
        scope = _object(read_whole(found.get("scope")) or {}, "scope")
        target.scope.name = self._text(scope.get("name"), "scope.name")
        target.scope.version = self._text(scope.get("version"), "scope.version")
        self._attributes(_list(scope, "attributes"), target.scope, b"\x1a", _IN_SCOPE)
        target.scope.dropped_attributes_count = _count(scope, "droppedAttributesCount", "dropped_attributes_count")
        target.schema_url = self._text(read_whole(_get(found, "schemaUrl", "schema_url")), "schemaUrl")
        is_scope_cut = self._has_cut
        spans = _list(found, "spans")
        self._spans += len(spans)
        refuse_too_many_spans(self._spans)
        for span in spans:
            self._has_cut = is_scope_cut
            message = wire.Span()
            try:
                self._span(_object(read_whole(span), "a span"), message)
            except (_Unreadable, TooLargePiece) as problem:
                self.rejected[str(problem)] += 1
                continue
            target.spans.append(message)
            if self._has_cut:
                self.cuts[message.trace_id + message.span_id] = self._cut

    def _span(self, found: dict[str, Json], target: wire.Span) -> None:
        target.trace_id = _hex_id(_get(found, "traceId", "trace_id"), "traceId")
        target.span_id = _hex_id(_get(found, "spanId", "span_id"), "spanId")
        target.parent_span_id = _hex_id(_get(found, "parentSpanId", "parent_span_id"), "parentSpanId")
        target.trace_state = self._text(_get(found, "traceState", "trace_state"), "traceState")
        target.name = self._text(found.get("name"), "name")
        target.kind = _enum(found.get("kind"), "SPAN_KIND_", _KINDS, "kind")
        target.start_time_unix_nano = _time(found, "startTimeUnixNano", "start_time_unix_nano")
        target.end_time_unix_nano = _time(found, "endTimeUnixNano", "end_time_unix_nano")
        target.flags = _integer(found.get("flags"), _UINT32, "flags")
        self._attributes(_list(found, "attributes"), target, b"\x4a", _IN_SPAN)
        target.dropped_attributes_count = _count(found, "droppedAttributesCount", "dropped_attributes_count")
        for event in _list(found, "events"):
            self._event(_object(event, "an event"), target.events.add())
        target.dropped_events_count = _count(found, "droppedEventsCount", "dropped_events_count")
        for link in _list(found, "links"):
            self._link(_object(link, "a link"), target.links.add())
        target.dropped_links_count = _count(found, "droppedLinksCount", "dropped_links_count")
        if found.get("status"):
            status = _object(found["status"], "status")
            target.status.message = self._text(status.get("message"), "status.message")
            target.status.code = _enum(status.get("code"), "STATUS_CODE_", _STATUS_CODES, "status.code")

    def _event(self, found: dict[str, Json], target: wire.Event) -> None:
        target.time_unix_nano = _time(found, "timeUnixNano", "time_unix_nano")
        target.name = self._text(found.get("name"), "event.name")
        self._attributes(_list(found, "attributes"), target, b"\x1a", _IN_EVENT)
        target.dropped_attributes_count = _count(found, "droppedAttributesCount", "dropped_attributes_count")

    def _link(self, found: dict[str, Json], target: wire.Link) -> None:
        target.trace_id = _hex_id(_get(found, "traceId", "trace_id"), "link.traceId")
        target.span_id = _hex_id(_get(found, "spanId", "span_id"), "link.spanId")
        target.trace_state = self._text(_get(found, "traceState", "trace_state"), "link.traceState")
        self._attributes(_list(found, "attributes"), target, b"\x22", _IN_LINK)
        target.dropped_attributes_count = _count(found, "droppedAttributesCount", "dropped_attributes_count")
        target.flags = _integer(found.get("flags"), _UINT32, "link.flags")

    def _attributes(self, found: list[Json], holder: Any, tag: bytes, depth: int) -> None:
        """Into the field of `holder` that has this tag; `depth` messages are around each."""
        if not found:
            return
        _check_depth(depth + 1)
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
        pair = _object(item, "an attribute")
        attribute = wire.KeyValue()
        attribute.key = self._text(pair.get("key"), "an attribute's key")
        if pair.get("value") is not None:
            self._value(_object(pair["value"], "an attribute's value"), attribute.value, depth + 1)
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
            raise _Unreadable("boolValue is true or false")
        target.bool_value = value

    def read_int(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        target.int_value = _integer(value, _INT64, "intValue")

    def read_double(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        target.double_value = _double(value)

    def read_array(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        values = _list(_object(value, "arrayValue"), "values")
        _check_depth(depth + 2 if values else depth + 1)
        target.array_value.SetInParent()
        for item in values:
            self._value(_object(item, "a value of an array"), target.array_value.values.add(), depth + 2)

    def read_kvlist(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        _check_depth(depth + 1)
        target.kvlist_value.SetInParent()
        self._attributes(_list(_object(value, "kvlistValue"), "values"), target.kvlist_value, b"\x0a", depth + 2)

    def read_bytes(self, value: Json, target: wire.AnyValue, depth: int) -> None:
        try:
            target.bytes_value = base64.b64decode(value.translate(_URL_SAFE) + "=" * (-len(value) % 4), validate=True)
        except (AttributeError, ValueError):
            raise _Unreadable("bytesValue is not base64") from None

    def _text(self, value: Json, name: str) -> bytes:
        if value is None:
            return b""
        if not isinstance(value, str):
            raise _Unreadable(f"{name} is not text")
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


def _check_depth(depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise _Unreadable(UNREADABLE)


def _get(found: dict[str, Json], name: str, alias: str) -> Json:
    value = found.get(name)
    return found.get(alias) if value is None else value


def _object(value: Json, name: str) -> dict[str, Json]:
    """An object; where it is a piece, its values are pieces, too."""
    value = open_piece(value, dict)
    if not isinstance(value, dict):
        raise _Unreadable(f"{name} is not an object")
    return value


def _list(found: dict[str, Json], name: str, alias: str = "") -> list[Json]:
    value = open_piece(_get(found, name, alias), list)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Unreadable(f"{name} is not a list")
    return value


def _hex_id(value: Json, name: str) -> bytes:
    if value is None:
        return b""
    if type(value) is str and value.isalnum() and len(value) in (16, 32):
        try:
            return bytes.fromhex(value)
        except ValueError:
            pass
    if not isinstance(value, str) or not _HEX.match(value):
        raise _Unreadable(f"{name} is not hexadecimal")
    return bytes.fromhex(value)


def _integer(value: Json, bounds: tuple[int, int], name: str) -> int:
    """A whole number, as a number or as text, within [low, high)."""
    if value is None or value == "":
        return 0
    number: int | None = None
    # Most are plain digits; an expression takes five times as long to see it.
    if isinstance(value, str) and ((len(value) < 20 and value.isdecimal()) or re.fullmatch(r"-?\d{1,20}", value)):
        number = int(value)
    elif isinstance(value, float):
        # The JSON parser rounds an integer of more than 64 bits to a float.
        number = int(value) if value.is_integer() and abs(value) < 2**63 else None
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    if number is None or not bounds[0] <= number < bounds[1]:
        raise _Unreadable(f"{name} is not a whole number in its range")
    return number


def _time(found: dict[str, Json], name: str, alias: str) -> int:
    return _integer(_get(found, name, alias), _UINT64, name)


def _count(found: dict[str, Json], name: str, alias: str) -> int:
    return _integer(_get(found, name, alias), _UINT32, name)


def _double(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _Unreadable("doubleValue is not a number")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise _Unreadable("doubleValue is not a number") from None


def _enum(value: Json, prefix: str, names: tuple[str, ...], name: str) -> int:
    if isinstance(value, str) and value.removeprefix(prefix) in names:
        return names.index(value.removeprefix(prefix))
    return _integer(value, _INT32, name)
