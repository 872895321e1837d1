"""Finding in a trace, in a real browser."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.builders import MS, make_event
from tests.pages.sending import TRACE_ID, make_span

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
# What the browser says of requests that these tests let fail, and of their looking at a canvas.
EXPECTED = re.compile(r"status of 409|ERR_FAILED|willReadFrequently")


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Open]:
    """`open_page("?find=x")`: the trace's page, once its scripts run. Whatever its console says fails the test."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_page(query: str = "", **context: object) -> Page:
        made = browser.new_context(viewport={"width": 1280, "height": 700}, base_url=live_server.url, **context)  # type: ignore[arg-type]
        contexts.append(made)
        page = made.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(PAGE + query)
        if context.get("java_script_enabled", True):
            page.wait_for_selector("[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in said if not EXPECTED.search(text)] == []


@pytest.fixture
def shop(send: Send) -> None:
    """121 spans: 40 times cart, price and pay below a root; every tenth pay fails, every eighth price is for gold."""
    send(make_span(1, name="GET /", duration_ns=500 * MS), service="front")
    for number in range(40):
        base = 2 + 3 * number
        tier = "gold" if number % 8 == 0 else "plain"
        send(make_span(base, 1, name=f"cart {number}"), service="cart")
        send(make_span(base + 1, base, name="price", attributes={"customer.tier": tier}), service="cart")
        failed: dict[str, Any] = {"status": 2, "events": [make_event("exception")]} if number % 10 == 9 else {}
        send(make_span(base + 2, base, name="pay", **failed), service="payment")


def box(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Find in this trace")


def counter(page: Page) -> Locator:
    return page.locator("trace-find .counter")


def selected(page: Page) -> Locator:
    return page.locator(".row[aria-selected=true]:visible")


def settle(page: Page, text: str) -> None:
    """Waits until the server has answered, and the counter says so."""
    expect(page.locator("trace-find .state")).to_be_hidden()
    expect(counter(page)).to_have_text(text)


def hold(page: Page) -> list[Route]:
    """Holds every request of finding back."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route("**/find?*", keep)
    return held


def wait_for(page: Page, held: list[Route], number: int) -> None:
    """Waits until so many requests are held back."""
    for _ in range(50):
        if len(held) >= number:
            return
        page.wait_for_timeout(100)
    assert len(held) >= number


def test_names_are_found_at_once_and_all_else_when_the_server_has_looked(shop: None, open_page: Open) -> None:
    page = open_page()
    held = hold(page)
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type("pAy")
    expect(counter(page)).to_have_text("40 found")
    expect(page.locator("trace-find .state")).to_have_text("names only…")
    expect(page.locator(".row.hit:visible").first).to_be_visible()
    wait_for(page, held, 1)
    expect(page.locator("trace-find .state")).to_be_visible()
    held[-1].continue_()
    settle(page, "40 found")

    page.unroute("**/find?*")
    box(page).fill("gold")
    settle(page, "5 found")
    box(page).fill("nowhere")
    settle(page, "0 found")
    expect(page.get_by_role("button", name="Next match")).to_be_disabled()


def test_one_goes_from_match_to_match_and_around(shop: None, open_page: Open) -> None:
    page = open_page()
    box(page).fill("gold")
    settle(page, "5 found")
    for number, row in enumerate(["r3", "r27", "r51", "r75", "r99"], 1):
        page.keyboard.press("Enter")
        expect(counter(page)).to_have_text(f"{number} of 5")
        expect(selected(page)).to_have_attribute("id", row)
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_have_text("1 of 5, on from the top")
    expect(selected(page)).to_have_attribute("id", "r3")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#live")).to_have_text("5 of 5, on from the bottom")
    expect(selected(page)).to_have_attribute("id", "r99")
    expect(selected(page)).to_be_in_viewport()


def test_escape_ends_finding_and_the_keys_go_on_in_the_rows(shop: None, open_page: Open) -> None:
    page = open_page("?find=gold")
    settle(page, "5 found")
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(counter(page)).to_have_text("2 of 5")
    page.keyboard.press("N")
    expect(counter(page)).to_have_text("1 of 5")
    box(page).focus()
    page.keyboard.press("Escape")
    expect(box(page)).to_have_value("")
    expect(page.get_by_role("treegrid")).to_be_focused()
    expect(counter(page)).to_have_text("")
    expect(page.locator(".row.hit:visible")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(selected(page)).to_have_attribute("id", "r4")


def test_a_match_in_a_closed_branch_opens_it_and_closes_it_again(shop: None, open_page: Open) -> None:
    page = open_page("?find=gold")
    settle(page, "5 found")
    page.get_by_role("treegrid").focus()
    for _ in range(2):
        page.keyboard.press("-")
    expect(page.locator(".row:visible")).to_have_count(1)
    page.keyboard.press("n")
    expect(selected(page)).to_have_attribute("id", "r3")
    expect(page.locator("#r2")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("n")
    expect(selected(page)).to_have_attribute("id", "r27")
    expect(page.locator("#r2")).to_have_attribute("aria-expanded", "false")


def test_only_matches_leaves_what_is_above_them(shop: None, open_page: Open) -> None:
    page = open_page("?find=gold")
    settle(page, "5 found")
    only = page.get_by_role("button", name="only matches")
    only.click()
    expect(only).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".row:visible")).to_have_count(1 + 2 * 5)
    expect(page.locator(".row.hit:visible")).to_have_count(5)
    only.click()
    expect(page.get_by_role("treegrid")).to_have_attribute("aria-rowcount", "121")


def test_errors_are_gone_through_by_keys_and_buttons(shop: None, open_page: Open) -> None:
    page = open_page()
    errors = page.get_by_role("group", name="Errors")
    expect(errors).to_contain_text("4")
    page.keyboard.press("e")
    expect(errors).to_contain_text("1 of 4")
    expect(selected(page)).to_have_attribute("id", "r31")
    page.get_by_role("button", name="Next error").click()
    expect(errors).to_contain_text("2 of 4")
    page.keyboard.press("E")
    expect(selected(page)).to_have_attribute("id", "r31")
    page.get_by_role("button", name="Previous error").click()
    expect(page.locator("#live")).to_have_text("Error 4 of 4, on from the bottom")


def test_a_trace_without_errors_has_no_buttons_for_them(send: Send, open_page: Open) -> None:
    send(make_span(1))
    page = open_page()
    expect(page.get_by_role("group", name="Errors")).to_be_hidden()
    page.keyboard.press("e")
    expect(page.locator("#live")).to_have_text("No span has an error.")


def test_the_last_text_wins_whatever_the_server_answers_first(shop: None, open_page: Open) -> None:
    page = open_page()
    held = hold(page)
    box(page).fill("plain")
    wait_for(page, held, 1)
    box(page).fill("gold")
    wait_for(page, held, 2)
    held[1].continue_()
    settle(page, "5 found")
    held[0].abort()
    settle(page, "5 found")


def test_names_go_on_working_when_the_server_cannot_look(shop: None, open_page: Open) -> None:
    page = open_page()
    page.route("**/find?*", lambda route: route.abort())
    box(page).fill("cart 3")
    expect(page.locator("trace-find .problem")).to_have_text(
        "Only names were looked through. The server cannot be reached."
    )
    settle(page, "11 found")
    page.keyboard.press("Enter")
    expect(counter(page)).to_have_text("1 of 11")


def test_spans_that_arrive_meanwhile_are_no_wrong_rows(shop: None, send: Send, open_page: Open) -> None:
    page = open_page()
    send(make_span(900, 1, name="late"), service="front")
    box(page).fill("gold")
    expect(page.locator("trace-find .problem")).to_contain_text("Spans of this trace have arrived or gone since")
    expect(counter(page)).to_have_text("0 found")


def test_what_is_looked_for_stands_in_the_address(shop: None, open_page: Open) -> None:
    page = open_page()
    box(page).fill("gold & <b>")
    expect(page).to_have_url(re.compile(r"[?&]find=gold(\+|%20)%26(\+|%20)%3Cb%3E"))
    page.reload()
    expect(box(page)).to_have_value("gold & <b>")


def test_the_gutter_marks_matches_and_errors_and_leads_to_them(shop: None, open_page: Open) -> None:
    page = open_page("?find=gold")
    settle(page, "5 found")
    gutter = page.locator("canvas.gutter")
    expect(gutter).to_be_visible()
    count_colours = """(canvas) => {
      const {data, width} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const starts = [0, 0];
      for (const [side, x] of [[0, 1], [1, width - 2]].values()) {
        let before = 0;
        for (let at = x; at * 4 < data.length; at += width) {
          const alpha = data[at * 4 + 3];
          if (alpha && !before) starts[side]++;
          before = alpha;
        }
      }
      return starts;
    }"""
    expect_counts(page, gutter, count_colours, [5, 4])
    box_of = gutter.bounding_box()
    assert box_of is not None
    gutter.click(position={"x": 2, "y": box_of["height"] * 98 / 121 + 1})
    expect(selected(page)).to_have_attribute("id", "r99")
    expect(selected(page)).to_be_in_viewport()
    box(page).fill("")
    expect_counts(page, gutter, count_colours, [0, 4])


def expect_counts(page: Page, gutter: Locator, script: str, wanted: list[int]) -> None:
    for _ in range(50):
        found = gutter.evaluate(script)
        if found == wanted:
            return
        page.wait_for_timeout(100)
    assert found == wanted


def test_without_a_script_names_in_the_first_rows_stand_out(shop: None, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    box(page).fill("pay")
    box(page).press("Enter")
    expect(page).to_have_url(re.compile(r"\?find=pay$"))
    assert page.locator(".row.hit").count() == page.locator(".row", has_text="pay").count() > 10
    expect(page.get_by_role("button", name="Next match")).to_be_hidden()
