"""Attributes in the panel: their groups, their most readable form, the searches they lead to."""

import math
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlparse import lexer
from sqlparse import tokens as kinds

from traces.domain.attributes import Attributes, AttributeValue
from traces.domain.query import Comparison, Condition, Expression, Or, Place
from traces.domain.search_text import parse_conditions
from traces.panel.attributes import AttributeLine, list_attributes, name_group
from traces.panel.filters import MAX_FILTER_CHARS, search_address, write_condition
from traces.panel.pretty import MAX_JSON_CHARS, MAX_SQL_CHARS, lay_out_json, lay_out_sql, lay_out_url

HOUR_NS = 3_600_000_000_000


def draw(attributes: Attributes) -> list[AttributeLine]:
    listed = list_attributes(attributes, place=Place.SPAN)
    return [line for group in listed.groups for line in group.lines]


def draw_one(key: str, value: AttributeValue) -> AttributeLine:
    (line,) = draw({key: value})
    return line


def test_groups_come_in_a_fixed_order_and_keys_by_name() -> None:
    keys = "zebra gen_ai.system error.type messaging.system rpc.method db.name url.full http.route alpha exception.type"
    listed = list_attributes(dict.fromkeys(keys.split(), "v"), place=Place.SPAN)
    assert [(group.title, [line.key for line in group.lines]) for group in listed.groups] == [
        ("HTTP", ["http.route", "url.full"]),
        ("Database", ["db.name"]),
        ("RPC", ["rpc.method"]),
        ("Messaging", ["messaging.system"]),
        ("Errors", ["error.type", "exception.type"]),
        ("Generative AI", ["gen_ai.system"]),
        ("Other", ["alpha", "zebra"]),
    ]


@pytest.mark.parametrize(
    ("key", "title"), [("HTTP.method", "HTTP"), ("httpx", "Other"), ("db", "Database"), ("", "Other"), (".db", "Other")]
)
def test_a_group_is_that_of_the_namespace(key: str, title: str) -> None:
    assert name_group(key) == title


def test_a_line_knows_its_place_in_the_order_sent_and_its_type() -> None:
    found = draw({"b": 2**62, "a": math.nan, "d": {"x": [1, None]}, "c": True, "": b"\0"})
    assert [(line.key, line.index, line.text, line.type) for line in found] == [
        ("(no name)", 4, "AA==", "bytes"),
        ("a", 1, "nan", "double"),
        ("b", 0, "4611686018427387904", "int"),
        ("c", 3, "true", "bool"),
        ("d", 2, '{"x": [1, null]}', "kvlist"),
    ]


def test_a_long_value_is_cut_and_says_how_long_it_was() -> None:
    line = draw_one("body", "x" * 1_048_576)
    assert (len(line.text), line.length) == (2_000, 1_048_576)


def test_a_crowd_of_attributes_stays_a_page() -> None:
    listed = list_attributes({f"key{n:04}": "[" + "1," * 5_000 + "1]" for n in range(1_000)}, place=Place.SPAN)
    lines = [line for group in listed.groups for line in group.lines]
    assert (len(lines), listed.total, listed.left_out) == (500, 1_000, 500)
    assert sum(len(line.text) + len(line.pretty) for line in lines) == 500 * 400


def test_hidden_characters_are_spelled_out_in_keys_values_and_layouts() -> None:
    line = draw_one("a\0", '{"k": "\u202e", "l": 1}')
    assert (line.key, line.text) == ("a⟨U+0000⟩", '{"k": "⟨U+202E⟩", "l": 1}')
    assert line.pretty == '{\n  "k": "⟨U+202E⟩",\n  "l": 1\n}'


@pytest.mark.parametrize("address", ["https://example.org/a?b=c#d", "http://localhost:8080", "HTTPS://EXAMPLE.ORG"])
def test_a_web_address_becomes_a_link(address: str) -> None:
    assert draw_one("url.full", address).web_address == address


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org",
        "//example.org",
        "see https://example.org",
        "https://example.org/a b",
        "https://example.org/\u202egnp.exe",
        'https://example.org/"onclick="alert(1)',
        "https://example.org\njavascript:alert(1)",
        ["https://example.org"],
    ],
)
def test_nothing_else_becomes_a_link(value: AttributeValue) -> None:
    assert draw_one("url", value).web_address == ""


