"""Result lists, the way from one trace to the next, and what appears by itself, in a real browser."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.builders import MS, SECOND, make_request, write_request
from tests.pages.sending import TRACE_ID, make_span
from traces.domain.refusal import RefusalKind, make_refusal
from traces.storage import get_store

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"


def address_of(trace: int) -> str:
    return f"/trace/{trace:032x}"


@pytest.fixture
def five_traces(send: Send) -> None:
    """Trace 5 is the newest."""
    for number in range(1, 6):
        send(make_span(number, trace=number, name=f"job {number}"), service="worker")


def open_list(open_page: Open, address: str) -> Page:
    """A list whose keys are bound."""
    page = open_page(address)
    expect(page.locator("trace-results:defined")).to_have_count(1)
    return page


def focused(page: Page) -> str:
    return page.locator(":focus").text_content() or ""


def test_results_are_walked_with_the_keyboard(five_traces: None, open_page: Open) -> None:
    page = open_list(open_page, "/")
    for key, job in (("j", 5), ("j", 4), ("j", 3), ("k", 4), ("k", 5), ("k", 5)):
        page.keyboard.press(key)
        assert f"job {job}" in focused(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(address_of(4))))


def test_a_result_opens_in_a_new_tab_that_knows_the_list(five_traces: None, open_page: Open) -> None:
    page = open_list(open_page, "/")
    page.keyboard.press("j")
    with page.context.expect_page() as opened:
        page.keyboard.press("o")
    expect(opened.value.locator("results-nav")).to_contain_text("1 of 5")
    expect(page).to_have_url(re.compile(r"/$"))


def test_pages_of_results_are_turned_with_the_keyboard(five_traces: None, open_page: Open) -> None:
    page = open_page("/?limit=2")
    rows = page.locator(".traces tbody tr")
    for key, count, first in (("]", 2, "job 3"), ("]", 1, "job 1"), ("[", 2, "job 3"), ("[", 2, "job 5")):
        expect(page.locator("trace-results:defined")).to_have_count(1)
        page.keyboard.press(key)
        expect(rows.first).to_contain_text(first)
        expect(rows).to_have_count(count)


def test_one_goes_from_a_trace_to_the_next_result_and_back_to_the_list(five_traces: None, open_page: Open) -> None:
    page = open_page("/?service=worker")
    page.get_by_role("link", name="worker job 3").click()
    nav = page.locator("results-nav")
    expect(nav).to_contain_text("3 of 5")
    nav.get_by_role("link", name="Next result").click()
    expect(nav).to_contain_text("4 of 5")
    expect(page.get_by_role("heading", level=1)).to_contain_text("job 2")
    for place, job in ((3, 3), (2, 4)):
        page.keyboard.press("[")
        expect(nav).to_contain_text(f"{place} of 5")
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"job {job}")
    nav.get_by_role("link", name="← Results").click()
    expect(page).to_have_url(re.compile(r"/\?service=worker#t-0+4$"))
    row = page.locator("tr:target")
    expect(row).to_contain_text("job 4")
    expect(row).to_be_in_viewport()
    expect(page.locator("trace-results:defined")).to_have_count(1)
    page.keyboard.press("j")
    assert "job 3" in focused(page)


def test_the_ends_of_a_list_lead_nowhere(five_traces: None, open_page: Open) -> None:
    page = open_page("/")
    page.get_by_role("link", name="worker job 5").click()
    expect(page.get_by_role("link", name="Next result")).to_be_visible()
    expect(page.locator("results-nav [rel=prev]")).not_to_have_attribute("href", re.compile("."))
    page.keyboard.press("[")
    expect(page.get_by_role("heading", level=1)).to_contain_text("job 5")


def test_who_is_sent_the_link_gets_the_way_to_the_list(five_traces: None, open_page: Open) -> None:
    page = open_page("/?service=worker")
    page.get_by_role("link", name="worker job 3").click()
    expect(page.locator("results-nav")).to_contain_text("3 of 5")
    other = open_page(page.url)
    nav = other.locator("results-nav")
    expect(nav.get_by_role("link")).to_have_count(1)
    nav.get_by_role("link", name="← Results").click()
    expect(other.locator("tr:target")).to_contain_text("job 3")


def test_what_is_seen_of_a_trace_does_not_lose_the_way_back(five_traces: None, open_page: Open) -> None:
    page = open_page("/")
    page.get_by_role("link", name="worker job 3").click()
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    page.keyboard.press("ArrowDown")
    page.reload()
    expect(page.locator("results-nav")).to_contain_text("3 of 5")


def test_the_list_leads_to_traces_and_back_without_javascript(five_traces: None, open_page: Open) -> None:
    page = open_page("/?service=worker", java_script_enabled=False)
    page.get_by_role("link", name="worker job 2").click()
    nav = page.locator("results-nav")
    expect(nav.get_by_role("link")).to_have_count(1)
    nav.get_by_role("link", name="← Results").click()
    expect(page.locator("tr:target")).to_contain_text("job 2")


@pytest.mark.parametrize("width", [320, 1_280])
def test_what_comes_late_moves_nothing_of_the_header(five_traces: None, open_page: Open, width: int) -> None:
    page = open_page("/", width=width)
    page.get_by_role("link", name="worker job 3").click()
    expect(page.locator("results-nav")).to_contain_text("3 of 5")
    moved = page.evaluate(
        """() => new Promise((resolve) => {
            const moved = [];
            const inHead = ({node}) => (node?.nodeType === 1 ? node : node?.parentElement)?.closest(".head");
            const note = (list) => list.getEntries().forEach(({sources}) => moved.push(...sources.filter(inHead)));
            new PerformanceObserver(note).observe({type: "layout-shift", buffered: true});
            setTimeout(() => resolve(moved.length), 300);
        })"""
    )
    assert moved == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def young_span(number: int, parent: int | None = None) -> object:
    return make_span(number, parent, start_ns=time.time_ns() - 10 * MS, duration_ns=5 * MS)


def test_spans_that_arrive_while_one_looks_are_announced_and_shown_when_asked_for(send: Send, open_page: Open) -> None:
    send(young_span(1))
    page = open_page(PAGE)
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    chip = page.locator("trace-freshness p")
    expect(chip).to_be_hidden()
    before = page.locator(".head h1").bounding_box()
    send(young_span(2, 1), young_span(3, 1))
    expect(chip).to_contain_text("still receiving · +2 spans", timeout=15_000)
    expect(page.locator("#live")).to_have_text("still receiving · +2 spans")
    assert page.locator(".head h1").bounding_box() == before
    send(young_span(4, 1))
    expect(chip).to_contain_text("still receiving · +3 spans", timeout=15_000)
    chip.get_by_role("button", name="Show").click()
    expect(page.locator("trace-freshness p")).to_be_hidden()
    expect(page.locator(".head")).to_contain_text(re.compile(r"Spans\s*4"))


def test_the_first_span_appears_while_one_waits_for_it(send: Send, open_page: Open) -> None:
    page = open_page("/")
    line = page.locator("first-span")
    expect(line).to_contain_text("no spans yet")
    top = page.locator(".lead").bounding_box()
    write_request(make_request(make_span(1, name="GET /cart"), service="checkout"), received_ns=time.time_ns())
    expect(line).to_contain_text(re.compile(r"First span received from checkout [\d.]+ m?s ago"), timeout=10_000)
    expect(page.locator("#live")).to_contain_text("First span received from checkout")
    assert page.locator(".lead").bounding_box() == top
    line.get_by_role("link", name="Open it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("checkout GET /cart")


def test_a_refused_request_appears_with_its_reason_while_one_waits(send: Send, open_page: Open) -> None:
    page = open_page("/")
    now_ns = time.time_ns() - 3 * SECOND
    get_store().write_refusals(
        [make_refusal("http", RefusalKind.MEDIA_TYPE, "415", "POST /<b>", "Protobuf or <i>JSON</i>.", now_ns)]
    )
    line = page.locator("first-span .note")
    expect(line).to_contain_text("POST /<b> → 415 Protobuf or <i>JSON</i>.", timeout=10_000)
    expect(line).to_contain_text(re.compile(r"refused \d+ s ago"))
    expect(page.locator("#live")).to_contain_text("A request was refused")
