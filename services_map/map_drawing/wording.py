"""Numbers of the map as words."""

from hashlib import blake2b
from typing import Final

from django.utils.translation import gettext, gettext_lazy

from services_map.domain.health import Errors, Health
from services_map.domain.nodes import Connection, NodeKind
from services_map.domain.summary import Figures
from traces.words import duration

KIND_WORDS: Final = {
    NodeKind.SERVICE: gettext_lazy("service"),
    NodeKind.DATABASE: gettext_lazy("database"),
    NodeKind.QUEUE: gettext_lazy("queue"),
    NodeKind.EXTERNAL: gettext_lazy("external system"),
    NodeKind.USER: gettext_lazy("calls from outside"),
    NodeKind.GROUP: gettext_lazy("group"),
}

CONNECTION_WORDS: Final = {
    Connection.CALL: gettext_lazy("call"),
    Connection.MESSAGE: gettext_lazy("message"),
    Connection.QUERY: gettext_lazy("query"),
}


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


def mark_of(errors: Errors) -> str:
    """A sign for those who do not see colours."""
    return {Errors.FEW: "", Errors.SOME: "!", Errors.MANY: "✕"}[errors]


def describe(figures: Figures, health: Health) -> list[str]:
    """Rate, errors, p95 and what became of it, as a screen reader says them."""
    parts = [
        spell_rate(figures.rate),
        gettext("%(share)s errors") % {"share": spell_share(figures.error_share)},
        gettext("p95 %(duration)s") % {"duration": spell_duration(figures.p95_ns)},
    ]
    if health.slowdown is not None:
        parts.append(gettext("slower: p95 %(ratio)s") % {"ratio": spell_ratio(health.slowdown)})
    return parts


def name_element(*keys: str) -> str:
    """The id of an element, the same whenever the page is made: of a node, or of two that are linked."""
    prefix = "n" if len(keys) == 1 else "e"
    return f"{prefix}-{blake2b(chr(0).join(keys).encode(), digest_size=6).hexdigest()}"
