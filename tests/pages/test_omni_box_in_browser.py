"""The box at the top of every page in a real browser: what is typed, suggested and opened."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.pages.sending import TRACE_ID, make_span

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
DARK, LIGHT = "rgb(20, 22, 26)", "rgb(255, 255, 255)"


def _box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Trace id, link, service, command or search")


def _options(page: Page) -> Locator:
    return page.get_by_role("listbox").get_by_role("option")


def _marked(page: Page) -> Locator:
    return page.locator("[role=option][aria-selected=true]")


@pytest.mark.parametrize("key", ["Control+k", "Meta+k", "/"])
def test_a_key_leads_to_the_box_and_escape_back(checkout: None, open_page: Open, key: str) -> None:
    page = open_page("/")
    page.get_by_role("link", name="Search").focus()
    page.keyboard.press(key)
    expect(_box(page)).to_be_focused()
    expect(_box(page)).to_have_value("")
    expect(_box(page)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(_box(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Search")).to_be_focused()


def test_what_is_typed_at_once_is_text_before_the_box_is_loaded(checkout: None, open_page: Open) -> None:
    page = open_page("/", color_scheme="light")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/omni-box*.js", hold)
    with page.expect_request("**/omni-box*.js"):
        page.keyboard.press("/")
    page.keyboard.type("du?check")
    expect(_box(page)).to_have_value("du?check")
    assert _options(page).count() == 0
    held[0].continue_()
    expect(_options(page).last).to_have_text("Search for du?check")
    expect(page.locator("body")).to_have_css("background-color", LIGHT)


def test_an_id_goes_straight_to_its_trace(checkout: None, open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("/")
    page.keyboard.type(TRACE_ID.upper())
    expect(_options(page).first).to_have_text(f"Open trace {TRACE_ID}")
    page.keyboard.press("Enter")
    expect(page).to_have_url(PAGE)


def test_an_id_is_opened_before_anything_was_suggested(checkout: None, open_page: Open) -> None:
    page = open_page("/")
    page.route("**/suggest?*", lambda route: None)
    _box(page).fill(f"00-{TRACE_ID}-00f067aa0ba902b7-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("POST /checkout")


def test_a_service_is_completed_and_searched(checkout: None, open_page: Open) -> None:
    page = open_page(PAGE)
    page.keyboard.press("Control+k")
    page.keyboard.type("pay")
    expect(_marked(page)).to_have_text(re.compile("Service.*payment"))
    expect(_box(page)).to_have_attribute("aria-activedescendant", _marked(page).get_attribute("id") or "?")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/?service=payment")


def test_arrows_choose_among_the_suggestions(checkout: None, open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("/")
    page.keyboard.type("check")
    expect(_marked(page)).to_contain_text("checkout")
    page.keyboard.press("ArrowDown")
    expect(_marked(page)).to_contain_text("Errors of")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/?service=checkout&status=error")


def test_a_suggestion_can_be_clicked(checkout: None, open_page: Open) -> None:
    page = open_page("/")
    _box(page).fill("charge")
    _options(page).filter(has_text="Operation").click()
    expect(page).to_have_url("/?operation=POST+%2Fcharge")


def test_other_text_is_searched_for(checkout: None, open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("/")
    page.keyboard.type("status=error duration>5ms")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/?status=error&minDuration=5ms")


def test_a_command_runs_and_shows_its_key(checkout: None, open_page: Open) -> None:
    page = open_page("/", color_scheme="light")
    page.keyboard.press("/")
    page.keyboard.type("keyboard")
    expect(_marked(page)).to_have_text("Keyboard shortcuts?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    _box(page).fill("dark theme")
    expect(_marked(page)).to_have_text("Theme dark")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_css("background-color", DARK)
    _box(page).fill("time zone europe/berlin")
    expect(_marked(page)).to_have_text("Time zone Europe/Berlin")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-zone", "Europe/Berlin")
    expect(_box(page)).to_have_value("")


def test_hostile_names_stay_text_among_suggestions(send: Send, open_page: Open) -> None:
    send(make_span(1, name="<img src=x onerror=alert(1)> pay"), service='"><script>alert(1)</script> pay')
    page = open_page("/")
    _box(page).fill("pay")
    expect(_options(page).filter(has_text="Service")).to_contain_text('"><script>alert(1)</script> pay')
    expect(_options(page).filter(has_text="Operation")).to_contain_text("<img src=x")
    assert page.locator("#omni-list img, #omni-list script").count() == 0


def test_the_box_is_there_without_javascript(checkout: None, open_page: Open) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_label("Trace id, link, service, command or search").fill(TRACE_ID)
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page).to_have_url(PAGE)


def test_a_trace_on_its_way_opens_by_itself(send: Send, page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}{PAGE}")
    page.get_by_role("button", name="Keep looking for 30 s").click()
    expect(page.get_by_text("Looking for it, every second for 30 s.")).to_be_visible()
    send(make_span(1, name="POST /late"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("POST /late")


def test_the_bar_fits_a_narrow_screen(checkout: None, open_page: Open) -> None:
    page = open_page("/", width=320, timezone_id="Asia/Kolkata")
    for button in page.locator(".bar").get_by_role("button").all():
        expect(button).to_be_in_viewport(ratio=1)
    box = _box(page)
    assert _width(box) < 40
    box.focus()
    assert _width(box) > 250
    box.fill("check")
    expect(_marked(page)).to_be_in_viewport(ratio=1)
    for _ in range(3):
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Time zone:").click()
    expect(page.get_by_label("Another zone")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def _width(element: Locator) -> float:
    return float(element.evaluate("element => element.getBoundingClientRect().width"))
