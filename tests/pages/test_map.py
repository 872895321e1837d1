"""The dependency map: its numbers are those that were counted, in every form, for every window."""

import re
import time
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from services_map.models import MapLayout
from services_map.rolling_up.roller import get_roller, roll_up
from tests.pages.looking import read_text
from tests.pages.sending import make_span, send_spans
from tests.services_map.mapped_shop import MS, THEN_S, fill_map, learn, link
from tests.services_map.rows import Call, calls_edge
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.django_db

HOSTILE = "<img src=x onerror=alert(1)>\"'&\u202e"
FROM_TO = {"start": str(THEN_S), "end": str(THEN_S + 3_600)}

Queries = Callable[..., Any]


@pytest.fixture
def shop() -> None:
    fill_map()


def ask(
    client: Client, words: Mapping[str, str] | None = None, /, status: int = 200, page: str = "map", **more: str
) -> str:
    response = client.get(reverse(f"services_map:{page}"), {**FROM_TO, **(words or {}), **more})
    assert response.status_code == status
    return response.content.decode()


def labels(page: str, kind: str) -> list[str]:
    """The accessible names of all boxes (`node`) or lines (`edge`)."""
    return [unescape(label) for label in re.findall(rf'<a class="{kind}[ "][^>]*aria-label="([^"]*)"', page)]


