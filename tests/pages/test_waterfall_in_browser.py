"""The waterfall in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.builders import MS, make_event, make_link
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
# What a reader sees of the rows, and what a screen reader is told of them.
READ_ROWS = """rows => rows.filter(row => !row.hidden && row.id)
    .sort((one, other) => one.ariaRowIndex - other.ariaRowIndex)
    .map(row => [row.id, row.ariaLevel, row.ariaExpanded, row.ariaRowIndex, row.className.replace(' active', ''),
        row.querySelector('.time').ariaLabel, row.querySelector('.marks').ariaLabel ?? '',
        row.querySelector('.name').className, row.querySelector('.chip:not([hidden])')?.className ?? '',
        row.querySelector('.shape').className.baseVal,
        ...Array.from(
            row.querySelectorAll('.name > :not([hidden]), svg.length text, span.length, .whole, .self, .critical'),
            part => part.getAttribute('d') ?? part.textContent)])"""


@pytest.fixture
def shop(send: Send) -> None:
    """Two services: 1 ┬ 2 ┬ 3 (failed), 4; 1 └ 5 ─ 6; and 8 whose parent 7 never arrived."""
    long = {"duration_ns": 1_000 * MS}
    send(
        make_span(1, name="GET /", **long), make_span(2, 1, name="POST /checkout", duration_ns=400 * MS), service="shop"
    )
    failure = make_event("exception", HALF_A_MINUTE_AGO + 5 * MS, {"exception.message": "declined"})
    send(
        make_span(3, 2, name="POST /charge", duration_ns=100 * MS, status=2, events=[failure]),
        make_span(4, 2, name="SELECT card", duration_ns=5 * MS),
        service="payment",
    )
    send(make_span(5, 1, name="GET /cart", duration_ns=300 * MS), make_span(6, 5, duration_ns=30 * MS), service="cart")
    send(make_span(8, 7, name="late"), service="mail")


@pytest.fixture
def opened(shop: None, open_page: Open) -> Page:
    page = open_page(PAGE)
    page.wait_for_selector("[data-ready]")
    return page


def names(page: Page) -> list[str]:
    """What the rows are called, from the top, once they are painted."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    rows = page.locator(".row:not([hidden])").evaluate_all(READ_ROWS)
    return [next(text for text in row[10:] if re.search("[a-z]{3}", text)).split()[-1] for row in rows]


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def test_nothing_changes_when_the_scripts_take_over(send: Send, open_page: Open) -> None:
    failure = make_event("exception", HALF_A_MINUTE_AGO, {"exception.message": "x"})
    send(make_span(1, name="GET /", duration_ns=5_000 * MS, kind=2), service="shop")
    send(
        *(make_span(n, 1, name="SELECT", duration_ns=(n % 7 + 1) * MS, kind=3) for n in range(2, 300)),
        make_span(301, 1, name="x" * 300, status=2, events=[failure], links=[make_link(5, 5)]),
        make_span(302, 301, name="no end", end_time_unix_nano=0),
        make_span(303, 302, name=""),
        *(make_span(n, n - 1, name=f"deep {n}") for n in range(304, 340)),
        make_span(401, 400, name="orphan"),
        service="svc-db",
    )
    before = open_page(PAGE, java_script_enabled=False).locator(".row[id]").evaluate_all(READ_ROWS)
    page = open_page(PAGE)
    page.wait_for_selector("[data-ready]")
    page.set_viewport_size({"width": 1_280, "height": 3_000})
    expect(page.locator(".row:not([hidden])")).to_have_count(len(before))
    assert page.locator(".row").evaluate_all(READ_ROWS) == before


def test_rows_are_walked_with_the_arrow_keys(opened: Page) -> None:
    grid = opened.get_by_role("treegrid")
    grid.focus()
    for key, name in [
        ("ArrowDown", "GET /"),
        ("ArrowRight", "POST /checkout"),
        ("ArrowRight", "POST /charge"),
        ("ArrowDown", "SELECT card"),
        ("ArrowLeft", "POST /checkout"),
        ("End", "late"),
        ("Home", "GET /"),
    ]:
        opened.keyboard.press(key)
        active = opened.locator(".row.active")
        expect(active).to_contain_text(name)
        expect(active).to_have_attribute("aria-selected", "true")
        expect(grid).to_have_attribute("aria-activedescendant", active.get_attribute("id") or "")
    opened.keyboard.press("ArrowLeft")
    expect(row(opened, "GET /").first).to_have_attribute("aria-expanded", "false")
    expect(grid).to_have_attribute("aria-rowcount", "3")


def test_siblings_and_parents_are_reached_with_a_key(opened: Page) -> None:
    row(opened, "SELECT card").click()
    for key, name in [(",", "POST /charge"), (".", "SELECT card"), ("p", "POST /checkout"), (".", "GET /cart")]:
        opened.keyboard.press(key)
        expect(opened.locator(".row.sel")).to_contain_text(name)


def test_an_error_shows_on_a_row_that_hides_it(opened: Page) -> None:
    closed = row(opened, "POST /checkout")
    closed.locator(".twist").click()
    expect(row(opened, "POST /charge")).to_have_count(0)
    expect(closed.get_by_role("img", name="errors inside")).to_be_visible()
    expect(closed.locator(".badge")).to_have_text("+2")


