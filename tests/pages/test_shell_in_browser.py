"""The frame of every page in a real browser: the box at the top, the time zone, the theme, keys, copying."""

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.builders import MS
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span
from traces import words

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
# Whether a @view-transition rule holds, in any style sheet.
OPTS_INTO_TRANSITIONS = """(() => {
  const holds = (rule) =>
    rule instanceof CSSViewTransitionRule ||
    (rule.styleSheet && [...rule.styleSheet.cssRules].some(holds)) ||
    (rule instanceof CSSMediaRule && matchMedia(rule.conditionText).matches && [...rule.cssRules].some(holds));
  return [...document.styleSheets].some((sheet) => [...sheet.cssRules].some(holds));
})()"""
DARK, LIGHT = "rgb(20, 22, 26)", "rgb(255, 255, 255)"


@pytest.fixture
def checkout(send: Send) -> None:
    """A trace in a service beside others."""
    send(make_span(1, name="POST /checkout", duration_ns=100 * MS), service="checkout")
    send(make_span(2, 1, name="POST /charge"), service="payment")


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


def _times(page: Page) -> list[str]:
    """Every time on the page, and what it should be in the page's zone."""
    return page.locator("main time").all_inner_texts()


def _start(zone: str) -> str:
    there = words.moment(HALF_A_MINUTE_AGO + MS, ZoneInfo(zone))
    return f"{there.day} {there.clock} {there.offset}"


def test_times_are_in_the_browsers_zone_from_the_second_page_on_without_a_script(
    checkout: None, open_page: Open
) -> None:
    page = open_page(PAGE, timezone_id="Asia/Kolkata")
    expect(page.locator("main time").first).to_have_text(_start("Asia/Kolkata"))
    expect(page.get_by_role("button", name="Time zone: Kolkata +05:30")).to_be_visible()
    expect(page.locator(".foot")).to_contain_text("Times are in Asia/Kolkata.")
    page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.reload()
    assert _times(page) == [_start("Asia/Kolkata")]


def test_a_key_switches_to_utc_and_back(checkout: None, open_page: Open) -> None:
    page = open_page(PAGE, timezone_id="America/New_York")
    time = page.locator("main time").first
    expect(time).to_have_text(_start("America/New_York"))
    page.keyboard.press("u")
    expect(time).to_have_text(_start("UTC"))
    expect(time).to_have_attribute("title", words.iso(HALF_A_MINUTE_AGO + MS))
    expect(page.locator("#live")).to_have_text("Times are in UTC.")
    page.reload()
    assert _times(page) == [_start("UTC")]
    page.keyboard.press("u")
    expect(time).to_have_text(_start("America/New_York"))


def test_any_zone_can_be_chosen_without_another_page(checkout: None, open_page: Open) -> None:
    page = open_page(PAGE, timezone_id="America/New_York")
    page.evaluate("window.isTheSame = true")
    page.get_by_role("button", name="Time zone:").click()
    field = page.get_by_label("Another zone")
    field.fill("nowhere")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("There is no zone of that name.")
    assert page.locator("#zone-names option").count() > 300
    field.fill("kathmandu")
    page.keyboard.press("Enter")
    expect(field).to_be_hidden()
    expect(page.locator("main time").first).to_have_text(_start("Asia/Kathmandu"))
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(page.locator("html")).to_have_attribute("data-zone-choice", "Asia/Kathmandu")
    page.get_by_role("button", name="Time zone:").click()
    page.get_by_role("button", name="Local America/New_York").click()
    expect(page.locator("main time").first).to_have_text(_start("America/New_York"))
    assert page.evaluate("window.isTheSame")


def test_a_zone_can_be_chosen_without_javascript(checkout: None, open_page: Open) -> None:
    page = open_page(PAGE, java_script_enabled=False)
    page.get_by_role("button", name="Time zone:").click()
    page.get_by_label("Another zone").fill("Asia/Kathmandu")
    page.keyboard.press("Enter")
    expect(page).to_have_url(PAGE)
    assert _times(page) == [_start("Asia/Kathmandu")]
    page.get_by_role("button", name="Time zone:").click()
    page.get_by_role("button", name="UTC", exact=True).click()
    assert _times(page) == [_start("UTC")]


def test_the_search_takes_dates_in_the_zone_of_the_page(checkout: None, open_page: Open) -> None:
    page = open_page("/", timezone_id="Asia/Kolkata")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Start, instead of").fill("2026-01-02T03:04")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_label("Start, instead of")).to_have_value("2026-01-02T03:04:00+05:30")
    expect(page.locator(".range")).to_contain_text("2026-01-02 03:04:00 +05:30")


def test_a_key_switches_the_theme_without_another_page(checkout: None, open_page: Open) -> None:
    page = open_page("/", color_scheme="dark")
    page.evaluate("window.isTheSame = true")
    page.keyboard.press("d")
    expect(page.locator("body")).to_have_css("background-color", LIGHT)
    expect(page.get_by_role("button", name="light")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="system").click()
    expect(page.locator("body")).to_have_css("background-color", DARK)
    page.emulate_media(color_scheme="light")
    expect(page.locator("body")).to_have_css("background-color", LIGHT)
    assert page.evaluate("window.isTheSame")
    page.keyboard.press("d")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("key", ["Shift+D", "d"])
