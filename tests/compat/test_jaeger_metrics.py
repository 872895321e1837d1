"""Dependencies and metrics of Jaeger's first API, from rows of roll-ups whose every cell is known."""

from typing import Any

import pytest
from django.test import Client

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.models import Subject
from tests.builders import MS, NOW_NS, SECOND
from tests.compat.jaeger_asking import ask, ask_for_error
from tests.services_map.rows import Call, add_link, learn_operation, write_calls
from traces.domain.query import Window
from tracing_ui.compat.jaeger.dependencies import load_dependencies
from tracing_ui.compat.jaeger.metrics import Metric, format_time, load_family
from tracing_ui.compat.jaeger.parameters import MetricsAsked

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine]

# NOW_NS is 20 seconds after a minute.
NOW_S = NOW_NS // SECOND
MINUTE = 60


def family(metric: Metric, quantile: float | None = None, minutes: int = 3, **more: Any) -> dict[str, Any]:
    """Of the last minutes, a point each, of ten minutes."""
    asked: dict[str, Any] = {
        "services": ["shop"], "kinds": frozenset([2]), "is_by_operation": False,
        "window": Window(start_ns=NOW_NS - minutes * MINUTE * SECOND, end_ns=NOW_NS),
        "step_ms": 60_000, "rate_per_ms": 600_000, **more,
    }  # fmt: skip
    return dict(load_family(metric, MetricsAsked(**asked), NOW_NS, quantile))


def values(found: dict[str, Any]) -> list[object]:
    """Those of the only series."""
    [series] = found["metrics"]
    return [point["gaugeValue"]["doubleValue"] for point in series["metricPoints"]]


def write_minutes() -> None:
    """Calls of one operation: ten fast ones 65 seconds ago, then ten slow ones, of which five failed."""
    _, operation = learn_operation("shop", "GET /cart")
    write_calls(Subject.OPERATION, operation, NOW_S - 65, Call(duration_ns=10 * MS, count=10))
    slow = Call(duration_ns=80 * MS, count=5)
    write_calls(Subject.OPERATION, operation, NOW_S - 5, slow, Call(duration_ns=80 * MS, count=5, is_failed=True))


def test_calls_are_a_second_s_of_the_time_before_each_point() -> None:
    write_minutes()
    found = family(Metric.CALLS)
    assert {name: found[name] for name in ("name", "type", "help")} == {
        "name": "service_call_rate", "type": "GAUGE", "help": "calls/sec, grouped by service",
    }  # fmt: skip
    [series] = found["metrics"]
    assert series["labels"] == [{"name": "service_name", "value": "shop"}]
    assert [list(point) for point in series["metricPoints"]] == [["gaugeValue", "timestamp"]] * 4
    assert [point["timestamp"] for point in series["metricPoints"]] == [
        format_time(NOW_NS - ago * MINUTE * SECOND) for ago in (3, 2, 1, 0)
    ]
    # Ten slots each; of the last one 20 seconds have passed.
    assert values(found) == [0.0, 0.0, 10 / 600, 20 / 560]


def test_latencies_are_milliseconds_and_nothing_is_no_number() -> None:
    write_minutes()
    found = family(Metric.LATENCIES, 0.95)
    assert (found["name"], found["help"]) == ("service_latencies", "0.95th quantile latency, grouped by service")
    near = [pytest.approx(milliseconds, rel=0.01) for milliseconds in (10.0, 80.0)]
    assert values(found) == ["NaN", "NaN", *near]
    assert values(family(Metric.LATENCIES, 0.5))[-1] == near[0]


def test_errors_are_a_fraction() -> None:
    write_minutes()
    found = family(Metric.ERRORS)
    says = "error rate, computed as a fraction of errors/sec over calls/sec, grouped by service"
    assert (found["name"], found["help"]) == ("service_error_rate", says)
    assert values(found) == ["NaN", "NaN", 0.0, 0.25]


