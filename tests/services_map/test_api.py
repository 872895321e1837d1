"""The API of roll-ups: every answer is held to the published schema, and every route is in it. Both engines."""

import time
from typing import Any

import pytest

from services_map.api.urls import urlpatterns
from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.domain.latency.levels import HOUR
from services_map.models import Subject
from tests.api.conftest import Ask
from tests.api.conftest import ask as ask
from tests.api.conftest import openapi as openapi
from tests.builders import MS, SECOND, span_id, trace_id
from tests.services_map.rows import Call, add_link, add_version, calls_edge, learn_operation, write_calls

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> int:
    """A service with an operation of two kinds, a version, a database and a caller, 90 seconds ago; that moment."""
    at_s = time.time_ns() // SECOND - 90
    service, server = learn_operation("shop", "GET /", 2)
    _, client = learn_operation("shop", "GET /", 3)
    add_version(service, 1, "1.0", at_s * SECOND, at_s * SECOND + 5)
    calls = (
        Call(duration_ns=10 * MS, count=95, version=1),
        Call(duration_ns=SECOND, count=5, is_failed=True, trace_id=trace_id(7), span_id=span_id(8)),
    )
    write_calls(Subject.SERVICE, service, at_s, *calls)
    write_calls(Subject.OPERATION, server, at_s, *calls)
    write_calls(Subject.OPERATION, client, at_s, Call(duration_ns=MS, is_entry=False))
    database = Edge(Node(NodeKind.SERVICE, "shop"), Node(NodeKind.DATABASE, "orders"), Connection.QUERY)
    for edge in (database, calls_edge("web", "shop")):
        write_calls(Subject.LINK, add_link(edge), at_s, Call(duration_ns=2 * MS, count=4, is_root=True))
    return at_s


def milliseconds(digits: str) -> float:
    return pytest.approx(int(digits) / MS, rel=0.011)  # type: ignore[return-value]


def test_every_route_is_in_the_schema(openapi: dict[str, Any]) -> None:
    assert {f"/api/v1/{route.pattern}" for route in urlpatterns} <= set(openapi["paths"])


def test_services_and_their_peers_come_with_figures(ask: Ask, shop: int) -> None:
    answer = ask("services/figures")
    [service], [peer] = answer["services"], answer["peers"]
    assert (service["name"], service["slot"], service["is_of_requests"], service["versions"]) == (
        "shop",
        0,
        True,
        ["1.0"],
    )
    assert service["last_seen_ns"] == str((shop - shop % 60) * SECOND)
    figures = service["figures"]
    assert (figures["span_count"], figures["calls"], figures["is_estimated"]) == (100, 100.0, False)
    assert (milliseconds(figures["p50"]["ns"]), milliseconds(figures["p99"]["ns"])) == (10, 1_000)
    assert int(figures["p50"]["low_ns"]) <= 10 * MS <= int(figures["p50"]["high_ns"])
    assert figures["p99"]["high_ns"] is None
    assert figures["error_share"]["value"] == 0.05
    assert figures["error_share"]["low"] < 0.05 < figures["error_share"]["high"]
    assert service["before"] | {"rate": None} == {
        "span_count": 0, "calls": 0.0, "is_estimated": False, "rate": None, "error_share": None,
        "p50": None, "p95": None, "p99": None, "max_ns": None,
    }  # fmt: skip
    assert (peer["kind"], peer["name"], peer["callers"], peer["figures"]["span_count"]) == (
        "database", "orders", ["shop"], 4,
    )  # fmt: skip
    covered = answer["covered"]
    assert int(covered["end_ns"]) - int(covered["start_ns"]) in (HOUR * SECOND, (HOUR + 60) * SECOND)
    assert (answer["covered_before"]["end_ns"], answer["level_ns"]) == (covered["start_ns"], str(60 * SECOND))


def test_operations_come_by_the_time_they_took(ask: Ask, shop: int) -> None:
    answer = ask("operations/figures", service="shop", limit=1)
    [operation] = answer["operations"]
    assert (operation["name"], operation["kind"], answer["operation_count"]) == ("GET /", "server", 2)
    assert operation["total_share"] == pytest.approx(1, abs=0.01)
    assert answer["left_out"]["span_count"] == 1


def test_one_operation_is_described_in_full(ask: Ask, shop: int) -> None:
    answer = ask("figures", service="shop", operation="GET /", kind="server")
    assert answer["operations"] == [{"name": "GET /", "kind": "server"}]
    assert [version["version"] for version in answer["versions"]] == ["1.0", None]
    series, heatmap = answer["series"], answer["heatmap"]
    place = (shop * SECOND - int(series["start_ns"])) // int(series["step_ns"])
    assert (series["calls"][place], series["failed"][place], sum(series["calls"])) == (100.0, 5.0, 100.0)
    assert milliseconds(series["p95_ns"][place]) == 10
    assert series["p95_ns"][place - 1] is None
    low, high = heatmap["rows"][0], heatmap["rows"][-1]
    assert int(low["low_ns"]) <= 10 * MS <= int(low["high_ns"])
    assert int(high["low_ns"]) <= SECOND <= int(high["high_ns"])
    assert (heatmap["calls"][0][place], heatmap["failed"][-1][place]) == (95.0, 5.0)
    found = ask("examples", service="shop", operation="GET /", row=high["row"], failed="true")["examples"]
    assert [(example["trace_id"], example["span_id"]) for example in found] == [
        (trace_id(7).hex(), span_id(8).hex())
    ]  # fmt: skip
    assert ask("examples", service="shop", row=low["row"])["examples"] == []


