"""The JSON form of a search, read into a query."""

from typing import Any

import pytest

from traces.api.search_body import read_search_body
from traces.domain.errors import InvalidQuery
from traces.domain.query import And, Comparison, Condition, Cursor, Expression, Or, Place, Window
from traces.domain.search_text import encode_cursor

NOW_NS = 1_764_100_000_000_000_000
HOUR_NS = 3_600_000_000_000


def read_where(where: object) -> Expression:
    return read_search_body({"where": where}, NOW_NS).where


def refusal(body: object) -> tuple[str, str]:
    """The field at fault and the sentence."""
    with pytest.raises(InvalidQuery) as caught:
        read_search_body(body, NOW_NS)
    return caught.value.field, str(caught.value)


def condition(**changes: Any) -> dict[str, Any]:
    return {"key": "k", "comparison": "=", "value": "v"} | changes


def test_an_empty_body_asks_for_every_trace_of_the_last_hour() -> None:
    query = read_search_body({}, NOW_NS)
    assert query.where == And()
    assert query.window == Window(start_ns=NOW_NS + 1 - HOUR_NS, end_ns=NOW_NS + 1)
    assert query.limit == 20
    assert query.after is None


def test_a_tree_becomes_the_expression_it_spells() -> None:
    tree = {
        "and": [
            {"key": "http.route", "comparison": "=~", "value": "/cart.*"},
            {"or": [{"place": "resource", "key": "zone", "comparison": "exists"}]},
        ]
    }
    assert read_where(tree) == And(
        (
            Condition(place=Place.ANY, key="http.route", comparison=Comparison.MATCHES, value="/cart.*"),
            Or((Condition(place=Place.RESOURCE, key="zone", comparison=Comparison.EXISTS),)),
        )
    )


@pytest.mark.parametrize("comparison", ["=", "!=", "<", "<=", ">", ">=", "=~", "!~"])
def test_every_comparison_is_understood(comparison: str) -> None:
    read = read_where(condition(comparison=comparison))
    assert read == Condition(place=Place.ANY, key="k", comparison=Comparison(comparison), value="v")


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("text", "text"),
        ("", ""),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        (-(2**63), -(2**63)),
        ({"int": "9223372036854775807"}, 2**63 - 1),
        ({"int": "-1"}, -1),
    ],
)
def test_a_value_keeps_its_type(sent: object, value: object) -> None:
    read = read_where(condition(value=sent))
    assert isinstance(read, Condition)
    assert (type(read.value), read.value) == (type(value), value)


@pytest.mark.parametrize(
    ("key", "sent", "value"),
    [
        ("kind", "server", 2),
        ("status", "error", 2),
        ("duration", "1.5s", 1_500_000_000),
        ("duration", 250, 250),
        ("service", "shop", "shop"),
    ],
)
def test_an_intrinsic_takes_what_people_call_it(key: str, sent: object, value: object) -> None:
    read = read_where(condition(place="intrinsic", key=key, value=sent))
    assert read == Condition(place=Place.INTRINSIC, key=key, comparison=Comparison.EQUAL, value=value)  # type: ignore[arg-type]


def test_the_window_and_the_page_are_read_like_those_of_an_address() -> None:
    cursor = Cursor(start_ns=1, trace_id=bytes(range(16)), newest_block=3)
    query = read_search_body(
        {
            "window": {"start": "now-2h", "end": "now-1h"},
            "min_trace_duration": "1ms",
            "max_trace_duration": "2ms",
            "limit": 7,
            "cursor": encode_cursor(cursor),
        },
        NOW_NS,
    )
    assert query.window == Window(start_ns=NOW_NS - 2 * HOUR_NS, end_ns=NOW_NS - HOUR_NS)
    assert (query.min_trace_duration_ns, query.max_trace_duration_ns) == (1_000_000, 2_000_000)
    assert (query.limit, query.after) == (7, cursor)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ({"were": {}}, "were"),
        ({"where": "x"}, "where"),
        ({"where": None}, "where"),
        ({"where": {"and": []}}, "where.and"),
        ({"where": {"or": {}}}, "where.or"),
        ({"where": {"and": [condition()], "or": [condition()]}}, "where.or"),
        ({"where": {"and": [condition(), {"or": [condition(valeu=1)]}]}}, "where.and[1].or[0].valeu"),
        ({"where": {"comparison": "exists"}}, "where.key"),
        ({"where": {"key": "k"}}, "where.comparison"),
        ({"where": condition(place="tag")}, "where.place"),
        ({"where": condition(place=[])}, "where.place"),
        ({"where": condition(key=1)}, "where.key"),
        ({"where": condition(key="a\x00b")}, "where.key"),
        ({"where": condition(comparison="==")}, "where.comparison"),
        ({"where": condition(comparison="exists")}, "where.value"),
        ({"where": condition(comparison="=~", value=1)}, "where.value"),
        ({"where": condition(comparison="=~", value="(")}, "where.value"),
        ({"where": condition(value=None)}, "where.value"),
        ({"where": condition(value=[1])}, "where.value"),
        ({"where": condition(value=2**63)}, "where.value"),
        ({"where": condition(value=float("inf"))}, "where.value"),
        ({"where": condition(value="\ud800")}, "where.value"),
        ({"where": condition(value="x" * 8193)}, "where.value"),
        ({"where": condition(value={"int": 7})}, "where.value.int"),
        ({"where": condition(value={"int": "9223372036854775808"})}, "where.value.int"),
        ({"where": condition(value={"double": "1"})}, "where.value.double"),
        ({"where": condition(place="intrinsic", key="colour")}, "where.key"),
        ({"where": condition(place="intrinsic", key="kind", value="sever")}, "where.value"),
        ({"where": condition(place="intrinsic", key="kind", value=2)}, "where.value"),
        ({"where": condition(place="intrinsic", key="kind", comparison=">", value="server")}, "where.comparison"),
        ({"where": condition(place="intrinsic", key="duration", value="soon")}, "where.value"),
        ({"where": condition(place="intrinsic", key="duration", value=True)}, "where.value"),
        ({"where": condition(place="intrinsic", key="duration", comparison="=~", value="1s")}, "where.comparison"),
        ({"where": condition(place="intrinsic", key="name", value=1)}, "where.value"),
        ({"window": []}, "window"),
        ({"window": {"from": "now"}}, "window.from"),
        ({"window": {"start": 5}}, "window.start"),
        ({"window": {"start": "yesterday"}}, "window.start"),
        ({"window": {"start": "now", "end": "now-1h"}}, "window.end"),
        ({"window": {"lookback": "long"}}, "window.lookback"),
        ({"min_trace_duration": "long"}, "min_trace_duration"),
        ({"max_trace_duration": 5}, "max_trace_duration"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": "20"}, "limit"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_what_cannot_be_understood_is_named(body: object, field: str) -> None:
    named, sentence = refusal(body)
    assert named == field
    assert sentence.endswith(".")


def nest(levels: int) -> object:
    node: object = condition()
    for _ in range(levels - 1):
        node = {"and": [node]}
    return node


def test_a_tree_is_at_most_sixteen_levels_deep() -> None:
    assert read_search_body({"where": nest(16)}, NOW_NS).limit == 20
    field, sentence = refusal({"where": nest(17)})
    assert field == "where" + ".and[0]" * 16
    assert sentence == f"{field} is nested deeper than 16 levels."


def test_a_tree_has_at_most_sixty_four_conditions() -> None:
    assert read_where({"or": [condition()] * 64}) == Or((read_where(condition()),) * 64)
    assert refusal({"where": {"or": [condition()] * 65}}) == ("where", "A search takes at most 64 conditions.")
