"""Attributes written as protobuf by hand: half of the time that a request of another format takes goes into them.

https://protobuf.dev/programming-guides/encoding/; the parser reads what was written, so a mistake here is refused.
"""

from struct import Struct
from typing import Any

_DOUBLE = Struct("<Bd")
_DOUBLE_TAG = 0x21
_MAX_DIGITS = 18
_MAX_INT64 = 2**63 - 1
_UINT64_MASK = 2**64 - 1


def write_field(tag: bytes, content: bytes) -> bytes:
    """A field of bytes or of a message; `tag` is written as it stands."""
    size = len(content)
    return b"%b%c%b" % (tag, size, content) if size < 128 else tag + _varint(size) + content


def write_plain_attribute(tag: bytes, key: bytes, name: str, value: Any) -> bytes | None:
    """A field with the `KeyValue` of a key, written as its field already, and of JSON such as {"stringValue": "v"}.

    None where the value is not plainly text, a number or a flag: it is then read the long way, which also says what
    is wrong with it. Raises UnicodeEncodeError for half a surrogate pair.
    """
    written = _write_plain_value(name, value)
    return None if written is None else write_attribute(tag, key, written)


def write_attribute(tag: bytes, key: bytes, value: bytes) -> bytes:
    """A field with the `KeyValue` of a key, written as its field already, and of a written `AnyValue`."""
    size = len(value)
    rest = len(key) + size + 2
    if rest < 128:
        return b"%b%c%b\x12%c%b" % (tag, rest, key, size, value)
    return write_field(tag, key + write_field(b"\x12", value))


def write_text(value: bytes) -> bytes:
    """An `AnyValue`, as the next ones."""
    return write_field(b"\x0a", value)


def write_bool(value: bool) -> bytes:
    return b"\x10\x01" if value else b"\x10\x00"


def write_int(value: int) -> bytes:
    """Of a number of 64 bits, signed."""
    return b"\x18" + _varint(value & _UINT64_MASK)


def write_double(value: float) -> bytes:
    return _DOUBLE.pack(_DOUBLE_TAG, value)


def write_bytes(value: bytes) -> bytes:
    return write_field(b"\x3a", value)


def _write_plain_value(name: str, value: Any) -> bytes | None:
    """An `AnyValue`."""
    kind = type(value)
    if name == "stringValue" and kind is str:
        return write_field(b"\x0a", value.encode())
    if name == "intValue":
        if kind is str and len(value) <= _MAX_DIGITS and value.isdecimal():
            return b"\x18" + _varint(int(value))
        if kind is int and 0 <= value <= _MAX_INT64:
            return b"\x18" + _varint(value)
    elif name == "boolValue" and kind is bool:
        return b"\x10\x01" if value else b"\x10\x00"
    elif name == "doubleValue" and kind is float:
        return _DOUBLE.pack(_DOUBLE_TAG, value)
    return None


def _varint(number: int) -> bytes:
    if number < 128:
        return b"%c" % number
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    written.append(number)
    return bytes(written)
