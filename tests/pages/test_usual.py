"""What is usual, on the page of a trace: in its head, and beside the selected span."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page, Request, expect

from tests.builders import MS
from tests.pages.counted import count_calls
from tests.pages.looking import read_page, read_text
from tests.pages.panels import PAGE, expect_shown, find_panel, open_trace, send_steps
from tests.pages.sending import make_span, send_spans, span_id
from tests.services_map.rows import Call

Open = Callable[..., Page]
USUAL = re.compile(r"/service/usual\?")


@pytest.fixture
def checkout(transactional_db: None) -> None:
    """A checkout that takes ten times as long as usual, with a query that has not been counted yet."""
    send_spans(
        make_span(1, name="POST /checkout", kind=2, duration_ns=500 * MS),
        make_span(2, 1, name="SELECT", kind=3, duration_ns=50 * MS),
    )
    count_calls("POST /checkout", Call(duration_ns=50 * MS, count=1_204), Call(duration_ns=600 * MS, count=6))


def find_address(client: Client, span: int) -> str:
    """Of the strip of a span."""
    page = read_page(client, f"{PAGE}?span={span_id(span)}")
    addresses: list[str] = re.findall(r'<usual-strip data-address="([^"]*)"', page)
    return unescape(*addresses)


def test_the_head_says_how_a_trace_compares_and_leads_to_its_operation(checkout: None, client: Client) -> None:
    page = read_page(client, PAGE)
    [head] = re.findall(r"<header class=\"head\">.*?</header>", page, re.DOTALL)
    assert "Percentile p99.5 of 1,210 like it (median 50.2 ms)" in read_text(head)
    [address] = re.findall(r'href="(/service\?[^"]*)"', head)
    text = read_text(read_page(client, unescape(address)))
    assert "POST /checkout" in text
    assert "1,210" in text


def test_the_head_says_nothing_where_few_traces_are_known(transactional_db: None, client: Client) -> None:
    send_spans(make_span(1, name="GET /", kind=2))
    assert "like it" not in read_page(client, PAGE)
    count_calls("GET /", Call(duration_ns=MS, count=19))
    assert "like it" not in read_page(client, PAGE)


def test_a_span_stands_among_others_of_its_operation(checkout: None, client: Client) -> None:
    answer = client.get(find_address(client, 1))
    strip = answer.content.decode()
    assert answer["Cache-Control"] == "private, max-age=300"
    assert "1,210 spans of the day before: half took up to 50.2 ms, 95 % up to 50.2 ms; this one took 500 ms" in strip
    text = read_text(strip)
    assert "p99.5 of 1,210 in the day before · show slower ones" in text
    assert "usually 50.2 ms (p50), p95 50.2 ms" in text
    [slower] = [unescape(each) for each in re.findall(r'href="([^"]*)">show slower', strip)]
    asked = {name: value for name, [value] in parse_qs(urlsplit(slower).query).items()}
    assert (asked["service"], asked["operation"], asked["kind"]) == ("shop", "POST /checkout", "server")
    assert (asked["minDuration"], asked["lookback"]) == ("500000001ns", "24h")
    assert client.get(slower).status_code == 200


def test_what_is_usual_needs_no_words(checkout: None, client: Client) -> None:
    text = read_text(read_page(client, find_address(client, 1).replace("duration=500000000ns", "duration=50ms")))
    assert "p49 of 1,210" in text
    assert "usually" not in text


def test_too_few_spans_say_so(checkout: None, client: Client) -> None:
    address = find_address(client, 2)
    assert "None of its spans of the day before is counted yet." in read_page(client, address)
    count_calls("SELECT", Call(duration_ns=MS, count=19, is_entry=False))
    text = read_text(read_page(client, address))
    assert "19 spans in the day before: too few to say what is usual" in text
    assert "p99" not in text


@pytest.mark.parametrize("more", [{"name": "x" * 501}, {"kind": 9}])
def test_a_span_that_an_address_cannot_name_has_no_strip(
    transactional_db: None, client: Client, more: dict[str, Any]
) -> None:
    send_spans(make_span(1, **more))
    assert "<usual-strip" not in read_page(client, f"{PAGE}?span={span_id(1)}")


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("service=shop&operation=x&kind=server&duration=", 400, "is not a duration"),
        ("service=shop&operation=x&kind=server&duration=-5ns", 400, "is not a duration"),
        ("operation=x&duration=5ns", 404, "The address names no service."),
        ("service=shop&operation=x&kind=strange&duration=5ns", 404, "is not a kind of span"),
        ("service=shop&operation=x&kind=server&duration=5ns&end=never", 200, "None of its spans"),
        ("service=%00%3Cb%3E&operation=%3Cscript%3E&duration=5ns", 200, "None of its spans"),
    ],
)
def test_a_strip_that_cannot_be_is_a_sentence(
    transactional_db: None, client: Client, query: str, status: int, said: str
) -> None:
    assert said in read_page(client, f"/service/usual?{query}", status)


def test_a_strip_comes_once_for_each_span_and_stays_a_link_where_it_cannot(
    transactional_db: None, open_page: Open
) -> None:
    send_steps()
    for number in (2, 3):
        count_calls(f"step {number}", Call(duration_ns=MS, count=100, is_entry=False))
    asked: list[str] = []
    page = open_trace(open_page, expects="Failed to load resource")
    page.on("request", lambda request: note(request, asked))
    strip = find_panel(page).locator("usual-strip")
    expect(strip).to_contain_text("of 100 in the day before")
    expect(strip).to_contain_text("usually")
    for key, number in (("j", 3), ("k", 2)):
        page.keyboard.press(key)
        expect_shown(page, number)
        expect(strip).to_contain_text("of 100 in the day before")
    assert len(asked) == len(set(asked))
    page.route(USUAL, lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: bool(USUAL.search(request.url))):
        page.keyboard.press("j")
        page.keyboard.press("j")
    expect_shown(page, 4)
    expect(strip.get_by_role("link")).to_have_text("How long this usually takes")
    strip.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("step 4")


def note(request: Request, asked: list[str]) -> None:
    if USUAL.search(request.url):
        asked.append(request.url)


def test_what_is_usual_is_asked_for_once_of_all_operations(checkout: None, open_page: Open) -> None:
    asked: list[str] = []
    page = open_page("/status")
    page.on("request", lambda request: note_baseline(request, asked))
    with page.expect_response("**/api/v1/baseline"):
        page.goto(PAGE)
    page.wait_for_load_state("networkidle")
    page.goto(PAGE)
    page.wait_for_load_state("networkidle")
    [body] = [json.loads(each) for each in asked]
    assert [each["operation"] for each in body["operations"]] == ["POST /checkout", "SELECT"]
    [[key, usual]] = page.evaluate("JSON.parse(sessionStorage.getItem('usual'))")
    assert key.startswith("4bf92f3577b34da6a3ce929d0e0e4736 ")
    assert [each and (each["count"], round(each["p50"] / MS), round(each["p95"] / MS)) for each in usual] == [
        (1_210, 50, 50),
        None,
    ]


def note_baseline(request: Request, asked: list[str]) -> None:
    if request.url.endswith("/api/v1/baseline"):
        asked.append(request.post_data or "")
