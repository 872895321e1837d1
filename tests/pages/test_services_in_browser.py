"""The list of services and its window of time in a real browser: with keys and without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.services_map.seeding import seed

Open = Callable[..., Page]

TYPE_WHILE_IT_CLOSES = """(keys) => {
  const dialog = document.getElementById("keyboard-help");
  const focused = document.activeElement;
  dialog.close();
  for (const key of keys) focused.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def landscape(transactional_db: None) -> str:
    """Two hours of eight services; the name of the one in trouble."""
    return seed(services=8, operations=16, hours=2).troubled


def open_list(open_page: Open, address: str = "/services", **more: object) -> Page:
    """A list whose keys are bound."""
    page = open_page(address, **more)
    expect(page.locator("service-list:defined")).to_have_count(1)
    expect(page.locator("window-control:defined")).to_have_count(1)
    return page


def test_the_window_before_and_back_are_a_key_each(landscape: str, open_page: Open) -> None:
    page = open_list(open_page, "/services?sort=name")
    page.keyboard.press("[")
    expect(page).to_have_url(re.compile(r"\?sort=name&start=[^&]+&end=[^&]+$"))
    expect(page.locator("window-control:defined")).to_have_count(1)
    expect(page.get_by_role("button", name="Time: Between")).to_be_visible()
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile(r"\?sort=name$"))
    page.keyboard.press("]")
    expect(page.get_by_role("button", name="Time: Last hour")).to_be_visible()


def test_the_pages_of_services_are_two_keys_away_from_everywhere(landscape: str, open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.type("gs")
    expect(page).to_have_url(re.compile("/services$"))
    expect(page.locator("window-control:defined")).to_have_count(1)
    page.keyboard.press("?")
    shortcuts = page.locator("#keyboard-help").get_by_role("listitem")
    for text, keys in (("Services", ["g", "s"]), ("Map of services", ["g", "m"]), ("Previous window", ["["])):
        expect(shortcuts.filter(has_text=re.compile(f"^{text}")).locator("kbd")).to_have_text(keys)
    # Until the next frame the field in it keeps the focus: who types that fast wants to go, not to write.
    page.evaluate(TYPE_WHILE_IT_CLOSES, ["g", "m"])
    expect(page).to_have_url(re.compile("/map$"))


def test_the_list_narrows_while_somebody_types_and_is_walked_by_keys(landscape: str, open_page: Open) -> None:
    page = open_list(open_page)
    lines = page.locator("service-list table").first.locator("tbody tr:visible")
    expect(lines).to_have_count(8)
    expect(lines.first).to_contain_text("needs attention")
    expect(lines.first).to_contain_text(landscape)
    page.keyboard.press("f")
    page.keyboard.type(landscape[:5].upper())
    expect(lines).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"q={landscape[:5].upper()}"))
    expect(page.locator("service-list:defined")).to_have_count(1)
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_have_text(landscape)
    page.keyboard.press("e")
    expect(page.locator(".opened")).to_have_count(2)
    expect(page.locator(".opened").first).to_contain_text("needs attention")
    expect(page.get_by_role("button", name="Worst operations")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("e")
    expect(page.locator(".opened")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/service\?service={landscape}$"))


def test_everything_works_without_javascript(landscape: str, open_page: Open) -> None:
    page = open_page("/services", java_script_enabled=False)
    page.get_by_role("link", name="p95", exact=True).click()
    page.get_by_role("button", name="Time: Last hour").click()
    page.get_by_role("link", name="Last 24 hours").click()
    expect(page).to_have_url(re.compile(r"\?sort=p95&lookback=24h$"))
    page.get_by_role("link", name="Previous window").click()
    page.get_by_role("link", name="Next window").click()
    expect(page).to_have_url(re.compile(r"\?sort=p95&lookback=24h$"))
    page.get_by_role("button", name="Time: Last 24 hours").click()
    page.get_by_label("Start").fill("now-30m")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"sort=p95.*start=now-30m"))
    page.get_by_label("Name of a service").fill(landscape)
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("service-list tbody tr").first).to_contain_text(landscape)
    expect(page).to_have_url(re.compile(r"q=.*start=now-30m|start=now-30m.*q="))
