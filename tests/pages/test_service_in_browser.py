"""The page of a service in a browser: from a chart to the traces behind it, with the keyboard and without scripts."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.builders import trace_id
from tests.services_map.service_page import address, fill_everything

Open = Callable[..., Page]


def test_a_chart_opens_the_traces_behind_it(transactional_db: None, open_page: Open) -> None:
    fill_everything()
    page = open_page(address())
    field = page.locator("figure[data-chart=rate] .field")
    expect(field).to_have_attribute("tabindex", "0")
    field.focus()
    page.keyboard.press("Home")
    # The first trace started ten minutes after the window.
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Traces of this place")
    expect(drawer.get_by_role("listitem")).to_contain_text("3.00 s")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(field).to_be_focused()


def test_without_scripts_every_cell_is_a_link(transactional_db: None, open_page: Open) -> None:
    fill_everything()
    page = open_page(address(), java_script_enabled=False)
    page.locator("figure[data-chart=rate] .links a").nth(1).click()
    expect(page.get_by_role("heading", name="Traces")).to_be_visible()
    page.get_by_role("link", name="3.00 s GET /cart").click()
    assert trace_id(1).hex() in page.url
