"""The page of a service and of its operations: its numbers are those that were counted."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.models import Subject
from services_map.pages.service import tabs as service_tabs
from services_map.pages.service import views as service_views
from tests.builders import MS, SECOND, make_span, trace_id
from tests.pages.looking import read_page
from tests.pages.sending import send_spans
from tests.services_map.rows import Call, add_link, add_version, calls_edge, learn_operation, write_calls
from tests.services_map.service_page import (
    THEN_S,
    address,
    ask,
    count_calls,
    fill_shop,
    read_figures,
    read_lines,
    read_links,
    tell,
)

pytestmark = pytest.mark.django_db

HOSTILE = "<b>\u202e&\"'/</b>"
SHOWN = "<b>⟨U+202E⟩&\"'/</b>"


def test_the_head_has_every_figure_with_its_interval(client: Client) -> None:
    fill_shop()
    page = ask(client)
    assert read_figures(page) == [
        "Calls 0.31/s 0.29 – 0.32/s 1,100 in all no clear change",
        "Failed 1.8 % 1.2 – 2.8 % 20 calls no clear change",
        "p50 9.92 ms 9.83 – 10.0 ms no clear change",
        "p95 401 ms 397 – 406 ms no clear change",
        "p99 1.99 s 1.97 – 2.01 s no clear change",
    ]
    assert "Counted are the requests to it" in page
    assert "Estimated" not in page


def test_a_change_that_is_more_than_chance_is_said(client: Client) -> None:
    service, cart, _ = fill_shop()
    count_calls(service, cart, Call(duration_ns=MS, count=20_000, is_failed=True), at_s=THEN_S + 60)
    figures = read_figures(ask(client))
    assert figures[0].endswith("in all 19 times as many calls as before")
    assert figures[1] == "Failed 95 % 95 – 95 % 20,020 calls 93 points more than before"
    assert figures[2] == "p50 995 µs 985 µs – 1.00 ms 90 % shorter than before"


def test_an_operation_is_the_same_page_with_less(client: Client) -> None:
    fill_shop()
    page = ask(client, operation="POST+/order", kind="server")
    assert read_figures(page)[::2] == [
        "Calls 1.67/min 1.36 – 2.03/min 100 in all no clear change",
        "p50 401 ms 397 – 406 ms no clear change",
        "p99 401 ms ≥ 397 ms no clear change",
    ]
    assert "<option selected>server</option>" in page
    assert read_links(page, "shop") == [f"/service?start={THEN_S}&end={THEN_S + 3_600}&service=shop"]
    assert read_links(page, "Operations") == []


def test_links_lead_to_the_traces_behind_the_figures(client: Client) -> None:
    fill_shop()
    page = ask(client, operation="GET+/cart")
    search = f"/?start={THEN_S}&end={THEN_S + 3_600}&service=shop&operation=GET+%2Fcart"
    assert read_links(page, "Traces") == [search]
    # The shortest duration that may be the p95 of 100 ms.
    assert read_links(page, "Slow traces") == [f"{search}&minDuration=99.9ms"]
    assert read_links(page, "Failed traces") == [f"{search}&status=error"]


def test_sampled_spans_are_said_to_be_an_estimate(client: Client) -> None:
    service, operation = learn_operation("shop")
    count_calls(service, operation, Call(duration_ns=MS, count=90, weight=10.0))
    text = tell(client)
    assert "900 in all" in text
    assert "Estimated from sampled spans: 90 are kept." in text


def test_a_service_without_requests_counts_all_of_its_spans(client: Client) -> None:
    service, operation = learn_operation("shop", kind=1)
    count_calls(service, operation, Call(duration_ns=MS, is_entry=False))
    assert "Counted are all of its spans: none of them is a request to it." in tell(client)


def test_operations_are_listed_with_their_share_of_time(client: Client) -> None:
    fill_shop()
    page = ask(client)
    assert read_lines(page, "operations") == [
        "GET /cart server Calls/s 0.28 Errors 2.0 % p50 9.92 ms p95 101 ms p99 1.99 s Share of time 59 %",
        "POST /order server Calls/s 0.03 Errors 0 % p50 401 ms p95 401 ms p99 401 ms Share of time 41 %",
    ]
    (link,) = read_links(page, "POST /order")
    assert "100 in all" in read_page(client, link)


def test_many_operations_are_cut_and_said_to_be(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_tabs, "MAX_OPERATIONS", 1)
    monkeypatch.setattr(service_views, "MAX_SUGGESTIONS", 1)
    fill_shop()
    page = ask(client)
    assert "It has 2 operations: 1 of the names are suggested, every one can be written." in page
    assert "Of 2 operations the 1 that took the most time." in page
    assert read_lines(page, "operations")[1:] == ["1 other Calls/s 0.03 Errors 0 % p50 401 ms p95 401 ms p99 401 ms"]
    (more,) = read_links(page, "Show more")
    assert len(read_lines(read_page(client, more), "operations")) == 2


def test_versions_are_marked_and_compared(client: Client) -> None:
    service, cart, _ = fill_shop()
    add_version(service, 1, "1.0", (THEN_S - 9_999) * SECOND, (THEN_S + 60) * SECOND)
    add_version(service, 2, "1.1", (THEN_S + 60) * SECOND, (THEN_S + 120) * SECOND)
    old, new = Call(duration_ns=MS, version=1, count=100), Call(duration_ns=3 * MS, version=2, count=200)
    count_calls(service, cart, old, new)
    page = ask(client, tab="versions")
    lines = [re.sub(r"2\d{3}-\d\d-\d\d \d\d:(\d\d:\d\d) UTC", r"\1", line) for line in read_lines(page, "versions")]
    assert lines == [
        "1.1 Calls/s 0.06 Errors 0 % p50 2.99 ms p95 2.99 ms p99 2.99 ms first 01:00 last 02:00 with 1.0",
        "1.0 Calls/s 0.03 Errors 0 % p50 995 µs p95 995 µs p99 995 µs first 13:21 last 01:00",
        "without a version Calls/s 0.31 Errors 1.8 % p50 9.92 ms p95 401 ms p99 1.99 s",
    ]
    assert "1.1 first seen</text>" in page
    assert "1.0 first seen" not in page
    (link,) = read_links(page, "with 1.0")
    assert link.endswith("service=shop&version=1.1&against=version&other_version=1.0")
    (link,) = read_links(page, "1.1")
    assert read_figures(read_page(client, link))[2].startswith("p50 2.99 ms")


def test_callers_and_callees_are_told_with_their_share_of_the_time(client: Client) -> None:
    fill_shop()
    lost = Call(duration_ns=50 * MS, count=25, is_root=True)
    calls = Call(duration_ns=50 * MS, count=100)
    database = Edge(Node(NodeKind.SERVICE, "shop"), Node(NodeKind.DATABASE, "carts"), Connection.QUERY)
    write_calls(Subject.LINK, add_link(calls_edge("web", "shop")), THEN_S, calls)
    write_calls(Subject.LINK, add_link(calls_edge("shop", "stock")), THEN_S, calls, lost)
    write_calls(Subject.LINK, add_link(database), THEN_S, Call(duration_ns=MS, count=10, is_failed=True, is_root=True))
    page = ask(client, tab="dependencies")
    # All requests to it took 97 s together, the calls into stock 6.25 s.
    assert read_lines(page, "neighbours") == [
        "web map web Calls/s 0.03 Errors 0 % p95 50.2 ms",
        "stock · 20 % unanswered map stock Calls/s 0.03 Errors 0 % p95 50.2 ms Share of time 6.5 %",
        "carts database map carts Calls/s < 0.01 Errors 100 % p95 995 µs Share of time 0.01 %",
    ]


def test_the_slowest_are_of_different_minutes_and_still_kept(client: Client) -> None:
    service, cart = learn_operation("shop", "GET /cart")
    for number, (second, ms) in enumerate([(0, 900), (59, 800), (60, 700), (600, 300)], start=1):
        start_ns = (THEN_S + second) * SECOND
        send_spans(make_span(number, 1, name="GET /cart", start_ns=start_ns, duration_ns=ms * MS))
        call = Call(duration_ns=ms * MS, trace_id=trace_id(number), span_id=(1).to_bytes(8, "big"))
        count_calls(service, cart, call, at_s=THEN_S + second)
    count_calls(service, cart, Call(duration_ns=9 * SECOND, trace_id=trace_id(99)), at_s=THEN_S)
    page = ask(client, tab="slowest")
    found = re.findall(r'href="/trace/([0-9a-f]{32})\?span=0{15}1"><b title="[^"]*">([^<]*)</b>', page)
    assert found == [(trace_id(1).hex(), "900 ms"), (trace_id(3).hex(), "700 ms"), (trace_id(4).hex(), "300 ms")]


def test_the_slowest_of_a_version_are_of_that_version(client: Client) -> None:
    service, cart = learn_operation("shop", "GET /cart")
    add_version(service, 1, "1.0", THEN_S * SECOND, THEN_S * SECOND)
    for number, (version, ms) in enumerate([("0.9", 900), ("1.0", 300), ("1.0", 200)], start=1):
        start_ns = (THEN_S + 60 * number) * SECOND
        span = make_span(number, 1, name="GET /cart", kind=2, start_ns=start_ns, duration_ns=ms * MS)
        send_spans(span, resource={"service.version": version})
        call = Call(duration_ns=ms * MS, version=int(version == "1.0"), trace_id=trace_id(number))
        count_calls(service, cart, call, at_s=THEN_S + 60 * number)
    page = ask(client, tab="slowest", version="1.0")
    assert re.findall(r'<b title="[^"]*">([^<]*)</b>', page) == ["300 ms"]


def test_errors_are_grouped_by_type_and_message(client: Client) -> None:
    fill_shop()
    for number in range(1, 6):
        message = f"card {number} of {HOSTILE} expired" if number < 4 else "no answer"
        span = make_span(
            number, 1, name="GET /cart", start_ns=(THEN_S + number) * SECOND, status=2, status_message=message
        )
        send_spans(span)
    page = ask(client, tab="errors")
    assert "From 5 failed spans." in page
    assert HOSTILE not in page
    lines = [re.sub(r"2\d{3}-\d\d-\d\d \d\d:(\d\d:\d\d) UTC", r"\1", line) for line in read_lines(page, "groups")]
    assert lines == [
        f"Status card # of {SHOWN} expired GET /cart 3 first 00:01 last 00:03",
        "Status no answer GET /cart 2 first 00:04 last 00:05",
    ]
    assert f'href="/trace/{trace_id(3).hex()}?span=' in page


UNKNOWN = (
    ({"service": "shpo"}, "shop"),
    ({"operation": "GET+/crat"}, "GET /cart"),
    ({"operation": "cart"}, "GET /cart"),
    ({"version": "9"}, "The whole service"),
    ({"kind": "nonsense"}, "“nonsense” is not a kind of span."),
    ({"service": HOSTILE.replace("&", "%26")}, "All services"),
    ({"service": ""}, "The address names no service."),
)


def test_what_is_not_known_is_a_404_that_names_what_is(client: Client) -> None:
    learn_operation("shop", "GET /cart")
    for words, sentence in UNKNOWN:
        page = read_page(client, address(**words), 404)
        assert sentence in page
        assert "<b>" not in page.partition("<main")[2]
        assert "\u202e" not in page


def test_names_are_text_whatever_they_are(client: Client) -> None:
    service, operation = learn_operation(HOSTILE, HOSTILE)
    add_version(service, 1, HOSTILE, THEN_S * SECOND, THEN_S * SECOND)
    count_calls(service, operation, Call(duration_ns=MS, version=1))
    for tab in ("operations", "slowest", "errors", "dependencies", "versions"):
        page = read_page(client, address(service=HOSTILE.replace("&", "%26"), tab=tab))
        assert HOSTILE not in page.replace(f'value="{HOSTILE}"', "")
        assert "&lt;b&gt;⟨U+202E⟩&amp;&quot;&#x27;/&lt;/b&gt;" in page


WINDOWS = (
    ("start=2020-01-01&end=2020-01-02", "No span of it was counted in this time."),
    ("start=2099-01-01&end=2099-01-02", "This time has not come yet."),
    ("lookback=2000d", "Calls"),
    ("lookback=20000d", "ten years at most"),
)


def test_every_window_has_an_answer(client: Client) -> None:
    fill_shop()
    for window, sentence in WINDOWS:
        assert sentence in read_page(client, f"/service?service=shop&{window}")
    reversed_window = read_page(client, "/service?service=shop&start=2026-01-02&end=2026-01-01", 400)
    assert "The window ends before it starts." in reversed_window


def test_a_page_asks_the_database_as_little_as_it_can(client: Client) -> None:
    fill_shop()
    ask(client)
    counts = {}
    for tab in ("operations", "slowest", "errors", "dependencies", "versions"):
        with CaptureQueriesContext(connection) as queries:
            ask(client, tab=tab)
        # Engines differ in how they limit time, and in one look for spans.
        counts[tab] = sum(query["sql"].startswith("SELECT ") for query in queries.captured_queries)
    counts["slowest"] += connection.vendor == "postgresql"
    assert counts == {"operations": 10, "slowest": 7, "errors": 9, "dependencies": 10, "versions": 9}
