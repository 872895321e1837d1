"""One span of Zipkin's as one of OTLP's, and many of them as a request.

Nothing is lost: what has no field becomes an attribute, under the names that the Collector's translator uses
(https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/pkg/translator/zipkin), or
`zipkin.…` where it has none. Names stay as they were sent, whatever their case.

Protobuf is written by hand: building messages takes three times as long (https://protobuf.dev/programming-guides/encoding/).
"""

from collections import Counter
from functools import lru_cache
from struct import Struct, error
from typing import Any

from traces.domain.ids import SPAN_ID_BYTES, TRACE_ID_BYTES
from traces.ingest.attribute_bytes import write_field
from traces.ingest.canonical import UNREADABLE
from traces.ingest.json_fields import Unreadable
from traces.ingest.json_pieces import TooLargePiece
from traces.ingest.result import Translated
from traces.ingest.translate.zipkin.annotations import read_event
from traces.ingest.translate.zipkin.model import Annotation, Endpoint, ZipkinSpan
from traces.ingest.translate.zipkin.specials import find_specials
from traces.ingest.translate.zipkin.values import encode_text, format_value, write_attribute, write_attributes
from traces.wire import otlp_pb2 as wire

# Service, scope's name and scope's version: what spans of one group have in common.
Group = tuple[str, str, str]
_NS_IN_US = 1_000
# Characters of addresses that are remembered.
_MAX_IP = 64
_NO_TRACE, _NO_SPAN = bytes(TRACE_ID_BYTES), bytes(SPAN_ID_BYTES)
_INTERNAL = 1
_KINDS = {"SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
_NO_START = write_attribute(b"\x4a", "otel.zipkin.absentField.startTime", True)
_SHARED = write_attribute(b"\x4a", "zipkin.shared", True)
_DEBUG = write_attribute(b"\x4a", "zipkin.debug", True)
_write_times = Struct("<BQBQ").pack
_write_time = Struct("<BQ").pack
# What a span may do to those who read and write it; Unreadable is a ValueError. It costs itself and not its batch.
BAD_SPAN = (ValueError, OverflowError, TypeError, RecursionError)


class Batch:
    """The spans of one request."""

    def __init__(self) -> None:
        self.rejected: Counter[str] = Counter()
        self._groups: dict[Group, list[bytes]] = {}
        self._span_count = 0

    def add(self, span: ZipkinSpan) -> None:
        """Raises Unreadable for a span that cannot be kept."""
        group, written = write_span(span)
        self._groups.setdefault(group, []).append(written)
        self._span_count += 1

    def add_all(self, spans: list[ZipkinSpan]) -> None:
        """All of these, or none. Raises Unreadable."""
        for group, written in [write_span(span) for span in spans]:
            self._groups.setdefault(group, []).append(written)
            self._span_count += 1

    def reject(self, problem: Exception) -> None:
        """Count a span that was left out for one of BAD_SPAN."""
        self.rejected[str(problem) if isinstance(problem, Unreadable | TooLargePiece) else UNREADABLE] += 1

    def write(self) -> bytes:
        """An OTLP request."""
        return b"".join([write_field(b"\x0a", _write_group(group, spans)) for group, spans in self._groups.items()])

    def translated(self) -> Translated:
        return Translated(body=self.write(), span_count=self._span_count, rejected=self.rejected)


def _write_group(group: Group, spans: list[bytes]) -> bytes:
    service, scope_name, scope_version = group
    resource = write_attribute(b"\x0a", "service.name", service) if service else b""
    scope = b""
    if scope_name:
        scope += write_field(b"\x0a", encode_text(scope_name))
    if scope_version:
        scope += write_field(b"\x12", encode_text(scope_version))
    of_scope = [write_field(b"\x0a", scope), *[write_field(b"\x12", span) for span in spans]]
    return write_field(b"\x0a", resource) + write_field(b"\x12", b"".join(of_scope))


def write_span(span: ZipkinSpan) -> tuple[Group, bytes]:
    """The span as OTLP's bytes, and the group it belongs to. Raises Unreadable."""
    kind = _KINDS.get(span.kind, 0) if span.kind else 0
    tags, is_internal, status_code, message, trace_state, scope_name, scope_version, links = find_specials(
        span.tags or {}, has_kind=bool(span.kind)
    )
    parts = [_write_ids(span), _write_moments(span), b"\x30%c" % (_INTERNAL if is_internal else kind)]
    if span.name:
        parts.append(write_field(b"\x2a", encode_text(span.name)))
    service = (span.local_endpoint.service_name or "") if span.local_endpoint else ""
    if tags:
        parts += write_attributes(b"\x4a", _without_service(tags, service))
    if span.local_endpoint or span.remote_endpoint:
        parts += _write_endpoints(span, tags)
    if span.annotations:
        parts += [_write_event(annotation) for annotation in span.annotations]
    if links:
        parts += [write_field(b"\x6a", link) for link in links]
    if trace_state:
        parts.append(write_field(b"\x1a", encode_text(trace_state)))
    if status_code:
        status = write_field(b"\x12", encode_text(message)) if message else b""
        parts.append(write_field(b"\x7a", b"%b\x18%c" % (status, status_code)))
    if span.shared or span.debug or (span.kind and not kind):
        parts.append(_write_rest(span))
    return (service, scope_name, scope_version), b"".join(parts)


def _write_ids(span: ZipkinSpan) -> bytes:
    """A parent that is the span itself is none."""
    trace_id = _read_id(span.trace_id, TRACE_ID_BYTES, "traceId")
    span_id = _read_id(span.id, SPAN_ID_BYTES, "id")
    if trace_id == _NO_TRACE:
        raise Unreadable("traceId is all zeros")
    if span_id == _NO_SPAN:
        raise Unreadable("id is all zeros")
    if span.parent_id:
        parent_id = _read_id(span.parent_id, SPAN_ID_BYTES, "parentId")
        if parent_id not in (span_id, _NO_SPAN):
            return b"\x0a\x10%b\x12\x08%b\x22\x08%b" % (trace_id, span_id, parent_id)
    return b"\x0a\x10%b\x12\x08%b" % (trace_id, span_id)


def _read_id(text: str | None, size: int, name: str) -> bytes:
    """Hexadecimal digits in any case, padded on the left: 64 bits are the lower half of 128."""
    if not text:
        raise Unreadable(f"{name} is empty")
    if len(text) > 2 * size:
        raise Unreadable(f"{name}.length > {2 * size}")
    try:
        found = bytes.fromhex(text if len(text) == 2 * size else text.rjust(2 * size, "0"))
    except ValueError:
        found = b""
    # Spaces between digits are left out when read.
    if len(found) != size:
        raise Unreadable(f"{name} should be lower-hex encoded with no prefix")
    return found


def _write_moments(span: ZipkinSpan) -> bytes:
    """Without a start there is no end either; without a duration the span is one that has not ended."""
    start_us, duration_us = span.timestamp or 0, span.duration
    try:
        if start_us <= 0:
            written = _write_times(0x39, 0, 0x41, 0) + _NO_START
            return written + write_attribute(b"\x4a", "zipkin.duration", int(duration_us)) if duration_us else written
        start_ns = _to_ns(start_us)
        end_ns = start_ns + max(0, _to_ns(duration_us)) if duration_us is not None else 0
        return _write_times(0x39, start_ns, 0x41, end_ns)
    except (error, OverflowError, ValueError):
        raise Unreadable("timestamp or duration is out of range") from None


def _to_ns(time_us: int | float) -> int:
    """A float has no room for nanoseconds since 1970. Raises OverflowError and ValueError for one that is no number."""
    if type(time_us) is int:
        return time_us * _NS_IN_US
    whole_us = int(time_us)
    return whole_us * _NS_IN_US + round((time_us - whole_us) * _NS_IN_US)


def _write_rest(span: ZipkinSpan) -> bytes:
    """What Zipkin says besides."""
    flags = (_SHARED if span.shared else b"") + (_DEBUG if span.debug else b"")
    is_kind_told = not span.kind or span.kind in _KINDS
    return flags if is_kind_told else flags + write_attribute(b"\x4a", "zipkin.kind", span.kind)


def _write_endpoints(span: ZipkinSpan, tags: dict[str, Any]) -> list[bytes]:
    written: list[bytes] = []
    if span.local_endpoint:
        written += _write_address(span.local_endpoint, "net.host.", "zipkin.local.", tags)
    if span.remote_endpoint:
        written += _write_beside("peer.service", "zipkin.remote.service", span.remote_endpoint.service_name, tags)
        written += _write_address(span.remote_endpoint, "net.peer.", "zipkin.remote.", tags)
    return written


def _without_service(tags: dict[str, Any], service: str) -> dict[str, Any]:
    """SDKs repeat on every span what its resource says."""
    if tags.get("service.name") != service:
        return tags
    return {key: value for key, value in tags.items() if key != "service.name"}


def _write_address(endpoint: Endpoint, prefix: str, spare: str, tags: dict[str, Any]) -> list[bytes]:
    """Addresses come again and again: what no tag contradicts is remembered."""
    if (
        f"{prefix}ip" in tags
        or f"{prefix}port" in tags
        or len(endpoint.ipv4 or "") + len(endpoint.ipv6 or "") > _MAX_IP
    ):
        return _write_new_address(endpoint, prefix, spare, tags)
    return [_write_known_address(prefix, spare, endpoint.ipv4, endpoint.ipv6, endpoint.port)]


@lru_cache(maxsize=4_096)
def _write_known_address(prefix: str, spare: str, ipv4: str | None, ipv6: str | None, port: int | None) -> bytes:
    return b"".join(_write_new_address(Endpoint(ipv4=ipv4, ipv6=ipv6, port=port), prefix, spare, {}))


def _write_new_address(endpoint: Endpoint, prefix: str, spare: str, tags: dict[str, Any]) -> list[bytes]:
    written = _write_beside(f"{prefix}ip", f"{spare}ip", endpoint.ipv4 or endpoint.ipv6, tags)
    if endpoint.ipv4 and endpoint.ipv6:
        written.append(write_attribute(b"\x4a", f"{spare}ipv6", endpoint.ipv6))
    if endpoint.port:
        written += _write_beside(f"{prefix}port", f"{spare}port", endpoint.port, tags)
    return written


def _write_beside(key: str, spare_key: str, value: str | int | None, tags: dict[str, Any]) -> list[bytes]:
    """An attribute that gives way to a tag of the same name; what it says is said only once."""
    if not value:
        return []
    if key not in tags:
        return [write_attribute(b"\x4a", key, value)]
    return [] if format_value(tags[key]) == str(value) else [write_attribute(b"\x4a", spare_key, value)]


def _write_event(annotation: Annotation) -> bytes:
    name, attributes, dropped_count = read_event(annotation.value or "")
    text = encode_text(name)
    try:
        written = _write_time(0x09, max(0, _to_ns(annotation.timestamp or 0)))
    except (error, OverflowError, ValueError):
        raise Unreadable("an annotation's timestamp is out of range") from None
    written += write_field(b"\x12", text)
    if attributes:
        written += b"".join([write_attribute(b"\x1a", key, value) for key, value in attributes.items()])
    if dropped_count:
        written += wire.Event(dropped_attributes_count=dropped_count).SerializeToString()
    return write_field(b"\x5a", written)
