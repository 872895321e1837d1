"""The frame of every page in a real browser: the time zone, the theme, keys, copying."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.builders import MS
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID
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
    # The address is the same before and after.
    expect(page.locator("main time")).to_have_text([_start("Asia/Kathmandu")], use_inner_text=True)
    expect(page).to_have_url(PAGE)
    page.get_by_role("button", name="Time zone:").click()
    page.get_by_role("button", name="UTC", exact=True).click()
    expect(page.locator("main time")).to_have_text([_start("UTC")], use_inner_text=True)


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
    expect(page.get_by_label("Trace id, link, service, command or search")).to_be_focused()
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
