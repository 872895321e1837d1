"""The flame graph and the graph of a trace in a real browser: what is painted, pointer, keys, and what they lead to."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.builders import MS
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id
from tests.pages.walking import READY

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
ROW_PX, AXIS_PX = 24, 22
# The colours at places of the canvas, read at once.
_PIXELS = """([canvas, places]) => {
  const {width, height} = canvas;
  const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
  return places.map(([share, y]) => data.slice(4 * (y * width + Math.floor(share * width))).slice(0, 3).join());
}"""


def send_calls(send: Send) -> None:
    """A root of 100 ms, one after another two charges of 20 ms, the second fails; beside the first a check of 10 ms."""
    start = HALF_A_MINUTE_AGO
    send(make_span(1, name="checkout", start_ns=start, duration_ns=100 * MS), service="shop")
    send(
        make_span(2, 1, name="charge", start_ns=start + 10 * MS, duration_ns=20 * MS),
        make_span(3, 1, name="charge", start_ns=start + 50 * MS, duration_ns=20 * MS, status=2),
        make_span(4, 1, name="check", start_ns=start + 12 * MS, duration_ns=10 * MS),
        make_span(5, 2, name="bank", start_ns=start + 15 * MS, duration_ns=10 * MS),
        service="pay",
    )


def open_view(open_page: Open, query: str) -> Page:
    page = open_page(f"{PAGE}?{query}")
    expect(page.locator(READY)).to_be_attached()
    expect(page.locator("trace-views[data-ready]")).to_be_attached()
    return page


def read_pixels(page: Page, places: list[tuple[float, int]], top_px: int = 0) -> list[str]:
    """The colours in the middle of levels, each at a share of the width."""
    canvas = page.locator(".flame-stage canvas")
    expect(canvas).to_have_attribute("style", re.compile("height"))
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    points = [(share, top_px + level * ROW_PX + ROW_PX // 2) for share, level in places]
    found: list[str] = page.evaluate(_PIXELS, [canvas.element_handle(), points])
    return found


def stage_of(page: Page) -> Locator:
    return page.locator(".flame-stage")


def test_lanes_are_walked_and_zoomed_by_keys(send: Send, open_page: Open) -> None:
    send_calls(send)
    page = open_view(open_page, "view=flame")
    places = [(0.8, 0), (0.25, 1), (0.43, 1), (0.65, 1), (0.23, 2), (0.83, 2), (0.21, 3), (0.83, 3)]
    shop, pay, nothing, *others = read_pixels(page, places, AXIS_PX)
    assert len({shop, pay, nothing}) == 3
    # Below the first charge its call to the bank, and below that the check.
    assert others == [pay, pay, nothing, pay, nothing]
    stage, said = stage_of(page), page.locator(".flame-said")
    stage.focus()
    page.keyboard.press("ArrowDown")
    expect(said).to_contain_text("shop › checkout. 100 ms, 100.0 % of the trace")
    page.keyboard.press("ArrowDown")
    expect(said).to_contain_text("pay › charge. 20.0 ms")
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("✕ failed. Lane 2.")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    expect(said).to_contain_text("pay › bank. 10.0 ms, 10.0 % of the trace, from 15.0 ms. self 10.0 ms")
    page.keyboard.press("Enter")
    expect(page.locator("#span-name")).to_have_text("bank")
    expect(stage).to_be_focused()
    expect(page).to_have_url(re.compile(rf"view=flame&span={span_id(5)}&from=14.5ms&to=25.5ms$"))
    trail = page.get_by_role("navigation", name="Zoomed into")
    expect(trail.get_by_role("button")).to_have_text(["Whole trace", "sh checkout", "pa charge", "pa bank"])
    page.keyboard.press("Escape")
    expect(trail.get_by_role("button")).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"view=flame&span={span_id(5)}$"))
    page.keyboard.press("ArrowUp")
    expect(said).to_contain_text("pay › charge.")
    # What is selected elsewhere is shown here.
    page.locator(".flame-table").get_by_role("link", name="pay › check").click()
    expect(page.locator("#span-name")).to_have_text("check")
    stage.focus()
    expect(said).to_contain_text("pay › check.")


def test_merged_frames_are_pointed_at_and_zoomed_by_pointer(send: Send, open_page: Open) -> None:
    send_calls(send)
    page = open_view(open_page, "view=flame")
    page.get_by_role("link", name="Merged by path").click()
    expect(page).to_have_url(re.compile(r"view=flame&mode=merged&by=critical$"))
    expect(page.locator("trace-flame")).to_have_attribute("data-mode", "merged")
    shop, pay, *others = read_pixels(page, [(0.8, 0), (0.3, 1), (0.7, 1), (0.08, 2), (0.2, 2)])
    assert others == [others[0], pay, others[0]]
    assert len({shop, pay, others[0]}) == 3
    box = stage_of(page).bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + ROW_PX + 10)
    tip = page.locator(".flame-tip")
    expect(tip).to_contain_text("40.0 % of the width · 2 spans, together 40.0 ms")
    expect(tip).to_contain_text("✕ 1 failed")
    # Half the stage is not called by anybody: there is no frame there.
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + ROW_PX + 10)
    expect(tip).to_be_hidden()
    page.mouse.click(box["x"] + 5, box["y"] + ROW_PX + 10)
    expect(page.locator("#span-name")).to_have_text("charge")
    page.get_by_role("button", name="Mark its 2 spans").click()
    page.keyboard.press("1")
    expect(page.locator(".row.hit")).to_have_count(2)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).not_to_contain_text("What called it")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.locator("trace-flame")).to_have_attribute("data-by", "critical")
    page.get_by_role("link", name="Total", exact=True).click()
    expect(page.locator("trace-flame")).to_have_attribute("data-by", "total")
    page.go_back()
    expect(page.locator("trace-flame")).to_have_attribute("data-by", "critical")


def test_boxes_and_lines_of_the_graph_mark_their_spans(send: Send, open_page: Open) -> None:
    send_calls(send)
    page = open_view(open_page, "view=graph")
    expect(page.locator("a.node[tabindex='0']")).to_be_attached()
    shop, pay = page.locator("a.node").all()
    shop.focus()
    page.keyboard.press("ArrowRight")
    expect(pay).to_be_focused()
    expect(page.locator("svg.dimmed .edge.near")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("a.node.found")).to_have_attribute("aria-label", re.compile("^pay, 4 spans"))
    page.keyboard.press("e")
    expect(page.locator("a.edge")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    expect(page.locator("#find-counter")).to_have_text("3 found")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Zoom in at the crosshair")
    expect(page.get_by_role("dialog")).not_to_contain_text("To a callee")
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    page.get_by_role("link", name="Operations").click()
    expect(page.locator("a.node")).to_have_count(4)
    expect(page).to_have_url(re.compile(r"view=graph&of=operation$"))
    page.locator(".flame-table").get_by_role("link", name="2", exact=True).click()
    expect(page.locator("a.node.found")).to_have_attribute("aria-label", re.compile("^charge, of pay, 2 spans"))


def test_both_are_read_without_scripts(send: Send, open_page: Open) -> None:
    send_calls(send)
    page = open_page(f"{PAGE}?view=flame", java_script_enabled=False, expects="^Autofocus processing was blocked")
    expect(stage_of(page)).to_be_hidden()
    page.locator(".flame-table").get_by_role("link", name="pay › charge").click()
    expect(page).to_have_url(re.compile(rf"\?span={span_id(2)}&view=flame&mode=lanes&by=critical#span$"))
    expect(page.locator("#span-name")).to_have_text("charge")
    page = open_page(f"{PAGE}?view=graph", java_script_enabled=False, expects="^Autofocus processing was blocked")
    page.locator("a.node").last.click()
    expect(page).to_have_url(re.compile(rf"\?span={span_id(3)}&view=graph#span$"))
    expect(page.locator("#span-name")).to_have_text("charge")
