"""Charts in a real browser: the server's drawings, Plotly's in their place, zoom, and the traces behind a point."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.accessibility import judge
from tests.services_map.chart_page import COUNT, EXAMPLES, START_S, STEP_S

Open = Callable[..., Page]

pytestmark = pytest.mark.urls("tests.services_map.chart_page")
# Plotly takes a second or more of a busy machine.
SLOW_MS = 30_000
TICKS = """[...document.querySelectorAll(".axes text")].map((text) => {
  const {x, y, width} = text.getBoundingClientRect();
  return [text.textContent, x, y, width];
})"""
STROKE = "getComputedStyle(document.querySelector('[data-chart=durations] .js-line')).stroke"


def wait_for_plotly(page: Page) -> None:
    page.wait_for_selector("chart-group[data-drawn=plotly]", timeout=SLOW_MS)


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[data-chart={name}] .field")


def point_at(page: Page, name: str, slot: float, share_y: float = 0.5) -> None:
    box = field(page, name).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * (slot + 0.5) / COUNT, box["y"] + box["height"] * share_y)


def test_plotly_takes_over_nothing_moves_and_a_click_opens_traces(open_page: Open) -> None:
    page = open_page("/charts", java_script_enabled=False)
    drawn = page.locator(".axes text").all_text_contents()
    page = open_page("/charts")
    before = page.evaluate(TICKS)
    wait_for_plotly(page)
    assert page.evaluate(TICKS) == before
    assert [text for text, *_ in before] == drawn
    expect(page.locator(".chart[data-drawn=plotly]")).to_have_count(3)

    point_at(page, "rate", 45)
    expect(page.locator("[data-chart=rate] [data-value]")).to_have_text(["10.2/s", "2.54/s"])
    expect(page.locator("[data-chart=durations] [data-value]")).to_have_text(["12.7 ms", "50.8 ms", "190 ms"])
    expect(page.locator("[data-chart=rate] .cursor")).to_have_text("02:55")

    light = page.evaluate(STROKE)
    page.keyboard.press("d")
    page.wait_for_function(f"{STROKE} !== {light!r}")
    open_and_close_a_cell(page)


def open_and_close_a_cell(page: Page) -> None:
    point_at(page, "heatmap", 10, 0.5)
    page.mouse.down()
    page.mouse.up()
    drawer = page.get_by_role("dialog", name="Traces of this place")
    start_s = START_S + 10 * STEP_S
    expect(drawer.locator(".asked")).to_contain_text(f"shop {start_s} {start_s + STEP_S}")
    expect(drawer).to_be_focused()
    expect(drawer.get_by_role("link", name="Open as a page")).to_have_attribute(
        "href", re.compile(rf"^{re.escape(EXAMPLES)}&start={start_s}&end={start_s + STEP_S}&row=\d+$")
    )
    assert judge(page).faults == []
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(field(page, "heatmap")).to_be_focused()


def test_dragging_zooms_every_chart_and_a_double_click_goes_back(open_page: Open) -> None:
    page = open_page("/charts?service=shop&lookback=1h")
    wait_for_plotly(page)
    point_at(page, "durations", 10)
    page.mouse.down()
    point_at(page, "durations", 20)
    page.mouse.up()
    page.wait_for_url(re.compile(r"\?service=shop&start=2026-11-22T02%3A20%3A00Z&end=2026-11-22T02%3A31%3A00Z$"))
    wait_for_plotly(page)
    point_at(page, "rate", 23, 0.1)
    page.mouse.down(click_count=1)
    page.mouse.up(click_count=1)
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    page.wait_for_url(re.compile(r"\?service=shop&lookback=1h$"))


def test_without_plotly_the_drawings_of_the_server_do_the_same(open_page: Open) -> None:
    page = open_page("/charts?plotly=/static/nothing.js", width=320, expects="404|MIME")
    page.wait_for_selector("chart-group[data-drawn=server]")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.locator("[data-chart=rate] .links a").nth(3).click()
    drawer = page.get_by_role("dialog", name="Traces of this place")
    expect(drawer.locator(".asked")).to_contain_text(f"shop {START_S + 3 * STEP_S}")
    page.keyboard.press("Escape")
    for key in ("End", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#live")).to_contain_text("Traces of this place")
    expect(drawer.locator(".asked")).to_contain_text(f"shop {START_S + (COUNT - 2) * STEP_S}")


def test_times_are_in_the_zone_of_the_page(open_page: Open) -> None:
    page = open_page("/charts?plotly=/static/nothing.js", timezone_id="Europe/Berlin", expects="404|MIME")
    times = page.locator("[data-chart=rate] .times text:first-of-type")
    expect(times.first).to_have_text("03:10")
    page.keyboard.press("u")
    expect(times.first).to_have_text("02:10")


def test_a_cell_is_a_link_where_no_script_runs(open_page: Open) -> None:
    page = open_page("/charts", java_script_enabled=False)
    page.locator("[data-chart=rate] .links a").nth(5).click()
    expect(page.locator(".asked")).to_contain_text("shop 17953")
