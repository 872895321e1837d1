"""The traces behind a point or a cell of the charts: examples that were noted, and what a search finds beside them."""

import html
import re
from typing import Any

import numpy as np
import pytest
from django.test import Client

from services_map.domain.latency.buckets import BUCKETS_A_ROW, buckets_of
from tests.builders import MS, SECOND, make_span, span_id, trace_id
from tests.pages.looking import read_page, read_text
from tests.pages.sending import send_spans
from tests.services_map.rows import Call, add_version, learn_operation
from tests.services_map.service_page import THEN_S, WINDOW, address, ask, count_calls

pytestmark = pytest.mark.django_db

CELL = f"&start={THEN_S}&end={THEN_S + 60}"


def row_of(duration_ms: int) -> int:
    return int(buckets_of(np.array([duration_ms * MS]))[0]) // BUCKETS_A_ROW


def send_call(number: int, duration_ms: int, *, second: int = 0, **more: Any) -> Call:
    """A request to the shop in a trace of its own, and what counts it."""
    fields: dict[str, Any] = {
        "name": "GET /cart",
        "kind": 2,
        "start_ns": (THEN_S + second) * SECOND,
        "duration_ns": duration_ms * MS,
    }
    send_spans(make_span(number, 1, **(fields | more)))
    return Call(
        duration_ns=duration_ms * MS, trace_id=trace_id(number), span_id=span_id(1), is_failed=more.get("status") == 2
    )


def list_found(page: str) -> list[tuple[str, str]]:
    """The trace and the duration of each line."""
    return re.findall(r'href="/trace/([0-9a-f]{32})\?span=0{15}1"><b title="[^"]*">([^<]*)</b>', page)


def expected(*lines: tuple[int, str]) -> list[tuple[str, str]]:
    return [(trace_id(number).hex(), text) for number, text in lines]


@pytest.fixture
def cart() -> tuple[int, int]:
    """The ids of the shop and of its only operation."""
    return learn_operation("shop", "GET /cart")


def test_every_point_and_cell_leads_to_its_traces(client: Client, cart: tuple[int, int]) -> None:
    count_calls(*cart, send_call(1, 10), send_call(2, 100), send_call(3, 104))
    addresses = {html.unescape(found) for found in re.findall(r'href="(/service/examples[^"]*)"', ask(client))}
    fast, slow = f"&row={row_of(10)}", f"&row={row_of(100)}"
    cell, all_time = f"start={THEN_S}&end={THEN_S + 60}", WINDOW
    assert addresses == {
        f"/service/examples?service=shop&{where}"
        for where in (cell, cell + fast, cell + slow, all_time + fast, all_time + slow)
    }
    found = {where: list_found(read_page(client, where)) for where in sorted(addresses)}
    assert found[f"/service/examples?service=shop&{cell}"] == expected((3, "104 ms"), (2, "100 ms"), (1, "10.0 ms"))
    assert found[f"/service/examples?service=shop&{cell}{fast}"] == expected((1, "10.0 ms"))
    assert found[f"/service/examples?service=shop&{cell}{slow}"] == expected((3, "104 ms"), (2, "100 ms"))


def test_a_search_finds_what_was_no_example(client: Client, cart: tuple[int, int]) -> None:
    count_calls(*cart, send_call(1, 100))
    send_call(2, 101)
    send_call(3, 900)
    send_call(4, 101, second=60)
    send_call(5, 101, kind=3, parent=9)
    send_call(6, 101, name="GET /else", status=2)
    there = f"/service/examples?service=shop{CELL}"
    assert list_found(read_page(client, f"{there}&row={row_of(100)}")) == expected(
        (2, "101 ms"), (6, "101 ms"), (1, "100 ms")
    )
    assert list_found(read_page(client, f"{there}&operation=GET+/cart")) == expected(
        (3, "900 ms"), (2, "101 ms"), (1, "100 ms")
    )
    assert list_found(read_page(client, f"{there}&failed=1")) == expected((6, "101 ms"))


def test_a_short_call_in_a_long_trace_is_found(client: Client, cart: tuple[int, int]) -> None:
    count_calls(*cart, send_call(7, 5, parent=2))
    start_ns = THEN_S * SECOND
    send_spans(*(make_span(7, n, name="step", start_ns=start_ns, duration_ns=SECOND) for n in range(2, 99)))
    page = read_page(client, f"/service/examples?service=shop{CELL}&row={row_of(5)}")
    assert list_found(page) == expected((7, "5.00 ms"))
    assert "98 spans" in page


def test_of_a_version_only_what_has_it(client: Client, cart: tuple[int, int]) -> None:
    add_version(cart[0], 1, "1.0", THEN_S * SECOND, THEN_S * SECOND)
    other = send_call(1, 900)
    fields: dict[str, Any] = {"name": "GET /cart", "kind": 2, "start_ns": THEN_S * SECOND, "duration_ns": 10 * MS}
    send_spans(make_span(2, 1, **fields), resource={"service.version": "1.0"})
    count_calls(*cart, other, Call(duration_ns=10 * MS, version=1, trace_id=trace_id(2)))
    page = read_page(client, f"/service/examples?service=shop&version=1.0{CELL}")
    assert list_found(page) == expected((2, "10.0 ms"))


def test_what_is_no_longer_kept_is_said(client: Client, cart: tuple[int, int]) -> None:
    count_calls(*cart, Call(duration_ns=MS, trace_id=trace_id(8)), Call(duration_ns=MS, trace_id=trace_id(9)))
    there = f"/service/examples?service=shop{CELL}"
    assert "The spans of this time are no longer kept; their figures are." in read_page(client, there)
    send_call(1, 1)
    assert "2 examples more are no longer kept." in read_page(client, there)


def test_a_script_gets_the_list_alone(client: Client, cart: tuple[int, int]) -> None:
    count_calls(*cart, send_call(1, 100))
    there = f"/service/examples?service=shop{CELL}"
    response = client.get(there, headers={"X-Fragment": "1"})
    assert "X-Fragment" in response["Vary"]
    fragment = response.content.decode()
    assert fragment.startswith('<div class="examples">')
    assert "1 trace " in read_text(fragment)
    assert "<html" in read_page(client, there)


def test_a_search_for_the_same_is_one_click_away(client: Client, cart: tuple[int, int]) -> None:
    count_calls(*cart, send_call(1, 100), send_call(2, 101, status=2))
    page = read_page(client, f"/service/examples?service=shop{CELL}&row={row_of(100)}&failed=1")
    (link,) = re.findall(r'href="([^"]*)">Search for these traces', page)
    assert list_results(read_page(client, html.unescape(link))) == [trace_id(2).hex()]


def list_results(page: str) -> list[str]:
    return re.findall(r'id="t-([0-9a-f]{32})"', page)


def test_unknown_services_and_rows(client: Client, cart: tuple[int, int]) -> None:
    count_calls(*cart, send_call(1, 100))
    assert "shop" in read_page(client, f"/service/examples?service=shpo{CELL}", 404)
    assert list_found(read_page(client, address("/service/examples", row="9999"))) == expected((1, "100 ms"))
