"""Numbers of the map as words."""

from hashlib import blake2b
from typing import Final

from django.utils.translation import gettext, gettext_lazy

from services_map.domain.calls.nodes import Connection, NodeKind
from services_map.domain.map.health import Errors, Health
from services_map.domain.summary import Figures
from services_map.pages import figure_words
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
    """`1,204/s`, `12.5/s`, `0.03/s`"""
    return f"{figure_words.spell_rate(per_second)}/s"


def spell_share(share: float | None) -> str:
    """`2.1 %`; a dash of nothing."""
    return figure_words.spell_share(share) or "–"


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
