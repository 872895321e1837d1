"""How figures with their intervals read to a person: `412 ms (398–431)`. Pure."""

import math

from django.utils.translation import gettext

from services_map.domain.statistics.intervals import Estimate, Interval, Percentile
from traces.words import count, duration

NOTHING = "–"


def percentile(found: Percentile | None) -> str:
    """`412 ms (398–431)`; `≥ 1.20 s` where the spans are too few to bound it from above: then no number is honest.

    `≈ 412 ms (398–431)`: from sampled spans, too few to trust the interval. `too few` where nothing can be said.
    """
    if found is None:
        return NOTHING
    text = _bounded(found.value_ns, found.interval)
    return text if found.interval.is_reliable else f"≈ {text}"


def _bounded(value_ns: float, interval: Interval) -> str:
    low = duration(interval.low_ns)
    if interval.high_ns is None:
        return f"≥ {low}" if interval.low_ns else gettext("too few")
    value, high = duration(round(value_ns)), duration(interval.high_ns)
    return f"{value} ({_range([value, low, high])})"


def _range(texts: list[str]) -> str:
    """The last two, without their unit where all have the same."""
    parts = [text.split(" ") for text in texts]
    same_unit = all(len(part) == 2 and part[1] == parts[0][1] for part in parts)
    low, high = (part[0] if same_unit else " ".join(part) for part in parts[1:])
    return f"{low}–{high}"


def share(found: Estimate | None) -> str:
    """`2.31 % (1.98–2.70)`, of a share of 1."""
    if found is None:
        return NOTHING
    return f"{_percent(found.value)} % ({_percent(found.low)}–{_percent(found.high)})"


def percent(part: float) -> str:
    """`2.31 %`"""
    return f"{_percent(part)} %"


def _percent(part: float) -> str:
    """Never rounded to 0 or 100 that is neither."""
    number = 100 * part
    if 0 < number < 0.01:
        return "<0.01"
    if 99.99 < number < 100:
        return ">99.99"
    if number in (0, 100):
        return f"{number:.0f}"
    return f"{number:.2f}" if number < 9.995 or number > 99.9 else f"{number:.1f}"


def difference(found: Estimate | None) -> str:
    """Of two shares, in percentage points: `+4.10 points (3.02 to 5.31)`."""
    if found is None:
        return NOTHING
    value, low, high = (_points(part) for part in (found.value, found.low, found.high))
    return gettext("%(value)s points (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


def _points(part: float) -> str:
    number = 100 * part
    text = f"{number:+.1f}" if abs(number) >= 9.995 else f"{number:+.2f}"
    return text.replace("-", "−") if float(text) else "0"


def ratio(found: Estimate | None) -> str:
    """`×1.37 (1.22–1.51)`; `×1.37 (≥ 1.08)` and `×1.37 (≤ 2.30)` where one side is open."""
    if found is None:
        return NOTHING
    value, low, high = (_times(part) for part in (found.value, found.low, found.high))
    if not found.low or math.isinf(found.high):
        bound = f"≥ {low}" if found.low else f"≤ {high}" if math.isfinite(found.high) else gettext("too few")
        return f"×{value} ({bound})"
    return f"×{value} ({low}–{high})"


def _times(number: float) -> str:
    if math.isinf(number) or number >= 999.5:
        return "∞" if math.isinf(number) else count(round(number))
    return f"{number:.2f}" if number < 9.995 else f"{number:.1f}" if number < 99.95 else f"{number:.0f}"


def rate(found: Estimate) -> str:
    """`12.3/s (12.1–12.5)`; a minute or an hour where it is less than one: `4.50/min (4.10–4.94)`."""
    size, unit = next(
        (pair for pair in ((1, "/s"), (60, "/min"), (3_600, "/h")) if found.value * pair[0] >= 1), (3_600, "/h")
    )
    value, low, high = (_times(part * size) for part in (found.value, found.low, found.high))
    return f"{value}{unit} ({low}–{high})"
