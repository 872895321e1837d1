"""Reading Apache Thrift: structs by their description, within limits, text as the bytes it is.

A struct is described once:

    ENDPOINT = Struct(make_endpoint, (1, I32), (2, I16), (3, TEXT))
    SPAN = Struct(make_span, (1, ID), (3, TEXT), (6, ListOf(ANNOTATION)), (9, BOOL))

and `make_span` is called with the values in this order, None for a field that is absent: there is no object between
the bytes and what it makes. A field of another number or type than described is skipped, as Thrift's own readers do.
"""

import struct as packing
from collections.abc import Callable
from enum import Enum
from typing import Any

from traces.wire.thrift_binary import BinaryReader
from traces.wire.thrift_compact import CompactReader
from traces.wire.thrift_shapes import ListOf, Plain, Struct, ThriftError

__all__ = [
    "BOOL",
    "BYTE",
    "DOUBLE",
    "I16",
    "I32",
    "I64",
    "ID",
    "TEXT",
    "ListOf",
    "Protocol",
    "Struct",
    "ThriftError",
    "read_list",
    "read_message",
    "read_struct",
]
BOOL, BYTE, I16, I32, I64, ID, DOUBLE, TEXT = Plain
_Reader = BinaryReader | CompactReader


class Protocol(Enum):
    BINARY = "binary"
    COMPACT = "compact"


def read_struct(data: bytes, protocol: Protocol, struct: Struct) -> Any:
    """What `struct` makes of a body that is one struct without a header.

    Raises ThriftError for a body that is cut short, goes on behind the struct, claims more than it holds, nests more
    than 32 deep, or has more than a million entries in its lists.
    """
    return _read(data, protocol, lambda reader: reader.read_struct(0, struct))


def read_list(data: bytes, protocol: Protocol, described: ListOf) -> Any:
    """The entries of a body that is one list, as Zipkin's first version has it. Raises ThriftError."""
    return _read(data, protocol, lambda reader: reader.read_list(0, described))


def read_message(data: bytes, protocol: Protocol, arguments_of: Callable[[bytes], Struct]) -> Any:
    """What a method's arguments make, of a message that calls it.

    `arguments_of` names the arguments of a method; it may raise ThriftError itself.
    """

    def read(reader: _Reader) -> tuple[Any, int]:
        name, at = reader.read_header(0)
        return reader.read_struct(at, arguments_of(name))

    return _read(data, protocol, read)


def _read(data: bytes, protocol: Protocol, read: Callable[[_Reader], tuple[Any, int]]) -> Any:
    reader: _Reader = BinaryReader(data) if protocol is Protocol.BINARY else CompactReader(data)
    try:
        made, end = read(reader)
    except (IndexError, packing.error):
        raise ThriftError(f"it ends early, after {len(data):,} bytes") from None
    if end < len(data):
        raise ThriftError(f"it goes on for {len(data) - end:,} bytes where it should end")
    return made
