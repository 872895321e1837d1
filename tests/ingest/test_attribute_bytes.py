"""What is written by hand is what the encoder of Protocol Buffers writes."""

from typing import Any

import pytest

from traces.ingest.attribute_bytes import write_field, write_plain_attribute
from traces.wire import otlp_pb2 as wire


@pytest.mark.parametrize("key", ["k", "http.route", "é" * 40, "k" * 127, "k" * 128, "k" * 20_000])
@pytest.mark.parametrize(
    ("name", "given", "field", "value"),
    [
        ("stringValue", "", "string_value", b""),
        ("stringValue", "text", "string_value", b"text"),
        ("stringValue", "é" * 60, "string_value", "é".encode() * 60),
        ("stringValue", "t" * 127, "string_value", b"t" * 127),
        ("stringValue", "t" * 128, "string_value", b"t" * 128),
        ("stringValue", "t" * 3_000_000, "string_value", b"t" * 3_000_000),
        ("intValue", "0", "int_value", 0),
        ("intValue", "127", "int_value", 127),
        ("intValue", 128, "int_value", 128),
        ("intValue", "999999999999999999", "int_value", 999_999_999_999_999_999),
        ("intValue", 2**63 - 1, "int_value", 2**63 - 1),
        ("boolValue", True, "bool_value", True),
        ("boolValue", False, "bool_value", False),
        ("doubleValue", -1.5, "double_value", -1.5),
        ("doubleValue", 5e-324, "double_value", 5e-324),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_plain_attribute_is_written_as_the_encoder_does(
    key: str, name: str, given: Any, field: str, value: Any
) -> None:
    expected = wire.Span(attributes=[wire.KeyValue(key=key.encode(), value=wire.AnyValue(**{field: value}))])

    written = write_plain_attribute(b"\x4a", write_field(b"\x0a", key.encode()), name, given)

    assert written == expected.SerializeToString()


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("stringValue", 1), ("stringValue", None), ("intValue", -1), ("intValue", "-1"), ("intValue", "1.0"),
        ("intValue", 1.0), ("intValue", True), ("intValue", 2**63), ("intValue", "9223372036854775808"),
        ("intValue", ""), ("boolValue", "true"), ("boolValue", 1), ("doubleValue", 1), ("doubleValue", "NaN"),
        ("arrayValue", {"values": []}), ("string_value", "t"), ("unknown", "t"),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_long_way(name: str, given: Any) -> None:
    assert write_plain_attribute(b"\x4a", b"\x0a\x01k", name, given) is None
