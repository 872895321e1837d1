"""Thrift in both protocols: read as described, and refused where it claims what is not there."""

import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.thrift_bytes import Entries, Field, Pairs, Type, varint, write, write_call
from traces.wire import thrift_shapes
from traces.wire.thrift import (
    BOOL,
    BYTE,
    DOUBLE,
    I16,
    I32,
    I64,
    ID,
    TEXT,
    ListOf,
    Protocol,
    Struct,
    ThriftError,
    read_list,
    read_message,
    read_struct,
)

BOTH = pytest.mark.parametrize("protocol", Protocol)
POINT = Struct(lambda *values: values, (1, I32), (2, TEXT))
EVERYTHING = Struct(
    lambda *values: values,
    (1, BOOL),
    (2, BYTE),
    (3, I16),
    (4, I32),
    (5, I64),
    (6, ID),
    (7, DOUBLE),
    (8, TEXT),
    (40, POINT),
    (41, ListOf(POINT)),
    (42, ListOf(I64)),
    (43, ListOf(BOOL)),
    (44, ListOf(TEXT)),
)
POINTS = Entries(Type.STRUCT, [[(1, Type.I32, 7), (2, Type.TEXT, b"x")], []])
FIELDS: list[Field] = [
    (1, Type.BOOL, True),
    (2, Type.BYTE, -3),
    (3, Type.I16, -300),
    (4, Type.I32, 70_000),
    (5, Type.I64, -(2**62)),
    (6, Type.I64, -2),
    (7, Type.DOUBLE, 1.5),
    (8, Type.TEXT, b"caf\xc3\xa9 \xff"),
    (40, Type.STRUCT, [(1, Type.I32, 1)]),
    (41, Type.LIST, POINTS),
    (42, Type.SET, Entries(Type.I64, range(-8, 8))),
    (43, Type.LIST, Entries(Type.BOOL, [True, False])),
    (44, Type.LIST, Entries(Type.TEXT, [b"", b"ab"])),
]
VALUES = (
    True,
    -3,
    -300,
    70_000,
    -(2**62),
    b"\xff" * 7 + b"\xfe",
    1.5,
    b"caf\xc3\xa9 \xff",
    (1, None),
    [(7, b"x"), (None, None)],
    list(range(-8, 8)),
    [True, False],
    [b"", b"ab"],
)


@BOTH
def test_every_type_is_read(protocol: Protocol) -> None:
    assert read_struct(write(protocol, Type.STRUCT, FIELDS), protocol, EVERYTHING) == VALUES


@BOTH
def test_an_absent_field_is_none(protocol: Protocol) -> None:
    assert read_struct(b"\0", protocol, EVERYTHING) == (None,) * len(VALUES)


@BOTH
def test_what_nobody_asked_for_is_skipped(protocol: Protocol) -> None:
    """A field of every type, a map of structs and an empty one, under numbers that are not described."""
    inner = Pairs(Type.I16, Type.STRUCT, [(1, FIELDS), (2, [])])
    unknown = [(number + 100, type_, value) for number, type_, value in FIELDS]
    fields: list[Field] = [
        *unknown,
        (200, Type.MAP, inner),
        (201, Type.MAP, Pairs(Type.TEXT, Type.BOOL, [])),
        (202, Type.LIST, Entries(Type.BOOL, [True])),
        (1, Type.I32, 5),
    ]
    assert read_struct(write(protocol, Type.STRUCT, fields), protocol, POINT) == (5, None)


@BOTH
def test_a_field_of_another_type_is_skipped(protocol: Protocol) -> None:
    fields: list[Field] = [(1, Type.TEXT, b"seven"), (2, Type.I32, 7)]
    assert read_struct(write(protocol, Type.STRUCT, fields), protocol, POINT) == (None, None)


@BOTH
def test_a_message_names_its_method(protocol: Protocol) -> None:
    called = []

    def arguments_of(method: bytes) -> Struct:
        called.append(method)
        return POINT

    message = write_call(protocol, "move", [(1, Type.I32, 4)])
    assert read_message(message, protocol, arguments_of) == (4, None)
    assert called == [b"move"]


def test_a_message_from_before_versions_is_read() -> None:
    message = b"\0\0\0\x04move\x01\0\0\0\x07" + write(Protocol.BINARY, Type.STRUCT, [(1, Type.I32, 4)])
    assert read_message(message, Protocol.BINARY, lambda _: POINT) == (4, None)


@BOTH
def test_a_message_of_another_version_is_refused(protocol: Protocol) -> None:
    message = bytearray(write_call(protocol, "move", []))
    message[1] ^= 0x02
    with pytest.raises(ThriftError, match="version"):
        read_message(bytes(message), protocol, lambda _: POINT)


@BOTH
def test_a_bare_list_is_read(protocol: Protocol) -> None:
    body = write(protocol, Type.LIST, POINTS)
    assert read_list(body, protocol, ListOf(POINT)) == [(7, b"x"), (None, None)]


@BOTH
def test_an_empty_list_may_be_of_any_type(protocol: Protocol) -> None:
    assert read_list(write(protocol, Type.LIST, Entries(Type.BYTE, [])), protocol, ListOf(POINT)) == []


@BOTH
def test_a_list_of_another_type_is_refused(protocol: Protocol) -> None:
    with pytest.raises(ThriftError, match="entries of type"):
        read_list(write(protocol, Type.LIST, Entries(Type.BYTE, [1, 2])), protocol, ListOf(POINT))


