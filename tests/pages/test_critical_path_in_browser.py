"""The critical path and what is usual, drawn in the waterfall of a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.builders import MS
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
SET_USUAL = """([p50, p95]) => {
  const {view} = document.querySelector("trace-waterfall");
  view.setUsual(view.block.header.operations.map(([, name]) => name === "slow" ? {p50, p95, count: 7} : null));
}"""


@pytest.fixture
def second(send: Send) -> None:
    """A second: "slow" from 100 to 600 ms with "inner" from 200 to 400 ms, and "aside" from 100 to 300 ms."""
    send(
        make_span(1, name="root", start_ns=_at(0), duration_ns=1_000 * MS),
        make_span(2, 1, name="slow", start_ns=_at(100), duration_ns=500 * MS),
        make_span(3, 2, name="inner", start_ns=_at(200), duration_ns=200 * MS),
        make_span(4, 1, name="aside", start_ns=_at(100), duration_ns=200 * MS),
    )


def test_the_critical_path_is_drawn_below_bars_until_it_is_switched_off(second: None, open_page: Open) -> None:
    page = _open(open_page)
    drawn = {
        "root": "M0 20H10V22H0ZM60 20H100V22H60Z",
        "slow": "M10 20H20V22H10ZM40 20H60V22H40Z",
        "inner": "M20 20H40V22H20Z",
        "aside": "",
    }
    assert _paths(page, "critical") == drawn
    _row(page, "slow").locator(".twist").click()
    expect(_row(page, "slow").locator(".critical")).to_have_attribute("d", "M10 20H60V22H10Z")
    _row(page, "slow").locator(".twist").click()
    button = page.get_by_role("button", name="critical path")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("c")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator('.row .critical:not([d=""])')).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?path=0$"))
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(page.locator('.row .critical:not([d=""])')).to_have_count(3)


def test_only_the_critical_path_can_be_shown(second: None, open_page: Open) -> None:
    page = _open(open_page)
    page.get_by_role("button", name="only", exact=True).click()
    expect(page.locator(".row:not([hidden])")).to_have_count(3)
    expect(_row(page, "aside")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?critical=1$"))
    page.reload()
    expect(page.locator(".pooled .row:not([hidden])")).to_have_count(3)


def test_what_is_usual_is_a_bracket_and_what_is_beyond_it_is_hatched(second: None, open_page: Open) -> None:
    page = _open(open_page)
    page.wait_for_load_state("networkidle")  # what the roll-ups say has come
    page.evaluate(SET_USUAL, [100 * MS, 300 * MS])
    slow = _row(page, "slow")
    expect(slow.locator(".usual")).to_have_attribute("d", "M20 1V5M20 3H40M40 1V5")
    expect(slow.locator(".over")).to_have_attribute("d", "M40 12H60")
    expect(page.locator(".row .usual")).to_have_count(1)
    slow.click()
    expect(page.locator("#details dl").first).to_contain_text("300 ms · 30 % of the path")
    slow.hover()
    expect(slow).to_have_attribute(
        "title", re.compile(r"300 ms on the critical path\nusually 100 ms \(p50\), p95 300 ms$")
    )
    page.evaluate(SET_USUAL, [100 * MS, 500 * MS])
    expect(slow.locator(".over")).to_have_attribute("d", "")
    expect(slow.locator(".usual")).to_have_attribute("d", "M20 1V5M20 3H60M60 1V5")


def test_without_scripts_the_critical_path_is_there_too(second: None, open_page: Open) -> None:
    page = open_page(PAGE, java_script_enabled=False)
    expect(page.locator(".row .critical")).to_have_count(3)
    expect(_row(page, "inner").locator(".critical")).to_have_attribute("d", "M20 20H40V22H20Z")
    page.goto(f"{PAGE}?path=0")
    expect(page.locator(".row .critical")).to_have_count(0)


def test_the_critical_path_is_copied(second: None, open_page: Open) -> None:
    page = _open(open_page, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as").click()
    for name, words in (("text", "slow"), ("Markdown", "| ")):
        link = page.get_by_role("link", name=f"Copy as {name}")
        link.click()
        expect(link).to_have_attribute("data-copied", "")
        assert words in page.evaluate("navigator.clipboard.readText()")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)


def _at(ms: int) -> int:
    return HALF_A_MINUTE_AGO + ms * MS


def _open(open_page: Open, **more: object) -> Page:
    page = open_page(PAGE, **more)
    page.wait_for_selector("trace-views[data-ready]")
    return page


def _row(page: Page, name: str) -> Locator:
    return page.locator(".row:not([hidden])").filter(has_text=name)


def _paths(page: Page, kind: str) -> dict[str, str]:
    """What is drawn in each row, by its name."""
    drawn: dict[str, str] = page.locator(".row:not([hidden])").evaluate_all(
        """(rows, kind) => Object.fromEntries(rows.map((row) =>
            [row.querySelector("a span").textContent, row.querySelector("." + kind)?.getAttribute("d") ?? ""]))""",
        kind,
    )
    return drawn
