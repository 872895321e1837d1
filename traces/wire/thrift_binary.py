"""Thrift's binary protocol, read: https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md"""

from collections.abc import Callable
from struct import Struct as Packed
from typing import Any

from traces.wire.thrift_shapes import MAX_DEPTH, MAX_ENTRIES, Kind, ListOf, Plain, Room, Struct, ThriftError

_STOP, _TEXT, _STRUCT, _MAP, _SET, _LIST = 0, 11, 12, 13, 14, 15
_SIZES = {2: 1, 3: 1, 4: 8, 6: 2, 8: 4, 10: 8}
_CODES = {
    Plain.BOOL: 2,
    Plain.BYTE: 3,
    Plain.DOUBLE: 4,
    Plain.I16: 6,
    Plain.I32: 8,
    Plain.I64: 10,
    Plain.ID: 10,
    Plain.TEXT: _TEXT,
}
_FIXED = {
    Plain.BOOL: Packed(">?"),
    Plain.BYTE: Packed(">b"),
    Plain.DOUBLE: Packed(">d"),
    Plain.I16: Packed(">h"),
    Plain.I32: Packed(">i"),
    Plain.I64: Packed(">q"),
    Plain.ID: Packed(">8s"),
}
_VERSION = 0x8001
# How a field is read.
_READ_TEXT, _READ_FIXED, _READ_LIST, _READ_STRUCT = range(4)
_Field = tuple[int, int, Any, int]


class BinaryReader:
    """Reads one body. Its methods may also raise IndexError and struct.error, where the body ends early."""

    def __init__(self, data: bytes) -> None:
        self._data, self._size, self._room = data, len(data), Room()

    def read_struct(self, at: int, struct: Struct) -> tuple[Any, int]:
        """What the struct at this place makes, and where it ends. One loop: a call a field would double its time."""
        data, size = self._data, self._size
        fields: dict[bytes, _Field] = struct.tables.get(BinaryReader) or _make_table(struct)
        values: list[Any] = [None] * len(struct.fields)
        while True:
            # A field begins with its type and its number: three bytes.
            field = fields.get(data[at : at + 3])
            if field is None:
                if data[at] == _STOP:
                    return struct.make(*values), at + 1
                at = self._skip(data[at], at + 3, 0)
                continue
            slot, way, how, length = field
            at += 3
            if way == _READ_TEXT:
                start = at + 4
                at = start + int.from_bytes(data[at:start])
                if at > size:
                    raise _too_long(at - start, size - start)
                values[slot] = data[start:at]
            elif way == _READ_FIXED:
                values[slot] = how(data, at)[0]
                at += length
            elif way == _READ_LIST:
                values[slot], at = self.read_list(at, how)
            else:
                values[slot], at = self.read_struct(at, how)

    def read_list(self, at: int, described: ListOf) -> tuple[list[Any], int]:
        """The entries of the list at this place, and where it ends."""
        code, count = self._data[at], self._count(at + 1)
        self._room.take(count, described.most, self._size - at - 5)
        at += 5
        kind = described.kind
        if count and code != _code_of(kind):
            raise ThriftError(f"a list holds entries of type {code} instead of {_code_of(kind)}")
        entries = []
        for _ in range(count):
            entry, at = self.read_struct(at, kind) if isinstance(kind, Struct) else self._plain(at, kind)
            entries.append(entry)
        return entries, at

    def read_header(self, at: int) -> tuple[bytes, int]:
        """The method that a message calls, and where its arguments begin."""
        if self._data[at] & 0x80:
            if int.from_bytes(self._data[at : at + 2]) != _VERSION:
                raise ThriftError("it is a message of another version than 1")
            name, at = self._plain(at + 4, Plain.TEXT)
        else:
            # Before versions there were none, and the type stood behind the name.
            name, at = self._plain(at, Plain.TEXT)
            at += 1
        return name, at + 4

    def _plain(self, at: int, kind: Plain) -> tuple[Any, int]:
        if kind is Plain.TEXT:
            start = at + 4
            end = start + self._count(at)
            if not start <= end <= self._size:
                raise _too_long(end - start, self._size - start)
            return self._data[start:end], end
        packed = _FIXED[kind]
        return packed.unpack_from(self._data, at)[0], at + packed.size

    def _count(self, at: int) -> int:
        found: int = _FIXED[Plain.I32].unpack_from(self._data, at)[0]
        return found

    def _skip(self, code: int, at: int, depth: int) -> int:
        """Where a value ends that nobody asked for."""
        if depth >= MAX_DEPTH:
            raise ThriftError(f"it nests more than {MAX_DEPTH} deep")
        if code in _SIZES:
            return self._within(at + _SIZES[code])
        if code == _TEXT:
            return self._plain(at, Plain.TEXT)[1]
        if code == _STRUCT:
            while (inner := self._data[at]) != _STOP:
                at = self._skip(inner, at + 3, depth + 1)
            return at + 1
        if code in (_LIST, _SET):
            return self._skip_entries((self._data[at],), self._count(at + 1), at + 5, depth + 1)
        if code == _MAP:
            return self._skip_entries((self._data[at], self._data[at + 1]), self._count(at + 2), at + 6, depth + 1)
        raise ThriftError(f"a field has the unknown type {code}")

    def _skip_entries(self, codes: tuple[int, ...], count: int, at: int, depth: int) -> int:
        self._room.take(count, MAX_ENTRIES, self._size - at)
        for _ in range(count):
            for code in codes:
                at = self._skip(code, at, depth)
        return at

    def _within(self, at: int) -> int:
        if at > self._size:
            raise IndexError
        return at


def _make_table(struct: Struct) -> dict[bytes, _Field]:
    """By the three bytes it begins with: the slot of a field and how it is read."""
    table: dict[bytes, _Field] = {}
    for slot, (number, kind) in enumerate(struct.fields):
        for code in (_LIST, _SET) if isinstance(kind, ListOf) else (_code_of(kind),):
            table[bytes((code,)) + number.to_bytes(2)] = slot, *_way_of(kind)
    struct.tables[BinaryReader] = table
    return table


def _way_of(kind: Kind) -> tuple[int, Callable[..., Any] | Kind | None, int]:
    if isinstance(kind, Struct):
        return _READ_STRUCT, kind, 0
    if isinstance(kind, ListOf):
        return _READ_LIST, kind, 0
    if kind is Plain.TEXT:
        return _READ_TEXT, None, 0
    return _READ_FIXED, _FIXED[kind].unpack_from, _FIXED[kind].size


def _code_of(kind: Plain | Struct) -> int:
    return _STRUCT if isinstance(kind, Struct) else _CODES[kind]


def _too_long(length: int, rest: int) -> ThriftError:
    return ThriftError(f"a text claims {length:,} bytes, and {max(0, rest):,} are left")
