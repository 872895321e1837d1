"""Every page for everybody: axe finds nothing wrong, the keyboard gets everywhere, and 320 pixels are enough."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from services_map.domain.sampling.strategy import RuleKind
from services_map.sampling.rules import set_rule
from tests.builders import MS
from tests.pages import counted
from tests.pages.accessibility import judge
from tests.pages.sampled_shop import fill_sampled_shop
from tests.pages.sending import TRACE_ID, send_spans, span_id
from tests.pages.sending import make_span as make_sent_span
from tests.pages.shop import send_shop
from tests.pages.trace_files import make_file, make_payload, make_span
from tests.pages.walking import READY, look
from tests.services_map.mapped_shop import WINDOW as MAP_WINDOW
from tests.services_map.mapped_shop import fill_map
from tests.services_map.rows import Call
from tests.services_map.seeding import seed
from tests.services_map.service_page import WINDOW, address, fill_everything
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

Open = Callable[..., Page]
Act = Callable[[Page], None]

PAGE = f"/trace/{TRACE_ID}"
SERVICE = address()
OTHER_ID = "5" * 32
NARROW_PX = 320


def nothing(page: Page) -> None:
    """The page as it opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A page, and what somebody did with it. `spans` fills the store before."""

    address: str
    spans: Callable[[], None] = send_shop
    act: Act = nothing
    is_error: bool = False
    # What lies over the page: of targets only those in it can be reached.
    over: str = ""


def when_ready(act: Act) -> Act:
    """Acts once the page's scripts took over."""

    def act_then(page: Page) -> None:
        expect(page.locator(READY)).to_be_attached()
        act(page)

    return act_then


def send_thousands() -> None:
    send_shop(repeats=300, others=4_000)


def send_counted_shop() -> None:
    """What is usual is known of its first span and of the one that is looked at."""
    send_shop()
    for name in ("POST /checkout", "POST /charge"):
        calls = (Call(duration_ns=30 * MS, count=40), Call(duration_ns=2_000 * MS))
        counted.count_calls(name, *calls)


def send_two_traces() -> None:
    """One of them has a span more, each has one that nothing in the other is like."""
    send_shop()
    other = int(OTHER_ID, 16)
    spans = [make_sent_span(number, number > 1 or None, trace=other, name=f"step {number}") for number in range(2, 9)]
    root = make_sent_span(1, trace=other, name="POST /checkout", kind=2, duration_ns=700 * MS, attributes={"cart": 7})
    send_spans(root, *spans, service="checkout")


def open_compare_menu(page: Page) -> None:
    page.get_by_role("button", name="Compare").first.click()
    expect(page.get_by_label("with the trace of this id")).to_be_visible()


def count_calls() -> None:
    """Roll-ups of a few services, one of them with a slow new version."""
    seed(services=4, operations=20, hours=2)


def make_rules() -> None:
    """For a service, for one of its operations, for every service."""
    fill_sampled_shop()
    for service, operation, share in (("cron", "", 0.5), ("web", "GET /cart", 0.1), ("", "GET /health", 0.0)):
        set_rule(DEFAULT_PROJECT, service, operation, RuleKind.PROBABILISTIC, share)


def pin_shop() -> None:
    """A trace with a long note."""
    send_shop()
    get_store().pin_trace(DEFAULT_PROJECT, bytes.fromhex(TRACE_ID), "INC-812, second failure: the card " * 5)


def open_pin(page: Page) -> None:
    page.wait_for_selector("trace-views[data-ready]")
    page.get_by_role("button", name="Pinned").click()
    expect(page.get_by_label("Note")).to_be_focused()


def unfold(page: Page) -> None:
    """Without scrolling: what lies under the bar at the top cannot be reached there."""
    page.locator("main details").evaluate_all("all => all.forEach((each) => { each.open = true; })")


def press(*keys: str) -> Act:
    def act(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)

    return act


def scroll_far(page: Page) -> None:
    assert look(page, 30_000).numbers[0] > 1_000


