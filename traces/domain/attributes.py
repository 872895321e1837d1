"""Attribute values as OpenTelemetry types them, and how they read as text.

https://opentelemetry.io/docs/specs/otel/common/#anyvalue
"""

import base64
import json
import math
from typing import TypeAlias, Union

# None is OpenTelemetry's empty value. A list is an array, a dict a key-value list, in the order sent.
AttributeValue: TypeAlias = Union[
    bool, int, float, str, bytes, "list[AttributeValue]", "dict[str, AttributeValue]", None
]
Attributes: TypeAlias = dict[str, AttributeValue]
Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]

# Integers beyond this lose digits in JavaScript and in many JSON readers.
MAX_JSON_INTEGER = 2**53 - 1


def type_name(value: AttributeValue) -> str:
    """OpenTelemetry's word for the type of a value: string, bool, int, double, bytes, array, kvlist, empty."""
    names = {str: "string", bool: "bool", int: "int", float: "double", bytes: "bytes", list: "array", dict: "kvlist"}
    return names.get(type(value), "empty")


def format_value(value: AttributeValue) -> str:
    """The value as a person reads it; nested values as JSON, bytes as base64."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | dict):
        return json.dumps(to_json(value), ensure_ascii=False)
    return str(value)


def to_json(value: AttributeValue) -> Json:
    """The value as JSON can say it: bytes as base64; NaN, infinities and integers beyond 2^53 as strings.

    The rules are those of the proto3 JSON mapping, https://protobuf.dev/programming-guides/json/
    """
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_JSON_INTEGER:
        return str(value)
    return value
