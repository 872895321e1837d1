"""The panel of a span in a real browser."""

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Request, Route, expect

from tests.pages.panels import PAGE, expect_shown, find_panel, open_trace, send_steps
from tests.pages.sending import make_span, span_id

Send = Callable[..., None]
Open = Callable[..., Page]
FRAGMENT = re.compile(r"/trace/\w+/span\?")


@pytest.fixture
def shop(transactional_db: None) -> None:
    send_steps()


def test_a_row_that_is_clicked_shows_its_span_without_another_page(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=None)
    page.evaluate("window.isSamePage = true")
    expect(find_panel(page)).to_have_count(0)
    page.get_by_text("step 4", exact=True).click()
    expect_shown(page, 4)
    expect(find_panel(page)).to_contain_text("/4")
    expect(page).to_have_url(re.compile(f"span={span_id(4)}"))
    assert page.evaluate("window.isSamePage")


def test_stepping_asks_once_for_each_span_and_for_the_neighbours_in_advance(shop: None, open_page: Open) -> None:
    page = open_trace(open_page)
    answered: list[str] = []
    page.on("requestfinished", lambda request: note_row(request, answered))
    for number in (3, 4):
        with page.expect_event("requestfinished", lambda request: f"row={number}&" in request.url):  # noqa: B023
            page.keyboard.press("j")
        expect_shown(page, number)
    for number in (3, 2):
        page.keyboard.press("k")
        expect_shown(page, number)
    asked = [sum(f"row={row}&" in address for address in answered) for row in (1, 2, 3)]
    # A fast browser had asked for the first neighbour before this test looked.
    assert asked in ([0, 1, 1], [0, 0, 1])


def note_row(request: Request, asked: list[str]) -> None:
    if FRAGMENT.search(request.url):
        asked.append(request.url)


def test_running_through_rows_asks_for_the_last_only(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=None)
    asked: list[str] = []
    page.on("request", lambda request: note_row(request, asked))
    page.locator("[role=treegrid]").focus()
    page.evaluate(
        "() => { for (let n = 0; n < 6; n++)"
        " document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', code: 'KeyJ', bubbles: true})) }"
    )
    expect_shown(page, 6)
    assert [re.search(r"row=(\d+)", address)[1] for address in asked[:1]] == ["5"]  # type: ignore[index]
    assert not any(re.search(r"row=[0123]&", address) for address in asked)


def hold(route: Route, held: list[Route]) -> None:
    held.append(route)


def wait_until_held(page: Page, held: list[Route]) -> None:
    """A busy machine may take its time to ask."""
    for _ in range(500):
        if held:
            return
        page.wait_for_timeout(20)
    raise TimeoutError("nothing was asked for")


def test_what_was_shown_stays_until_the_next_arrives(shop: None, open_page: Open) -> None:
    page = open_trace(open_page)
    held: list[Route] = []
    page.route(re.compile(r"/span\?.*row=7"), lambda route: hold(route, held))
    page.get_by_text("step 8", exact=True).click()
    expect(find_panel(page)).to_have_attribute("aria-busy", "true")
    expect_shown(page, 2)
    expect(page.locator(".row.sel")).to_contain_text("step 8")
    wait_until_held(page, held)
    held[0].continue_()
    expect_shown(page, 8)
    expect(find_panel(page)).not_to_have_attribute("aria-busy", "true")


def test_an_answer_that_comes_late_is_not_shown(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=None)
    held: list[Route] = []
    page.route(re.compile(r"/span\?.*row=7"), lambda route: hold(route, held))
    page.get_by_text("step 8", exact=True).click()
    wait_until_held(page, held)
    page.get_by_text("step 5", exact=True).click()
    expect_shown(page, 5)
    # Whether the page has given the request up, or still hears of it.
    with suppress(PlaywrightError):
        held[0].continue_()
    page.wait_for_timeout(200)
    expect_shown(page, 5)


def test_where_one_had_scrolled_to_and_what_was_open_stay(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=4)
    panel = find_panel(page)
    panel.evaluate("element => { element.parentElement.style.height = '300px' }")
    panel.get_by_text("Resource").click()
    expect(panel.get_by_text("node-7")).to_be_visible()
    panel.evaluate("element => { element.scrollTop = 120 }")
    page.keyboard.press("j")
    expect_shown(page, 5)
    expect(panel.get_by_text("node-7")).to_be_visible()
    assert panel.evaluate("element => element.scrollTop") == 120


def test_the_buttons_step_and_keep_the_focus(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=3)
    panel = find_panel(page)
    panel.get_by_role("link", name="Next").focus()
    page.keyboard.press("Enter")
    expect_shown(page, 4)
    expect(panel.get_by_role("link", name="Next")).to_be_focused()
    page.keyboard.press("Enter")
    expect_shown(page, 5)
    panel.get_by_role("link", name="Parent").click()
    expect_shown(page, 1)
    expect(panel.get_by_role("link", name="Parent")).to_have_count(0)


