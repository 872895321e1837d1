"""Thrift as clients write it, in both protocols: a struct is a list of fields, a field its number and a typed value.

https://github.com/apache/thrift/tree/master/doc/specs
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from traces.wire.thrift import Protocol


class Type(IntEnum):
    """As the binary protocol numbers them."""

    BOOL = 2
    BYTE = 3
    DOUBLE = 4
    I16 = 6
    I32 = 8
    I64 = 10
    TEXT = 11
    STRUCT = 12
    MAP = 13
    SET = 14
    LIST = 15


_COMPACT = {
    Type.BOOL: 1,
    Type.BYTE: 3,
    Type.I16: 4,
    Type.I32: 5,
    Type.I64: 6,
    Type.DOUBLE: 7,
    Type.TEXT: 8,
    Type.LIST: 9,
    Type.SET: 10,
    Type.MAP: 11,
    Type.STRUCT: 12,
}
_FIXED = {Type.BOOL: ">?", Type.BYTE: ">b", Type.DOUBLE: ">d", Type.I16: ">h", Type.I32: ">i", Type.I64: ">q"}
Field = tuple[int, Type, Any]


@dataclass(frozen=True)
class Entries:
    """The value of a list or set."""

    type: Type
    values: Sequence[Any]


@dataclass(frozen=True)
class Pairs:
    """The value of a map."""

    key_type: Type
    value_type: Type
    pairs: Sequence[tuple[Any, Any]]


def write(protocol: Protocol, type_: Type, value: Any) -> bytes:
    """A value by itself: the fields of a struct as a list of `Field`."""
    return _binary(type_, value) if protocol is Protocol.BINARY else _compact(type_, value)


def write_call(protocol: Protocol, method: str, arguments: Sequence[Field]) -> bytes:
    """A message that calls a method one way, as an agent's client sends it."""
    name = _binary(Type.TEXT, method.encode()) if protocol is Protocol.BINARY else _text(method.encode())
    body = write(protocol, Type.STRUCT, arguments)
    if protocol is Protocol.BINARY:
        return b"\x80\x01\x00\x04" + name + b"\x00\x00\x00\x07" + body
    return b"\x82\x81\x07" + name + body


def _binary(type_: Type, value: Any) -> bytes:
    if type_ in _FIXED:
        return struct.pack(_FIXED[type_], value)
    if type_ is Type.TEXT:
        return struct.pack(">i", len(value)) + bytes(value)
    if type_ is Type.STRUCT:
        return b"".join(struct.pack(">bh", kind, number) + _binary(kind, each) for number, kind, each in value) + b"\0"
    if type_ is Type.MAP:
        pairs = b"".join(_binary(value.key_type, key) + _binary(value.value_type, each) for key, each in value.pairs)
        return struct.pack(">bbi", value.key_type, value.value_type, len(value.pairs)) + pairs
    entries = b"".join(_binary(value.type, each) for each in value.values)
    return struct.pack(">bi", value.type, len(value.values)) + entries


def _compact(type_: Type, value: Any) -> bytes:
    match type_:
        case Type.BOOL:
            return b"\x01" if value else b"\x02"
        case Type.BYTE:
            return struct.pack("b", value)
        case Type.DOUBLE:
            return struct.pack("<d", value)
        case Type.I16 | Type.I32 | Type.I64:
            return varint(zigzag(value))
        case Type.TEXT:
            return _text(value)
        case Type.STRUCT:
            return _compact_struct(value)
        case Type.MAP:
            types = bytes((_COMPACT[value.key_type] << 4 | _COMPACT[value.value_type],)) if value.pairs else b""
            pairs = [_compact(value.key_type, key) + _compact(value.value_type, each) for key, each in value.pairs]
            return varint(len(value.pairs)) + types + b"".join(pairs)
        case _:
            count, code = len(value.values), _COMPACT[value.type]
            head = bytes((count << 4 | code,)) if count < 15 else bytes((0xF0 | code,)) + varint(count)
            return head + b"".join(_compact(value.type, each) for each in value.values)


def _compact_struct(fields: Sequence[Field]) -> bytes:
    written, last = [], 0
    for number, type_, value in fields:
        code = 2 if type_ is Type.BOOL and not value else _COMPACT[type_]
        head = (
            bytes((number - last << 4 | code,)) if 0 < number - last < 16 else bytes((code,)) + varint(zigzag(number))
        )
        written.append(head + (b"" if type_ is Type.BOOL else _compact(type_, value)))
        last = number
    return b"".join(written) + b"\0"


def _text(value: bytes) -> bytes:
    return varint(len(value)) + value


def zigzag(number: int) -> int:
    return number << 1 ^ number >> 63


def varint(number: int) -> bytes:
    number &= 2**64 - 1
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes(written) + bytes((number,))
