"""The pages in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.builders import MS, make_event, make_link
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
# What none of our pages contains.
OUR_MODULE = "[type=module][src^='/static/js/']"
FOREIGN = f"script:not({OUR_MODULE}), img, iframe, object, embed, style, [onload], [onerror], [onmouseover]"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "javascript:alert(1)",
    "</title></textarea></select></pre><iframe src=javascript:alert(1)>",
    "{{ constructor }}${alert(1)}{% debug %}",
    'https://example.org/" onmouseover=alert(1) x="',
)


@pytest.fixture
def checkout(send: Send) -> None:
    """A trace of three spans in two services, one of them failed."""
    send(make_span(1, name="POST /checkout", duration_ns=100 * MS), service="checkout")
    failure = make_event("exception", HALF_A_MINUTE_AGO + 3 * MS, {"exception.message": "card declined"})
    send(make_span(2, 1, name="POST /charge", status=2, events=[failure]), make_span(3, 1), service="payment")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/", f"{PAGE}?span={span_id(2)}"])
def test_a_page_loads_without_a_complaint(checkout: None, open_page: Open, address: str, color_scheme: str) -> None:
    page = open_page(address, color_scheme=color_scheme)
    background = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 22, 26)"}[color_scheme]
    expect(page.locator("body")).to_have_css("background-color", background)


def test_an_empty_installation_loads_without_a_complaint(send: Send, open_page: Open) -> None:
    expect(open_page("/").get_by_role("heading", level=1)).to_have_text("No spans yet. Send the first one.")


@pytest.mark.parametrize("payload", HOSTILE)
def test_what_a_span_says_never_becomes_part_of_the_page(send: Send, open_page: Open, payload: str) -> None:
    event = make_event(payload, attributes={payload: payload, "exception.stacktrace": payload})
    exception = make_event("exception", attributes={"exception.type": payload, "exception.message": payload})
    hostile = make_span(
        1,
        name=payload,
        attributes={payload: payload, "url.full": payload, "list": [payload], "map": {payload: payload}},
        events=[event, exception],
        links=[make_link(2, 2, {payload: payload}, trace_state=payload)],
        status=2,
        status_message=payload,
        trace_state=payload,
    )
    send(hostile, service=payload, resource={payload: payload})
    for address in ("/", f"{PAGE}?span={span_id(1)}"):
        page = open_page(address)
        assert page.locator(FOREIGN).count() == 0
        assert not re.search(r"<[^>]* style=", page.request.get(address).text())
        assert page.locator("a[href^='javascript:' i]").count() == 0
        assert payload in (page.locator("main").text_content() or "")


def test_hostile_words_in_a_search_stay_words(checkout: None, open_page: Open) -> None:
    page = open_page("/")
    page.get_by_label("Operation").fill(HOSTILE[1])
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_label("Operation")).to_have_value(HOSTILE[1])
    assert page.locator("img").count() == 0


def test_everything_works_without_javascript(checkout: None, open_page: Open) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_label("Service", exact=True).select_option("payment")
    page.get_by_label("Status").select_option("error")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="checkout POST /checkout").click()
    expect(page).to_have_url(f"{PAGE}?results=service%3Dpayment%26status%3Derror")
    page.get_by_role("link", name="payment POST /charge").click()
    panel = page.get_by_role("complementary", name="POST /charge")
    expect(panel).to_contain_text("card declined")
    panel.get_by_role("link", name="Close").click()
    expect(panel).to_have_count(0)


def test_the_theme_can_be_chosen(checkout: None, open_page: Open) -> None:
    page = open_page(PAGE, color_scheme="light")
    page.get_by_role("button", name="dark").click()
    expect(page).to_have_url(PAGE)
    expect(page.locator("body")).to_have_css("background-color", "rgb(20, 22, 26)")
    expect(page.get_by_role("button", name="dark")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="system").click()
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")


def test_a_pasted_traceparent_opens_the_trace(checkout: None, open_page: Open) -> None:
    page = open_page("/")
    page.get_by_label("Trace id, link, service, command or search").fill(f"00-{TRACE_ID}-00f067aa0ba902b7-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("POST /checkout")


def test_a_span_is_reached_and_read_with_the_keyboard_without_javascript(checkout: None, open_page: Open) -> None:
    page = open_page(PAGE, java_script_enabled=False)
    _tab_to(page, "POST /charge")
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="POST /charge")).to_contain_text("card declined")


def test_the_first_tab_offers_to_skip_the_frame(checkout: None, open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    expect(page.locator(":focus")).to_be_in_viewport()


@pytest.mark.parametrize("width", [320, 768, 1_040, 1_280])
@pytest.mark.parametrize("address", ["/", f"/?minDuration=1ms&tags={'x' * 100}%3D1", f"{PAGE}?span={span_id(2)}"])
def test_no_page_scrolls_sideways(send: Send, checkout: None, open_page: Open, address: str, width: int) -> None:
    long = "a-rather-long-name-without-a-place-to-break" * 5
    send(make_span(4, 2, name=long, attributes={long: long}), service=long)
    page = open_page(address, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_selected_row_far_down_is_in_view_beside_its_panel(send: Send, open_page: Open) -> None:
    send(make_span(1, duration_ns=5_000 * MS), *(make_span(n, 1) for n in range(2, 402)))
    page = open_page(f"{PAGE}?span={span_id(300)}#span")
    expect(page.locator(".row.sel")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Close")).to_be_in_viewport()


def test_the_marks_of_the_axis_stand_over_their_lines(checkout: None, open_page: Open) -> None:
    for width in (320, 1_280):
        page = open_page(PAGE, width=width)
        above, below = (
            page.locator(f"{part} line").evaluate_all("lines => lines.map(line => line.getBoundingClientRect().x)")
            for part in ("trace-ruler", ".grid")
        )
        assert above == pytest.approx(below, abs=0.5)


def _tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if name in (page.locator(":focus").text_content() or ""):
            return
    raise AssertionError(f"Tab never reached “{name}”.")
