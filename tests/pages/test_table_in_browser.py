"""The table and the events of a trace in a real browser."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from tests.builders import MS, make_event
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
SPANS = 1_500


@pytest.fixture
def thousands(send: Send) -> None:
    """A root, and children that each take longer than the one before; every seventh fails, every third has a tier."""
    start = HALF_A_MINUTE_AGO
    send(make_span(1, name="root", start_ns=start, duration_ns=9_000 * MS), service="front")
    send(
        *(
            make_span(
                number,
                1,
                name=f"op {number % 10}",
                start_ns=start + number * MS,
                duration_ns=number * 1_000,
                status=2 if number % 7 == 0 else 0,
                attributes={"tier": "gold, <b>" if number % 6 == 0 else "plain"} if number % 3 == 0 else {},
                events=[make_event("exception", start + number * MS)] if number % 500 == 7 else [],
            )
            for number in range(2, SPANS + 1)
        ),
        service="cart",
    )


def _rows(page: Page) -> Locator:
    return page.locator(".spans-table tbody tr")


def _row(page: Page, position: int) -> Locator:
    return page.locator(f'.spans-table tr[aria-rowindex="{position + 1}"]')


def _head(page: Page, column: str) -> Locator:
    return page.locator(f'.spans-table th[data-column="{column}"]')


def _texts(row: Locator) -> list[str]:
    return row.locator("td").all_inner_texts()


def test_all_rows_are_there_sorted_selected_and_walked(thousands: None, open_page: Open) -> None:
    page = open_page(PAGE)
    page.evaluate("globalThis.isSamePage = true")
    page.get_by_role("link", name="Table").click()
    grid = page.get_by_role("grid", name="Spans")
    expect(grid).to_have_attribute("aria-rowcount", str(SPANS + 1))
    assert _rows(page).count() < 60
    assert _texts(_row(page, 1))[1:3] == ["root", "internal"]
    assert _texts(_row(page, 2))[5] == "1.50 ms"

    # Another order: at once, in the address, and for what leads on.
    _head(page, "name").get_by_role("link").click()
    expect(_head(page, "name")).to_have_attribute("aria-sort", "ascending")
    expect(_head(page, "duration")).not_to_have_attribute("aria-sort", re.compile("."))
    expect(page).to_have_url(re.compile(r"\?view=table&sort=name$"))
    expect(_row(page, 1)).to_contain_text("op 0")
    expect(page.get_by_role("link", name="Download CSV")).to_have_attribute("href", re.compile("sort=name"))
    _head(page, "status").get_by_role("link").click()
    expect(_row(page, 1)).to_contain_text("✕ error")
    assert _texts(_row(page, 1))[1] == "op 7"

    # Walked to its end, and the panel follows.
    grid.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("span-panel h2")).to_have_text("op 7")
    expect(_row(page, 1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    expect(_row(page, SPANS)).to_have_class(re.compile("sel"))
    expect(_row(page, SPANS)).to_be_in_viewport()
    assert page.evaluate("document.activeElement.getAttribute('aria-activedescendant')") == _row(
        page, SPANS
    ).get_attribute("id")
    page.keyboard.press("PageUp")
    page.keyboard.press("Home")
    expect(_row(page, 1)).to_have_class(re.compile("sel"))
    _row(page, 3).click()
    expect(page).to_have_url(re.compile(f"span={span_id(21)}"))

    # Escape leads to the rows, from the panel and from the box.
    page.keyboard.press("Enter")
    expect(page.locator("span-panel aside")).to_be_focused()
    page.keyboard.press("Escape")
    expect(grid).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(grid).to_be_focused()

    # Back leads through the orders, and out of the view.
    page.go_back()
    expect(_head(page, "name")).to_have_attribute("aria-sort", "ascending")
    expect(_row(page, 1)).to_contain_text("op 0")
    page.go_back()
    expect(_head(page, "duration")).to_have_attribute("aria-sort", "descending")
    page.go_back()
    expect(page.get_by_role("treegrid")).to_be_visible()
    assert page.evaluate("isSamePage")


def test_a_column_is_added_sorted_by_and_removed(thousands: None, open_page: Open, client: Client) -> None:
    page = open_page(f"{PAGE}?view=table")
    grid = page.get_by_role("grid", name="Spans")
    expect(grid).to_be_visible()
    page.get_by_label("Attribute").fill("span.tier")
    page.get_by_role("button", name="Add column").click()
    expect(_head(page, "span.tier")).to_be_visible()
    expect(page).to_have_url(re.compile(r"columns=span\.tier"))
    expect(grid).to_be_visible()
    _head(page, "span.tier").get_by_role("link", name="span.tier", exact=True).click()
    expect(_row(page, 1)).to_contain_text("gold, <b>")
    _head(page, "span.tier").get_by_role("link", name="span.tier", exact=True).click()
    expect(_row(page, 1)).to_contain_text("plain")
    grid.focus()
    page.keyboard.press("End")
    # What does not have it is last either way.
    assert _texts(_row(page, SPANS))[8] == ""
    page.reload()
    expect(grid).to_be_visible()
    expect(_row(page, 1)).to_contain_text("plain")
    for sort in ("service", "name", "-status", "start", "-self", "-critical", "kind", "span.tier"):
        _head(page, sort.removeprefix("-")).locator("a").first.click()
        expect(page).to_have_url(re.compile(f"sort={sort}(&|$)"))
        answer = client.get(f"{PAGE}/view/table?columns=span.tier&sort={sort}").content.decode()
        expect(_row(page, 1)).to_have_attribute("data-row", re.findall('data-row="([0-9]+)"', answer)[0])
        drawn = [_row(page, position).get_attribute("data-row") for position in range(1, 13)]
        assert drawn == re.findall('data-row="([0-9]+)"', answer)[:12], sort
    texts = [re.sub("<[^>]*>", "", cell) for cell in re.findall("<td.*?</td>", answer)[:9]]
    assert [html.unescape(text) for text in texts] == _row(page, 1).locator("td").all_text_contents()
    page.get_by_role("link", name="Remove column span.tier").click()
    expect(_head(page, "span.tier")).to_have_count(0)
    expect(_head(page, "duration")).to_have_attribute("aria-sort", "descending")
    expect(page).not_to_have_url(re.compile("span.tier"))


def test_events_lead_to_their_spans_and_are_filtered(thousands: None, open_page: Open) -> None:
    page = open_page(f"{PAGE}?view=events")
    lines = page.locator(".event-list li")
    expect(lines).to_have_count(3)
    page.wait_for_selector("trace-views[data-ready]")
    lines.nth(1).click()
    expect(page.locator("span-panel h2")).to_have_text("op 7")
    expect(page).to_have_url(re.compile(f"span={span_id(507)}"))
    page.get_by_label("Mentions").fill("nothing")
    page.get_by_label("Mentions").press("Enter")
    expect(page.get_by_text("No event of this trace is like that.")).to_be_visible()
    page.get_by_role("link", name="All events").click()
    expect(lines).to_have_count(3)
