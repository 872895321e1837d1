"""The panel of a span in a real browser."""

import re
from collections.abc import Callable

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.builders import MS, make_event, make_link
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id
from tests.pages.test_in_browser import FOREIGN, HOSTILE

Send = Callable[..., None]
Open = Callable[..., Page]
PAGE = f"/trace/{TRACE_ID}"
FRAGMENT = re.compile(r"/trace/\w+/span\?")
STACK = """\
Traceback (most recent call last):
  File "/app/a.py", line 1, in f
  File "<frozen x>", line 2, in g
KeyError"""


@pytest.fixture
def shop(send: Send) -> None:
    """A root with nine children; span 2 has everything that a panel shows."""
    failure = {"exception.type": "KeyError", "exception.message": "'sku'", "exception.stacktrace": STACK}
    rich = make_span(
        2,
        1,
        name="step 2",
        status=2,
        attributes={
            "http.route": "/cart",
            "db.query.text": "select 1 from a",
            "body": "x" * 4_999 + "y",
            "hidden": "a\u202eb",
            "n": 2,
        },
        events=[make_event("exception", HALF_A_MINUTE_AGO + 3 * MS, failure)],
        links=[make_link(7, 7)],
    )
    others = (make_span(n, 1, name=f"step {n}", attributes={"n": n, "http.route": f"/{n}"}) for n in range(3, 11))
    send(make_span(1, name="root", duration_ns=100 * MS), rich, *others, resource={"host.name": "node-7"})


def open_trace(open_page: Open, selected: int | None = 2, **context: object) -> Page:
    page = open_page(PAGE if selected is None else f"{PAGE}?span={span_id(selected)}", **context)
    expect(page.locator("html[data-ready]")).to_be_attached()
    return page


def find_panel(page: Page) -> Locator:
    return page.locator("#details")


def expect_shown(page: Page, number: int) -> None:
    expect(find_panel(page)).to_have_attribute("data-span-id", span_id(number))
    expect(find_panel(page).get_by_role("heading", level=2)).to_have_text("root" if number == 1 else f"step {number}")


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
    assert sorted(answered) == sorted(set(answered))


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


def test_what_was_shown_stays_until_the_next_arrives(shop: None, open_page: Open) -> None:
    page = open_trace(open_page)
    held: list[Route] = []
    page.route(re.compile(r"/span\?.*row=7"), lambda route: hold(route, held))
    page.get_by_text("step 8", exact=True).click()
    expect(find_panel(page)).to_have_attribute("aria-busy", "true")
    expect_shown(page, 2)
    expect(page.locator(".row.sel")).to_contain_text("step 8")
    page.wait_for_timeout(200)
    held[0].continue_()
    expect_shown(page, 8)
    expect(find_panel(page)).not_to_have_attribute("aria-busy", "true")


def test_an_answer_that_comes_late_is_not_shown(shop: None, open_page: Open) -> None:
    page = open_trace(open_page, selected=None)
    held: list[Route] = []
    page.route(re.compile(r"/span\?.*row=7"), lambda route: hold(route, held))
    page.get_by_text("step 8", exact=True).click()
    page.wait_for_timeout(300)
    page.get_by_text("step 5", exact=True).click()
    expect_shown(page, 5)
    assert len(held) == 1
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
    page.locator("[role=treegrid]").focus()
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    expect_shown(page, 10)
    assert page.locator("span-panel").evaluate("element => element.offsetWidth") == 320
    row, panel = page.locator(".row.sel").bounding_box(), page.locator("span-panel").bounding_box()
    assert row is not None
    assert panel is not None
    assert row["y"] + row["height"] <= panel["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


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