@BOTH
@pytest.mark.parametrize("of_known_fields", [True, False])
def test_a_body_cut_anywhere_is_refused(protocol: Protocol, of_known_fields: bool) -> None:
    whole = write(protocol, Type.STRUCT, FIELDS)
    for end in range(len(whole)):
        with pytest.raises(ThriftError):
            read_struct(whole[:end], protocol, EVERYTHING if of_known_fields else Struct(lambda: ()))


@BOTH
def test_a_body_that_goes_on_is_refused(protocol: Protocol) -> None:
    with pytest.raises(ThriftError, match="goes on for 3 bytes"):
        read_struct(b"\0abc", protocol, POINT)


@BOTH
@given(body=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(protocol: Protocol, body: bytes) -> None:
    for struct in (EVERYTHING, POINT):
        with suppress(ThriftError):
            read_struct(body, protocol, struct)


@BOTH
@given(data=st.data())
def test_any_byte_may_be_another(protocol: Protocol, data: Any) -> None:
    body = bytearray(write(protocol, Type.STRUCT, FIELDS))
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ThriftError):
        read_struct(bytes(body), protocol, EVERYTHING)


TWO_GIB = {
    "a text": (b"\x0b\0\x02\x7f\xff\xff\xff", b"\x28" + varint(2**31 - 1)),
    "a text nobody asked for": (b"\x0b\0\x63\x7f\xff\xff\xff", b"\x68" + varint(2**31 - 1)),
    "a negative text": (b"\x0b\0\x02\xff\xff\xff\xff", b"\x28" + varint(2**32 - 1)),
    "a list": (b"\x0f\0\x29\x0c\x7f\xff\xff\xff", b"\x09\x52\xfc" + varint(2**31 - 1)),
    "a list of numbers": (b"\x0f\0\x2a\x0a\x7f\xff\xff\xff", b"\x09\x54\xf6" + varint(2**31 - 1)),
    "a negative list": (b"\x0f\0\x29\x0c\xff\xff\xff\xff", b"\x09\x52\xfc" + varint(2**32 - 1)),
    "a list nobody asked for": (b"\x0f\0\x63\x02\x7f\xff\xff\xff", b"\x69\xf1" + varint(2**31 - 1)),
    "a map": (b"\x0d\0\x63\x02\x02\x7f\xff\xff\xff", b"\x6b" + varint(2**31 - 1) + b"\x11"),
}


@pytest.mark.parametrize("name", TWO_GIB)
@BOTH
def test_a_claim_of_two_gibibytes_takes_no_memory(protocol: Protocol, name: str) -> None:
    body = TWO_GIB[name][protocol is Protocol.COMPACT] + bytes(100)
    tracemalloc.start()
    try:
        with pytest.raises(ThriftError, match="claims"):
            read_struct(body, protocol, EVERYTHING)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@BOTH
@pytest.mark.parametrize("type_", [Type.STRUCT, Type.LIST, Type.MAP])
def test_nesting_is_followed_thirty_two_deep(protocol: Protocol, type_: Type) -> None:
    def nested(depth: int) -> bytes:
        value: Any = {Type.STRUCT: [], Type.LIST: Entries(type_, []), Type.MAP: Pairs(Type.BYTE, type_, [])}[type_]
        for _ in range(depth):
            value = {
                Type.STRUCT: [(1, Type.STRUCT, value)],
                Type.LIST: Entries(Type.LIST, [value]),
                Type.MAP: Pairs(Type.BYTE, Type.MAP, [(1, value)]),
            }[type_]
        return write(protocol, Type.STRUCT, [(99, type_, value)])

    assert read_struct(nested(31), protocol, POINT) == (None, None)
    with pytest.raises(ThriftError, match="nests more than 32 deep"):
        read_struct(nested(32), protocol, POINT)


@BOTH
def test_entries_are_counted_over_all_lists(protocol: Protocol, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thrift_shapes, "MAX_ENTRIES", 100)
    lists = [(number, Type.LIST, Entries(Type.BYTE, [1] * 50)) for number in (42, 98, 99)]
    assert read_struct(write(protocol, Type.STRUCT, lists[:2]), protocol, POINT) == (None, None)
    with pytest.raises(ThriftError, match="more than 100 entries"):
        read_struct(write(protocol, Type.STRUCT, lists), protocol, POINT)


@BOTH
def test_a_list_may_have_its_own_limit(protocol: Protocol) -> None:
    body = write(protocol, Type.LIST, Entries(Type.I32, [1, 2, 3]))
    assert read_list(body, protocol, ListOf(I32, 3)) == [1, 2, 3]
    with pytest.raises(ThriftError, match="a list has 3 entries; it may have 2"):
        read_list(body, protocol, ListOf(I32, 2))


@BOTH
def test_a_type_that_does_not_exist_is_refused(protocol: Protocol) -> None:
    with pytest.raises(ThriftError, match="unknown type"):
        read_struct({Protocol.BINARY: b"\x63\0\x01\0", Protocol.COMPACT: b"\x1e\0"}[protocol], protocol, POINT)


def test_a_compact_number_ends() -> None:
    with pytest.raises(ThriftError, match="more than ten bytes"):
        read_struct(b"\x15" + b"\x80" * 11, Protocol.COMPACT, POINT)


def test_a_compact_number_that_does_not_fit_is_cut_to_its_bits() -> None:
    body = b"\x15" + varint(2 * (2**32 + 5)) + b"\0"
    assert read_struct(body, Protocol.COMPACT, POINT) == (5, None)
