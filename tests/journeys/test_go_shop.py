"""Services in Go that know only OpenTelemetry: every API tells of their spans, and a rule changes what they send."""

import base64
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.go_shop import NotHere, Order, build_go_shop, run_go, run_go_shop, running_go_shop
from tests.services.ports import find_free_port
from tests.services.processes import REPOSITORY, TracingUI

pytestmark = [pytest.mark.journey, pytest.mark.any_engine]

PORTS = ("ZIPKIN_PORT", "TEMPO_PORT", "SAMPLING_PORT")
BUSY, EXPIRED = 1, 4  # The second order's bank is busy at first, the fifth's card has expired.
SET_RULE = """
import django
django.setup()
from services_map.domain.sampling.strategy import RuleKind
from services_map.sampling.rules import set_rule
from traces.storage.base import DEFAULT_PROJECT
set_rule(DEFAULT_PROJECT, "front", "POST /orders", RuleKind.PROBABILISTIC, 1.0)
"""


@pytest.mark.long
def test_it_has_tests_of_its_own() -> None:
    try:
        run_go("vet", "./...")
        run_go("test", "./...")
    except NotHere as reason:
        pytest.skip(str(reason))


def test_its_spans_are_read_through_every_api_and_a_rule_changes_what_it_sends(
    tmp_path: Path, start_server: Callable[..., AbstractContextManager[TracingUI]]
) -> None:
    try:
        program = build_go_shop(tmp_path)
    except NotHere as reason:
        pytest.skip(str(reason))
    ports = {name: str(find_free_port()) for name in PORTS}
    with start_server(**ports, SAMPLING_DEFAULT_PROBABILITY="0") as tracing_ui:
        orders = run_go_shop(program, tracing_ui.otlp_http_url, "-seconds", "0.5", "-rate", "10")
        assert sorted(order.name for order in orders) == [f"order-{number}" for number in range(1, 6)]
        by_name = {order.name: order for order in orders}
        assert_is_whole(tracing_ui, by_name[f"order-{EXPIRED + 1}"])
        for number in (BUSY, EXPIRED):
            assert_all_apis_agree(tracing_ui, by_name[f"order-{number + 1}"].trace_id)
        before = find_traces(tracing_ui)
        sampled = run_until_a_rule_is_followed(program, tracing_ui)
        assert find_traces(tracing_ui) - before == sampled


def assert_is_whole(tracing_ui: TracingUI, order: Order) -> None:
    """Three services, though one understands no traceparent, the tenant on every span, and the error with its stack."""
    assert order.outcome.endswith(": the card has expired")
    trace = tracing_ui.get_json(f"/api/v1/traces/{order.trace_id}")
    assert [
        (span["depth"], span["service"], span["name"], span["kind"], span["status"]) for span in trace["spans"]
    ] == [
        (0, "front", "POST /orders", "server", "error"),
        (1, "front", "HTTP POST", "client", "error"),
        (2, "orders", "POST /orders", "server", "error"),
        (3, "orders", "add up", "internal", "unset"),
        (3, "orders", "HTTP POST", "client", "error"),
        (4, "payments", "POST /charges", "server", "unset"),
        (5, "payments", "charge card", "internal", "error"),
    ]
    tenants = [list_values(span, "shop.tenant") for span in trace["spans"]]
    assert tenants == [["harbour"]] * 7
    charge = trace["spans"][-1]
    assert charge["status_message"] == order.outcome
    [event] = charge["events"]
    assert (event["name"], list_values(event, "exception.type")) == ("exception", ["*payments.ChargeRefused"])
    assert "payments.go" in list_values(event, "exception.stacktrace")[0]


def assert_all_apis_agree(tracing_ui: TracingUI, trace_id: str) -> None:
    """The same spans by their ids, with the services that sent them."""
    ours = tracing_ui.get_json(f"/api/v1/traces/{trace_id}")["spans"]
    expected = sorted((span["span_id"], span["service"]) for span in ours)
    assert len(expected) >= 7
    assert sorted(read_jaeger(tracing_ui, trace_id)) == expected
    assert sorted(read_zipkin(tracing_ui, trace_id)) == expected
    assert sorted(read_tempo(tracing_ui, trace_id)) == expected


def read_jaeger(tracing_ui: TracingUI, trace_id: str) -> list[tuple[str, str]]:
    [trace] = tracing_ui.get_json(f"/api/traces/{trace_id}")["data"]
    services = {key: process["serviceName"] for key, process in trace["processes"].items()}
    return [(span["spanID"], services[span["processID"]]) for span in trace["spans"]]


def read_zipkin(tracing_ui: TracingUI, trace_id: str) -> list[tuple[str, str]]:
    spans = get_json(tracing_ui, "ZIPKIN_PORT", f"/api/v2/trace/{trace_id}")
    return [(span["id"], span["localEndpoint"]["serviceName"]) for span in spans]


def read_tempo(tracing_ui: TracingUI, trace_id: str) -> list[tuple[str, str]]:
    batches = get_json(tracing_ui, "TEMPO_PORT", f"/api/traces/{trace_id}")["batches"]
    return [
        (base64.b64decode(span["spanId"]).hex(), service)
        for batch in batches
        for service in [get_service(batch["resource"])]
        for scope in batch["scopeSpans"]
        for span in scope["spans"]
    ]


def run_until_a_rule_is_followed(program: Path, tracing_ui: TracingUI) -> set[str]:
    """The traces that the shop sent: those that it said it would, and none before it was told to."""
    url = f"http://127.0.0.1:{tracing_ui.environment['SAMPLING_PORT']}/sampling"
    sampler = {
        "OTEL_TRACES_SAMPLER": "parentbased_jaeger_remote",
        "OTEL_TRACES_SAMPLER_ARG": f"endpoint={url},pollingIntervalMs=100,initialSamplingRate=0",
    }
    with running_go_shop(program, tracing_ui.otlp_http_url, "-seconds", "60", "-rate", "10", **sampler) as shop:
        seen = list(islice(shop.orders, 3))
        assert not any(order.is_sampled for order in seen)
        set_rule(tracing_ui)
        for order in shop.orders:
            seen.append(order)
            if order.is_sampled:
                break
        shop.ask_to_end()
        seen += shop.orders
    sampled = {order.trace_id for order in seen if order.is_sampled}
    assert sampled, "nobody followed the rule"
    return sampled


def set_rule(tracing_ui: TracingUI) -> None:
    """Whoever begins a trace with this operation shall send it."""
    environment = {**tracing_ui.environment, "DJANGO_SETTINGS_MODULE": "tracing_ui.settings"}
    subprocess.run([sys.executable, "-c", SET_RULE], cwd=REPOSITORY, env=environment, timeout=60, check=True)


def find_traces(tracing_ui: TracingUI) -> set[str]:
    """Every trace of the last hour."""
    answer = tracing_ui.get_json("/api/v1/traces?limit=1000")
    assert answer["next_cursor"] is None
    return {trace["trace_id"] for trace in answer["traces"]}


def get_json(tracing_ui: TracingUI, port: str, path: str) -> Any:
    """What is answered on another port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{tracing_ui.environment[port]}{path}", timeout=30) as answer:
        return json.load(answer)


def get_service(resource: Any) -> str:
    """The name of a resource in OTLP's JSON."""
    [name] = [line["value"]["stringValue"] for line in resource["attributes"] if line["key"] == "service.name"]
    return str(name)


def list_values(owner: Any, key: str) -> list[Any]:
    """The values that a span or event of our API has under a key."""
    return [line["value"] for line in owner["attributes"] if line["key"] == key]
