"""Spans of Zipkin's API v1, where client and server wrote their halves of a call into one span.

Both halves come out, with the same id. The rules are those of Zipkin's own conversion: the annotations cs, cr, sr, ss,
ms and mr say what kind a half is and when it began and ended, ws and wr when a message was on the wire; ca, sa and ma
are the addresses of client, server and broker. What does not fit them stays an annotation or a tag.
"""

from typing import Any

import msgspec

from traces.ingest.json_fields import Unreadable
from traces.ingest.translate.zipkin.model import Annotation, Endpoint, ZipkinSpan

_KINDS = {"cs": "CLIENT", "cr": "CLIENT", "sr": "SERVER", "ss": "SERVER", "ms": "PRODUCER", "mr": "CONSUMER"}
_ON_WIRE = ("ws", "wr")
_ADDRESSES = ("ca", "sa", "ma")
_LOCAL_COMPONENT = "lc"
# Each repeats the name of the span, and each annotation looks for its own among them.
_MAX_SIDES = 8


class AnnotationV1(msgspec.Struct):
    """`timestamp` in microseconds."""

    timestamp: int | float | None = None
    value: str | None = None
    endpoint: Endpoint | None = None


class BinaryAnnotation(msgspec.Struct):
    """A tag, or an address, which is a flag with an endpoint. `type` is the name of Thrift's type."""

    key: str | None = None
    value: Any = None
    type: str | int | None = None
    endpoint: Endpoint | None = None


class SpanV1(msgspec.Struct, rename="camel"):
    """Times are microseconds. Only v2 has the last four fields: they tell a span sent to the wrong address."""

    trace_id: str | None = None
    id: str | None = None
    parent_id: str | None = None
    name: str | None = None
    timestamp: int | float | None = None
    duration: int | float | None = None
    annotations: list[AnnotationV1] | None = None
    binary_annotations: list[BinaryAnnotation] | None = None
    debug: bool | None = None
    kind: Any = None
    local_endpoint: Any = None
    remote_endpoint: Any = None
    tags: Any = None


def split_span(source: SpanV1) -> list[ZipkinSpan]:
    """A span for each side that had a part in it; at least one. Raises Unreadable for more sides than a call has."""
    sides = _Sides(source)
    for annotation in source.annotations or ():
        sides.add_annotation(annotation)
    addresses: dict[str, Endpoint] = {}
    for binary in source.binary_annotations or ():
        if binary.key in _ADDRESSES and binary.value is True and binary.endpoint and binary.key not in addresses:
            addresses[binary.key] = binary.endpoint
        else:
            sides.add_tag(binary)
    sides.set_times()
    _set_shared(sides)
    _set_remote_endpoints(sides, addresses)
    return sides.spans


class _Sides:
    """The spans that one v1 span becomes: one for each service and kind."""

    def __init__(self, source: SpanV1) -> None:
        self.source = source
        self.spans = [self._new_span()]
        # The annotations with a meaning, and the span that each stands for.
        self.core: dict[str, tuple[AnnotationV1, ZipkinSpan]] = {}

    def find_kind(self, kind: str) -> ZipkinSpan | None:
        return next((span for span in self.spans if span.kind == kind), None)

    def find_service(self, endpoint: Endpoint | None) -> ZipkinSpan:
        """The first span of this service; without an endpoint, the first of all."""
        return self._find(endpoint, None)

    def add_annotation(self, annotation: AnnotationV1) -> None:
        """A second annotation of the same meaning is an annotation like any other."""
        value = annotation.value or ""
        kind = _KINDS.get(value)
        span = self._find(annotation.endpoint, kind)
        if (kind or value in _ON_WIRE) and value not in self.core:
            span.kind = kind or span.kind
            self.core[value] = annotation, span
        else:
            _annotate(span, annotation)

    def add_tag(self, binary: BinaryAnnotation) -> None:
        """An empty `lc` only marks a local span."""
        key, span = binary.key or "", self.find_service(binary.endpoint)
        if (key, binary.value) != (_LOCAL_COMPONENT, ""):
            _tag(span, key, binary.value)

    def set_times(self) -> None:
        """The span's own times are those of whoever began it; the annotations that say no more than they are gone."""
        owner = self.find_kind("CLIENT") or self.find_kind("SERVER") or self.find_kind("PRODUCER") or self.spans[0]
        for span in self.spans:
            self._set_times(span, is_owner=span is owner)
        for annotation, span in self.core.values():
            if not _is_told(annotation, span):
                _annotate(span, annotation)

    def _set_times(self, span: ZipkinSpan, *, is_owner: bool) -> None:
        begin, end = self._find_bounds(span)
        first_us = min((each.timestamp for each in span.annotations or () if each.timestamp), default=None)
        own_us = begin.timestamp if begin else None
        span.timestamp = (is_owner and self.source.timestamp) or own_us or self.source.timestamp or first_us
        if is_owner and self.source.duration:
            span.duration = self.source.duration
        elif end and end.timestamp and span.timestamp and (begin or is_owner):
            # What took less than a microsecond took one.
            span.duration = max(1, end.timestamp - span.timestamp)

    def _find_bounds(self, span: ZipkinSpan) -> tuple[AnnotationV1 | None, AnnotationV1 | None]:
        """A consumer begins when the message comes off the wire, if that is known."""
        if span.kind == "CONSUMER":
            received = self._find_core("mr", span)
            on_wire = self._find_core("wr", span)
            return (on_wire, received) if on_wire else (received, None)
        names = {"CLIENT": ("cs", "cr"), "SERVER": ("sr", "ss"), "PRODUCER": ("ms", "ws")}.get(span.kind or "")
        return (self._find_core(names[0], span), self._find_core(names[1], span)) if names else (None, None)

    def _find_core(self, value: str, span: ZipkinSpan) -> AnnotationV1 | None:
        annotation, of_span = self.core.get(value, (None, None))
        return annotation if of_span is span else None

    def _find(self, endpoint: Endpoint | None, kind: str | None) -> ZipkinSpan:
        """The span of this service and kind; where a service calls itself, there is one for each kind.

        What belongs to no side of a call stays with the first, once there are _MAX_SIDES.
        """
        for span in self.spans:
            if kind and span.kind not in (None, kind):
                continue
            if endpoint is None or span.local_endpoint is None or _is_same_service(span.local_endpoint, endpoint):
                span.local_endpoint = span.local_endpoint or endpoint
                return span
        if len(self.spans) == _MAX_SIDES:
            if kind:
                raise Unreadable("a span names too many services")
            return self.spans[0]
        span = self._new_span()
        span.local_endpoint = endpoint
        self.spans.append(span)
        return span

    def _new_span(self) -> ZipkinSpan:
        source = self.source
        return ZipkinSpan(
            trace_id=source.trace_id,
            id=source.id,
            parent_id=source.parent_id,
            name=source.name,
            debug=source.debug,
        )