def test_on_a_trace_d_moves_and_shift_d_is_for_the_theme(checkout: None, open_page: Open, key: str) -> None:
    page = open_page(PAGE, color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    page.keyboard.press(key)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark" if key == "Shift+D" else "system")
    page.keyboard.press("?")
    row = page.get_by_role("listitem").filter(has_text="Switch between light and dark")
    expect(row.locator("kbd")).to_have_text(["Shift", "D"])


def test_a_theme_can_be_chosen_without_javascript(checkout: None, open_page: Open) -> None:
    page = open_page(PAGE, color_scheme="light", java_script_enabled=False)
    page.get_by_role("button", name="dark").click()
    expect(page).to_have_url(PAGE)
    expect(page.locator("body")).to_have_css("background-color", DARK)


def test_a_page_from_the_browsers_memory_looks_as_chosen_since(checkout: None, open_page: Open) -> None:
    page = open_page("/", color_scheme="light", timezone_id="Asia/Kolkata")
    page.get_by_role("link", name="POST /checkout").click()
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    page.get_by_role("button", name="dark").click()
    page.keyboard.press("u")
    expect(page.locator("html")).to_have_attribute("data-zone", "UTC")
    page.go_back()
    expect(page.locator("body")).to_have_css("background-color", DARK)
    expect(page.locator("main time").last).to_have_text(_start("UTC"))


def test_all_shortcuts_are_listed_and_found(checkout: None, open_page: Open) -> None:
    page = open_page("/")
    page.get_by_role("link", name="Search").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_role("heading", name="Everywhere")).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="Search traces").locator("kbd")).to_have_text(["g", "t"])
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("utc")
    expect(dialog.get_by_role("listitem")).to_have_text(["Switch between UTC and local timeu"])
    page.keyboard.type("xyz")
    expect(dialog.get_by_role("listitem")).to_have_count(0)
    expect(dialog.get_by_role("status")).to_have_text("No shortcut is called that.")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Search")).to_be_focused()


def test_single_characters_can_be_switched_off(checkout: None, open_page: Open) -> None:
    page = open_page("/", color_scheme="light")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("switch", name="Single characters are shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.press("?")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.keyboard.press("Control+k")
    expect(_box(page)).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("body")).to_have_css("background-color", LIGHT)
    page.reload()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.get_by_role("switch")).not_to_be_checked()
    page.get_by_role("switch").check()
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    expect(page.locator("body")).to_have_css("background-color", DARK)


def test_keys_typed_into_a_field_are_text(checkout: None, open_page: Open) -> None:
    page = open_page("/", color_scheme="light")
    page.get_by_label("Operation").focus()
    page.keyboard.type("?dug t")
    expect(page.get_by_label("Operation")).to_have_value("?dug t")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("body")).to_have_css("background-color", LIGHT)


def test_keys_in_turn_lead_to_the_search(checkout: None, open_page: Open) -> None:
    page = open_page(PAGE)
    page.keyboard.type("gt")
    expect(page).to_have_url("/")


@pytest.mark.parametrize("has_clipboard", [True, False])
def test_a_button_copies_and_says_so(checkout: None, open_page: Open, has_clipboard: bool) -> None:
    page = open_page(PAGE, permissions=["clipboard-read"])
    if not has_clipboard:
        page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject())")
    button = page.get_by_role("button", name="Copy the trace id")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("data-copied", "")
    expect(page.locator("#live")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == TRACE_ID
    expect(button).to_be_focused()
    expect(button).not_to_have_attribute("data-copied", "")


def test_nothing_that_needs_a_script_is_offered_without_one(checkout: None, open_page: Open) -> None:
    page = open_page(PAGE, java_script_enabled=False)
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_hidden()
    expect(page.get_by_role("button", name="Copy the trace id")).to_be_hidden()


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


@pytest.mark.parametrize(("reduced_motion", "opts_in"), [("no-preference", True), ("reduce", False)])
def test_pages_fade_into_each_other_where_motion_is_wanted(
    checkout: None, open_page: Open, reduced_motion: str, opts_in: bool
) -> None:
    """Whether a browser then shows it is its own affair: it takes a page that comes late without."""
    page = open_page("/", reduced_motion=reduced_motion)
    assert page.evaluate(OPTS_INTO_TRANSITIONS) is opts_in
    duration = "getComputedStyle(document.documentElement, '::view-transition-old(root)').animationDuration"
    if opts_in:
        assert page.evaluate(f"document.startViewTransition(() => 0).ready.then(() => {duration})") == "0.1s"


def _width(element: Locator) -> float:
    return float(element.evaluate("element => element.getBoundingClientRect().width"))
