"""From a result list to a trace and back, and whether a trace may still be arriving."""

import html
import re
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.builders import MS, SECOND
from tests.pages.looking import read_page, read_text
from tests.pages.sending import TRACE_ID, make_span

Send = Callable[..., None]
PAGE = f"/trace/{TRACE_ID}"


def find_back(page: str) -> str:
    """Where “← Results” leads; empty where it is not said."""
    found = re.search(r'<results-nav[^>]*><nav[^>]*><a href="([^"]*)">← Results', page)
    return html.unescape(found[1]) if found else ""


@pytest.mark.parametrize(
    ("asked", "back"),
    [
        ("/", "/?lookback=1h"),
        ("/?service=shop&limit=50", "/?service=shop&limit=50"),
        ("/search?service=shop&tags=a%3D%22%26+b%22&lookback=6h", "/?service=shop&tags=a%3D%22%26+b%22&lookback=6h"),
        ("/?service=&operation=&limit=20", "/?lookback=1h"),
    ],
)
def test_a_trace_leads_back_to_the_line_it_was_opened_from(send: Send, client: Client, asked: str, back: str) -> None:
    send(make_span(1, attributes={"a": "& b"}))
    results = read_page(client, asked)
    (address,) = re.findall(rf'href="({PAGE}\?results=[^"]*)"', results)
    assert find_back(read_page(client, html.unescape(address))) == f"{back}#t-{TRACE_ID}"
    assert f'id="t-{TRACE_ID}"' in read_page(client, back)


def test_the_page_of_results_is_named_the_same_on_both_sides(send: Send, client: Client) -> None:
    """Under this name the browser keeps the list."""
    send(make_span(1))
    for asked in ("/", "/?service=shop&lookback=24h"):
        results = read_page(client, asked)
        (address,) = re.findall(rf'href="({PAGE}\?results=[^"]*)"', results)
        (kept,) = re.findall(r'<trace-results data-search="([^"]*)"', results)
        assert f'<results-nav data-search="{kept}"' in read_page(client, html.unescape(address))


def test_a_trace_that_was_not_opened_from_a_list_says_nothing_of_one(send: Send, client: Client) -> None:
    send(make_span(1))
    assert "results-nav" not in read_page(client, PAGE)


@pytest.mark.parametrize(
    "named",
    [
        "https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil", "?next=//evil", "#x",
        '"><script>alert(1)</script>', "service=%00\u202e", "cursor=zzz", "limit=x", "=", "%%%", "",
    ],
)  # fmt: skip
def test_whatever_the_address_says_the_way_back_is_our_search(send: Send, client: Client, named: str) -> None:
    send(make_span(1))
    page = read_page(client, f"{PAGE}?results={quote(named, safe='')}")
    assert re.fullmatch(rf"/\?(lookback=1h|(service|cursor|limit)=[\w%.-]+)#t-{TRACE_ID}", find_back(page))
    # What begins with a question mark stays on the page: its tabs keep the address as it is.
    assert not re.search(r'(href|data-search)="(?!\?)[^"]*evil', page)
    assert "<script>" not in page


@pytest.mark.parametrize("named", ["service=" + "x" * 3_000, "&" * 1_900])
def test_what_is_no_search_of_ours_leads_nowhere(send: Send, client: Client, named: str) -> None:
    send(make_span(1))
    assert find_back(read_page(client, f"{PAGE}?results={quote(named, safe='')}")) == ""


def test_a_search_that_is_too_long_for_an_address_is_not_carried_along(send: Send, client: Client) -> None:
    key = "k" * 2_100
    send(make_span(1, attributes={key: 1}))
    assert f'href="{PAGE}"' in read_page(client, f"/?tags={key}")


def test_the_way_back_costs_no_question_to_the_database(send: Send, client: Client) -> None:
    send(make_span(1))
    read_page(client, PAGE)
    counts = []
    for address in (PAGE, f"{PAGE}?results=service%3Dshop"):
        with CaptureQueriesContext(connection) as queries:
            read_page(client, address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("ended_s_ago", "is_young"), [(1, True), (25, True), (40, False), (-3_000, False)])
def test_a_trace_whose_newest_span_ended_just_now_may_still_be_arriving(
    send: Send, client: Client, ended_s_ago: int, is_young: bool
) -> None:
    end_ns = time.time_ns() - ended_s_ago * SECOND
    send(make_span(1, start_ns=end_ns - 5 * MS, duration_ns=5 * MS))
    page = read_page(client, PAGE)
    assert (f'<trace-freshness data-address="/api/v1/traces/{TRACE_ID}/version"' in page) == is_young
    assert "still receiving" not in read_text(page)


def test_the_shape_of_a_trace_stands_in_its_line(send: Send, client: Client) -> None:
    send(make_span(1, duration_ns=120 * MS), service="a")
    send(
        make_span(2, 1, start_ns=make_span(1).start_time_unix_nano + 60 * MS, duration_ns=30 * MS, status=2),
        service="b",
    )
    page = read_page(client, "/")
    (drawing,) = re.findall(r'<td role="cell" class="shape">(.*?)</td>', page)
    assert drawing == (
        '<svg viewBox="0 0 120 18" width="120" height="18" aria-hidden="true">'
        '<path class="c0" d="M0 3.5h120v5h-120z"/><path class="c1" d="M60 9.5h30v5h-30z"/>'
        '<path class="bad" d="M90 12l3 3l-3 3l-3-3z"/></svg>'
    )