def test_levels_are_closed_and_opened_together(opened: Page) -> None:
    opened.keyboard.press("-")
    expect(row(opened, "POST /charge")).to_have_count(0)
    opened.get_by_role("button", name="Close the deepest level").click()
    assert names(opened) == ["/", "arrived", "late"]
    opened.keyboard.press("+")
    opened.keyboard.press("+")
    expect(row(opened, "POST /charge")).to_have_count(1)
    expect(opened.get_by_role("button", name="all levels")).to_be_visible()


def test_a_missing_parent_has_a_row_of_its_own(opened: Page) -> None:
    missing = row(opened, "never arrived")
    expect(missing).to_have_attribute("aria-level", "1")
    expect(row(opened, "late")).to_have_attribute("aria-level", "2")


def test_only_errors_and_what_leads_to_them(opened: Page) -> None:
    button = opened.get_by_role("button", name="only errors")
    button.click()
    assert names(opened) == ["/", "/checkout", "/charge"]
    expect(button).to_have_attribute("aria-pressed", "true")


def test_what_is_short_is_hidden(opened: Page) -> None:
    opened.get_by_role("button", name="hide < 1 %").click()
    expect(row(opened, "SELECT card")).to_have_count(0)
    expect(row(opened, "POST /charge")).to_have_count(1)


def test_a_service_is_dimmed_and_folded(opened: Page) -> None:
    opened.locator("trace-filters summary").click()
    modes = opened.get_by_role("group", name="payment")
    modes.get_by_role("button", name="dim").click()
    expect(row(opened, "POST /charge")).to_have_class(re.compile("dim"))
    modes.get_by_role("button", name="fold").click()
    expect(row(opened, "POST /charge")).to_have_count(0)
    opened.get_by_role("group", name="shop").get_by_role("button", name="fold").click()
    expect(row(opened, "GET /cart")).to_have_attribute("aria-level", "1")
    expect(row(opened, "GET /cart").locator(".badge")).to_have_text("1 folded")
    expect(opened).to_have_url(re.compile("fold=payment,shop"))
    opened.get_by_role("button", name="Show all").click()
    expect(row(opened, "POST /charge")).to_have_count(1)


def test_a_subtree_stands_alone(opened: Page) -> None:
    row(opened, "GET /cart").click()
    opened.keyboard.press("Shift+F")
    assert names(opened) == ["/cart", "6"]
    opened.get_by_role("button", name="Only the subtree").click()
    expect(row(opened, "POST /charge")).to_have_count(1)


def test_events_are_ticks_on_the_bar(opened: Page) -> None:
    expect(row(opened, "POST /charge").locator("path.alarms")).to_have_attribute("d", re.compile(r"^M[\d.]+ 2v20$"))


def test_a_link_from_another_trace_is_marked(send: Send, shop: None, open_page: Open) -> None:
    send(make_span(9, trace=77, links=[make_link(int(TRACE_ID, 16), 5)]))
    page = open_page(PAGE)
    expect(row(page, "GET /cart").locator(".marks")).to_have_text("↙")


def test_repeats_fold_and_open(send: Send, open_page: Open) -> None:
    send(make_span(1, duration_ns=5_000 * MS), *(make_span(n, 1, name="SELECT") for n in range(2, 302)))
    page = open_page(PAGE)
    page.wait_for_selector("[data-ready]")
    run = page.locator(".row.repeat")
    expect(run).to_contain_text("×300")
    expect(page.get_by_role("treegrid")).to_have_attribute("aria-rowcount", "3")
    run.click()
    expect(page.get_by_role("treegrid")).to_have_attribute("aria-rowcount", "301")
    page.keyboard.press("x")
    expect(run).to_be_visible()
    page.get_by_role("button", name="fold repeats").click()
    expect(run).to_have_count(0)


def test_the_view_comes_back_with_its_address(opened: Page) -> None:
    row(opened, "POST /checkout").locator(".twist").click()
    row(opened, "GET /cart").click()
    opened.get_by_role("button", name="hide < 1 %").click()
    expect(opened).to_have_url(re.compile(f"span={span_id(5)}&closed=1&min=1%25"))
    before = names(opened)
    opened.reload()
    opened.wait_for_selector("[data-ready]")
    assert names(opened) == before
    expect(opened.locator(".row.sel")).to_contain_text("GET /cart")


def test_a_link_to_a_span_far_down_shows_it(send: Send, open_page: Open) -> None:
    send(make_span(1, duration_ns=5_000 * MS), *(make_span(n, 1) for n in range(2, 1_002)))
    page = open_page(f"{PAGE}?span={span_id(700)}")
    page.wait_for_selector("[data-ready]")
    expect(page.locator(".row.sel")).to_be_in_viewport()
    expect(page.locator(".row.sel")).to_contain_text("operation 700")


def test_marked_rows_are_visited_in_turn(opened: Page) -> None:
    for name in ("POST /checkout", "GET /cart"):
        row(opened, name).click()
        opened.keyboard.press("m")
    opened.keyboard.press("'")
    expect(opened.locator(".row.sel")).to_contain_text("POST /checkout")
    expect(opened.locator(".row.marked")).to_have_count(2)


def test_without_the_block_the_rows_of_the_server_stay(shop: None, open_page: Open) -> None:
    page = open_page("/", expects="503")
    page.route("**/columns*", answer_unavailable)
    page.goto(PAGE)
    expect(page.get_by_role("alert")).to_contain_text("What follows is the first page of the rows.")
    expect(row(page, "POST /charge")).to_be_visible()


def answer_unavailable(route: Route) -> None:
    route.fulfill(
        status=503, content_type="application/json", body='{"error": {"message": "There is too much to read."}}'
    )
