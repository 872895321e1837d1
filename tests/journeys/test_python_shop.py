"""An application that knows only OpenTelemetry sends its spans here, and a person finds them."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Page, expect

from tests.services.ports import find_free_port
from tests.services.processes import REPOSITORY, TracingUI

pytestmark = [pytest.mark.journey, pytest.mark.any_engine]

DECLINED = 2  # the third order's card has expired
SPANS = [
    (0, "storefront", "POST /orders", "error"),
    (1, "storefront", "place order", "error"),
    (2, "storefront", "POST", "error"),
    (3, "checkout", "POST /checkout", "error"),
    (4, "checkout", "add up", "unset"),
    (4, "checkout", "POST", "error"),
    (5, "payment", "POST /charge", "unset"),
    (6, "payment", "charge card", "error"),
]


@pytest.fixture(params=["http/protobuf", "grpc"])
def orders(request: pytest.FixtureRequest, tracing_ui: TracingUI) -> list[str]:
    """The trace ids of four orders, whose spans have just been exported."""
    url = tracing_ui.otlp_grpc_url if request.param == "grpc" else tracing_ui.otlp_http_url
    return buy(OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_EXPORTER_OTLP_PROTOCOL=request.param)


def buy(**environment: str) -> list[str]:
    """Run the shop for four orders; their trace ids."""
    done = subprocess.run(
        [sys.executable, "-m", "shop", "--orders", "4"],
        cwd=REPOSITORY / "examples" / "python-shop",
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return re.findall(r"^order-\d+  trace ([0-9a-f]{32})  ", done.stdout, re.MULTILINE)


@pytest.mark.long
def test_it_sends_as_to_a_zipkin(start_server: Callable[..., AbstractContextManager[TracingUI]]) -> None:
    with start_server(ZIPKIN_PORT=str(find_free_port())) as tracing_ui:
        zipkin = f"http://127.0.0.1:{tracing_ui.environment['ZIPKIN_PORT']}/api/v2/spans"
        orders = buy(OTEL_TRACES_EXPORTER="zipkin", OTEL_EXPORTER_ZIPKIN_ENDPOINT=zipkin)
        trace = tracing_ui.get_json(f"/api/v1/traces/{orders[DECLINED]}")
    assert [(span["depth"], span["service"], span["name"], span["status"]) for span in trace["spans"]] == SPANS


def test_its_traces_are_found_read_and_understood(orders: list[str], tracing_ui: TracingUI, page: Page) -> None:
    assert_is_whole(wait_for_trace(tracing_ui, orders[DECLINED]))
    find_in_browser(page, tracing_ui, orders)


def wait_for_trace(tracing_ui: TracingUI, trace_id: str) -> Any:
    for _ in range(200):
        try:
            return tracing_ui.get_json(f"/api/v1/traces/{trace_id}")
        except HTTPError:
            time.sleep(0.02)
    raise AssertionError(f"trace {trace_id} did not arrive")


def assert_is_whole(trace: Any) -> None:
    """Three services, in order, with everything that they said."""
    assert sorted(service["name"] for service in trace["services"]) == ["checkout", "payment", "storefront"]
    assert (trace["root_service"], trace["root_operation"]) == ("storefront", "POST /orders")
    assert [(span["depth"], span["service"], span["name"], span["status"]) for span in trace["spans"]] == SPANS
    assert trace["error_count"] == 6
    by_name = {span["name"]: span for span in trace["spans"]}
    types = {line["key"]: line["type"] for line in by_name["add up"]["attributes"]}
    assert types == {"order.total": "double", "order.item_count": "int", "order.prices": "array"}
    charge = by_name["charge card"]
    assert {"key": "shop.customer.tier", "type": "string"}.items() <= charge["attributes"][1].items()
    assert [event["name"] for event in charge["events"]] == ["exception"]
    assert len(by_name["place order"]["links"]) == 1


def find_in_browser(page: Page, tracing_ui: TracingUI, orders: list[str]) -> None:
    """From the search page to what the failed charge of a card said."""
    page.goto(f"{tracing_ui.url}/?service=storefront")
    for trace_id in orders:
        expect(page.locator(f"a[href^='/trace/{trace_id}']")).to_be_visible()
    page.locator(f"a[href^='/trace/{orders[DECLINED]}']").click()
    for service in ("storefront", "checkout", "payment"):
        expect(page.locator(".legend")).to_contain_text(service)
    rows = page.locator("[role=treegrid] [role=row]:visible")
    expect(rows).to_have_count(8)
    failed = rows.filter(has_text="charge card")
    expect(failed.get_by_role("img", name="error")).to_be_visible()
    failed.get_by_role("link").click()
    panel = page.locator("#details")
    expect(panel).to_contain_text("shop.customer.tier")
    expect(panel).to_contain_text("CardDeclined")
    page.get_by_role("link", name="place order").click()
    expect(panel).to_contain_text("cart loaded")
    link = panel.locator(".links a").first
    expect(link).to_be_visible()
    link.click()
    expect(page.locator("#details")).to_contain_text("cart.items")
