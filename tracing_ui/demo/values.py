"""Attribute values of the demo, and their OTLP."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from traces.wire import otlp_pb2 as wire

Value: TypeAlias = str | bool | int | float | list[str]
Attributes: TypeAlias = Mapping[str, Value]


def encode_attribute(key: str, value: Value) -> bytes:
    """A KeyValue message."""
    if isinstance(value, list):
        items = [wire.AnyValue(string_value=item.encode()) for item in value]
        array = wire.AnyValue(array_value=wire.ArrayValue(values=items))
        return wire.KeyValue(key=key.encode(), value=array).SerializeToString()
    return _encode_scalar(key, value, type(value).__name__)


def encode_attributes(attributes: Attributes) -> list[bytes]:
    """KeyValue messages, in order."""
    return [encode_attribute(key, value) for key, value in attributes.items()]


def parse_attributes(attributes: Attributes) -> list[wire.KeyValue]:
    """The same, as messages to be put into others."""
    return [wire.KeyValue.FromString(message) for message in encode_attributes(attributes)]


@lru_cache(maxsize=20_000)
def _encode_scalar(key: str, value: str | bool | int | float, of_type: str) -> bytes:
    """`of_type` keeps 1, 1.0 and True apart in the cache."""
    if isinstance(value, bool):
        encoded = wire.AnyValue(bool_value=value)
    elif isinstance(value, int):
        encoded = wire.AnyValue(int_value=value)
    elif isinstance(value, float):
        encoded = wire.AnyValue(double_value=value)
    else:
        encoded = wire.AnyValue(string_value=value.encode())
    return wire.KeyValue(key=key.encode(), value=encoded).SerializeToString()
