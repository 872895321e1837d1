"""The marks above a waterfall. Pure; positions are per cent of the width, as SVG takes them."""

from dataclasses import dataclass

from traces.domain.trace import Trace
from traces.words import duration

_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    x: str
    label: str


def ticks(trace: Trace) -> list[Tick]:
    """Round times along the trace, at most six with its beginning."""
    step = _step(trace.duration_ns)
    marks = range(0, trace.duration_ns + 1, step)
    return [Tick(x=_percent(at, trace.duration_ns), label=duration(at, trim=True) if at else "0") for at in marks]


def _step(duration_ns: int) -> int:
    """The smallest round step of which at most five fit."""
    if duration_ns > 60 * _SECOND_NS:
        minutes = [seconds * _SECOND_NS for seconds in (15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600)]
        if fitting := [step for step in minutes if duration_ns // step <= 5]:
            return fitting[0]
        day = 43_200 * _SECOND_NS
        return day * -(-duration_ns // (5 * day))
    power: int = 10 ** max(0, len(str(duration_ns)) - 2)
    return next(power * factor for factor in (1, 2, 5, 10, 20, 50) if duration_ns // (power * factor) <= 5)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.4g}"