def table(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr id=.*?</tr>", page, re.DOTALL)
    return [[read_text(cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows]


def facts(page: str) -> dict[str, str]:
    found = re.findall(r'<tr[^>]*><th scope="row">(.*?)</th><td[^>]*><b>(.*?)</b>', page)
    return {name: unescape(value) for name, value in found}


# The drawing


def test_boxes_and_lines_say_what_was_counted(client: Client, shop: None) -> None:
    page = ask(client)
    assert sorted(labels(page, "node")) == [
        "events, queue, 0.10/s, 0 % errors, p95 2.00 ms",
        "orders, database, 10.0/s, 0 % errors, p95 89.6 ms, slower: p95 ×3.0",
        "pay, service, 1.00/s, 10 % errors, p95 50.2 ms",
        "shop, service, 1.00/s, 0 % errors, p95 199 ms",
        "user: calls from outside, whose senders sent no spans here",
    ]
    assert sorted(labels(page, "edge")) == [
        "shop calls events, 0.10/s, 0 % errors, p95 2.00 ms",
        "shop calls orders, 10.0/s, 0 % errors, p95 89.6 ms, slower: p95 ×3.0",
        "shop calls pay, 1.00/s, 10 % errors, p95 60.0 ms",
        "user calls shop, 1.00/s, 0 % errors, p95 199 ms",
    ]
    assert "5 nodes" in read_text(page)
    assert "4 links" in read_text(page)
    assert "Unhealthy only (2)" in read_text(page)


def test_bad_lines_are_red_dashed_and_bear_a_sign(client: Client, shop: None) -> None:
    page = ask(client)
    assert len(re.findall(r'<a class="edge[^"]* many"[^>]*aria-label="shop calls pay', page)) == 1
    assert "✕ 10 %" in page
    assert 'class="slow"' in page
    assert "p95 ×3.0" in page


def test_the_page_asks_the_same_few_questions_however_much_there_is(
    client: Client, shop: None, django_assert_num_queries: Queries
) -> None:
    ask(client)
    with django_assert_num_queries(6):
        ask(client)
    for number in range(20):
        link(calls_edge(f"service-{number}", "pay"), Call(duration_ns=MS, count=100))
    ask(client)
    with django_assert_num_queries(6):
        ask(client)


def test_positions_are_remembered(client: Client, shop: None) -> None:
    places = re.findall(r'<a class="node[^>]*transform="([^"]*)"', ask(client))
    assert MapLayout.objects.count() == 1
    assert re.findall(r'<a class="node[^>]*transform="([^"]*)"', ask(client, colour="rate")) == places


# Controls


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ({"focus": "pay"}, {"shop", "pay"}),
        ({"focus": "pay", "hops": "2"}, {"user", "shop", "pay", "orders", "events"}),
        ({"focus": "shop", "direction": "callers"}, {"user", "shop"}),
        ({"focus": "database:orders"}, {"shop", "orders"}),
        ({"show": "unhealthy"}, {"user", "shop", "pay", "orders", "events"}),
        ({"find": "pay"}, {"user", "shop", "pay", "orders", "events"}),
    ],
)
def test_the_address_says_what_is_shown(client: Client, shop: None, words: dict[str, str], shown: set[str]) -> None:
    page = ask(client, words)
    assert set(re.findall(r'<a class="node[^>]*data-name="([^"]*)"', page)) == shown


def test_every_way_on_keeps_the_window_and_what_was_chosen(client: Client, shop: None) -> None:
    page = ask(client, colour="p95", focus="shop")
    ways = [unescape(way) for way in re.findall(r'<a class="(?:node|edge|button)[^>]*href="(\?[^"]*)"', page)]
    window = f"start={THEN_S}&end={THEN_S + 3_600}"
    assert f"?colour=p95&focus=shop&{window}&node=pay" in ways
    assert f"?colour=p95&focus=shop&{window}&caller=shop&callee=database%3Aorders" in ways
    assert f"?focus=shop&colour=rate&{window}" in ways
    assert f"?colour=p95&show=unhealthy&{window}" in ways
    assert f"?colour=p95&focus=shop&hops=2&{window}" in ways


def test_what_is_looked_for_is_marked(client: Client, shop: None) -> None:
    page = ask(client, find="ORD")
    assert re.findall(r'<a class="node[^"]* found"[^>]*data-name="([^"]*)"', page) == ["orders"]


def test_groups_open_one_by_one(client: Client) -> None:
    for family in range(30):
        for number in range(7):
            link(calls_edge("front", f"f{family}-{number}"), Call(duration_ns=MS, count=60))
    page = ask(client)
    assert len(labels(page, "node")) == 31
    assert "f3, group, 7 members, 0.12/s, 0 % errors, p95 995 µs" in labels(page, "node")
    assert "Every node by itself" in page
    opened = ask(client, expand="f3")
    assert len(labels(opened, "node")) == 37
    assert "f3-0, service, 0.02/s, 0 % errors, p95 995 µs" in labels(opened, "node")
    assert len(labels(ask(client, groups="off"), "node")) == 211
    card = ask(client, page="map_card", node="group:f3")
    assert "expand=f3" in card
    assert "Open the group" in card


# The table


def test_the_table_has_the_same_numbers(client: Client, shop: None) -> None:
    page = ask(client, view="table")
    assert '<svg class="graph' not in page
    assert table(page) == [
        ["shop service", "orders database, query", "10.0/s", "0 %", "89.6 ms", "89.6 ms", "89.6 ms", "×3.0", "0 %"],
        ["shop service", "pay service, call", "1.00/s", "✕ 10 %", "60.0 ms", "60.0 ms", "60.0 ms", "", "10 %"],
        ["user calls from outside", "shop service, call", "1.00/s", "0 %", "199 ms", "199 ms", "199 ms", "", "0 %"],
        ["shop service", "events queue, message", "0.10/s", "0 %", "2.00 ms", "2.00 ms", "2.00 ms", "", "0 %"],
    ]


@pytest.mark.parametrize(
    ("sort", "callees"),
    [
        ("callee", ["events", "orders", "pay", "shop"]),
        ("errors", ["pay", "shop", "orders", "events"]),
        ("p95", ["shop", "orders", "pay", "events"]),
        ("change", ["orders", "shop", "pay", "events"]),
        ("unpaired", ["pay", "orders", "events", "shop"]),
    ],
)
def test_the_table_is_sorted_as_the_address_says(client: Client, shop: None, sort: str, callees: list[str]) -> None:
    page = ask(client, view="table", sort=sort)
    found = [row[1].split()[0] for row in table(page)]
    assert found[0] == callees[0]
    assert sorted(found) == sorted(callees)
    assert page.count("aria-sort") == 1


# Cards


def test_a_node_has_a_card(client: Client, shop: None) -> None:
    page = ask(client, page="map_card", node="pay")
    assert facts(page) == {"Calls": "1.00/s", "Errors": "✕ 10 %", "p50": "50.2 ms", "p95": "50.2 ms", "p99": "50.2 ms"}
    assert "Called by" in page
    assert re.findall(r'<a data-do="open" href="[^"]*">([^<]*)</a>', page) == ["shop"]
    words = f"start={THEN_S}&amp;end={THEN_S + 3_600}&amp;service=pay"
    assert f'href="/?{words}"' in page
    assert f'href="/service?{words}"' in page
    assert page.count('class="spark') == 5


def test_a_database_has_a_card_of_what_its_callers_know(client: Client, shop: None) -> None:
    page = ask(client, page="map_card", node="database:orders")
    assert facts(page)["Calls"] == "10.0/s"
    assert facts(page)["p95"] == "89.6 ms ▲ ×3.0"
    assert "was 29.8 ms" in page
    assert page.count('class="spark') == 5
    assert "service=" not in page


def test_what_callers_see_and_the_callee_does_not_is_said(client: Client) -> None:
    learn("pay", Call(duration_ns=MS, count=1_000))
    link(calls_edge("shop", "pay"), Call(duration_ns=MS, count=900), Call(duration_ns=MS, count=100, is_failed=True))
    card = ask(client, page="map_card", node="pay")
    assert facts(card)["Errors"] == "0 %"
    assert "For its callers 10 % of their calls fail." in card
    assert "pay, service, 0.28/s, 0 % errors, p95 995 µs, 10 % errors as its callers see it" in labels(
        ask(client), "node"
    )
    assert "✕ 10 %" in ask(client)


def test_the_user_is_explained(client: Client, shop: None) -> None:
    assert "Whoever calls from outside" in ask(client, page="map_card", node="user:user")


def test_a_link_has_a_card_with_traces_that_cross_it(client: Client, shop: None) -> None:
    page = ask(client, page="map_card", caller="shop", callee="pay")
    assert facts(page) | {"Unpaired": ""} == {
        "Calls": "1.00/s",
        "Errors": "✕ 10 %",
        "p50": "60.0 ms",
        "p95": "60.0 ms",
        "p99": "60.0 ms",
        "Unpaired": "",
    }
    assert facts(page)["Unpaired"] == "10 %"
    assert f'href="/trace/{"0a" * 16}?span={"0b" * 8}"' in page
    assert "0c" * 16 not in page
    assert "All traces in which pay answers" in page


@pytest.mark.django_db(transaction=True)
def test_the_traces_of_a_link_cross_it(client: Client) -> None:
    """Real spans, rolled up: of two traces that reach `pay` the card names the one that comes from `shop`."""
    for trace, caller in enumerate(("shop", "admin"), 1):
        send_spans(
            make_span(10 * trace, trace=trace),
            make_span(10 * trace + 1, 10 * trace, trace=trace, kind=3),
            service=caller,
        )
        send_spans(make_span(10 * trace + 2, 10 * trace + 1, trace=trace, kind=2), service="pay")
    get_roller.cache_clear()
    while not roll_up(DEFAULT_PROJECT, time.time_ns() // 1_000_000_000 + 3_600).is_idle:
        pass
    card = client.get(reverse("services_map:map_card"), {"caller": "shop", "callee": "pay"}).content.decode()
    assert re.findall(r'href="/trace/([0-9a-f]{32})\?span=([0-9a-f]{16})"', card) == [(f"{1:032x}", f"{12:016x}")]


@pytest.mark.parametrize("words", [{"node": "nobody"}, {"caller": "pay", "callee": "shop"}])
def test_a_card_of_what_is_not_there_says_so(client: Client, shop: None, words: dict[str, str]) -> None:
    page = ask(client, words, page="map_card")
    assert "this map" in page
    assert "Whole map" in page


def test_the_page_has_the_card_that_its_address_names(client: Client, shop: None) -> None:
    page = ask(client, node="pay")
    assert '<aside class="panel map-card" id="card" tabindex="-1"' in page
    assert re.search(r'<a class="node[^"]* selected"[^>]*data-name="pay"', page)
    assert '<aside class="panel map-card" id="card" hidden>' in ask(client)


def test_the_drawing_alone_has_the_same_elements(client: Client, shop: None) -> None:
    page, piece = ask(client), ask(client, page="map_drawing")
    assert piece.startswith("<section")
    assert labels(piece, "node") == labels(page, "node")
    assert labels(piece, "edge") == labels(page, "edge")


# Nothing to see


def test_where_nothing_ever_came_the_page_says_how_to_send(client: Client) -> None:
    assert "No span has arrived yet" in ask(client)


def test_an_empty_window_says_when_the_last_calls_were(client: Client, shop: None) -> None:
    page = client.get(reverse("services_map:map"), {"start": "2020-01-01", "end": "2020-01-02"}).content.decode()
    assert "Nothing was counted in this window" in page
    assert "The newest calls that were counted are of" in page
    assert "Show the time around them" in page


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"focus": "nobody"}, "Nothing on this map is called nobody"),
        (
            {"focus": HOSTILE},
            "Nothing on this map is called &lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;⟨U+202E⟩",
        ),
    ],
)
def test_what_is_filtered_away_is_named(client: Client, shop: None, words: dict[str, str], sentence: str) -> None:
    page = ask(client, words)
    assert sentence in page
    assert "Whole map" in page


