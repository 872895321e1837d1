"""Attributes as 64-bit tokens: what the attribute index holds instead of text.

A token is XXH3 of the attribute's canonical OTLP bytes (`KeyValue`), seeded by the project's seed and by where the
attribute stands, so that nobody outside can construct collisions. A hit is verified on the span before it is shown.
"""

from collections.abc import Iterable

import xxhash
from google.protobuf.message import DecodeError

from traces.domain.query import Literal, Place
from traces.wire import otlp_pb2 as wire

TOKEN_VERSION = 1
_INDEXED_PLACES = (Place.SPAN, Place.EVENT, Place.LINK)
# The name of an event is indexed as an attribute of this key; no sender's key can be taken for it, see `seed_for`.
EVENT_NAME = Place.INTRINSIC
_PLAIN_TAGS = (0x0A, 0x10, 0x18, 0x21, 0x3A)  # string, bool, int, double, bytes
_STRING_TAG = 0x0A
_LONG = 0x80


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
    are plain and short: they are told apart without parsing.
    """
    if len(attribute) > 4 and attribute[0] == 0x0A and attribute[1] < _LONG:
        key_end = 2 + attribute[1]
        value = attribute[key_end:]
        if len(value) > 2 and value[0] == 0x12 and value[1] < _LONG and len(value) == 2 + value[1]:
            key, is_text = attribute[2:key_end], value[2] == _STRING_TAG
            if value[2] in _PLAIN_TAGS and key.isascii() and (not is_text or value.isascii()):
                return key, ()
    return _inspect_slowly(attribute)


def _inspect_slowly(attribute: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    try:
        parsed = wire.KeyValue.FromString(attribute)
    except DecodeError:
        return b"", ()
    values = parsed.value.array_value.values if parsed.value.HasField("array_value") else [parsed.value]
    forms = (_canonical(parsed.key, value) for value in values)
    return parsed.key, tuple(form for form in dict.fromkeys(forms) if form != attribute)


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
