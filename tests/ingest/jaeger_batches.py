"""Batches of jaeger.thrift as its clients write them. Times are microseconds, ids signed numbers of 64 bits."""

from collections.abc import Sequence
from typing import Any

from tests.thrift_bytes import Entries, Field, Type, write, write_call
from traces.wire.thrift import Protocol

START_US = 1_700_000_000_000_000
_TAG_TYPES = ((bool, 2, 5, Type.BOOL), (int, 3, 6, Type.I64), (float, 1, 4, Type.DOUBLE), (str, 0, 3, Type.TEXT))


def tag(key: str, value: Any) -> list[Field]:
    """Bytes are a tag of type BINARY."""
    head: list[Field] = [(1, Type.TEXT, key.encode())]
    for kind, code, number, type_ in _TAG_TYPES:
        if isinstance(value, kind):
            return [*head, (2, Type.I32, code), (number, type_, value.encode() if isinstance(value, str) else value)]
    return [*head, (2, Type.I32, 4), (7, Type.TEXT, value)]


def tags(**values: Any) -> Entries:
    """A dot in a key is written as two underscores."""
    return Entries(Type.STRUCT, [tag(key.replace("__", "."), value) for key, value in values.items()])


def log(time_us: int, **fields: Any) -> list[Field]:
    return [(1, Type.I64, time_us), (2, Type.LIST, tags(**fields))]


def reference(kind: int, low: int, high: int, span: int) -> list[Field]:
    return [(1, Type.I32, kind), (2, Type.I64, low), (3, Type.I64, high), (4, Type.I64, span)]


def span(
    low: int = 1,
    span_id: int = 1,
    *,
    high: int = 0,
    parent: int = 0,
    name: str = "op",
    flags: int = 1,
    start_us: int = START_US,
    duration_us: int = 2_000,
    references: Sequence[list[Field]] = (),
    logs: Sequence[list[Field]] = (),
    **values: Any,
) -> list[Field]:
    """`values` are its tags."""
    return [
        (1, Type.I64, low),
        (2, Type.I64, high),
        (3, Type.I64, span_id),
        (4, Type.I64, parent),
        (5, Type.TEXT, name.encode()),
        (6, Type.LIST, Entries(Type.STRUCT, references)),
        (7, Type.I32, flags),
        (8, Type.I64, start_us),
        (9, Type.I64, duration_us),
        (10, Type.LIST, tags(**values)),
        (11, Type.LIST, Entries(Type.STRUCT, logs)),
    ]


def batch(*spans: list[Field], service: str = "shop", **values: Any) -> list[Field]:
    """`values` are the process's tags."""
    process = [(1, Type.TEXT, service.encode()), (2, Type.LIST, tags(**values))]
    return [(1, Type.STRUCT, process), (2, Type.LIST, Entries(Type.STRUCT, spans))]


def body(*spans: list[Field], protocol: Protocol = Protocol.BINARY, service: str = "shop", **values: Any) -> bytes:
    return write(protocol, Type.STRUCT, batch(*spans, service=service, **values))


def datagram(*spans: list[Field], protocol: Protocol = Protocol.COMPACT, service: str = "shop") -> bytes:
    return write_call(protocol, "emitBatch", [(1, Type.STRUCT, batch(*spans, service=service))])


def read_attributes(holder: Any) -> dict[str, Any]:
    """The attributes of a span, event, link or resource; text as `str`, binary as `bytes`."""
    found: dict[str, Any] = {}
    for attribute in holder.attributes:
        kind = attribute.value.WhichOneof("value")
        value: Any = getattr(attribute.value, kind) if kind else None
        assert attribute.key.decode() not in found
        found[attribute.key.decode()] = value.decode() if kind == "string_value" else value
    return found
