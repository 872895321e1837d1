"""Attributes as 64-bit tokens: what the attribute index holds instead of text.

A token is XXH3 of the attribute's canonical OTLP bytes (`KeyValue`), seeded by the project's seed and by where the
attribute stands, so that nobody outside can construct collisions. A hit is verified on the span before it is shown.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import xxhash
from google.protobuf.message import DecodeError

from traces.domain.query import Literal, Place
from traces.wire import otlp_pb2 as wire

# The tokens of one span as an engine stores them.
Document: TypeAlias = str | bytes

TOKEN_VERSION = 1
_INDEXED_PLACES = (Place.SPAN, Place.EVENT, Place.LINK)
# The name of an event is indexed as an attribute of this key; no sender's key can be taken for it, see `seed_for`.
EVENT_NAME = Place.INTRINSIC
_STRING_TAG, _BOOL_TAG, _INT_TAG, _DOUBLE_TAG, _BYTES_TAG = 0x0A, 0x10, 0x18, 0x21, 0x3A
_LONG = 0x80


@dataclass(frozen=True, slots=True)
class TokenForm:
    """How an engine writes tokens: `piece_of(attribute, seed)` each, and `join` them to a span's document."""

    piece_of: Callable[[bytes, int], Document]
    join: Callable[[Iterable[Any]], Document]


def seed_for(project_seed: int, place: Place) -> int:
    """The hash seed of attributes in a place: SPAN, EVENT, LINK, or INTRINSIC for names of events."""
    salt = (*_INDEXED_PLACES, EVENT_NAME).index(place)
    return xxhash.xxh3_64_intdigest(project_seed.to_bytes(8, "little") + bytes([salt, TOKEN_VERSION]))


def tokens_for_value(project_seed: int, place: Place, key: str, value: Literal) -> list[int]:
    """The tokens of a span that has `key` = `value` in `place`: one for each way a sender may type the value."""
    seed = seed_for(project_seed, place)
    encoded = key.encode("utf-8", "replace")
    return [xxhash.xxh3_64_intdigest(_key_value(encoded, form), seed) for form in _typed_forms(value)]


def token_for_event_name(project_seed: int, name: bytes) -> int:
    return xxhash.xxh3_64_intdigest(name, seed_for(project_seed, EVENT_NAME))


def inspect_attribute(attribute: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """The key of a canonical `KeyValue`, and the further forms under which its value must be found.

    An array is found by each of its elements, text that is not UTF-8 by what a reader sees of it. Most attributes
    are plain and short: they are told apart without parsing, ASCII text first.
    """
    size = len(attribute)
    if size > 4 and attribute[0] == 0x0A and attribute.isascii():
        tag = 2 + attribute[1]
        if attribute[tag : tag + 4] == bytes((0x12, size - tag - 2 & 0xFF, _STRING_TAG, size - tag - 4 & 0xFF)):
            return attribute[2:tag], ()
    if size > 4 and attribute[0] == 0x0A and attribute[1] < _LONG:
        key_end = 2 + attribute[1]
        key, value = attribute[2:key_end], attribute[key_end:]
        is_whole = len(value) > 3 and value[0] == 0x12 and value[1] < _LONG and len(value) == 2 + value[1]
        if is_whole and key.isascii() and _is_plain(value[2], value[3:]):
            return key, ()
    return _inspect_slowly(attribute)


def _is_plain(tag: int, value: bytes) -> bool:
    """Whether a value is a scalar that a query would write in the same bytes, with nothing beside it."""
    if tag == _STRING_TAG:
        return value[0] == len(value) - 1 and value.isascii()
    if tag == _BYTES_TAG:
        return value[0] == len(value) - 1
    if tag == _INT_TAG:
        return value[-1] < _LONG and (len(value) == 1 or min(value[:-1]) >= _LONG)
    return (tag, len(value)) in ((_BOOL_TAG, 1), (_DOUBLE_TAG, 8))


def _inspect_slowly(attribute: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    try:
        parsed = wire.KeyValue.FromString(attribute)
    except DecodeError:
        return b"", ()
    forms = (_canonical(parsed.key, value) for value in _elements(parsed.value))
    return parsed.key, tuple(form for form in dict.fromkeys(forms) if form != attribute)


def _elements(value: wire.AnyValue) -> Iterator[wire.AnyValue]:
    """The value itself, or what its array holds, however deep."""
    if value.HasField("array_value"):
        for item in value.array_value.values:
            yield from _elements(item)
    else:
        yield value


def _canonical(key: bytes, value: wire.AnyValue) -> bytes:
    """`KeyValue` bytes of a value as a query would write them: key and text are UTF-8, nothing unknown beside."""
    plain = wire.AnyValue()
    kind = value.WhichOneof("value")
    if kind == "string_value":
        plain.string_value = _as_utf8(value.string_value)
    elif kind in ("bool_value", "int_value", "double_value", "bytes_value"):
        setattr(plain, kind, getattr(value, kind))
    return wire.KeyValue(key=_as_utf8(key), value=plain).SerializeToString()


def _as_utf8(text: bytes) -> bytes:
    return text.decode("utf-8", "replace").encode()


def _key_value(key: bytes, value: wire.AnyValue) -> bytes:
    return wire.KeyValue(key=key, value=value).SerializeToString()


def _typed_forms(value: Literal) -> Iterable[wire.AnyValue]:
    if isinstance(value, str):
        yield wire.AnyValue(string_value=value.encode("utf-8", "replace"))
    elif isinstance(value, bool):
        yield wire.AnyValue(bool_value=value)
    elif isinstance(value, int | float):
        yield from _numeric_forms(value)


def _numeric_forms(number: int | float) -> Iterable[wire.AnyValue]:
    """3 is also 3.0, and 0.0 is also -0.0: numbers compare by value, whatever their sender's type."""
    if number == number // 1 and -(2**63) <= number < 2**63:
        yield wire.AnyValue(int_value=int(number))
    try:
        as_double = float(number)
    except OverflowError:
        return
    if as_double == number:
        yield wire.AnyValue(double_value=as_double)
        if not as_double:
            yield wire.AnyValue(double_value=-as_double)
