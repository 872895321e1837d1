"""Moving about on the map: with the pointer, with the keyboard, and while its figures are renewed."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from services_map.models import Subject
from services_map.reading.rows_cache import get_rows_cache
from tests.pages.walking import READY
from tests.services_map.mapped_shop import MS, WINDOW, fill_map, link
from tests.services_map.rows import Call, add_link, calls_edge, write_calls

Open = Callable[..., Page]

ADDRESS = f"/map?{WINDOW}"
PLACES = "(all) => all.map((each) => each.getAttribute('transform'))"
HOSTILE = "<img src=x onerror=alert(1)>\"'&\u202e"


@pytest.fixture
def open_map(transactional_db: None, open_page: Open) -> Open:
    def open_ready(address: str = ADDRESS, **more: object) -> Page:
        page = open_page(address, **more)
        expect(page.locator(READY)).to_be_attached()
        return page

    return open_ready


def node(page: Page, name: str) -> Locator:
    return page.locator(f"a.node[data-name='{name}']")


def camera(page: Page) -> tuple[float, float, float]:
    """x, y, scale."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    numbers = re.findall(r"[-\d.]+", page.locator("g.view").get_attribute("transform") or "")
    return float(numbers[0]), float(numbers[1]), float(numbers[2])


def stage_box(page: Page) -> tuple[float, float, float, float]:
    box = page.locator(".stage").bounding_box()
    assert box
    return box["x"], box["y"], box["width"], box["height"]


def test_all_of_the_map_is_seen_when_it_opens(open_map: Open) -> None:
    fill_map()
    page = open_map()
    left, top, width, height = stage_box(page)
    for each in page.locator("a.node").all():
        box = each.bounding_box()
        assert box
        assert left <= box["x"] <= left + width - box["width"]
        assert top <= box["y"] <= top + height - box["height"]


def test_the_wheel_zooms_at_the_pointer_and_a_drag_moves_without_opening_anything(open_map: Open) -> None:
    fill_map()
    page = open_map()
    before = node(page, "shop").bounding_box()
    assert before
    page.mouse.move(before["x"] + 20, before["y"] + 20)
    page.mouse.wheel(0, -300)
    x, y, scale = camera(page)
    after = node(page, "shop").bounding_box()
    assert after
    assert after["width"] > before["width"]
    assert after["x"] < before["x"]
    page.mouse.down()
    page.mouse.move(before["x"] + 60, before["y"] + 50, steps=4)
    page.mouse.up()
    moved = camera(page)
    assert moved == pytest.approx((x + 40, y + 30, scale), abs=0.1)
    expect(page.locator(".map-card")).to_be_hidden()
    assert "node=" not in page.url


def test_keys_zoom_move_and_show_all_again(open_map: Open) -> None:
    fill_map()
    page = open_map()
    fitted = camera(page)
    page.locator(".stage").focus()
    page.keyboard.press("+")
    assert camera(page)[2] == pytest.approx(fitted[2] * 1.25)
    page.keyboard.press("-")
    assert camera(page)[2] == pytest.approx(fitted[2])
    page.keyboard.press("ArrowLeft")
    assert camera(page)[0] == pytest.approx(fitted[0] + 80, abs=0.1)
    page.keyboard.press("0")
    assert camera(page) == fitted


def test_the_keyboard_walks_from_node_to_node_and_opens_cards(open_map: Open) -> None:
    fill_map()
    page = open_map()
    node(page, "user").focus()
    page.keyboard.press("ArrowRight")
    expect(node(page, "shop")).to_be_focused()
    assert page.locator("a.node[tabindex='0']").count() == 1
    page.keyboard.press("e")
    expect(page.locator("a.edge:focus")).to_have_attribute("aria-label", re.compile("user calls shop"))
    page.keyboard.press("ArrowRight")
    expect(node(page, "shop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#card-name")).to_contain_text("shop")
    assert "node=shop" in page.url
    page.keyboard.press("Escape")
    expect(page.locator(".map-card")).to_be_hidden()
    expect(node(page, "shop")).to_be_focused()
    assert "node=" not in page.url


