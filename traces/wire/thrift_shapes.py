"""What a Thrift struct is described with, and what every reader of one keeps to."""

from collections.abc import Callable
from enum import Enum
from typing import Any

MAX_DEPTH = 32
# Entries of all lists and maps together: each may become 400 bytes in memory, and take one byte of the body.
MAX_ENTRIES = 1_000_000


class ThriftError(ValueError):
    """The bytes are not what they should be; the text says what is wrong."""


class Plain(Enum):
    """A type of field. An ID is an i64 read as its eight bytes, big-endian; text and binary are one in Thrift."""

    BOOL = "bool"
    BYTE = "byte"
    I16 = "i16"
    I32 = "i32"
    I64 = "i64"
    ID = "id"
    DOUBLE = "double"
    TEXT = "text"


class Struct:
    """`make` is called with the values of `fields` (number, kind) in their order; None for one that is absent."""

    __slots__ = ("fields", "make", "tables")

    def __init__(self, make: Callable[..., Any], *fields: "tuple[int, Kind]") -> None:
        self.make, self.fields = make, fields
        # What each protocol's reader looks fields up in.
        self.tables: dict[type, Any] = {}


class ListOf:
    """A list, or a set, of at most so many entries of a kind."""

    __slots__ = ("kind", "most")

    def __init__(self, kind: Plain | Struct, most: int = MAX_ENTRIES) -> None:
        self.kind, self.most = kind, most


Kind = Plain | Struct | ListOf


class Room:
    """How many entries a body may still hold."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_ENTRIES

    def take(self, count: int, most: int, rest: int) -> None:
        """Raises ThriftError if there are too many, or more than the `rest` of the body can hold."""
        if not 0 <= count <= rest:
            raise ThriftError(f"a list claims {count:,} entries, and {rest:,} bytes are left")
        if count > most:
            raise ThriftError(f"a list has {count:,} entries; it may have {most:,}")
        self.left -= count
        if self.left < 0:
            raise ThriftError(f"it has more than {MAX_ENTRIES:,} entries in all its lists")