@pytest.mark.parametrize(
    ("key", "value", "trace_id"),
    [
        ("peer", "4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("peer", "4BF92F3577B34DA6A3CE929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("caller.trace_id", "a3ce929d0e0e4736", "0000000000000000a3ce929d0e0e4736"),
        ("caller", "a3ce929d0e0e4736", ""),
        ("peer", "0" * 32, ""),
        ("peer", "4bf92f3577b34da6a3ce929d0e0e4736\n", ""),
        ("peer", 12345678901234567890123456789012, ""),
    ],
)
def test_what_looks_like_a_trace_id_leads_to_the_trace(key: str, value: AttributeValue, trace_id: str) -> None:
    assert draw_one(key, value).trace_id == trace_id


def test_a_statement_has_a_line_for_every_clause() -> None:
    sql = (
        "SELECT o.id, count(*) FROM orders o LEFT OUTER JOIN items i ON i.o = o.id AND i.n > $1 WHERE o.at BETWEEN 1 "
        "AND 2 AND o.sku IN (SELECT sku FROM gone  WHERE name = 'a  and  b') GROUP BY o.id ORDER BY 2 DESC LIMIT 10"
    )
    line = draw_one("db.query.text", sql)
    assert (line.language, line.text) == ("SQL", sql)
    assert line.pretty.splitlines() == [
        "SELECT o.id, count(*)",
        "FROM orders o",
        "LEFT OUTER JOIN items i",
        "  ON i.o = o.id",
        "  AND i.n > $1",
        "WHERE o.at BETWEEN 1 AND 2",
        "  AND o.sku IN (",
        "  SELECT sku",
        "  FROM gone",
        "  WHERE name = 'a  and  b')",
        "GROUP BY o.id",
        "ORDER BY 2 DESC",
        "LIMIT 10",
    ]


@pytest.mark.parametrize("sql", ["", "  ", "GET user:7", "select 1", "x" * (MAX_SQL_CHARS + 1)])
def test_what_would_not_gain_is_not_laid_out_as_sql(sql: str) -> None:
    assert lay_out_sql(sql) == ""


@given(st.text(st.sampled_from("select from where and or join on (),;'\"`-/*=$1\n\t éÿ::[]"), max_size=200))
def test_laying_out_a_statement_changes_nothing_but_space(sql: str) -> None:
    laid_out = lay_out_sql(sql)
    assert laid_out == "" or _words(laid_out) == _words(sql)


def _words(sql: str) -> list[str]:
    return [text.strip() for kind, text in lexer.tokenize(sql) if kind not in kinds.Whitespace]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("piece", ["(", "select ", "a,", "a=", "'", "/*", "if ", "case ", "join ", "a::", "in ("])
def test_a_statement_of_one_piece_over_and_over_is_laid_out_all_the_same(piece: str) -> None:
    laid_out = lay_out_sql(piece * (MAX_SQL_CHARS // len(piece)))
    assert len(laid_out) < 150 * MAX_SQL_CHARS


def test_json_keeps_its_numbers_and_doubled_keys() -> None:
    text = '{"a":[],"b":[1,2.50,{"c":"x, y: [z]"}],"a":1e400,"big":12345678901234567890123,"d":{}}'
    assert lay_out_json(text).splitlines() == [
        "{",
        '  "a": [],',
        '  "b": [',
        "    1,",
        "    2.50,",
        "    {",
        '      "c": "x, y: [z]"',
        "    }",
        "  ],",
        '  "a": 1e400,',
        '  "big": 12345678901234567890123,',
        '  "d": {}',
        "}",
    ]


@pytest.mark.parametrize(
    "text",
    ["7", '"text"', "{", "[1,]", "{'a': 1}", "[" * 5_000, "[" * 65 + "]" * 65, "[" + "1," * MAX_JSON_CHARS + "1]", ""],
)
def test_what_is_no_json_object_is_left_alone(text: str) -> None:
    assert lay_out_json(text) == ""


def test_a_map_of_the_sender_reads_like_json() -> None:
    line = draw_one("request", {"items": [1, 2]})
    assert (line.language, line.pretty) == ("JSON", '{\n  "items": [\n    1,\n    2\n  ]\n}')


def test_an_address_is_decoded_a_parameter_a_line() -> None:
    line = draw_one("url.full", "https://shop.example/caf%C3%A9?q=a%20b+c&empty=&flag")
    assert (line.language, line.pretty) == (
        "URL",
        "https://shop.example/café\n  ? q = a b c\n  & empty = \n  & flag",
    )


@pytest.mark.parametrize("url", ["https://shop.example/cart", "", "/cart", "/" + "%20" * 4_000])
def test_an_address_that_reads_well_is_left_alone(url: str) -> None:
    assert lay_out_url(url) == ""


TEXT = st.characters(codec="utf-8", exclude_characters="\0")
VALUES = st.one_of(
    st.text(TEXT, max_size=40),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)


@given(
    st.text(TEXT, min_size=1, max_size=40),
    VALUES,
    st.sampled_from([Place.SPAN, Place.RESOURCE, Place.SCOPE, Place.EVENT, Place.LINK]),
    st.sampled_from([Comparison.EQUAL, Comparison.NOT_EQUAL]),
)
def test_the_search_reads_a_condition_as_it_was_meant(
    key: str, value: str | int | float | bool, place: Place, comparison: Comparison
) -> None:
    (found,) = parse_conditions(write_condition(place, key, comparison, value))
    conditions = _conditions(found)
    assert {condition.comparison for condition in conditions} == {comparison}
    assert {(condition.place, condition.key) for condition in conditions} <= {(place, key), (Place.ANY, key)}
    assert any(type(each.value) is type(value) and each.value == value for each in conditions)


def _conditions(expression: Expression) -> list[Condition]:
    parts = expression.parts if isinstance(expression, Or) else (expression,)
    return [part for part in parts if isinstance(part, Condition)]


@pytest.mark.parametrize(
    ("place", "key", "value", "text"),
    [
        (Place.SPAN, "http.route", "/cart", 'http.route="/cart"'),
        (Place.SPAN, "resource.x", 1, "span.resource.x=1"),
        (Place.RESOURCE, "host.name", 'a "b" \\', 'resource.host.name="a \\"b\\" \\\\"'),
        (Place.SPAN, 'a b="c', True, '"a b=\\"c"=true'),
        (Place.EVENT, "{", 0.5, '"event.{"=0.5'),
    ],
)
def test_a_condition_reads_as_a_person_would_write_it(place: Place, key: str, value: AttributeValue, text: str) -> None:
    assert write_condition(place, key, Comparison.EQUAL, value) == text


@pytest.mark.parametrize(
    ("key", "value"),
    [("k", math.nan), ("k", math.inf), ("k", b"\0"), ("k", [1]), ("k", {}), ("k", None), ("k", "\0"), ("\0", 1)],
)
def test_what_no_search_can_ask_for_has_no_filter(key: str, value: AttributeValue) -> None:
    line = draw_one(key, value)
    assert (line.only, line.without) == ("", "")


def test_a_value_that_makes_a_long_address_has_no_filter() -> None:
    assert draw_one("k", "x" * MAX_FILTER_CHARS).only == "?tags=k%3D%22" + "x" * MAX_FILTER_CHARS + "%22"
    assert draw_one("k", "x" * (MAX_FILTER_CHARS + 1)).only == ""


@pytest.mark.parametrize(
    ("age_ns", "lookback"),
    [(0, None), (HOUR_NS, ["6h"]), (20 * HOUR_NS, ["24h"]), (25 * HOUR_NS, ["7d"]), (24 * 30 * HOUR_NS, ["31d"])],
)
def test_a_search_reaches_back_to_the_span(age_ns: int, lookback: list[str] | None) -> None:
    address = search_address('k="v"', age_ns)
    assert parse_qs(address[1:]) == {"tags": ['k="v"']} | ({"lookback": lookback} if lookback else {})