def find_something(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("select")
    expect(page.locator("trace-find")).to_contain_text("9 found")


def open_services(page: Page) -> None:
    page.locator("trace-filters summary").click()
    expect(page.get_by_placeholder("Find a service")).to_be_visible()


def open_copy_menu(page: Page) -> None:
    page.get_by_role("button", name="Copy as").click()
    expect(page.get_by_role("link", name="Copy as text")).to_be_visible()


def open_zones(page: Page) -> None:
    page.get_by_role("button", name="Time zone").click()
    expect(page.get_by_label("Another zone")).to_be_visible()


def seed_services() -> None:
    """More than an hour, so that there is a window before; every kind of peer."""
    seed(services=6, operations=12, hours=2)


def open_worst(page: Page) -> None:
    page.locator(".more").first.click()
    expect(page.locator(".opened")).to_have_count(2)


def open_windows(page: Page) -> None:
    page.get_by_role("button", name="Time:").click()
    expect(page.get_by_label("Start")).to_be_visible()


def show_panel(page: Page) -> None:
    expect(page.locator("span-panel")).to_contain_text("declined")


def show_usual(page: Page) -> None:
    show_panel(page)
    expect(page.locator("usual-strip")).to_contain_text("show slower ones")


def see_table(page: Page) -> None:
    expect(page.get_by_role("grid", name="Spans")).to_be_visible()
    show_panel(page)


def move_panel(page: Page) -> None:
    show_panel(page)
    page.get_by_role("button", name="Move the panel").click()
    for details in page.locator("span-panel details:not([open]) > summary").all()[::-1]:
        details.click()
    # What lies under the bar at the top cannot be reached there.
    page.evaluate("scrollTo(0, 0)")


def walk_the_map(page: Page) -> None:
    page.locator("a.node[data-name=shop]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("svg.dimmed")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".map-card")).to_contain_text("Called by")


def zoom_a_frame(page: Page) -> None:
    expect(page.locator("trace-views[data-ready]")).to_be_attached()
    expect(page.locator(".flame-trail")).to_be_visible()
    page.locator(".flame-stage").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".flame-trail button")).to_have_count(3)
    expect(page.locator("#span-name")).to_be_visible()


def walk_the_graph(page: Page) -> None:
    expect(page.locator("trace-views[data-ready]")).to_be_attached()
    expect(page.locator("a.node[tabindex='0']")).to_be_attached()
    page.locator("a.node").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("a.node.found")).to_be_visible()


def look_through_files(page: Page) -> None:
    shop = make_file(make_span(1), make_span(2, spanID="x"))
    page.keyboard.press("Shift+O")
    contents = {"a.json": shop, "b.json": shop, "empty.json": b""}
    files = [make_payload(name, content) for name, content in contents.items()]
    expect(page.get_by_label("Files of traces")).to_be_focused()
    page.get_by_label("Files of traces").set_input_files(files)
    expect(page.get_by_text("2 problems")).to_be_visible()


