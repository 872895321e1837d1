"""Numbers, durations and tags as Go's standard library reads and writes them."""

import math
from collections.abc import Sequence

import pytest

from traces.domain.attributes import AttributeValue
from traces.domain.errors import InvalidQuery
from tracing_ui.compat.jaeger.go_parsing import parse_text_map
from tracing_ui.compat.jaeger.go_text import as_text, format_double
from tracing_ui.compat.jaeger.metrics import format_time
from tracing_ui.compat.jaeger.search import list_typed_forms
from tracing_ui.go_strconv import parse_boolean, parse_duration_ns, parse_float, parse_hex, parse_integer


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1.5s", 1_500_000_000), ("100ms", 100_000_000), ("250us", 250_000), ("250µs", 250_000), ("10ns", 10),
        ("1m", 60_000_000_000), ("1h", 3_600_000_000_000), ("1h2m", 3_720_000_000_000), ("-3ms", -3_000_000),
        ("0", 0), (".5s", 500_000_000), ("1.s", 1_000_000_000), ("1.0000000009s", 1_000_000_000),
    ],
)  # fmt: skip
def test_a_duration_is_read(text: str, nanoseconds: int) -> None:
    assert parse_duration_ns(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", 'time: invalid duration ""'),
        ("20", 'time: missing unit in duration "20"'),
        ("1d", 'time: unknown unit "d" in duration "1d"'),
        (" 1s", 'time: invalid duration " 1s"'),
        (".s", 'time: invalid duration ".s"'),
        ("9999999h", 'time: invalid duration "9999999h"'),
        ("9" * 5_000 + "s", f'time: invalid duration "{"9" * 200}"'),
    ],
)
def test_a_duration_that_is_none_is_refused_in_gos_words(text: str, sentence: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parse_duration_ns(text)
    assert str(refused.value) == sentence


def test_numbers_are_read() -> None:
    assert (parse_integer("-12"), parse_integer("+12", 32), parse_hex("00fF"), parse_float("0.95")) == (
        -12,
        12,
        255,
        0.95,
    )
    assert parse_integer("9223372036854775807") == 2**63 - 1
    assert [parse_boolean(text) for text in ("1", "t", "True", "0", "F", "false")] == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("parse", "text", "sentence"),
    [
        (parse_integer, "x", 'strconv.ParseInt: parsing "x": invalid syntax'),
        (parse_integer, "1_0", 'strconv.ParseInt: parsing "1_0": invalid syntax'),
        (parse_integer, "٣", 'strconv.ParseInt: parsing "٣": invalid syntax'),
        (parse_integer, "9223372036854775808", 'strconv.ParseInt: parsing "9223372036854775808": value out of range'),
        (parse_hex, "x2", 'strconv.ParseUint: parsing "x2": invalid syntax'),
        (parse_float, "", 'strconv.ParseFloat: parsing "": invalid syntax'),
        (parse_boolean, "yes", 'strconv.ParseBool: parsing "yes": invalid syntax'),
    ],
)
def test_what_is_no_number_is_refused_in_gos_words(parse: object, text: str, sentence: str) -> None:
    assert callable(parse)
    with pytest.raises(InvalidQuery) as refused:
        parse(text)
    assert str(refused.value) == sentence


def test_tags_are_an_object_of_strings() -> None:
    assert parse_text_map('{"a":"1","b":null}') == {"a": "1", "b": ""}
    assert parse_text_map("null") == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "unexpected end of JSON input"),
        ('{"a":"b', "unexpected end of JSON input"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
        ('{"a":NaN}', "invalid character 'N' looking for beginning of value"),
        ('{"a":"b"} x', "invalid character 'x' after top-level value"),
        ('{"a":1}', "json: cannot unmarshal number into Go value of type string"),
        ('{"a":true}', "json: cannot unmarshal bool into Go value of type string"),
        ('{"a":{}}', "json: cannot unmarshal object into Go value of type string"),
        ('["a"]', "json: cannot unmarshal array into Go value of type map[string]string"),
        ("[" * 100_000, "exceeded max depth"),
    ],
)
def test_tags_of_another_form_are_refused_in_gos_words(text: str, sentence: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parse_text_map(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1"), (0.1, "0.1"), (-2.5, "-2.5"), (1e-6, "0.000001"), (1e-7, "1e-7"), (1.5e-10, "1.5e-10"),
        (1e16, "10000000000000000"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (5e-324, "5e-324"),
        (math.inf, "Infinity"), (math.nan, "NaN"),
    ],
)  # fmt: skip
def test_a_double_is_written(number: float, text: str) -> None:
    assert format_double(number) == text


def test_nested_values_are_json_with_sorted_keys_that_may_stand_in_html() -> None:
    value: AttributeValue = {"b": [1, 2.0, None, True, "<a&b>"], "a": b"x"}
    assert as_text(value) == '{"a":"eA==","b":[1,2,null,true,"\\u003ca\\u0026b\\u003e"]}'


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("500", ["500", 500]), ("true", ["true", True]), ("1.5", ["1.5", 1.5]), ("1", ["1", 1]), ("01", ["01"]),
        ("1e3", ["1e3"]), ("1.50", ["1.50"]), ("1e+21", ["1e+21", 1e21]), ("True", ["True"]), ("-0", ["-0"]),
        ("9223372036854775807", ["9223372036854775807", 2**63 - 1]),
        ("100000000000000000000", ["100000000000000000000", 1e20]), ("NaN", ["NaN"]), ("", [""]),
    ],
)  # fmt: skip
def test_a_tag_stands_for_every_value_that_is_written_so(text: str, forms: Sequence[object]) -> None:
    found = list_typed_forms(text)
    assert found == forms
    assert [type(value) for value in found] == [type(value) for value in forms]


@pytest.mark.parametrize(
    ("moment_ns", "text"),
    [(1_631_271_823_806_000_000, "2021-09-10T11:03:43.806Z"), (1_631_271_780_000_000_000, "2021-09-10T11:03:00Z")],
)
def test_a_time_is_written_as_protobuf_writes_it(moment_ns: int, text: str) -> None:
    assert format_time(moment_ns) == text
