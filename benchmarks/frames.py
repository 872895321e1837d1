"""What frames cost, out of a trace of Chromium's own. Pure.

Events are those of the Trace Event Format: `ts` and `dur` in µs, `tdur` the processor time of the thread.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MARK = "benchmark-frame"
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing", "v8.execute"]

Event = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCost:
    """Processor time of the page's main thread from one mark to the next; `script_ms` of our modules alone."""

    script_ms: float
    task_ms: float


def measure_frames(events: Sequence[Event], script_address: str) -> list[FrameCost]:
    """The frames between marks. Of functions count those of scripts whose address contains `script_address`."""
    marks = sorted((event for event in events if event["name"] == MARK), key=lambda event: event["ts"])
    if len(marks) < 2:
        return []
    thread = (marks[0]["pid"], marks[0]["tid"])
    starts = [mark["ts"] for mark in marks]
    here = [event for event in events if event.get("ph") == "X" and (event["pid"], event["tid"]) == thread]
    script_ms = _sum_by_frame(starts, (event for event in here if _is_script(event, script_address)))
    task_ms = _sum_by_frame(starts, (event for event in here if event["name"] == "RunTask"))
    return [FrameCost(script_ms=script, task_ms=task) for script, task in zip(script_ms, task_ms, strict=True)]


def _is_script(event: Event, address: str) -> bool:
    """Microtasks do not say whose they are; who drives the page leaves none between its frames."""
    if event["name"] == "FunctionCall":
        return address in event["args"]["data"].get("url", "")
    return bool(event["name"] == "RunMicrotasks")


def _sum_by_frame(starts: Sequence[float], events: Iterable[Event]) -> list[float]:
    """Milliseconds from each start to the next, of events that lie in no other of them."""
    sums = [0.0] * (len(starts) - 1)
    end = float("-inf")
    for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
        if event["ts"] < end:
            continue
        end = event["ts"] + event["dur"]
        frame = bisect_right(starts, event["ts"]) - 1
        if 0 <= frame < len(sums):
            sums[frame] += float(event["tdur"] if "tdur" in event else event["dur"]) / 1_000
    return sums
