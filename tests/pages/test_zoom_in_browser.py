"""The time that a trace page shows, in a real browser: chosen by pointer, wheel, keys and text."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.builders import MS
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id

Send = Callable[..., None]
Open = Callable[..., Page]

PAGE = f"/trace/{TRACE_ID}"
DAY_MS = 86_400_000
READY = ":root[data-ready]"


@pytest.fixture
def second(send: Send) -> None:
    """A trace of a second: span 2 from 200 to 400 ms, its child 3 from 300 to 700 ms, failed, and sixty short ones."""
    shorts = (make_span(n, 1, start_ns=_at(900), duration_ns=MS) for n in range(4, 64))
    send(
        make_span(1, start_ns=_at(0), duration_ns=1_000 * MS),
        make_span(2, 1, start_ns=_at(200), duration_ns=200 * MS),
        make_span(3, 2, start_ns=_at(300), duration_ns=400 * MS, status=2),
        *shorts,
    )


@pytest.fixture
def page(second: None, open_page: Open) -> Page:
    return _open(open_page)


def test_a_drag_across_the_minimap_zooms_and_the_address_keeps_it(page: Page) -> None:
    _drag(page, _map(page), (0.2, 0.9), (0.5, 0.9))
    _expect_window(page, 200, 500)
    expect(page).to_have_url(re.compile(r"\?from=\d+(\.\d+)?ms&to=\d+(\.\d+)?ms"))
    shown = _window(page)
    page.reload()
    page.wait_for_selector(READY)
    assert _window(page) == shown
    assert _labels(page)[0] in ("200 ms", "250 ms")


def test_what_is_less_than_a_drag_changes_nothing(page: Page) -> None:
    _drag(page, _map(page), (0.2, 0.9), (0.201, 0.9))
    assert _window(page) == (0, 1_000)


def test_a_double_click_shows_the_whole_trace(page: Page) -> None:
    _type(page, "from", "300ms")
    _map(page).dblclick(position={"x": 40, "y": 40})
    _expect_window(page, 0, 1_000, within=0)


def test_the_window_is_dragged_and_so_are_its_ends(page: Page) -> None:
    _type(page, "from", "200ms")
    _type(page, "to", "400ms")
    _drag(page, _map(page), (0.3, 0.95), (0.5, 0.95))
    _expect_window(page, 400, 600)
    width = round(_window(page)[1] - _window(page)[0], 6)
    assert width == 200
    handle = _centre(page.get_by_role("slider", name="to"))
    page.mouse.move(*handle)
    page.mouse.down()
    page.mouse.move(handle[0] + 0.2 * _width(_map(page)), handle[1], steps=4)
    page.mouse.up()
    _expect_window(page, 400, 800)
    page.keyboard.press("0")
    page.keyboard.press("0")
    _expect_window(page, 200, 400, within=0)


def test_a_drag_beyond_the_end_stops_there(page: Page) -> None:
    _drag(page, _map(page), (0.5, 0.9), (1.1, 0.9))
    assert _window(page)[1] == 1_000
    _drag(page, _map(page), (0.75, 0.95), (0.01, 0.95))
    assert _window(page)[0] == 0


def test_a_drag_down_the_rows_that_are_seen_scrolls(page: Page) -> None:
    before = page.evaluate("scrollY")
    seen = page.locator("trace-minimap .seen").bounding_box()
    assert seen
    x, y = seen["x"] + seen["width"] / 2, seen["y"] + seen["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 60, steps=6)
    page.mouse.up()
    assert page.evaluate("scrollY") > before + 200
    assert _window(page) == (0, 1_000)


def test_the_ends_are_sliders_for_the_keyboard(page: Page) -> None:
    first, last = (page.get_by_role("slider", name=name) for name in ("from", "to"))
    expect(first).to_have_attribute("aria-valuetext", "from 0")
    first.focus()
    page.keyboard.press("ArrowRight")
    _expect_window(page, 20, 1_000, within=0)
    expect(first).to_have_attribute("aria-valuetext", "from 20 ms")
    expect(first).to_have_attribute("aria-valuenow", "20000000")
    last.focus()
    page.keyboard.press("PageDown")
    _expect_window(page, 20, 800, within=0)
    page.keyboard.press("Home")
    expect(last).to_have_attribute("aria-valuetext", "to 20.000001 ms")
    page.keyboard.press("End")
    first.focus()
    page.keyboard.press("Home")
    _expect_window(page, 0, 1_000, within=0)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_time_is_typed_in_any_unit_and_what_is_none_is_refused(page: Page) -> None:
    _type(page, "to", "0.5 s")
    _expect_window(page, 0, 500, within=0)
    _type(page, "from", "80us")
    expect(_field(page, "from")).to_have_value("80 µs")
    _type(page, "from", "soon")
    assert (
        _field(page, "from").evaluate("input => input.validationMessage") == "A time, such as 12.5 ms, 1.2 s or 80 µs."
    )
    expect(page).to_have_url(re.compile(r"\?from=80us&to=500ms$"))
    _type(page, "from", "10ms")
    _expect_window(page, 10, 500, within=0)


def test_buttons_do_what_a_drag_does(page: Page) -> None:
    page.get_by_role("button", name="Show less time").click()
    _expect_window(page, 250, 750, within=0)
    page.get_by_role("button", name="Show more time").click()
    _expect_window(page, 0, 1_000, within=0)
    page.get_by_role("button", name="Show less time").click()
    page.get_by_role("button", name="Whole trace").click()
    _expect_window(page, 0, 1_000, within=0)


def test_keys_zoom_move_and_go_back(page: Page) -> None:
    page.keyboard.press("w")
    _expect_window(page, 167, 833)
    page.keyboard.press("d")
    _expect_window(page, 300, 967)
    page.keyboard.press("a")
    _expect_window(page, 167, 833)
    page.keyboard.press("s")
    _expect_window(page, 0, 1_000)
    for low, high in ((167, 833), (300, 967), (167, 833)):
        page.keyboard.press("0")
        _expect_window(page, low, high)
    page.keyboard.press("Escape")
    _expect_window(page, 0, 1_000, within=0)


def test_escape_closes_a_menu_first(page: Page) -> None:
    page.keyboard.press("w")
    page.get_by_role("button", name="Time zone").click()
    menu = page.get_by_role("group", name="Time zone")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    _expect_window(page, 167, 833)
    page.keyboard.press("Escape")
    _expect_window(page, 0, 1_000, within=0)


def test_keys_zoom_where_the_pointer_is(page: Page) -> None:
    page.mouse.move(*_point(_ruler(page), 0.1, 0.5))
    for _ in range(4):
        page.keyboard.press("w")
    low, high = _window(page)
    assert low < 100 < high
    assert (100 - low) / (high - low) == pytest.approx(0.1, abs=0.01)


def test_f_fits_the_selected_span_and_then_all_below_it(page: Page) -> None:
    page.goto(f"{PAGE}?span={span_id(2)}")
    page.wait_for_selector(READY)
    page.keyboard.press("f")
    _expect_window(page, 190, 410, within=0)
    page.keyboard.press("f")
    _expect_window(page, 175, 725, within=0)


def test_the_wheel_zooms_with_ctrl_and_moves_with_shift(page: Page) -> None:
    for place in (_ruler(page), page.locator(".row:not([hidden])").first.locator(".time")):
        page.get_by_role("button", name="Whole trace").click()
        page.mouse.move(*_point(place, 0.25, 0.5))
        page.keyboard.down("Control")
        page.mouse.wheel(0, -400)
        page.keyboard.up("Control")
        expect(_field(page, "from")).not_to_have_value("0")
        low, high = _window(page)
        assert high - low == pytest.approx(449, abs=3)
        assert (250 - low) / (high - low) == pytest.approx(0.25, abs=0.01)
        page.mouse.wheel(_width(_ruler(page)) / 10, 0)
        expect(_field(page, "from")).not_to_have_value(f"{low:g} ms")
        assert _window(page)[0] == pytest.approx(low + (high - low) / 10, abs=3)
    assert page.evaluate("scrollY") == 0


def test_the_wheel_alone_scrolls(page: Page) -> None:
    page.mouse.move(*_point(page.locator(".row:not([hidden])").first.locator(".time"), 0.25, 0.5))
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(200)
    assert page.evaluate("scrollY") > 0
    assert _window(page) == (0, 1_000)


def test_a_drag_along_the_ruler_zooms(page: Page) -> None:
    _drag(page, _ruler(page), (0.4, 0.5), (0.3, 0.5))
    _expect_window(page, 300, 400)
    assert {"320 ms", "340 ms", "360 ms", "380 ms"} <= set(_labels(page))
    lines = page.locator("trace-waterfall .grid line").count()
    assert lines == len(_labels(page))


def test_the_pointer_is_followed_by_a_line_and_its_time(page: Page) -> None:
    line = page.locator(".crosshair")
    expect(line).to_be_hidden()
    x, y = _point(page.locator(".row:not([hidden])").first.locator(".time"), 0.5, 0.5)
    page.mouse.move(x, y)
    expect(page.locator("trace-ruler .at")).to_have_text(re.compile(r"^(499|500|501) ms$"))
    box = line.bounding_box()
    assert box
    assert box["x"] == pytest.approx(x, abs=1.5)
    expect(_ruler(page)).to_have_attribute(
        "title", re.compile(r"^\d+(\.\d+)? ms after the start · 20\d\d-\d\d-\d\d [\d:]{8}\.\d{9} UTC$")
    )
    page.mouse.move(10, y)
    expect(line).to_be_hidden()


def test_a_finger_drags_too(second: None, open_page: Open) -> None:
    page = _open(open_page, width=360, has_touch=True, is_mobile=True)
    page.locator("trace-minimap").scroll_into_view_if_needed()
    places = [_point(_map(page), share, 0.9) for share in (0.2, 0.3, 0.4, 0.5)]
    fingers = page.context.new_cdp_session(page)
    for kind, place in (("touchStart", places[0]), *(("touchMove", place) for place in places), ("touchEnd", None)):
        points = [{"x": place[0], "y": place[1]}] if place else []
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    _expect_window(page, 200, 500, within=10)


def test_copy_link_says_the_exact_view(second: None, open_page: Open) -> None:
    page = _open(open_page, f"?span={span_id(2)}&utm=a%20b", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    origin = page.evaluate("location.origin")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{origin}{PAGE}?span={span_id(2)}&from=0&to=1s&utm=a%20b"
    page.keyboard.press("w")
    page.keyboard.press("y")
    page.wait_for_timeout(200)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"&from=\d+(\.\d+)?ms&to=\d+(\.\d+)?ms&utm=a%20b$", copied)
    shown = _window(page)
    page.goto(copied)
    page.wait_for_selector(READY)
    assert _window(page) == shown


def test_the_minimap_shows_bars_and_failures_in_the_colours_of_the_theme(second: None, open_page: Open) -> None:
    page = _open(open_page, color_scheme="light")
    assert _pixel(page, 0.3005, 1) == [0xC8, 0x1E, 0x2D]
    assert _pixel(page, 0.1, 1)[:3] == [0, 0, 0]
    light = _pixel(page, 0.5, 8)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)
    assert _pixel(page, 0.3005, 1) == [0xFF, 0x5C, 0x5C]
    assert _pixel(page, 0.5, 8) != light


@pytest.mark.parametrize("duration_ns", [0, 1, 3, 850])
def test_the_shortest_traces_can_be_zoomed_without_harm(send: Send, open_page: Open, duration_ns: int) -> None:
    send(make_span(1, start_ns=_at(0), duration_ns=duration_ns))
    page = _open(open_page)
    for key in ("w", "w", "d", "s", "f", "0", "Escape"):
        page.keyboard.press(key)
    _drag(page, _ruler(page), (0.1, 0.5), (0.9, 0.5))
    _drag(page, _map(page), (0.4, 0.9), (0.6, 0.9))
    assert "NaN" not in (page.locator("main").inner_html() or "")
    assert _labels(page)


def test_a_nanosecond_of_three_days_can_be_read(send: Send, open_page: Open) -> None:
    send(make_span(1, start_ns=_at(-3 * DAY_MS), duration_ns=3 * DAY_MS * MS))
    page = _open(open_page)
    assert _labels(page) == ["0", "1 d", "2 d", "3 d"]
    _type(page, "from", "2d1h0.000000001s")
    _type(page, "to", "2 d 1 h 0.000000003 s")
    assert _labels(page)[0] == "2 d 1 h 0.000000001 s"
    expect(page).to_have_url(re.compile(r"\?from=2d1h0\.000000001s&to=2d1h0\.000000003s$"))
    page.reload()
    page.wait_for_selector(READY)
    expect(_field(page, "from")).to_have_value("2 d 1 h 0.000000001 s")


def test_without_javascript_there_is_the_ruler_and_nothing_that_does_not_work(second: None, open_page: Open) -> None:
    page = open_page(PAGE, java_script_enabled=False)
    expect(_ruler(page).locator("text")).to_have_text(["0", "200 ms", "400 ms", "600 ms", "800 ms", "1 s"])
    expect(page.locator("trace-minimap")).to_be_hidden()
    expect(page.get_by_role("button", name="Copy link")).to_be_hidden()


def _at(ms: int) -> int:
    return HALF_A_MINUTE_AGO + ms * MS


def _open(open_page: Open, search: str = "", **more: object) -> Page:
    page = open_page(f"{PAGE}{search}", **more)
    page.wait_for_selector(READY)
    page.wait_for_timeout(100)
    return page


def _map(page: Page) -> Locator:
    return page.locator("trace-minimap .map")


def _ruler(page: Page) -> Locator:
    return page.locator("trace-ruler .scale")


def _labels(page: Page) -> list[str]:
    return _ruler(page).locator("text").all_text_contents()


def _field(page: Page, name: str) -> Locator:
    return page.locator(f"trace-minimap input[name={name}]")


def _type(page: Page, name: str, text: str) -> None:
    _field(page, name).fill(text)
    _field(page, name).press("Enter")


def _window(page: Page) -> tuple[float, float]:
    """What is shown, in ms."""
    low, high = (
        float(page.get_by_role("slider", name=name).get_attribute("aria-valuenow") or "") for name in ("from", "to")
    )
    return low / MS, high / MS


def _expect_window(page: Page, low: float, high: float, within: float = 3) -> None:
    assert list(_window(page)) == pytest.approx([low, high], abs=within)


def _width(place: Locator) -> float:
    box = place.bounding_box()
    assert box
    return box["width"]


def _point(place: Locator, across: float, down: float) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def _centre(place: Locator) -> tuple[float, float]:
    return _point(place, 0.5, 0.5)


def _drag(page: Page, place: Locator, begin: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*_point(place, *begin))
    page.mouse.down()
    page.mouse.move(*_point(place, *end), steps=5)
    page.mouse.up()


def _pixel(page: Page, across: float, y: int) -> list[int]:
    """The colour of the minimap at a share of its width."""
    colour: list[int] = page.locator("trace-minimap canvas").evaluate(
        """(canvas, [across, y]) => {
            const copy = new OffscreenCanvas(1, 1).getContext("2d");
            copy.drawImage(canvas, -Math.floor(across * canvas.width), -y);
            return Array.from(copy.getImageData(0, 0, 1, 1).data).slice(0, 3);
        }""",
        [across, y],
    )
    return colour