def test_nothing_unhealthy_is_good_news(client: Client) -> None:
    link(calls_edge("shop", "pay"), Call(duration_ns=MS, count=100))
    assert "Nothing is unhealthy" in ask(client, show="unhealthy")


def test_services_without_calls_between_them_stand_alone(client: Client) -> None:
    learn("shop", Call(duration_ns=MS, count=60))
    page = ask(client)
    assert labels(page, "node") == ["shop, service, 0.02/s, 0 % errors, p95 995 µs"]
    assert "no calls between them were seen" in page


@pytest.mark.parametrize(("words", "status"), [({"start": "now", "end": "now-1h"}, 400), ({"start": "x"}, 400)])
def test_a_window_that_cannot_be_is_refused_in_a_sentence(
    client: Client, shop: None, words: dict[str, str], status: int
) -> None:
    assert 'role="alert"' in ask(client, words, status)


@pytest.mark.parametrize(
    "words", [{"start": "2200-01-01", "end": "2200-01-02"}, {"start": "1900-01-01"}, {"start": "2016-01-01"}]
)
def test_strange_windows_are_answered(client: Client, shop: None, words: dict[str, str]) -> None:
    ask(client, words)


def test_sampled_spans_are_said_to_be_an_estimate(client: Client) -> None:
    link(calls_edge("shop", "pay"), Call(duration_ns=MS, count=36, weight=100.0))
    page = ask(client)
    assert "shop calls pay, 1.00/s, 0 % errors, p95 995 µs" in labels(page, "edge")
    assert "estimated from sampled spans" in page
    assert "Estimated from sampled spans." in ask(client, page="map_card", caller="shop", callee="pay")


def test_names_of_spans_are_text(client: Client) -> None:
    link(calls_edge(HOSTILE, f"{HOSTILE}2"), Call(duration_ns=MS, count=100))
    for words in (
        {},
        {"view": "table"},
        {"node": HOSTILE},
        {"caller": HOSTILE, "callee": f"{HOSTILE}2"},
        {"find": HOSTILE},
    ):
        page = ask(client, words)
        assert "<img" not in page
        assert "onerror=alert(1)&gt;" in page
