"""What there is to search for: services, operations, attributes and their values."""

import pytest

from tests.api.conftest import Ask
from tests.builders import make_event, make_span, write_spans

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("path", "name"),
    [("services", "services"), ("operations", "operations"), ("attributes", "attributes")],
)
def test_an_empty_store_has_an_empty_catalogue(ask: Ask, path: str, name: str) -> None:
    assert ask(path) == {name: []}


def test_services_are_listed_by_name(ask: Ask) -> None:
    write_spans(make_span(1, 1), service="stock")
    write_spans(make_span(1, 2), service="shop\0")
    assert ask("services") == {
        "services": [{"name": "shop\N{REPLACEMENT CHARACTER}", "slot": 1}, {"name": "stock", "slot": 0}]
    }


def test_operations_are_listed_by_name_and_by_service(ask: Ask) -> None:
    write_spans(make_span(1, 1, name="pay", kind=3), make_span(1, 2, name="buy", kind=9), service="shop")
    write_spans(make_span(1, 3, name="pay"), service="stock")
    buy = {"service": "shop", "name": "buy", "kind": "kind 9"}
    pay = {"service": "shop", "name": "pay", "kind": "client"}
    assert ask("operations", service="shop") == {"operations": [buy, pay]}
    assert ask("operations", service="nobody") == {"operations": []}
    assert ask("operations") == {"operations": [buy, {"service": "stock", "name": "pay", "kind": "server"}, pay]}


def test_attribute_keys_are_listed_with_their_place(ask: Ask) -> None:
    events = [make_event(attributes={"http.body": "x"})]
    write_spans(make_span(1, 1, attributes={"http.route": "/", "db": "x"}, events=events))
    assert ask("attributes") == {
        "attributes": [
            {"place": "span", "key": "db"},
            {"place": "event", "key": "http.body"},
            {"place": "span", "key": "http.route"},
            {"place": "resource", "key": "service.name"},
        ]
    }
    assert ask("attributes", prefix="http.r") == {"attributes": [{"place": "span", "key": "http.route"}]}


def test_the_values_of_an_attribute_come_with_their_type_and_the_most_frequent_first(ask: Ask) -> None:
    values: list[object] = ["500", 500, 500, 2**60, [1, "a"], "500", "500"]
    write_spans(*(make_span(1, number, attributes={"code": value}) for number, value in enumerate(values, 1)))
    answer = ask("attributes/values", key="code", place="span")
    assert answer["values"][:2] == [
        {"type": "string", "value": "500", "count": 3},
        {"type": "int", "value": 500, "count": 2},
    ]
    assert {"type": "int", "value": "1152921504606846976", "count": 1} in answer["values"]
    assert {"type": "array", "value": [1, "a"], "count": 1} in answer["values"]
    assert ask("attributes/values", key="code", limit=1)["values"] == answer["values"][:1]
    assert ask("attributes/values", key="code", place="resource") == {"values": []}
    assert ask("attributes/values", key="unheard of") == {"values": []}


def test_values_are_added_up_over_all_places(ask: Ask) -> None:
    events = [make_event(attributes={"k": "a"})]
    write_spans(make_span(1, 1, attributes={"k": "b"}, events=events), make_span(1, 2, attributes={"k": "a"}))
    assert ask("attributes/values", key="k") == {
        "values": [{"type": "string", "value": "a", "count": 2}, {"type": "string", "value": "b", "count": 1}]
    }
