"""The summary and the JSON of a trace in a real browser."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.sending import TRACE_ID, make_span
from traces.trace_views.summary import lines

Send = Callable[..., None]
Open = Callable[..., Page]
PAGE = f"/trace/{TRACE_ID}"


def test_figures_mark_their_spans_and_json_is_copied(
    send: Send, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_MAX_LISTED", 2)
    send(make_span(1, name="root"), *(make_span(n, 1, name="SELECT", attributes={"db": "a"}) for n in range(2, 6)))
    send(make_span(6, 1, name="charge", status=2), make_span(7, 1, name="charge"), service="payment")
    page = open_page(f"{PAGE}?view=summary", permissions=["clipboard-read", "clipboard-write"])
    expect(page.locator("trace-views[data-ready]")).to_be_attached()
    table = page.get_by_role("table", name="Spans in groups")
    line = table.get_by_role("row", name="SELECT")
    # Four are asked for, two stand in the page.
    line.get_by_role("link", name="4", exact=True).click()
    expect(page.locator("#find-counter")).to_have_text("4 found")
    table.get_by_role("row", name="charge").get_by_role("link", name="2", exact=True).click()
    expect(page.locator("#find-counter")).to_have_text("2 found")
    table.get_by_role("link", name="Max").click()
    expect(table.get_by_role("columnheader", name="Max")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("combobox", name="Attribute").fill("span.db")
    page.get_by_role("combobox", name="Attribute").press("Enter")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(page).to_have_url(re.compile(r"view=summary.*by=span\.db"))
    line = table.get_by_role("row", name="without it")
    line.get_by_role("link", name="✕ 1", exact=True).click()
    expect(page.locator("#span-name")).to_have_text("charge")
    page.locator(".view-tabs").get_by_role("link", name="JSON").click()
    page.get_by_role("link", name="Zipkin v2").first.click()
    block = page.locator(".span-json details").nth(1)
    # The form before has the name, too, until this one takes its place.
    expect(block.locator("pre")).to_contain_text('"localEndpoint"')
    expect(block.locator("pre")).to_contain_text('"name": "SELECT"')
    block.get_by_role("button", name="Copy this JSON").click()
    expect(block.locator(".copy")).to_have_attribute("data-copied", "")
    assert json.loads(page.evaluate("navigator.clipboard.readText()"))["tags"]["db"] == "a"
    block.locator("summary").click()
    expect(block.locator("pre")).to_be_hidden()
