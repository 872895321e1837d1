"""Texts and values as OTLP's bytes; texts, which are nearly all there is, without building a message."""

import json
from typing import Any

import orjson

from traces.ingest import attribute_bytes
from traces.ingest.attribute_bytes import write_field, write_text
from traces.ingest.json_fields import Unreadable
from traces.wire import otlp_pb2 as wire

MAX_DEPTH = 32
_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1
# Tag and length of the attribute, its key and its value, where each length fits one byte.
_FRAME_BYTES = 6
_SHORT_BYTES = 128


def encode_text(text: str) -> bytes:
    """Half surrogate pairs become the bytes that they stand for, or three bytes that no reader takes for UTF-8."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def write_attribute(tag: bytes, key: str, value: Any) -> bytes:
    """A field with the `KeyValue` of a key and of what JSON or Thrift can hold. Raises Unreadable for deep nesting."""
    written = write_text(encode_text(value)) if type(value) is str else _write_value(value)
    return attribute_bytes.write_attribute(tag, write_field(b"\x0a", encode_text(key)), written)


def write_attributes(tag: bytes, values: dict[str, Any]) -> list[bytes]:
    """A field for each: `write_attribute` without its calls, which cost more than its work. Raises Unreadable."""
    written = []
    for key, value in values.items():
        if type(value) is str and key.isascii() and value.isascii():
            name, text = key.encode(), value.encode()
            name_size, size = len(name), len(text)
            rest = name_size + size + _FRAME_BYTES
            if rest < _SHORT_BYTES:
                written.append(b"%b%c\x0a%c%b\x12%c\x0a%c%b" % (tag, rest, name_size, name, size + 2, size, text))
                continue
        written.append(write_attribute(tag, key, value))
    return written


def format_value(value: Any) -> str:
    """A tag's value as Zipkin's readers see it: a text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return orjson.dumps(value, default=repr).decode()
    except TypeError:
        # Half a surrogate pair, or more than 64 bits.
        return json.dumps(value, default=repr, ensure_ascii=False, separators=(",", ":"))


def _write_value(value: Any) -> bytes:
    message = wire.AnyValue()
    _fill(message, value, 0)
    return message.SerializeToString()


def _fill(target: wire.AnyValue, value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Unreadable(f"a value nests deeper than {MAX_DEPTH} levels")
    if isinstance(value, str):
        target.string_value = encode_text(value)
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        _fill_integer(target, value)
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, bytes):
        target.bytes_value = value
    elif isinstance(value, list):
        target.array_value.SetInParent()
        for item in value:
            _fill(target.array_value.values.add(), item, depth + 1)
    elif isinstance(value, dict):
        target.kvlist_value.SetInParent()
        for key, item in value.items():
            pair = target.kvlist_value.values.add(key=encode_text(key))
            _fill(pair.value, item, depth + 1)


def _fill_integer(target: wire.AnyValue, value: int) -> None:
    """What has more than 64 bits is kept as text."""
    if _MIN_INT64 <= value <= _MAX_INT64:
        target.int_value = value
    else:
        target.string_value = str(value).encode()