def test_figures_of_a_version_and_of_none_are_asked_for_separately(ask: Ask, shop: int) -> None:
    assert ask("figures", service="shop", version="1.0")["figures"]["span_count"] == 95
    assert ask("figures", service="shop", without_version="true")["figures"]["span_count"] == 5


def test_dependencies_are_nodes_and_links(ask: Ask, shop: int) -> None:
    answer = ask("dependencies")
    nodes = {
        node["name"]: (node["kind"], node["slot"], node["figures"] and node["figures"]["span_count"])
        for node in answer["nodes"]
    }
    assert nodes == {"shop": ("service", 0, 100), "web": ("service", None, None), "orders": ("database", None, 4)}
    assert [
        (link["caller"]["name"], link["callee"]["name"], link["connection"], link["unpaired_calls"])
        for link in answer["links"]
    ] == [("shop", "orders", "query", 4.0), ("web", "shop", "call", 4.0)]


def test_baselines_of_many_operations_are_one_question(ask: Ask, shop: int) -> None:
    operations = [
        {"service": "shop", "operation": "GET /", "kind": "client"},
        {"service": "shop", "operation": "nothing", "kind": "server"},
    ]
    known, unknown = ask("baseline", body={"operations": operations})["operations"]
    assert (known["kind"], known["span_count"], milliseconds(known["p95_ns"])) == ("client", 1, 1)
    assert unknown == {
        "service": "shop", "operation": "nothing", "kind": "server",
        "span_count": 0, "calls": 0.0, "p50_ns": None, "p95_ns": None,
    }  # fmt: skip
    window = {"start": "2001-01-01", "end": "2001-01-02"}
    [past] = ask("baseline", body={"operations": operations[:1], "window": window})["operations"]
    assert past["span_count"] == 0


@pytest.mark.parametrize(
    "window",
    [
        {"start": "2030-01-01", "end": "2040-01-01"},
        {"start": "1970-01-01", "end": "2200-01-01"},
        {"lookback": "3650d"},
        {"end": "1971-01-01", "lookback": "9000d"},
    ],
)
def test_a_window_without_spans_is_empty_and_says_what_it_covers(ask: Ask, shop: int, window: dict[str, str]) -> None:
    for path in ("services/figures", "dependencies"):
        answer = ask(path, **window)
        assert int(answer["covered"]["start_ns"]) < int(answer["covered"]["end_ns"])
    detail = ask("figures", service="shop", **window)
    assert len(detail["series"]["calls"]) <= 100
    assert detail["figures"]["rate"]["value"] < 1e-5
    ask("operations/figures", service="shop", **window)
    ask("examples", service="shop", **window)


@pytest.mark.parametrize(
    ("path", "parameters", "field"),
    [
        ("services/figures", {"servce": "shop"}, "servce"),
        ("services/figures", {"start": "2026-02-01", "end": "2026-01-01"}, "end"),
        ("services/figures", {"lookback": "soon"}, "lookback"),
        ("figures", {}, "service"),
        ("figures", {"service": "shop", "kind": "server"}, "kind"),
        ("figures", {"service": "shop", "operation": "GET /", "kind": "big"}, "kind"),
        ("figures", {"service": "shop", "version": "1", "without_version": "true"}, "without_version"),
        ("figures", {"service": "shop", "without_version": "1"}, "without_version"),
        ("operations/figures", {"service": "shop", "limit": "1001"}, "limit"),
        ("examples", {"service": "shop", "row": "137"}, "row"),
        ("examples", {"service": "shop", "failed": "yes"}, "failed"),
    ],
)
def test_what_cannot_be_understood_is_named(ask: Ask, path: str, parameters: dict[str, str], field: str) -> None:
    error = ask(path, expected=400, **parameters)["error"]
    assert (error["code"], error["field"]) == ("invalid_query", field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], None),
        ({}, "operations"),
        ({"operations": []}, "operations"),
        ({"operations": [{"service": "a", "operation": "b", "kind": "server"}] * 1_001}, "operations"),
        ({"operations": ["a"]}, "operations[0]"),
        ({"operations": [{"service": "a", "operation": "b"}]}, "operations[0].kind"),
        ({"operations": [{"service": "a", "operation": 1, "kind": "server"}]}, "operations[0].operation"),
        ({"operations": [{"service": "a", "operation": "b", "kind": "big"}]}, "operations[0].kind"),
        ({"operations": [{"service": "a", "operation": "b", "kind": "server", "x": 1}]}, "operations[0].x"),
        ({"operations": [{"service": "a\0", "operation": "b", "kind": "server"}]}, "operations[0].service"),
        ({"operations": [{"service": "a", "operation": "b", "kind": "server"}], "window": {"end": "x"}}, "window.end"),
        ({"operations": [{"service": "a", "operation": "b", "kind": "server"}], "window": 5}, "window"),
    ],
)
def test_what_is_wrong_in_a_body_is_named(ask: Ask, body: Any, field: str | None) -> None:
    assert ask("baseline", body=body, expected=400)["error"]["field"] == field


def test_what_is_not_there_is_not_found(ask: Ask, shop: int) -> None:
    for path in ("figures", "operations/figures", "examples"):
        assert ask(path, service="<b>stop</b>", expected=404)["error"]["code"] == "not_found"
    ask("figures", service="shop", operation="GET /x", expected=404)
    ask("figures", service="shop", version="9", expected=404)