def test_escape_goes_back_to_the_rows_and_close_closes(shop: None, open_page: Open) -> None:
    page = open_trace(open_page)
    page.locator("[role=treegrid]").focus()
    page.keyboard.press("Enter")
    expect(find_panel(page)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("[role=treegrid]")).to_be_focused()
    expect(find_panel(page)).to_be_visible()
    find_panel(page).get_by_role("link", name="Close").click()
    expect(find_panel(page)).to_be_hidden()
    expect(page.locator("[role=treegrid]")).to_be_focused()
    expect(page).to_have_url(PAGE)


def test_opening_the_panel_moves_nothing_but_its_column(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=None)
    before = [page.locator(part).bounding_box() for part in (".head", ".waterfall")]
    page.get_by_text("step 4", exact=True).click()
    expect_shown(page, 4)
    head, rows = (page.locator(part).bounding_box() for part in (".head", ".waterfall"))
    assert head == before[0]
    assert rows is not None
    assert before[1] is not None
    assert (rows["x"], rows["y"], rows["width"]) == (before[1]["x"], before[1]["y"], before[1]["width"] - 420)


def test_nothing_comes_before_the_first_span_and_after_the_last(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=10)
    expect(find_panel(page).get_by_role("link", name="Next")).to_have_count(0)
    page.locator("[role=treegrid]").focus()
    page.keyboard.press("Home")
    expect_shown(page, 1)
    expect(find_panel(page).get_by_role("link", name="Previous")).to_have_count(0)


def test_a_failure_can_be_tried_again(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=None, expects="ERR_FAILED")
    page.route(re.compile(r"/span\?.*row=4"), lambda route: route.abort(), times=1)
    page.get_by_text("step 5", exact=True).click()
    panel = find_panel(page)
    expect(panel.get_by_role("alert")).to_have_text("The server cannot be reached.")
    panel.get_by_role("button", name="Retry").click()
    expect_shown(page, 5)


def test_spans_that_arrived_meanwhile_are_said(send: Send, shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=None, expects="status of 409")
    send(make_span(11, 1, name="step 11"))
    page.get_by_text("step 5", exact=True).click()
    panel = find_panel(page)
    expect(panel.get_by_role("alert")).to_have_text("New spans have arrived in this trace since the page was loaded.")
    expect(panel.get_by_role("button", name="Retry")).to_have_count(0)
    panel.get_by_role("button", name="Reload").click()
    expect(page.get_by_text("step 11", exact=True)).to_be_visible()


def test_the_panel_can_be_sized_and_remembers(shop: None, open_page: Open) -> None:
    page = open_trace(open_page)
    panel = page.locator("span-panel")
    assert panel.evaluate("element => element.offsetWidth") == 420
    handle = page.get_by_role("separator", name="Size of the panel")
    handle.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert panel.evaluate("element => element.offsetWidth") == 468
    assert handle.get_attribute("aria-valuenow") == "468"
    box = handle.bounding_box()
    assert box
    page.mouse.move(box["x"] + 9, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 9 - 100, box["y"] + 120, steps=3)
    page.mouse.up()
    page.mouse.move(10, 10)
    assert panel.evaluate("element => element.offsetWidth") == 568
    page.reload()
    expect(page.locator("html[data-ready]")).to_be_attached()
    assert panel.evaluate("element => element.offsetWidth") == 568


def test_the_panel_can_stand_below_and_remembers(shop: None, open_page: Open) -> None:
    page = open_trace(open_page)
    find_panel(page).get_by_role("button", name="Move the panel").click()
    panel = page.locator("span-panel")
    assert panel.evaluate("element => element.offsetWidth") == 1_280
    handle = page.get_by_role("separator", name="Size of the panel")
    expect(handle).to_have_attribute("aria-orientation", "horizontal")
    before = panel.evaluate("element => element.offsetHeight")
    handle.focus()
    page.keyboard.press("ArrowUp")
    assert panel.evaluate("element => element.offsetHeight") == before + 24
    page.reload()
    expect(page.locator("html[data-ready]")).to_be_attached()
    assert panel.evaluate("element => element.offsetHeight") == before + 24


def test_a_narrow_window_has_the_panel_below_and_the_row_above_it(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, width=320)
    assert page.locator("span-panel").evaluate("element => element.offsetWidth") == 320
    for number in range(3, 11):
        page.keyboard.press("j")
        expect(page.locator(".row.sel")).to_contain_text(f"step {number}")
        row, panel = page.locator(".row.sel").bounding_box(), page.locator("span-panel").bounding_box()
        assert row is not None
        assert panel is not None
        assert 0 <= row["y"] <= panel["y"] - row["height"]
    expect_shown(page, 10)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
