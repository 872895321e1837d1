"""The pages with the keyboard alone: every stop is seen, and Escape leads back to where one was."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.pages.sending import TRACE_ID, span_id
from tests.pages.shop import send_shop
from tests.pages.walking import GRID, READY

Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
STOPS = 24
_MARGIN_PX = 6
_BOX = """
() => {
  const element = document.activeElement;
  const { x, y, width, height } = element.getBoundingClientRect();
  return [x, y, width, height, element.outerHTML.slice(0, 120), element === document.body];
}
"""


@pytest.fixture
def trace(transactional_db: None, open_page: Open) -> Page:
    """The page of a trace, with the focus on its rows."""
    send_shop()
    page = open_page(PAGE)
    expect(page.locator(READY)).to_be_attached()
    page.locator(GRID).focus()
    return page


def clip_around(x: float, y: float, width: float, height: float) -> FloatRect | None:
    """What of an element and the space around it is on the screen."""
    left, top = max(0.0, x - _MARGIN_PX), max(0.0, y - _MARGIN_PX)
    right, bottom = min(1_280.0, x + width + _MARGIN_PX), min(800.0, y + height + _MARGIN_PX)
    return (
        {"x": left, "y": top, "width": right - left, "height": bottom - top} if right > left and bottom > top else None
    )


@pytest.mark.parametrize("address", ["/", f"{PAGE}?span={span_id(2)}"])
def test_every_stop_of_tab_can_be_seen(transactional_db: None, open_page: Open, address: str) -> None:
    send_shop()
    page = open_page(address)
    page.wait_for_load_state("networkidle")
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        x, y, width, height, name, is_nothing = page.evaluate(_BOX)
        if is_nothing:
            break
        clip = clip_around(x, y, width, height)
        assert clip is not None, f"not on the screen: {name}"
        focused = page.screenshot(clip=clip, animations="disabled")
        page.evaluate("document.activeElement.blur()")
        assert page.screenshot(clip=clip, animations="disabled") != focused, f"looks the same without the focus: {name}"


def test_no_stop_is_out_of_order(trace: Page) -> None:
    assert trace.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0
    assert trace.locator(f"{GRID} :is(a, button):not([tabindex='-1'])").count() == 0


def test_escape_closes_the_shortcuts_and_goes_back(trace: Page) -> None:
    trace.keyboard.press("?")
    dialog = trace.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator(":focus")).to_have_count(1)
    trace.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(trace.locator(GRID)).to_be_focused()


@pytest.mark.parametrize("key", ["Control+k", "/"])
def test_escape_leaves_a_field_for_the_rows(trace: Page, key: str) -> None:
    trace.keyboard.press(key)
    expect(trace.locator("input:focus")).to_have_count(1)
    trace.keyboard.type("che")
    if key == "Control+k":
        expect(trace.locator("omni-box [role=option]").first).to_be_visible()
    for _ in range(3):
        trace.keyboard.press("Escape")
    expect(trace.locator("input:focus")).to_have_count(0)
    expect(trace.locator(GRID)).to_be_focused()


def test_enter_goes_into_the_panel_and_escape_back_to_the_row(trace: Page) -> None:
    trace.keyboard.press("Home")
    trace.keyboard.press("ArrowDown")
    trace.keyboard.press("Enter")
    expect(trace.locator("span-panel :focus, span-panel:focus")).to_have_count(1)
    trace.keyboard.press("Escape")
    expect(trace.locator(GRID)).to_be_focused()
    expect(trace.locator(f"{GRID} [aria-selected=true]:visible")).to_be_in_viewport()


def test_escape_closes_a_menu_and_goes_back(trace: Page) -> None:
    button = trace.locator("trace-filters summary")
    button.focus()
    trace.keyboard.press("Enter")
    field = trace.get_by_placeholder("Find a service")
    expect(field).to_be_visible()
    field.focus()
    trace.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(button).to_be_focused()
