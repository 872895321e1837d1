"""What colours mean on the map; every shade has a second sign beside its colour."""

from enum import StrEnum
from typing import Final

import numpy as np

from services_map.domain.latency.buckets import UPPER_NS
from services_map.domain.map.health import LEAST_CALLS, LEAST_SLOWDOWN, Errors, Health, width
from services_map.domain.summary import Figures

#: How many times the p95 of before is much.
MUCH_SLOWER: Final = 3.0
#: From how many times the p95 of before downwards calls have become faster.
FASTER: Final = 1 / LEAST_SLOWDOWN
#: A call is slow that takes longer than so many times the p95 of the window before.
SLOW_CALL: Final = 2.0


class Colour(StrEnum):
    """What the map is coloured by."""

    ERRORS = "errors"
    P95 = "p95"
    RATE = "rate"


def shade(colour: Colour, figures: Figures | None, before: Figures, health: Health) -> str:
    """The CSS class of a node or an edge, empty for the usual."""
    if figures is None:
        return ""
    if colour is Colour.RATE:
        return f"rate-{width(figures.rate)}" if figures.weight else ""
    if colour is Colour.P95:
        return _shade_of_change(figures, before, health)
    return {Errors.FEW: "", Errors.SOME: "some", Errors.MANY: "many"}[health.errors]


def _shade_of_change(figures: Figures, before: Figures, health: Health) -> str:
    if health.slowdown is not None:
        return "much-slower" if health.slowdown >= MUCH_SLOWER else "slower"
    ratio = compare_p95(figures, before)
    return "faster" if ratio is not None and ratio <= FASTER else ""


def compare_p95(figures: Figures, before: Figures) -> float | None:
    """How many times as long the p95 is as before; None where either has fewer than LEAST_CALLS."""
    if min(figures.count, before.count) < LEAST_CALLS or figures.p95_ns is None or not before.p95_ns:
        return None
    return figures.p95_ns / before.p95_ns


def share_of_slow(figures: Figures, before: Figures) -> float:
    """The share of calls, 0 to 1, that did not fail and took longer than SLOW_CALL times the p95 of before."""
    if before.count < LEAST_CALLS or not figures.weight or before.p95_ns is None:
        return 0.0
    first = int(np.searchsorted(UPPER_NS, before.p95_ns * SLOW_CALL, side="left")) + 1
    slow = figures.durations.weights[first:].sum() - figures.failed.weights[first:].sum()
    return max(0.0, float(slow)) / figures.weight
