"""Few numbers out of many."""

import math
from collections.abc import Sequence


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the ascending values that at least `share` of them do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def rates_by_part(progress: Sequence[tuple[float, int]], parts: int) -> list[float]:
    """Spans a second in each of so many equal parts of all spans; `progress` is (seconds, spans that came then)."""
    total = sum(spans for _, spans in progress)
    rates: list[float] = []
    since = done = part_done = 0.0
    for seconds, spans in progress:
        done += spans
        part_done += spans
        if done >= total * (len(rates) + 1) / parts:
            rates.append(part_done / max(seconds - since, 1e-9))
            since, part_done = seconds, 0
    return rates