def test_operations_have_a_series_each() -> None:
    write_minutes()
    _, other = learn_operation("shop", "GET /")
    write_calls(Subject.OPERATION, other, NOW_S - 5, Call(duration_ns=MS))
    found = family(Metric.CALLS, is_by_operation=True)
    assert (found["name"], found["help"]) == (
        "service_operation_call_rate",
        "calls/sec, grouped by service & operation",
    )
    assert [series["labels"] for series in found["metrics"]] == [
        [{"name": "operation", "value": name}, {"name": "service_name", "value": "shop"}]
        for name in ("GET /", "GET /cart")
    ]


def test_only_the_kinds_asked_for_count() -> None:
    write_minutes()
    assert family(Metric.CALLS, kinds=frozenset([3]))["metrics"] == []
    assert family(Metric.CALLS, services=["other"])["metrics"] == []


def test_a_step_is_a_slot_at_least() -> None:
    write_minutes()
    assert len(values(family(Metric.CALLS, step_ms=1_000))) == 4
    assert len(values(family(Metric.CALLS, step_ms=120_000, minutes=4))) == 3
    day_by_day = family(Metric.CALLS, minutes=400 * 24 * 60)
    assert len(values(day_by_day)) == 401


def test_metrics_over_http(client: Client) -> None:
    assert ask(client, "/api/metrics/calls", service="shop") == {
        "name": "service_call_rate", "type": "GAUGE", "help": "calls/sec, grouped by service", "metrics": [],
    }  # fmt: skip
    asked = {
        "service": "shop", "endTs": NOW_NS // MS, "lookback": 3_600_000, "quantile": 0.95, "ratePer": 600_000,
        "spanKind": "server", "step": 60_000, "groupByOperation": "true",
    }  # fmt: skip
    names = {"latencies": "latencies", "calls": "call_rate", "errors": "error_rate"}
    for metric, name in names.items():
        assert ask(client, f"/api/metrics/{metric}", **asked)["name"] == f"service_operation_{name}"
    assert ask(client, "/api/metrics/errors", service="shop", lookback=0)["metrics"] == []
    sentence = "unable to parse param 'service': please provide at least one service name"
    assert ask_for_error(client, "/api/metrics/calls") == (400, sentence)
    assert ask(client, "/api/metrics/minstep") == {
        "data": 60_000, "total": 0, "limit": 0, "offset": 0, "errors": None,
    }  # fmt: skip


def test_dependencies_are_counted_by_pair(client: Client) -> None:
    web, pay = Node(NodeKind.SERVICE, "web"), Node(NodeKind.SERVICE, "pay")
    database = Node(NodeKind.DATABASE, "orders")
    for caller, callee, connection, count in (
        (web, pay, Connection.CALL, 3),
        (web, pay, Connection.MESSAGE, 2),
        (pay, database, Connection.QUERY, 4),
        (USER, web, Connection.CALL, 9),
    ):
        link = add_link(Edge(caller, callee, connection))
        write_calls(Subject.LINK, link, NOW_S - 100, Call(duration_ns=MS, count=count))
    links = [
        {"parent": "pay", "child": "orders", "callCount": 4},
        {"parent": "web", "child": "pay", "callCount": 5},
    ]
    window = Window(start_ns=NOW_NS - 3_600 * SECOND, end_ns=NOW_NS)
    assert load_dependencies(window) == links
    assert load_dependencies(window, "web") == links[1:]
    asked = {"endTs": NOW_NS // MS, "lookback": 3_600_000}
    assert ask(client, "/api/dependencies", **asked) == {
        "data": links, "total": 0, "limit": 0, "offset": 0, "errors": None,
    }  # fmt: skip
    assert ask(client, "/api/dependencies", endTs=1, lookback=1)["data"] == []
    assert ask(client, "/api/dependencies", lookback=-1)["data"] == []
    sentence = "unable to parse param 'lookback': strconv.ParseInt: parsing \"1d\": invalid syntax"
    assert ask_for_error(client, "/api/dependencies", lookback="1d") == (400, sentence)
