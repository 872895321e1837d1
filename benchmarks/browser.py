"""One trace page in a real browser: what it weighs, and how long it makes a person wait."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page

from benchmarks.frames import CATEGORIES, MARK, FrameCost, measure_frames

VIEW = {"width": 1_280, "height": 800}
GRID = "[role=treegrid]"
# The page's own scripts took over from the HTML that the server sent.
READY = "html[data-ready]"
_MODULES = "/static/js/"

# Input that took longer than 16 ms to be seen; the browser tells of no other.
_NOTE_INPUT = """
globalThis.slowInput = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.interactionId) slowInput.push(entry.duration);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
_SCROLL = """
([grid, mark, stepPx, count]) => new Promise((done) => {
  let box = document.querySelector(grid);
  while (box && !(box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY))) {
    box = box.parentElement;
  }
  box ??= document.scrollingElement;
  let step = stepPx;
  const drive = () => {
    performance.mark(mark);
    if (count-- === 0) return done();
    const before = box.scrollTop;
    box.scrollTop += step;
    if (box.scrollTop === before) step = -step;
    requestAnimationFrame(drive);
  };
  box.scrollTop = 0;
  requestAnimationFrame(() => requestAnimationFrame(drive));
})
"""
_TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


@dataclass(kw_only=True)
class Wire:
    """What came over the network so far: bytes, headers included, by address."""

    sizes: dict[str, int] = field(default_factory=dict)
    _addresses: dict[str, str] = field(default_factory=dict)

    @property
    def byte_count(self) -> int:
        return sum(self.sizes.values())

    def listen(self, session: CDPSession) -> None:
        session.on("Network.responseReceived", self._note_address)
        session.on("Network.loadingFinished", self._note_size)
        session.send("Network.enable")

    def _note_address(self, event: dict[str, Any]) -> None:
        self._addresses[event["requestId"]] = event["response"]["url"]

    def _note_size(self, event: dict[str, Any]) -> None:
        address = self._addresses.get(event["requestId"], "")
        self.sizes[address] = self.sizes.get(address, 0) + int(event["encodedDataLength"])


# As they were sent, without the headers of the answers.
_SCRIPT_BYTES = """folder => performance.getEntriesByType("resource").filter(({name}) => name.includes(folder))
    .reduce((sum, {encodedBodySize}) => sum + encodedBodySize, 0)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A page once it is drawn. The heap is measured after garbage was collected, columns of numbers included.

    `byte_count` is all that came over the wire, `script_byte_count` the bodies of scripts, as they were packed.
    """

    byte_count: int
    script_byte_count: int
    element_count: int
    heap_bytes: int
    first_paint_ms: float
    ready_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPage:
    """A page that is ready, and what speaks to its browser."""

    browser: Browser
    page: Page
    session: CDPSession
    wire: Wire
    ready_ms: float

    def weigh(self) -> Weight:
        self.page.wait_for_load_state("networkidle")
        self.session.send("HeapProfiler.enable")
        self.session.send("HeapProfiler.collectGarbage")
        heap = self.session.send("Runtime.getHeapUsage")
        return Weight(
            byte_count=self.wire.byte_count,
            script_byte_count=self.page.evaluate(_SCRIPT_BYTES, _MODULES),
            element_count=self.page.evaluate("document.getElementsByTagName('*').length"),
            heap_bytes=int(heap["usedSize"] + heap.get("backingStorageSize", 0)),
            first_paint_ms=self.page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
            ),
            ready_ms=self.ready_ms,
        )

    def unfold_repeats(self) -> int:
        """Gives every span a row of its own; how many rows there are."""
        folded = self.page.locator("trace-filters button[name=repeats][aria-pressed=true]:visible")
        if folded.count():
            folded.click()
            self.page.evaluate(_TWO_FRAMES)
        return int(self.page.locator(GRID).get_attribute("aria-rowcount") or 0)

    def scroll(self, step_px: int, frame_count: int) -> list[FrameCost]:
        """Scrolls down so many pixels a frame, and up again from the end."""
        self.browser.start_tracing(page=self.page, categories=CATEGORIES)
        self.page.evaluate(_SCROLL, [GRID, MARK, step_px, frame_count])
        events = json.loads(self.browser.stop_tracing())["traceEvents"]
        return measure_frames(events, _MODULES)

    @contextmanager
    def slowed_down(self, factor: int) -> Iterator[None]:
        """As on a machine that computes so many times slower."""
        self.session.send("Emulation.setCPUThrottlingRate", {"rate": factor})
        yield
        self.session.send("Emulation.setCPUThrottlingRate", {"rate": 1})

    def press(self, keys: Sequence[str]) -> float:
        """The longest that one of the keys took until its effect was seen, in ms; 0 where all took less than 16."""
        self.page.evaluate("slowInput.length = 0")
        for key in keys:
            self.page.keyboard.press(key)
            self.page.evaluate(_TWO_FRAMES)
        # The browser hands entries over when it is idle.
        self.page.wait_for_timeout(200)
        return float(self.page.evaluate("Math.max(0, ...slowInput)"))

    def focus_rows(self) -> None:
        self.page.locator(f"{GRID} [tabindex='0'], {GRID}[tabindex='0']").first.focus()


@contextmanager
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """The page at an address, with nothing in the browser's cache, once its scripts have drawn it."""
    context = browser.new_context(viewport=VIEW)  # type: ignore[arg-type]
    context.add_init_script(_NOTE_INPUT)
    try:
        page = context.new_page()
        session = context.new_cdp_session(page)
        wire = Wire()
        wire.listen(session)
        page.goto(address, wait_until="commit")
        page.wait_for_selector(READY, state="attached")
        ready_ms = page.evaluate("performance.now()")
        yield OpenPage(browser=browser, page=page, session=session, wire=wire, ready_ms=ready_ms)
    finally:
        context.close()


def read_without_scripts(browser: Browser, address: str) -> tuple[int, int]:
    """How many rows can be read where no script runs, and the bytes of everything that was sent for them."""
    context = browser.new_context(viewport=VIEW, java_script_enabled=False)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        wire = Wire()
        wire.listen(context.new_cdp_session(page))
        page.goto(address, wait_until="networkidle")
        return page.locator(f"{GRID} [role=row]:visible").count(), wire.byte_count
    finally:
        context.close()
