"""Thrift's compact protocol, read: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md"""

from struct import Struct as Packed
from typing import Any

from traces.wire.thrift_shapes import MAX_DEPTH, MAX_ENTRIES, Kind, ListOf, Plain, Room, Struct, ThriftError

_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _TEXT, _LIST, _SET, _MAP, _STRUCT = range(13)
_CODES = {
    Plain.BOOL: (_TRUE, _FALSE),
    Plain.BYTE: (_BYTE,),
    Plain.I16: (_I16,),
    Plain.I32: (_I32,),
    Plain.I64: (_I64,),
    Plain.ID: (_I64,),
    Plain.DOUBLE: (_DOUBLE,),
    Plain.TEXT: (_TEXT,),
}
_BITS = {Plain.I16: 16, Plain.I32: 32, Plain.I64: 64}
# The specification once said big-endian; every implementation writes this.
_LITTLE_DOUBLE = Packed("<d")
_PROTOCOL_ID, _VERSION = 0x82, 1
_VARINT_BYTES = 10
_MASK = 2**64 - 1
_Field = tuple[int, Kind]


class CompactReader:
    """Reads one body. Its methods may also raise IndexError and struct.error, where the body ends early."""

    def __init__(self, data: bytes) -> None:
        self._data, self._size, self._room = data, len(data), Room()

    def read_struct(self, at: int, struct: Struct) -> tuple[Any, int]:
        """What the struct at this place makes, and where it ends. One loop: a call a field would double its time."""
        data, size = self._data, self._size
        fields: dict[int, _Field] = struct.tables.get(CompactReader) or _make_table(struct)
        values: list[Any] = [None] * len(struct.fields)
        number = 0
        while head := data[at]:
            at += 1
            if head > 15:
                number += head >> 4
            else:
                number, at = self._number(at, 16)
            field = fields.get(number << 4 | head & 15)
            if field is None:
                at = self._skip(head & 15, at, 0)
                continue
            slot, kind = field
            if kind is Plain.TEXT:
                length = data[at]
                at += 1
                if length > 127:
                    length, at = self._varint(at - 1)
                end = at + length
                if end > size:
                    raise _too_long(length, size - at)
                values[slot] = data[at:end]
                at = end
            elif kind is Plain.I32 and data[at] < 128:
                values[slot] = data[at] >> 1 ^ -(data[at] & 1)
                at += 1
            elif kind is Plain.BOOL:
                values[slot] = head & 15 == _TRUE
            else:
                values[slot], at = self._value(at, kind)
        return struct.make(*values), at + 1

    def read_list(self, at: int, described: ListOf) -> tuple[list[Any], int]:
        """The entries of the list at this place, and where it ends."""
        code, count, at = self._list_header(at)
        self._room.take(count, described.most, self._size - at)
        kind = described.kind
        if count and code not in _codes_of(kind):
            raise ThriftError(f"a list holds entries of type {code} instead of {_codes_of(kind)[0]}")
        entries = []
        for _ in range(count):
            entry, at = self._value(at, kind)
            entries.append(entry)
        return entries, at

    def read_header(self, at: int) -> tuple[bytes, int]:
        """The method that a message calls, and where its arguments begin."""
        if self._data[at] != _PROTOCOL_ID or self._data[at + 1] & 31 != _VERSION:
            raise ThriftError("it does not begin as a message of version 1 does")
        _, at = self._varint(at + 2)
        name, at = self._plain(at, Plain.TEXT)
        return name, at

    def _value(self, at: int, kind: Kind) -> tuple[Any, int]:
        if isinstance(kind, Struct):
            return self.read_struct(at, kind)
        return self.read_list(at, kind) if isinstance(kind, ListOf) else self._plain(at, kind)

    def _plain(self, at: int, kind: Plain) -> tuple[Any, int]:
        """A value that stands alone; a flag does only in a list."""
        if kind is Plain.ID:
            number, at = self._varint(at)
            return (number >> 1 ^ -(number & 1) & _MASK).to_bytes(8), at
        if kind is Plain.TEXT:
            length, at = self._varint(at)
            if at + length > self._size:
                raise _too_long(length, self._size - at)
            return self._data[at : at + length], at + length
        if kind is Plain.DOUBLE:
            return _LITTLE_DOUBLE.unpack_from(self._data, at)[0], at + 8
        if kind is Plain.BOOL:
            return self._data[at] == _TRUE, at + 1
        if kind is Plain.BYTE:
            return (self._data[at] ^ 128) - 128, at + 1
        return self._number(at, _BITS[kind])

    def _number(self, at: int, bits: int) -> tuple[int, int]:
        """A signed number; what does not fit is cut to its lowest bits, as in Thrift's own readers."""
        number, at = self._varint(at)
        number = number >> 1 ^ -(number & 1)
        half = 1 << bits - 1
        return (number if -half <= number < half else (number + half & (1 << bits) - 1) - half), at

    def _varint(self, at: int) -> tuple[int, int]:
        byte = self._data[at]
        if byte < 128:
            return byte, at + 1
        number, shift = byte & 127, 7
        for next_at in range(at + 1, at + _VARINT_BYTES):
            byte = self._data[next_at]
            number |= (byte & 127) << shift
            if byte < 128:
                return number & _MASK, next_at + 1
            shift += 7
        raise ThriftError("a number has more than ten bytes")

    def _list_header(self, at: int) -> tuple[int, int, int]:
        """Type and count of the entries, and where they begin."""
        head = self._data[at]
        if head >> 4 < 15:
            return head & 15, head >> 4, at + 1
        return head & 15, *self._varint(at + 1)

    def _skip(self, code: int, at: int, depth: int) -> int:
        """Where a value ends that nobody asked for."""
        if depth >= MAX_DEPTH:
            raise ThriftError(f"it nests more than {MAX_DEPTH} deep")
        if code in (_TRUE, _FALSE):
            return at
        if code in (_I16, _I32, _I64):
            return self._varint(at)[1]
        if code in (_BYTE, _DOUBLE):
            return self._within(at + (8 if code == _DOUBLE else 1))
        if code == _TEXT:
            return self._plain(at, Plain.TEXT)[1]
        if code == _STRUCT:
            return self._skip_struct(at, depth + 1)
        if code in (_LIST, _SET):
            inner, count, at = self._list_header(at)
            return self._skip_entries((inner,), count, at, depth + 1)
        if code == _MAP:
            count, at = self._varint(at)
            # An empty map has no types.
            codes = (self._data[at] >> 4, self._data[at] & 15) if count else ()
            return self._skip_entries(codes, count, at + bool(count), depth + 1)
        raise ThriftError(f"a field has the unknown type {code}")

    def _skip_struct(self, at: int, depth: int) -> int:
        while head := self._data[at]:
            at += 1
            if head < 16:
                _, at = self._varint(at)
            at = self._skip(head & 15, at, depth)
        return at + 1

    def _skip_entries(self, codes: tuple[int, ...], count: int, at: int, depth: int) -> int:
        self._room.take(count, MAX_ENTRIES, self._size - at)
        for _ in range(count):
            for code in codes:
                # A flag among entries is a byte.
                at = at + 1 if code in (_TRUE, _FALSE) else self._skip(code, at, depth)
        return at

    def _within(self, at: int) -> int:
        if at > self._size:
            raise IndexError
        return at


def _make_table(struct: Struct) -> dict[int, _Field]:
    """By number and type: the slot of a field and what it is."""
    table: dict[int, _Field] = {}
    for slot, (number, kind) in enumerate(struct.fields):
        for code in (_LIST, _SET) if isinstance(kind, ListOf) else _codes_of(kind):
            table[number << 4 | code] = slot, kind
    struct.tables[CompactReader] = table
    return table


def _codes_of(kind: Plain | Struct) -> tuple[int, ...]:
    return (_STRUCT,) if isinstance(kind, Struct) else _CODES[kind]


def _too_long(length: int, rest: int) -> ThriftError:
    return ThriftError(f"a text claims {length:,} bytes, and {max(0, rest):,} are left")
