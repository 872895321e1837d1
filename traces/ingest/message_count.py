"""How many messages a protobuf body holds, counted before any is built: two bytes become up to 200 in memory.

https://protobuf.dev/programming-guides/encoding/
"""

from functools import cache

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from traces.domain.errors import PayloadRejected

MAX_MESSAGES = 4_000_000
# What is inside a hundred messages is not built: the parser refuses it.
_MAX_DEPTH = 100
_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5
_VARINT_BYTES = 10


class _Frame:
    """By tag, the fields of a message that hold messages or are lists of bytes: whether repeated, and their frame."""

    def __init__(self) -> None:
        self.fields: _Fields = {}


_Fields = dict[int, tuple[bool, _Frame | None]]
_NO_FIELD: tuple[bool, _Frame | None] = (False, None)


def refuse_too_many_messages(body: bytes, kind: type[Message]) -> None:
    """Raises PayloadRejected if the body, a message of this kind, has more than MAX_MESSAGES entries in all its lists.

    A body that is broken is not judged here: what follows the break in its message is not counted, and not parsed.
    """
    if len(body) // 2 <= MAX_MESSAGES:
        return
    frame, first_bytes = _describe(kind.DESCRIPTOR)
    # Every entry begins with one of these bytes. Most bodies have too few of them, which is seen thirty times faster.
    if len(body) - len(body.translate(None, first_bytes)) > MAX_MESSAGES and _has_more(body, frame, MAX_MESSAGES):
        raise PayloadRejected(
            f"A request may hold {MAX_MESSAGES:,} entries in all its lists together; this one holds more."
        )


def _has_more(body: bytes, frame: _Frame, limit: int) -> bool:
    """Whether there are more than `limit` entries. One loop, because a call for each field would double its time."""
    found = position = 0
    end, fields = len(body), frame.fields
    around: list[tuple[int, _Fields]] = []
    while position < end or around:
        if position >= end:
            position = end
            end, fields = around.pop()
            continue
        try:
            tag, position = _read_varint(body, position) if body[position] > 127 else (body[position], position + 1)
            if tag & 7 != _DELIMITED:
                position = _skip(body, position, tag & 7)
                continue
            size, position = _read_varint(body, position) if body[position] > 127 else (body[position], position + 1)
        except IndexError:
            position = end
            continue
        is_entry, inner = fields.get(tag, _NO_FIELD)
        found += is_entry
        if found > limit:
            return True
        if inner is None or position + size > end or len(around) >= _MAX_DEPTH:
            position += size
        else:
            around.append((end, fields))
            end, fields = position + size, inner.fields
    return False


def _skip(body: bytes, position: int, wire_type: int) -> int:
    """Where a field ends that holds no bytes. A group's marks have no content: its fields count as if beside it."""
    if wire_type == _VARINT:
        return _read_varint(body, position)[1]
    return position + {_FIXED64: 8, _FIXED32: 4}.get(wire_type, 0)


def _read_varint(body: bytes, position: int) -> tuple[int, int]:
    """The number and where it ends. Raises IndexError if it does not end."""
    number = 0
    for index in range(_VARINT_BYTES):
        byte = body[position + index]
        number |= (byte & 127) << 7 * index
        if byte < 128:
            return number, position + index + 1
    raise IndexError


@cache
def _describe(descriptor: Descriptor) -> tuple[_Frame, bytes]:
    """The frame of a message, and the bytes with which entries of lists can begin, at whatever depth.

    A tag may be written longer than it must be, with the eighth bit set.
    """
    known: dict[str, _Frame] = {}
    frame = _frame_of(descriptor, known)
    tags = {tag for each in known.values() for tag, (is_entry, _) in each.fields.items() if is_entry}
    return frame, bytes({first for tag in tags for first in (tag & 127, tag & 127 | 128)})


def _frame_of(descriptor: Descriptor, known: dict[str, _Frame]) -> _Frame:
    if descriptor.full_name in known:
        return known[descriptor.full_name]
    frame = known[descriptor.full_name] = _Frame()
    for field in descriptor.fields:
        if field.is_repeated or field.message_type:
            inner = _frame_of(field.message_type, known) if field.message_type else None
            frame.fields[field.number << 3 | _DELIMITED] = bool(field.is_repeated), inner
    return frame
