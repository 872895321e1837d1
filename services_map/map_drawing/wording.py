"""Numbers of the map as words."""

from services_map.domain.summary import Figures
from traces.words import duration


def spell_rate(per_second: float) -> str:
    """`1,240/s`, `12.3/s`, `0.25/s`; a minute's or an hour's where a second has few."""
    for factor, unit in ((1, "s"), (60, "min"), (3_600, "h")):
        if per_second * factor >= 0.095 or unit == "h":
            return f"{_three_digits(per_second * factor)}/{unit}"
    raise AssertionError


def _three_digits(number: float) -> str:
    if number >= 99.95:
        return f"{number:,.0f}"
    text = f"{number:.1f}" if number >= 0.995 else f"{number:.2g}"
    return text.removesuffix(".0")


def spell_share(share: float | None) -> str:
    """`0 %`, `<0.1 %`, `2.1 %`, `34 %`; a dash of nothing."""
    if share is None:
        return "–"
    percent = share * 100
    if 0 < percent < 0.1:
        return "<0.1 %"
    return f"{percent:.0f} %" if percent >= 9.95 or not percent else f"{percent:.1f} %"


def spell_duration(ns: float | None) -> str:
    """`312 ms`; a dash of nothing."""
    return "–" if ns is None else duration(round(ns))


def spell_ratio(ratio: float) -> str:
    """`×3.1`, `×0.45`, `×12`"""
    return f"×{ratio:.0f}" if ratio >= 9.95 else f"×{ratio:.1f}" if ratio >= 0.995 else f"×{ratio:.2f}"


def spell_figures(figures: Figures) -> str:
    """`12.3/s · 2.1 % errors · p95 312 ms`"""
    return f"{spell_rate(figures.rate)} · {spell_share(figures.error_share)} errors · p95 {spell_duration(figures.p95_ns)}"
