"""A Jaeger span as every encoding of Jaeger's model is read: Thrift, protobuf and JSON.

Text is bytes, as it came: it need not be UTF-8.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

NO_TRACE, NO_SPAN = bytes(16), bytes(8)


class Binary(bytes):
    """The value of a tag of type BINARY; plain `bytes` are text."""

    __slots__ = ()


Value = bytes | bool | int | float | Binary
Tag = tuple[bytes, Value]
"""Key and value. `int` is within 64 bits, signed."""


class Reference(NamedTuple):
    """An entry of `references`: CHILD_OF, or FOLLOWS_FROM."""

    is_follows_from: bool
    trace_id: bytes
    span_id: bytes


class Log(NamedTuple):
    time_ns: int
    fields: list[Tag]


@dataclass(slots=True, kw_only=True)
class Process:
    """Who emitted the span."""

    service_name: bytes = b""
    tags: list[Tag] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class JaegerSpan:
    """Ids are 16 and 8 bytes, big-endian, padded with zeros on the left; an id that is not there is zeros.

    Times may be any number: what OTLP cannot say is kept in an attribute. Not frozen, because there is one for each
    span that arrives and a frozen one takes four times as long to make.
    """

    trace_id: bytes
    span_id: bytes
    # Only where the client says it apart from the references.
    parent_span_id: bytes = NO_SPAN
    operation: bytes
    references: list[Reference] = field(default_factory=list)
    flags: int = 0
    start_ns: int
    duration_ns: int
    tags: list[Tag] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    warnings: list[bytes] = field(default_factory=list)
