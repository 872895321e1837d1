"""Reading Apache Thrift: structs by their description, within limits, text as the bytes it is.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md and thrift-compact-protocol.md

A struct is described once:

    ENDPOINT = Struct(make_endpoint, (1, I32), (2, I16), (3, TEXT))
    SPAN = Struct(make_span, (1, ID), (3, TEXT), (6, ListOf(ANNOTATION)), (9, BOOL))

and `make_span` is called with the values in this order, None for a field that is absent: there is no object between
the bytes and what it makes. A field of another number or type than described is skipped, as Thrift's own readers do.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any


class ThriftError(ValueError):
    """The bytes are not what they should be; the text says what is wrong, and where."""


class Plain(Enum):
    """A type of field. An ID is an i64 read as its eight bytes, big-endian; TEXT and binary are one in Thrift."""

    BOOL = "bool"
    BYTE = "byte"
    I16 = "i16"
    I32 = "i32"
    I64 = "i64"
    ID = "id"
    DOUBLE = "double"
    TEXT = "text"


BOOL, BYTE, I16, I32, I64, ID, DOUBLE, TEXT = Plain
Kind = "Plain | Struct | ListOf"


class Struct:
    """`make` gets the values of `fields` (number, kind), in their order."""

    def __init__(self, make: Callable[..., Any], *fields: tuple[int, "Plain | Struct | ListOf"]) -> None:
        raise NotImplementedError


class ListOf:
    """A list (or set) of one kind."""

    def __init__(self, kind: "Plain | Struct") -> None:
        raise NotImplementedError


class Protocol(Enum):
    BINARY = "binary"
    COMPACT = "compact"


def read_struct(data: bytes, protocol: Protocol, struct: Struct) -> Any:
    """What `struct` makes of a body that is one struct without a header. Bytes after it are an error.

    Raises ThriftError for what is cut short, or claims more than the body holds, nests more than 32 deep, or holds
    more than four million structs.
    """
    raise NotImplementedError


def read_list(data: bytes, protocol: Protocol, struct: Struct, most: int) -> Sequence[Any]:
    """What `struct` makes of each entry of a body that is one list, as Zipkin's v1 is. At most `most` entries."""
    raise NotImplementedError


def read_message(data: bytes, protocol: Protocol, arguments: Struct) -> tuple[bytes, Any]:
    """The name of the method a message calls, and what its arguments make."""
    raise NotImplementedError