STATES = {
    "welcome": State(address="/", spans=lambda: None),
    "search": State(address="/"),
    "search without results": State(address="/?service=nobody"),
    "search with errors": State(address="/?minDuration=long&tags=x", is_error=True),
    "trace": State(address=PAGE, act=when_ready(nothing)),
    "trace with a span": State(
        address=f"{PAGE}?span={span_id(2)}", spans=send_counted_shop, act=when_ready(show_usual)
    ),
    "trace with a span below": State(address=f"{PAGE}?span={span_id(2)}", act=when_ready(move_panel)),
    "trace as a table": State(
        address=f"{PAGE}?view=table&columns=span.long&span={span_id(2)}", act=when_ready(see_table)
    ),
    "events of a trace": State(address=f"{PAGE}?view=events", act=when_ready(nothing)),
    "trace of thousands": State(address=PAGE, spans=send_thousands, act=when_ready(scroll_far)),
    "summary": State(address=f"{PAGE}?view=summary", spans=send_counted_shop, act=when_ready(nothing)),
    "json": State(address=f"{PAGE}?view=json&form=zipkin", act=when_ready(nothing)),
    "unknown trace": State(address=f"/trace/{'1' * 32}", is_error=True),
    "unknown page": State(address="/nowhere", is_error=True),
    "bad id": State(address="/trace/zzz", is_error=True),
    "keyboard help": State(address=PAGE, act=when_ready(press("?")), over="dialog"),
    "omnibox": State(address="/", act=press("Control+k", "c", "h", "e"), over="omni-box"),
    "find": State(address=PAGE, act=when_ready(find_something)),
    "time zones": State(address="/", act=open_zones, over="#zone-menu"),
    "critical path alone": State(address=f"{PAGE}?critical=1", act=when_ready(open_copy_menu), over="#copy-menu"),
    "services menu": State(address=PAGE, act=when_ready(open_services), over="trace-filters details"),
    "services": State(address="/services", spans=seed_services, act=open_worst),
    "services without calls": State(address="/services?start=2001-01-01&end=2001-01-02"),
    "services with errors": State(address="/services?start=x", is_error=True),
    "windows": State(address="/services", act=open_windows, over=".window-menu"),
    "compare": State(address="/service/compare?service=checkout&against=version", spans=count_calls, act=unfold),
    "compare with a window": State(
        address="/service/compare?service=checkout&against=window&other_start=now-1h&other_end=now-2h",
        spans=count_calls,
        is_error=True,
    ),
    "two traces compared": State(
        address=f"/compare?a={OTHER_ID}&b={TRACE_ID}&show=all", spans=send_two_traces, act=unfold
    ),
    "compare menu": State(address=PAGE, act=when_ready(open_compare_menu), over="#compare-menu"),
    "service": State(address=SERVICE, spans=fill_everything),
    "operation": State(address=f"{SERVICE}&operation=GET+/cart&version=1.0", spans=fill_everything),
    "service's errors": State(address=f"{SERVICE}&tab=errors", spans=fill_everything),
    "service's dependencies": State(address=f"{SERVICE}&tab=dependencies", spans=fill_everything),
    "unknown service": State(address="/service?service=shpo", spans=fill_everything, is_error=True),
    "status": State(address="/status"),
    "pinned traces": State(address=f"/pinned?unpinned={'2' * 32}", spans=pin_shop),
    "a pinned trace": State(address=PAGE, spans=pin_shop, act=when_ready(open_pin), over="#pin-form"),
    "map": State(address=f"/map?{MAP_WINDOW}", spans=fill_map, act=when_ready(nothing)),
    "map with a card": State(address=f"/map?{MAP_WINDOW}", spans=fill_map, act=when_ready(walk_the_map)),
    "map as a table": State(address=f"/map?{MAP_WINDOW}&view=table&caller=shop&callee=pay", spans=fill_map),
    "map of nothing": State(address="/map"),
    "import": State(address="/import"),
    "files looked through": State(address="/", act=look_through_files, over="dialog.import-dialog"),
    "flame graph": State(address=f"{PAGE}?view=flame&mode=merged", act=when_ready(zoom_a_frame)),
    "graph of a trace": State(address=f"{PAGE}?view=graph", act=when_ready(walk_the_graph)),
    "sampling": State(address=f"/sampling?{WINDOW}", spans=make_rules, act=unfold),
    "sampling of a service": State(
        address=f"/sampling/service?{WINDOW}&service=web&kind=share&share=1+%25", spans=make_rules, act=unfold
    ),
    "zoomed": State(address=f"{PAGE}?from=1ms&to=2ms", act=when_ready(press("w", "d"))),
}


# In the dark only the colours are others, and a narrow page has the same colours.
LOOKS: tuple[tuple[str, int, Literal["with", "without", "only"]], ...] = (
    ("light", 1_280, "with"),
    ("dark", 1_280, "only"),
    ("light", NARROW_PX, "without"),
)


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing_wrong(
    transactional_db: None, open_page: Open, record_property: Callable[[str, object], None], name: str
) -> None:
    state = STATES[name]
    state.spans()
    page = open_page(state.address, color_scheme="light", is_error=state.is_error)
    state.act(page)
    faults = []
    for theme, width, colours in LOOKS:
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 800})
        verdict = judge(page, state.over, colours)
        record_property("axe", f"{name}, {theme}, {width} px: {verdict.counts}")
        faults += [f"{theme}, {width} px: {fault}" for fault in verdict.faults]
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW_PX
    assert not faults, "\n".join(faults)
