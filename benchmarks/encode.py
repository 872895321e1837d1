"""OTLP's protobuf written by hand: fragments that the generator makes once and joins millions of times.

Field numbers: https://github.com/open-telemetry/opentelemetry-proto
"""

import struct

Scalar = str | bool | int | float


def varint(number: int) -> bytes:
    """A whole number, not negative."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def delimited(field: int, content: bytes) -> bytes:
    """A field that is text, bytes or a message."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def whole(field: int, number: int) -> bytes:
    """A field that is a whole number."""
    return varint(field << 3) + varint(number)


def key_value(key: str, value: Scalar) -> bytes:
    """The content of a `KeyValue`."""
    return delimited(1, key.encode()) + delimited(2, _any_value(value))


def attribute(field: int, key: str, value: Scalar) -> bytes:
    """A `KeyValue` as an entry of the list that is number `field` in its message."""
    return delimited(field, key_value(key, value))


def _any_value(value: Scalar) -> bytes:
    if isinstance(value, str):
        return delimited(1, value.encode())
    if isinstance(value, bool):
        return whole(2, value)
    if isinstance(value, int):
        return whole(3, value)
    return b"\x21" + struct.pack("<d", value)
