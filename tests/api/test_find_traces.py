"""Searching: GET traces and POST traces/search."""

from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import WINDOW, Ask
from tests.builders import MS, NOW_NS, SECOND, make_span, span_id, trace_id, write_spans

pytestmark = pytest.mark.django_db(transaction=True)

START_NS = NOW_NS - SECOND


def numbers(answer: Any) -> list[int]:
    """The traces found, by their numbers."""
    return [int(trace["trace_id"], 16) for trace in answer["traces"]]


def test_an_empty_store_answers_an_empty_page(ask: Ask) -> None:
    assert ask("traces") == {
        "traces": [],
        "total": {"value": 0, "is_exact": True},
        "next_cursor": None,
        "is_complete": True,
    }


def test_a_trace_is_found_with_its_outline(ask: Ask) -> None:
    write_spans(make_span(1, 1, name="GET /cart"))
    write_spans(make_span(1, 2, 1, start_ns=START_NS + MS, kind=3, status=2), service="stock")
    assert ask("traces", **WINDOW, service="stock") == {
        "traces": [
            {
                "trace_id": trace_id(1).hex(),
                "start_ns": str(START_NS),
                "duration_ns": str(11 * MS),
                "span_count": 2,
                "error_count": 1,
                "root_service": "shop",
                "root_operation": "GET /cart",
                "services": [
                    {"name": "shop", "slot": 0, "span_count": 1},
                    {"name": "stock", "slot": 1, "span_count": 1},
                ],
                "matched_span_ids": [span_id(2).hex()],
            }
        ],
        "total": {"value": 1, "is_exact": True},
        "next_cursor": None,
        "is_complete": True,
    }


def test_a_trace_without_its_root_is_found_without_a_root(ask: Ask) -> None:
    write_spans(make_span(1, 2, 1))
    (trace,) = ask("traces", **WINDOW)["traces"]
    assert (trace["root_service"], trace["root_operation"]) == (None, None)


def test_a_line_of_the_list_names_at_most_twenty_matching_spans(ask: Ask) -> None:
    write_spans(*(make_span(1, number) for number in range(1, 100)))
    (trace,) = ask("traces", **WINDOW)["traces"]
    assert (trace["span_count"], len(trace["matched_span_ids"])) == (99, 20)


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, [3, 2, 1]),
        ({"service": "shop"}, [2, 1]),
        ({"operation": "pay"}, [2]),
        ({"kind": "CLIENT"}, [3]),
        ({"status": "error"}, [2]),
        ({"attributes": "retries>1"}, [2]),
        ({"attributes": 'zone="eu 1" retries'}, [1]),
        ({"attributes": '{"zone": "us"}'}, [2]),
        ({"min_duration": "11ms"}, [3]),
        ({"max_duration": "10ms"}, [2, 1]),
        ({"min_trace_duration": "11ms"}, [3]),
        ({"max_trace_duration": "10999us"}, [2, 1]),
        ({"limit": "2"}, [3, 2]),
        ({"service": ""}, [3, 2, 1]),
        ({"service": "nobody"}, []),
        ({"start": str(START_NS + 100 * MS)}, [3, 2]),
        ({"end": str(START_NS + 100 * MS)}, [1]),
        ({"start": "", "lookback": "1900ms"}, [3, 2]),
    ],
)
def test_every_parameter_narrows_the_search(ask: Ask, parameters: dict[str, str], found: list[int]) -> None:
    write_spans(make_span(1, 1, attributes={"zone": "eu 1", "retries": 1}))
    pay = make_span(2, 2, name="pay", start_ns=START_NS + 100 * MS, status=2, attributes={"zone": "us", "retries": 2})
    write_spans(pay)
    write_spans(make_span(3, 3, start_ns=START_NS + 200 * MS, duration_ns=11 * MS, kind=3), service="stock")
    assert numbers(ask("traces", **WINDOW | parameters)) == found


def test_pages_follow_each_other_to_the_end(ask: Ask) -> None:
    for number in range(1, 6):
        write_spans(make_span(number, start_ns=START_NS + number * MS))
    first = ask("traces", **WINDOW, limit=2)
    second = ask("traces", **WINDOW, limit=2, cursor=first["next_cursor"])
    third = ask("traces", **WINDOW, limit=2, cursor=second["next_cursor"])
    assert [numbers(page) for page in (first, second, third)] == [[5, 4], [3, 2], [1]]
    assert third["next_cursor"] is None


ZONE_EU = {"key": "zone", "comparison": "=", "value": "eu"}
FAILED = {"place": "intrinsic", "key": "status", "comparison": "=", "value": "error"}
BY_SHOP = {"place": "intrinsic", "key": "service", "comparison": "=", "value": "shop"}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"key": "retries", "comparison": ">=", "value": 2}, [2]),
        ({"key": "retries", "comparison": "=", "value": "2"}, []),
        ({"key": "retries", "comparison": "!=", "value": 2}, [1]),
        ({"place": "resource", "key": "service.name", "comparison": "=~", "value": "sh.*"}, [2, 1]),
        ({"place": "span", "key": "service.name", "comparison": "exists"}, []),
        ({"key": "zone", "comparison": "exists"}, [1]),
        ({"key": "serial", "comparison": "=", "value": {"int": "9007199254740993"}}, [2]),
        ({"key": "serial", "comparison": "=", "value": {"int": "9007199254740992"}}, []),
        ({"place": "intrinsic", "key": "kind", "comparison": "!=", "value": "server"}, []),
        ({"place": "intrinsic", "key": "duration", "comparison": "<", "value": 10 * MS}, []),
        ({"place": "intrinsic", "key": "duration", "comparison": "<=", "value": "10ms"}, [2, 1]),
        ({"place": "intrinsic", "key": "span_id", "comparison": "=", "value": "0000000000000002"}, [2]),
        (FAILED, [2]),
        ({"or": [ZONE_EU, {"and": [BY_SHOP, FAILED]}]}, [2, 1]),
        ({"and": [ZONE_EU, FAILED]}, []),
    ],
)
def test_a_tree_of_conditions_finds_what_it_says(ask: Ask, where: object, found: list[int]) -> None:
    write_spans(make_span(1, 1, attributes={"zone": "eu", "retries": 1}))
    attributes = {"retries": 2, "serial": 2**53 + 1}
    write_spans(make_span(2, 2, start_ns=START_NS + MS, status=2, attributes=attributes))
    assert numbers(ask("traces/search", body={"where": where, "window": WINDOW})) == found


def test_a_posted_search_is_paged_like_an_address(ask: Ask) -> None:
    for number in range(1, 4):
        write_spans(make_span(number, start_ns=START_NS + number * MS))
    body = {"window": WINDOW, "limit": 2, "max_trace_duration": "10ms"}
    first = ask("traces/search", body=body)
    second = ask("traces/search", body=body | {"cursor": first["next_cursor"]})
    assert (numbers(first), numbers(second)) == ([3, 2], [1])


def test_a_search_may_be_asked_with_head(client: Client) -> None:
    answer = client.head("/api/v1/traces")
    assert (answer.status_code, answer.content) == (200, b"")
