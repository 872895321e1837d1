"""The views of a trace in a real browser: tabs, keys, Back, and what a fragment can do without a script of its own."""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import override_settings
from playwright.sync_api import Locator, Page, expect

from tests.builders import MS
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id
from traces.domain.trace import Trace
from traces.trace_views import registry
from traces.trace_views.registry import TraceView

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
TEMPLATE = """<p class="by">by {{ shown.by }} of {{ trace.span_count }}</p>
<a data-swap href="?view=summary&by=kind">by kind</a>
<form data-swap method="get"><input type="hidden" name="view" value="summary">
<input name="by" aria-label="By" value="{{ shown.by }}"><button>Go</button></form>
<a data-row="2" href="?span={{ shown.third }}&view=summary#span">the third</a>
<a data-rows="1,3-4" href="?view=summary">some</a>
{% for number in shown.lines %}<p>{{ number }}</p>{% endfor %}"""


def make_context(request: HttpRequest, trace: Trace) -> dict[str, object]:
    by = request.GET.get("by", "service")
    return {"by": by, "third": trace.rows.find_own_id(2).hex(), "lines": range(100 if by == "long" else 0)}


@pytest.fixture
def views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A view that needs no script, and one that says it cannot."""
    (tmp_path / "plain.html").write_text(TEMPLATE)
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [settings.BASE_DIR / "templates", tmp_path]
    summary = TraceView(name="summary", title="Summary", template="plain.html", make_context=make_context)
    monkeypatch.setattr(registry, "_views", {"summary": summary})
    with override_settings(TEMPLATES=templates):
        yield


@pytest.fixture
def sixty(send: Send) -> None:
    """A root of 100 ms and 59 spans below it, a millisecond each, one after another."""
    start = HALF_A_MINUTE_AGO
    send(
        make_span(1, start_ns=start, duration_ns=100 * MS),
        *(make_span(n, 1, name=f"step {n}", start_ns=start + n * MS, duration_ns=MS) for n in range(2, 61)),
    )


def test_views_are_switched_without_another_page(views: None, sixty: None, open_page: Open) -> None:
    page = _open(open_page)
    page.evaluate("globalThis.isSamePage = true")
    page.locator("[role=treegrid]").focus()
    page.evaluate("scrollTo(0, 300)")
    page.keyboard.press("2")
    section = _section(page)
    expect(section.locator(".by")).to_have_text("by service of 60")
    expect(page.locator("section.waterfall")).to_be_hidden()
    expect(section).to_be_focused()
    expect(_tab(page, "Summary")).to_have_attribute("aria-current", "page")
    expect(_tab(page, "Waterfall")).not_to_have_attribute("aria-current", "page")
    expect(page).to_have_url(re.compile(r"\?view=summary$"))
    section.get_by_role("link", name="by kind").click()
    expect(section.locator(".by")).to_have_text("by kind of 60")
    expect(section.get_by_role("link", name="by kind")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?view=summary&by=kind$"))
    section.get_by_label("By").fill("name & all")
    section.get_by_label("By").press("Enter")
    expect(section.locator(".by")).to_have_text("by name & all of 60")
    expect(section.get_by_label("By")).to_be_focused()
    page.go_back()
    expect(section.locator(".by")).to_have_text("by kind of 60")
    page.go_back()
    expect(section.locator(".by")).to_have_text("by service of 60")
    page.go_back()
    expect(page.locator("section.waterfall")).to_be_visible()
    expect(section).to_have_count(0)
    assert page.evaluate("[globalThis.isSamePage, scrollY]") == [True, 300]
    page.go_forward()
    expect(section.locator(".by")).to_have_text("by service of 60")
    _tab(page, "Waterfall").click()
    expect(page).to_have_url(re.compile(rf"{TRACE_ID}$"))


def test_a_view_leads_to_its_spans_and_the_panel_stays(views: None, sixty: None, open_page: Open) -> None:
    page = _open(open_page, "?view=summary&by=kind")
    section = _section(page)
    section.get_by_role("link", name="the third").click()
    expect(page.locator("#span-name")).to_have_text("step 3")
    expect(page).to_have_url(re.compile(rf"\?view=summary&span={span_id(3)}&by=kind$"))
    section.get_by_role("link", name="some").click()
    page.keyboard.press("1")
    hits = page.locator(".row.hit")
    expect(hits).to_have_count(3)
    expect(page.locator("#find-counter")).to_have_text("3 found")
    expect(page.locator("#span-name")).to_have_text("step 3")
    expect(page.locator(".row.sel")).to_be_in_viewport()
    page.keyboard.press("2")
    expect(section.locator(".by")).to_have_text("by kind of 60")
    section.get_by_role("link", name="some").click()
    page.keyboard.press("1")
    expect(page.locator(".row:not([hidden])")).to_have_count(4)


def test_what_fails_says_so_and_is_tried_again(views: None, sixty: None, open_page: Open) -> None:
    page = _open(open_page, expects=r"ERR_FAILED|ERR_INTERNET_DISCONNECTED")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    _tab(page, "Summary").click()
    expect(page.get_by_role("alert")).to_have_text("The server cannot be reached.")
    page.context.set_offline(False)
    _section(page).get_by_role("button", name="Retry").click()
    expect(_section(page).locator(".by")).to_have_text("by service of 60")


def test_a_page_without_scripts_shows_the_view_of_its_address(views: None, sixty: None, open_page: Open) -> None:
    page = open_page(f"{PAGE}?span={span_id(3)}&find=step", java_script_enabled=False)
    _tab(page, "Summary").click()
    expect(page).to_have_url(re.compile(rf"\?view=summary&span={span_id(3)}&find=step$"))
    expect(page.locator("section.waterfall")).to_be_hidden()
    _section(page).get_by_role("link", name="by kind").click()
    expect(_section(page).locator(".by")).to_have_text("by kind of 60")
    _section(page).get_by_role("link", name="the third").click()
    expect(page.locator("#span-name")).to_have_text("step 3")
    _tab(page, "Waterfall").click()
    expect(page.locator(".row.sel")).to_be_visible()


def _open(open_page: Open, search: str = "", **more: object) -> Page:
    page = open_page(f"{PAGE}{search}", **more)
    page.wait_for_selector("trace-views[data-ready]")
    return page


def _section(page: Page) -> Locator:
    return page.locator("section.trace-view")


def _tab(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Views").get_by_role("link", name=name)