def test_what_the_pointer_is_on_lights_its_surroundings_and_their_figures(open_map: Open) -> None:
    fill_map()
    page = open_map()
    node(page, "pay").hover()
    expect(page.locator("a.near")).to_have_count(3)
    near = page.locator("a.near").evaluate_all("(all) => all.map((each) => each.dataset.name ?? each.dataset.label)")
    assert sorted(near)[1:] == ["pay", "shop"]
    assert sorted(near)[0].endswith("|1.00/s · ✕ 10 %|p95 60.0 ms")
    page.locator("h1").hover()
    expect(page.locator("svg.dimmed")).to_have_count(0)


def test_a_link_opens_the_traces_that_cross_it(open_map: Open) -> None:
    fill_map()
    page = open_map()
    page.locator("a.edge[aria-label^='shop calls pay'] .line").dispatch_event("click")
    expect(page.locator(".map-card")).to_contain_text("Traces that cross this link")
    expect(page.locator(".card-examples a")).to_have_attribute("href", f"/trace/{'0a' * 16}?span={'0b' * 8}")
    expect(page.locator("a.edge.selected")).to_have_attribute("aria-label", re.compile("shop calls pay"))
    page.locator(".map-card").get_by_role("link", name="shop").first.click()
    expect(page.locator("#card-name")).to_have_text(re.compile("shop"))


def test_what_is_typed_is_found_on_the_map(open_map: Open) -> None:
    fill_map()
    page = open_map()
    page.get_by_placeholder("Find on the map").fill("ORD")
    expect(page.locator("a.node.found")).to_have_attribute("data-name", "orders")
    page.keyboard.press("Enter")
    page.wait_for_url("**find=ORD**")


def test_live_figures_change_and_nothing_moves(open_map: Open) -> None:
    now_s = time.time_ns() // 1_000_000_000
    fill_map(now_s - 600)
    page = open_map("/map")
    page.clock.install()
    page.get_by_role("link", name="Live").click()
    expect(page.locator(f"{READY} .live[aria-current]")).to_be_visible()
    assert page.url.endswith("?live=on")
    edge = page.locator("a.edge[aria-label^='shop calls pay']")
    expect(edge).to_have_attribute("aria-label", re.compile("10 % errors"))
    places = page.locator("a.node").evaluate_all(PLACES)
    write_calls(Subject.LINK, add_link(calls_edge("shop", "pay")), now_s - 300, Call(duration_ns=60 * MS, count=32_400))
    write_calls(Subject.LINK, add_link(calls_edge("shop", "new")), now_s - 300, Call(duration_ns=60 * MS, count=360))
    get_rows_cache.cache_clear()
    page.clock.run_for(10_500)
    expect(edge).to_have_attribute("aria-label", re.compile(r"1\.0 % errors"))
    expect(page.locator(".stale")).to_contain_text("Something new is called.")
    assert page.locator("a.node").evaluate_all(PLACES) == places


def test_hostile_names_stay_text_and_the_policy_stays_silent(open_map: Open) -> None:
    link(calls_edge(HOSTILE, f"{HOSTILE}2"), Call(duration_ns=MS, count=100))
    page = open_map()
    page.locator("a.node").first.click()
    expect(page.locator("#card-name")).to_contain_text("<img src=x onerror=alert(1)>")
    page.locator("a.edge").first.dispatch_event("click")
    expect(page.locator(".map-card")).to_contain_text("Traces that cross this link")


def test_without_scripts_boxes_are_links_to_their_cards(transactional_db: None, open_page: Open) -> None:
    fill_map()
    page = open_page(ADDRESS, java_script_enabled=False)
    node(page, "pay").click()
    expect(page.locator("#card-name")).to_contain_text("pay")
    assert "node=pay" in page.url
    page.get_by_role("link", name="As a table").click()
    expect(page.get_by_role("table").first).to_contain_text("orders")
