"""`python -m benchmarks.trace_page`: a trace's page in a real browser, from its bytes to the frames of a scroll.

Traces of several sizes are sent to a Tracing UI of its own and opened one after the other in headless Chromium, with
nothing in its cache: weighed, scrolled at three speeds, and used with the keyboard on a processor four times slower.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

from benchmarks.big_trace import make_trace
from benchmarks.bodies import write_records
from benchmarks.browser import OpenPage, Weight, open_page, read_without_scripts
from benchmarks.contenders import SYSTEMS
from benchmarks.frames import FrameCost
from benchmarks.load import Load, run_load
from benchmarks.places import fresh_directory
from benchmarks.report import Target, markdown_table, publish, targets_table
from benchmarks.statistics import quantile
from benchmarks.systems import Running, stop_on_sigterm
from tests.services.chromium import run_chromium

SPAN_COUNTS = (20, 1_000, 10_000, 100_000)
# A wheel's notch, a page, and a thumb that is dragged: pixels and frames.
SCROLLS = ((24, 300), (960, 300), (20_000, 200))
SLOWDOWN = 4
# What is pressed, by what it is for.
KEYS: Mapping[str, Sequence[str]] = {
    "next row, 40 times": ["ArrowDown"] * 40,
    "previous row, 10 times": ["ArrowUp"] * 10,
    "close and open a row": ["Home", "ArrowLeft", "ArrowRight", "ArrowLeft", "ArrowRight"],
    "last row, first row": ["End", "Home", "End", "Home"],
    "fit a span, then all": ["ArrowDown", "f", "f", "Escape", "Escape"],
    "zoom in and out": ["w", "w", "w", "w", "s", "s", "s", "s"],
    "close and open levels": ["-", "-", "-", "=", "=", "="],
    "next and previous error": ["e", "e", "E"],
    "find": ["/", *"charge", "Enter", "Enter", "Escape"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigures:
    """All of one trace's page. `frames` go by the pixels of a step, `waits_ms` by what the keys are for.

    Both are those of `row_count` rows, no run of repeats being folded.
    """

    span_count: int
    weight: Weight
    plain_row_count: int
    plain_byte_count: int
    row_count: int
    frames: Mapping[int, Sequence[FrameCost]]
    waits_ms: Mapping[str, float]


def measure(browser: Browser, running: Running, directory: Path, span_count: int) -> PageFigures:
    """Send a trace of so many spans and open it."""
    address = f"{running.search_url}/trace/{_send(running, directory, span_count)}"
    plain_row_count, plain_byte_count = read_without_scripts(browser, address)
    with open_page(browser, address) as opened:
        weight = opened.weigh()
        row_count = opened.unfold_repeats()
        frames = {step_px: opened.scroll(step_px, frame_count) for step_px, frame_count in SCROLLS}
        waits_ms = _use_keys(opened)
    return PageFigures(
        span_count=span_count,
        weight=weight,
        plain_row_count=plain_row_count,
        plain_byte_count=plain_byte_count,
        row_count=row_count,
        frames=frames,
        waits_ms=waits_ms,
    )


def _use_keys(opened: OpenPage) -> dict[str, float]:
    opened.focus_rows()
    with opened.slowed_down(SLOWDOWN):
        return {name: opened.press(keys) for name, keys in KEYS.items()}


def _send(running: Running, directory: Path, span_count: int) -> str:
    trace_id, bodies = make_trace(span_count, span_count)
    path = directory / f"{trace_id}.otlp"
    write_records(path, bodies)
    run_load(Load(path=str(path), ports=running.http_ports, first=0, count=sys.maxsize, connections=16))
    return trace_id


def describe(pages: Sequence[PageFigures]) -> dict[str, str]:
    """Sections of Markdown by their titles."""
    return {
        "Targets": targets_table(make_targets(pages)),
        "Opening a trace": _weights(pages),
        "A frame of scrolling": _frames(pages),
        f"A key until its effect is seen, on a processor {SLOWDOWN} times slower": _waits(pages),
    }


def make_targets(pages: Sequence[PageFigures]) -> list[Target]:
    """Of the largest trace; the HTML is that of any."""
    big = max(pages, key=lambda page: page.span_count)
    scripts = [quantile(sorted(cost.script_ms for cost in costs), 0.95) for costs in big.frames.values() if costs]
    figures = [
        ("bytes over the wire", big.weight.byte_count / 1e6, 1.2, " MB"),
        ("elements in the document", big.weight.element_count, 2_500, ""),
        ("heap", big.weight.heap_bytes / 1e6, 40, " MB"),
        ("JavaScript, gzip", big.weight.script_byte_count / 1e3, 40, " kB"),
        ("JavaScript a frame, p95", max(scripts, default=None), 4, " ms"),
        (f"worst key, {SLOWDOWN}× slower", max(big.waits_ms.values(), default=None), 150, " ms"),
    ]
    return [
        Target(text=f"{text}, {big.span_count:,} spans", figure=figure, wanted=wanted, unit=unit, is_at_most=True)
        for text, figure, wanted, unit in figures
    ]


def _weights(pages: Sequence[PageFigures]) -> str:
    columns = [
        "spans", "kB", "of it JavaScript", "elements", "heap MB", "first paint ms", "ready ms",
        "rows without scripts", "kB without scripts",
    ]  # fmt: skip
    rows = [
        [
            page.span_count,
            page.weight.byte_count / 1e3,
            page.weight.script_byte_count / 1e3,
            page.weight.element_count,
            page.weight.heap_bytes / 1e6,
            page.weight.first_paint_ms,
            page.weight.ready_ms,
            page.plain_row_count,
            page.plain_byte_count / 1e3,
        ]
        for page in pages
    ]
    return markdown_table(columns, rows)


def _frames(pages: Sequence[PageFigures]) -> str:
    columns = [
        "spans",
        "px a frame",
        "frames",
        "JavaScript p50 ms",
        "p95 ms",
        "worst ms",
        "main thread p50 ms",
        "p95 ms",
    ]
    rows = []
    for page in pages:
        for step_px, costs in page.frames.items():
            script, task = sorted(cost.script_ms for cost in costs), sorted(cost.task_ms for cost in costs)
            if costs:
                figures = [median(script), quantile(script, 0.95), script[-1], median(task), quantile(task, 0.95)]
                rows.append([page.row_count, step_px, len(costs), *figures])
    return markdown_table(columns, rows)


def _waits(pages: Sequence[PageFigures]) -> str:
    columns = ["keys", *(f"{page.row_count:,} rows, ms" for page in pages)]
    rows = [[name, *(page.waits_ms[name] or "< 16" for page in pages)] for name in pages[0].waits_ms]
    return markdown_table(columns, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", nargs="+", type=int, default=list(SPAN_COUNTS))
    options = parser.parse_args()
    stop_on_sigterm()
    pages = []
    with (
        fresh_directory("trace-page") as directory,
        SYSTEMS["sqlite"].start(directory) as running,
        run_chromium() as browser,
    ):
        for span_count in options.spans:
            print(f"{span_count:,} spans", file=sys.stderr)
            pages.append(measure(browser, running, directory, span_count))
        version = browser.version
        running.stop()
    remarks = [
        f"Chromium {version}, headless, without a GPU, a window of 1,280 × 800.",
        "JavaScript of a frame is processor time of our modules, told by its own tracing, which costs a little.",
        "The browser tells times of keys in steps of 8 ms, and none below 16.",
    ]
    publish("trace-page", describe(pages), [asdict(page) for page in pages], remarks)


if __name__ == "__main__":
    main()