def _annotate(span: ZipkinSpan, annotation: AnnotationV1) -> None:
    span.annotations = span.annotations or []
    span.annotations.append(Annotation(annotation.timestamp, annotation.value))


def _tag(span: ZipkinSpan, key: str, value: Any) -> None:
    span.tags = span.tags if span.tags is not None else {}
    span.tags[key] = value


def _is_told(annotation: AnnotationV1, span: ZipkinSpan) -> bool:
    """Whether the span begins or ends with the annotation."""
    is_bound = annotation.value not in _ON_WIRE or span.kind in ("PRODUCER", "CONSUMER")
    times_us = [span.timestamp]
    if span.timestamp and span.duration:
        times_us.append(span.timestamp + span.duration)
    return is_bound and annotation.timestamp in times_us


def _is_same_service(one: Endpoint, other: Endpoint) -> bool:
    return (one.service_name or "") == (other.service_name or "")


def _set_shared(sides: _Sides) -> None:
    """v1 has no flag: a server that did not begin the span leaves its timestamp, or its duration, to the client."""
    source, server = sides.source, sides.find_kind("SERVER")
    if server and "sr" in sides.core:
        is_incomplete = not source.timestamp or ("ss" in sides.core and not source.duration)
        server.shared = bool(sides.find_kind("CLIENT")) or is_incomplete or None
    consumer = sides.find_kind("CONSUMER")
    if consumer and sides.find_kind("PRODUCER"):
        consumer.shared = True


def _set_remote_endpoints(sides: _Sides, addresses: dict[str, Endpoint]) -> None:
    """An address that belongs to no side stays a tag."""
    client, server = sides.find_kind("CLIENT"), sides.find_kind("SERVER")
    ca, sa, ma = (addresses.pop(key, None) for key in _ADDRESSES)
    if not client and not server and (ca or sa):
        _set_addresses_alone(sides, ca, sa)
        ca = sa = None
    if ca and server:
        _set_client_address(server, ca)
        ca = None
    if sa and client:
        client.remote_endpoint, sa = sa, None
    messaging = [span for span in sides.spans if span.kind in ("PRODUCER", "CONSUMER")]
    for span in messaging:
        span.remote_endpoint = span.remote_endpoint or ma
    for key, endpoint in (("ca", ca), ("sa", sa), ("ma", None if messaging else ma)):
        if endpoint:
            _tag(sides.spans[0], key, _format_endpoint(endpoint))


def _set_addresses_alone(sides: _Sides, ca: Endpoint | None, sa: Endpoint | None) -> None:
    """Without annotations, both addresses are a client's span and `ca` alone a server's; `sa` alone says neither."""
    if sa:
        sides.find_service(ca).remote_endpoint = sa
    else:
        sides.spans[0].kind = sides.spans[0].kind or "SERVER"
        sides.spans[0].remote_endpoint = ca


def _set_client_address(server: ZipkinSpan, ca: Endpoint) -> None:
    """Finagle names the server itself as the service of `ca`: that is no caller."""
    if ca == server.local_endpoint:
        return
    if server.local_endpoint and _is_same_service(ca, server.local_endpoint):
        ca = Endpoint(ipv4=ca.ipv4, ipv6=ca.ipv6, port=ca.port)
    server.remote_endpoint = ca


def _format_endpoint(endpoint: Endpoint) -> str:
    parts = (endpoint.service_name, endpoint.ipv4, endpoint.ipv6, endpoint.port)
    return " ".join(str(part) for part in parts if part)
