"""Attribute values as text and as JSON."""

import json
import math
from typing import Any

import pytest

from traces.domain.attributes import AttributeValue, format_value, to_json, type_name

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("value", "name", "text", "written"),
    [
        (None, "empty", "", "null"),
        ("", "string", "", '""'),
        ("a\0ü", "string", "a\0ü", '"a\\u0000\\u00fc"'),
        ("5", "string", "5", '"5"'),
        (True, "bool", "true", "true"),
        (False, "bool", "false", "false"),
        (0, "int", "0", "0"),
        (2**53 - 1, "int", "9007199254740991", "9007199254740991"),
        (2**53, "int", "9007199254740992", '"9007199254740992"'),
        (-(2**53) + 1, "int", "-9007199254740991", "-9007199254740991"),
        (-(2**63), "int", "-9223372036854775808", '"-9223372036854775808"'),
        (0.1, "double", "0.1", "0.1"),
        (-0.0, "double", "-0.0", "-0.0"),
        (200.0, "double", "200.0", "200.0"),
        (1e300, "double", "1e+300", "1e+300"),
        (NAN, "double", "nan", '"NaN"'),
        (INF, "double", "inf", '"Infinity"'),
        (-INF, "double", "-inf", '"-Infinity"'),
        (b"", "bytes", "", '""'),
        (b"\0\xff", "bytes", "AP8=", '"AP8="'),
        ([], "array", "[]", "[]"),
        ([1, "ü", None, True, [NAN]], "array", '[1, "ü", null, true, ["NaN"]]', '[1, "\\u00fc", null, true, ["NaN"]]'),
        ({}, "kvlist", "{}", "{}"),
        ({"b": 2**60, "a": {"c": b"\1"}}, "kvlist",
         '{"b": "1152921504606846976", "a": {"c": "AQ=="}}', '{"b": "1152921504606846976", "a": {"c": "AQ=="}}'),
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_has_a_type_a_text_and_a_form_in_json(
    value: AttributeValue, name: str, text: str, written: str
) -> None:
    assert type_name(value) == name
    assert format_value(value) == text
    assert json.dumps(to_json(value), allow_nan=False) == written


def test_values_as_deep_as_a_request_may_be_have_a_text() -> None:
    value: Any = "bottom"
    for _ in range(47):
        value = [value]

    assert format_value(value) == "[" * 47 + '"bottom"' + "]" * 47
