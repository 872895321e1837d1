"""Values in the panel of a span, in a real browser: pinned, copied, opened, and never more than text."""

from collections.abc import Callable

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from playwright.sync_api import Page, expect

from tests.builders import MS, make_event, make_link
from tests.pages.panels import STACK, expect_shown, find_panel, open_trace, send_steps
from tests.pages.sending import make_span, span_id
from tests.pages.test_in_browser import FOREIGN, HOSTILE

Send = Callable[..., None]
Open = Callable[..., Page]


@pytest.fixture
def shop(transactional_db: None) -> None:
    send_steps()


def test_a_pinned_attribute_comes_first_in_every_span(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=3)
    panel = find_panel(page)
    line = panel.locator("[data-key=n]")
    line.hover()
    line.get_by_role("button", name="Pin n").click()
    first = panel.locator(".attributes").first.locator("[data-key]").first
    expect(first).to_have_attribute("data-key", "n")
    expect(panel.get_by_role("button", name="Pin n")).to_be_focused()
    page.keyboard.press("j")
    expect_shown(page, 4)
    expect(first).to_have_attribute("data-key", "n")
    expect(panel.locator(".attributes").first.get_by_role("heading")).to_have_text(["★ Pinned", "HTTP"])
    first.hover()
    first.get_by_role("button", name="Pin n").click()
    expect(first).to_have_attribute("data-key", "http.route")


def test_a_value_is_copied_as_it_was_sent(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, permissions=["clipboard-read", "clipboard-write"])
    panel = find_panel(page)
    for key, whole in (
        ("http.route", "/cart"),
        ("db.query.text", "select 1 from a"),
        ("body", "x" * 4_999 + "y"),
        ("hidden", "a\u202eb"),
    ):
        line = panel.locator(f"[data-key='{key}']")
        line.hover()
        line.get_by_role("button", name=f"Copy {key}").click()
        expect(line.locator("[data-copied]")).to_have_count(1)
        assert page.evaluate("navigator.clipboard.readText()") == whole


def test_a_stack_trace_is_copied_with_and_without_libraries(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, permissions=["clipboard-read", "clipboard-write"])
    panel = find_panel(page)
    panel.get_by_role("button", name="Copy", exact=True).click()
    expect(panel.locator("[data-copied]")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()") == STACK
    panel.get_by_role("button", name="Copy without library frames").click()
    expect(panel.get_by_role("button", name="Copy without library frames")).to_have_attribute("data-copied", "")
    expected = "\n".join(line for line in STACK.splitlines() if "frozen" not in line)
    assert page.evaluate("navigator.clipboard.readText()") == expected


def test_a_cut_value_is_shown_whole(shop: None, open_page: Open) -> None:
    page = open_trace(open_page)
    body = find_panel(page).locator("[data-key=body]")
    assert len(body.locator(".raw").text_content() or "") == 2_000
    body.get_by_role("link", name="show all 5,000 characters").click()
    expect(body.locator(".raw")).to_have_text("x" * 4_999 + "y")
    expect(body.get_by_role("link", name="show all")).to_have_count(0)


def test_a_statement_can_be_read_as_it_was_sent(shop: None, open_page: Open) -> None:
    page = open_trace(open_page)
    line = find_panel(page).locator("[data-key='db.query.text']")
    expect(line.locator(".pretty")).to_be_visible()
    line.hover()
    line.get_by_role("button", name="as it was sent").click()
    expect(line.locator(".raw")).to_be_visible()
    expect(line.locator(".pretty")).to_be_hidden()


def test_the_actions_of_a_value_are_reached_with_the_keyboard(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=3)
    line = find_panel(page).locator("[data-key=n]")
    expect(line.locator(".acts")).to_have_css("opacity", "0")
    line.get_by_role("link", name="Find spans with this n").focus()
    expect(line.locator(".acts")).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Attributes")).to_have_value("n=3")


def test_raw_otlp_is_asked_for_when_it_is_opened(shop: None, open_page: Open) -> None:
    page = open_trace(open_page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    find_panel(page).locator("details[data-raw] > summary").click()
    expect(find_panel(page).locator("details[data-raw] pre")).to_contain_text('"spanId": "0000000000000002"')
    assert len([address for address in asked if "/otlp" in address]) == 1


def test_what_spans_say_never_becomes_part_of_a_fragment(send: Send, open_page: Open) -> None:
    send(make_span(1, name="root", duration_ns=100 * MS))
    for number, payload in enumerate(HOSTILE, 2):
        send(make_hostile_span(number, payload), service=payload, resource={payload: payload})
    page = open_trace(open_page, selected=1)
    panel = find_panel(page)
    for number, payload in enumerate(HOSTILE, 2):
        page.keyboard.press("j")
        expect(panel).to_have_attribute("data-span-id", span_id(number))
        closed = panel.locator("details:not([open]) > summary")
        while closed.count():
            closed.first.click()
        expect(panel.locator("details[data-raw] pre")).to_contain_text(span_id(number))
        panel.get_by_role("link", name="show all").first.click()
        line = panel.locator(".attributes").first.locator("[data-key='document'], [data-key='map']").last
        line.hover()
        line.locator("[data-do=pin]").click()
        assert panel.locator(FOREIGN).count() == 0
        assert panel.locator("a[href^='javascript:' i]").count() == 0
        assert (panel.text_content() or "").count(payload) > 8


def make_hostile_span(number: int, payload: str) -> Span:
    """A child of span 1 that says it everywhere."""
    quoted = payload.replace('"', "")
    failure = {
        "exception.type": payload,
        "exception.message": payload,
        "exception.stacktrace": f'Traceback\n  File "/a/{payload}", line 1, in {payload}\n    at {payload} (x:1:2)',
    }
    return make_span(
        number,
        1,
        name=payload,
        attributes={
            payload: payload,
            f"http.{payload}": payload * 300,
            "db.query.text": f"select '{payload}' from a where b = 1 -- {payload}",
            "document": f'{{"{quoted}": "{quoted}", "b": [1]}}',
            "url.full": f"https://shop.example/?a={payload}&b=%3Cscript%3E",
            "map": {payload: [payload]},
        },
        events=[make_event("exception", attributes=failure), make_event(payload, attributes={payload: payload})],
        links=[make_link(2, 2, {payload: payload}, trace_state=payload)],
        status=2,
        status_message=payload,
        trace_state=payload,
    )
