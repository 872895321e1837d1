"""What the benchmark of the trace page makes of what the browser says."""

from typing import Any

from benchmarks.browser import Weight
from benchmarks.frames import MARK, FrameCost, measure_frames
from benchmarks.trace_page import PageFigures, describe, make_targets

OURS = {"data": {"url": "http://127.0.0.1:1/static/js/elements/rows.0123456789ab.js"}}


def event(name: str, ts: int, dur: int = 0, *, tid: int = 1, args: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "ph": "I" if name == MARK else "X", "pid": 1, "tid": tid, "ts": ts, "dur": dur, "args": args}


def test_a_frame_costs_what_our_functions_took_between_two_marks() -> None:
    events = [
        event(MARK, 1_000),
        event("RunTask", 1_100, 900),
        event("FunctionCall", 1_200, 300, args=OURS),
        event(MARK, 17_000),
        event("FunctionCall", 17_500, 1_000, args=OURS),
        event("FunctionCall", 17_600, 200, args=OURS),
        event("RunMicrotasks", 18_600, 50, args={}),
        event("FunctionCall", 18_700, 700, args={"data": {"url": ""}}),
        event("FunctionCall", 18_000, 5_000, tid=2, args=OURS),
        event(MARK, 33_000),
        event("FunctionCall", 33_100, 9_000, args=OURS),
    ]
    assert measure_frames(events, "/static/js/") == [
        FrameCost(script_ms=0.3, task_ms=0.9),
        FrameCost(script_ms=1.05, task_ms=0.0),
    ]
    assert measure_frames(events[:1], "/static/js/") == []


def test_processor_time_goes_before_time_that_passed() -> None:
    function = event("FunctionCall", 10, 8_000, args=OURS) | {"tdur": 2_000}
    (cost,) = measure_frames([event(MARK, 0), function, event(MARK, 9_000)], "/static/js/")
    assert cost.script_ms == 2.0


def make_figures(span_count: int, wait_ms: float) -> PageFigures:
    return PageFigures(
        span_count=span_count,
        weight=Weight(
            byte_count=900_000,
            script_byte_count=39_000,
            element_count=2_501,
            heap_bytes=12_000_000,
            first_paint_ms=180.0,
            ready_ms=420.0,
        ),
        plain_row_count=60,
        plain_byte_count=50_000,
        row_count=span_count,
        frames={24: [FrameCost(script_ms=0.2, task_ms=3.0)] * 95 + [FrameCost(script_ms=9.0, task_ms=12.0)] * 5},
        waits_ms={"find": 0.0, "next row": wait_ms},
    )


def test_targets_are_those_of_the_largest_trace() -> None:
    targets = make_targets([make_figures(20, 24.0), make_figures(100_000, 160.0)])
    assert [(target.text.split(",")[0], target.verdict == "met") for target in targets] == [
        ("bytes over the wire", True),
        ("elements in the document", False),
        ("heap", True),
        ("JavaScript", True),
        ("JavaScript a frame", True),
        ("worst key", False),
    ]


def test_figures_become_tables() -> None:
    sections = describe([make_figures(20, 24.0), make_figures(100_000, 160.0)])
    assert "| 100,000 | 24 | 100 | 0.2 | 0.2 | 9 | 3 | 3 |" in sections["A frame of scrolling"]
    (waits,) = (text for title, text in sections.items() if title.startswith("A key"))
    assert "| find | < 16 | < 16 |" in waits
    assert "| next row | 24 | 160 |" in waits
