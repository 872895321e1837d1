"""Finds one field of a protobuf message by hopping from field to field, which parses nothing.

https://protobuf.dev/programming-guides/encoding/
"""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def find_last(message: bytes, tag: int, head: bytes) -> bytes | None:
    """The last field with the tag (one byte, of a length-delimited field) whose content begins with `head`.

    `head` is not empty. Where it only occurs within another field, that is None. Raises IndexError or ValueError for
    what is no message.
    """
    found = None
    position, place = 0, message.find(head)
    while place >= 0:
        while position <= place:
            key, length = message[position], message[position + 1]
            # Nearly all fields are short ones.
            if key & 0x87 == _BYTES and length < 0x80:
                start, position = position + 2, position + 2 + length
            elif key & 0x87 == _FIXED64:
                start, position = -1, position + 9
            else:
                start, position = _measure(message, position)
        if key == tag and start == place:
            found = message[start:position]
        place = message.find(head, position)
    return found


def _measure(message: bytes, position: int) -> tuple[int, int]:
    """Where the content of the field at a position begins and ends."""
    kind = message[position] & 7
    start = _skip_varint(message, position)
    if kind == _BYTES:
        length, start = _read_varint(message, start)
        return start, start + length
    if kind == _VARINT:
        return start, _skip_varint(message, start)
    if kind in (_FIXED64, _FIXED32):
        return start, start + (8 if kind == _FIXED64 else 4)
    raise ValueError(f"no field is of the wire type {kind}")


def _skip_varint(message: bytes, position: int) -> int:
    while message[position] > 0x7F:
        position += 1
    return position + 1


def _read_varint(message: bytes, position: int) -> tuple[int, int]:
    """The number, and where it ends."""
    number = shift = 0
    while True:
        byte = message[position]
        number |= (byte & 0x7F) << shift
        shift += 7
        position += 1
        if byte <= 0x7F:
            return number, position
