"""Hostile and huge traces in a real browser: each opens, scrolls without a gap, and stays light."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from tests.pages import torture
from tests.pages.sending import TRACE_ID
from tests.pages.torture import SHAPES, Shape
from tests.pages.walking import GRID, Glimpse, expect_row_in_view, look, wait_until_ready
from traces import reading
from traces.storage.base import DEFAULT_PROJECT

Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
MAX_ELEMENTS = 2_500
# A notch of a wheel, a part of a screen, more than one; then jumps.
STEPS_PX = (1, 24, 100, 399, 2_500)
JUMPS = (0.1, 0.35, 0.5, 0.8, 0.999, 1.0, 0.02)


@pytest.mark.parametrize("name", SHAPES)
def test_a_trace_is_drawn_row_by_row_whatever_its_shape(transactional_db: None, open_page: Open, name: str) -> None:
    shape = SHAPES[name]
    shape.store()
    page = open_page(PAGE)
    wait_until_ready(page, shape.row_count)
    assert scroll_through(page, shape) == set()
    page.locator(GRID).focus()
    for key, number in (("End", shape.row_count), ("Home", 1), ("End", shape.row_count)):
        page.keyboard.press(key)
        expect_row_in_view(page, number)
    assert page.evaluate("document.getElementsByTagName('*').length") <= MAX_ELEMENTS


def scroll_through(page: Page, shape: Shape) -> set[str]:
    """What was wrong on the way: places without a row, rows out of order or in the wrong place."""
    glimpse = look(page, 0)
    wrong = find_faults(glimpse)
    assert glimpse.numbers[0] == 1
    tops = [sum(STEPS_PX[: count + 1]) for count in range(len(STEPS_PX))]
    for top in [*tops, *(share * glimpse.end_px for share in JUMPS)]:
        glimpse = look(page, min(top, glimpse.end_px))
        wrong |= find_faults(glimpse)
        if glimpse.scrolled_px >= glimpse.end_px - 1:
            assert glimpse.numbers[-1] == shape.row_count
    return wrong


def find_faults(glimpse: Glimpse) -> set[str]:
    first = glimpse.numbers[0]
    faults = {f"no row at {gap} when scrolled to {glimpse.scrolled_px}" for gap in glimpse.gaps}
    if glimpse.numbers != list(range(first, first + len(glimpse.numbers))):
        faults.add(f"rows {glimpse.numbers} when scrolled to {glimpse.scrolled_px}")
    return faults


@pytest.mark.parametrize("name", ["100,000 spans", "a chain of 60,000"])
def test_each_row_shows_its_own_span(transactional_db: None, open_page: Open, name: str) -> None:
    shape = SHAPES[name]
    shape.store()
    rows = reading.load_trace(DEFAULT_PROJECT, bytes.fromhex(TRACE_ID)).rows
    page = open_page(PAGE)
    wait_until_ready(page, shape.row_count)
    end_px = look(page, 0).end_px
    for share in (0.0, 0.3, 0.61, 1.0):
        for number, text in look(page, share * end_px).rows:
            assert rows.operation(number - 1).name in text, number


def test_a_huge_trace_can_be_read_without_scripts(transactional_db: None, open_page: Open) -> None:
    SHAPES["100,000 spans"].store()
    page = open_page(PAGE, java_script_enabled=False)
    rows = page.locator(f"{GRID} [role=row]:visible")
    expect(rows.first).to_contain_text("operation 1")
    assert rows.count() == 100
    page.get_by_role("link", name="Next rows").first.click()
    expect(rows.first).to_have_attribute("id", "r101")
    page.goto(f"{PAGE}?first=99999")
    expect(rows.last).to_have_attribute("id", "r100000")


@pytest.mark.parametrize("names", [torture.HTML, torture.OTHER_SCRIPTS])
def test_a_name_is_shown_as_it_is(transactional_db: None, open_page: Open, names: tuple[str, ...]) -> None:
    Shape(span_count=len(names) + 1, row_count=len(names) + 1, make=lambda: torture.named(names)).store()
    page = open_page(PAGE)
    wait_until_ready(page, len(names) + 1)
    texts = page.locator(f"{GRID} [role=row]:visible").all_text_contents()
    for name in names:
        shown = name.replace("\u202e", "⟨U+202E⟩").replace("\u202c", "⟨U+202C⟩")
        assert any(shown in text for text in texts), shown
    assert page.locator("main :is(script, style, img, iframe)").count() == 0


def test_repeats_are_opened_and_closed_again(transactional_db: None, open_page: Open) -> None:
    SHAPES["50,000 repeats"].store()
    page = open_page(PAGE)
    wait_until_ready(page, 3)
    expect(page.locator(GRID)).to_contain_text("×50,000")
    page.locator(GRID).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    wait_until_ready(page, 50_001)
    page.keyboard.press("End")
    expect_row_in_view(page, 50_001)


@pytest.mark.long
def test_a_million_spans_open_scroll_and_are_said(
    transactional_db: None, settings: LazySettings, open_page: Open
) -> None:
    settings.TRACE_MAX_SPANS = 1_000_000
    shape = Shape(span_count=1_000_000, row_count=1_000_000, make=lambda: torture.wide(1_000_000))
    shape.store()
    page = open_page(PAGE, waits=False)
    page.set_default_timeout(120_000)
    expect(page.get_by_role("main")).to_contain_text("all of its 1,000,000 spans are here")
    wait_until_ready(page, shape.row_count)
    assert scroll_through(page, shape) == set()
    page.locator(GRID).focus()
    page.keyboard.press("End")
    expect_row_in_view(page, shape.row_count)
    assert page.evaluate("document.getElementsByTagName('*').length") <= MAX_ELEMENTS


@pytest.mark.long
def test_of_more_spans_than_are_read_the_rest_is_said(
    transactional_db: None, settings: LazySettings, open_page: Open
) -> None:
    settings.TRACE_MAX_SPANS = 250_000
    Shape(span_count=1_000_000, row_count=250_000, make=lambda: torture.wide(1_000_000)).store()
    page = open_page(PAGE, waits=False)
    expect(page.get_by_role("main")).to_contain_text("Of 1,000,000 spans of this trace 250,000 are read")
    wait_until_ready(page, 250_000)
