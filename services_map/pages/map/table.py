"""The map as a table: every link with the numbers that are drawn, and a row for each way to sort it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy

from services_map.domain.calls.node_keys import spell_node
from services_map.domain.map.map_view import ShownEdge
from services_map.pages.map.drawing.wording import (
    CONNECTION_WORDS,
    KIND_WORDS,
    mark_of,
    name_element,
    spell_duration,
    spell_rate,
    spell_ratio,
    spell_share,
)
from services_map.pages.map.form import MapForm, Selection
from traces.words import named

_Key = Callable[[ShownEdge], tuple[object, ...]]
_NONE_LAST = -1.0
_SORTS: Final[dict[str, _Key]] = {
    "caller": lambda edge: (edge.caller.name, edge.callee.name),
    "callee": lambda edge: (edge.callee.name, edge.caller.name),
    "calls": lambda edge: (-edge.figures.weight,),
    "errors": lambda edge: (-(edge.figures.error_share or 0.0),),
    "p50": lambda edge: (-(edge.figures.p50_ns or _NONE_LAST),),
    "p95": lambda edge: (-(edge.figures.p95_ns or _NONE_LAST),),
    "p99": lambda edge: (-(edge.figures.p99_ns or _NONE_LAST),),
    "change": lambda edge: (-(edge.health.slowdown or _NONE_LAST),),
    "unpaired": lambda edge: (-share_unpaired(edge),),
}
DEFAULT_SORT: Final = "calls"
_HEADINGS: Final = {
    "caller": gettext_lazy("Caller"),
    "callee": gettext_lazy("Callee"),
    "calls": gettext_lazy("Calls"),
    "errors": gettext_lazy("Errors"),
    "p50": gettext_lazy("p50"),
    "p95": gettext_lazy("p95"),
    "p99": gettext_lazy("p99"),
    "change": gettext_lazy("p95 against before"),
    "unpaired": gettext_lazy("Unpaired"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    name: str
    words: str
    address: str
    is_sorted: bool
    is_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A link in words."""

    id: str
    caller: str
    caller_kind: str
    callee: str
    callee_kind: str
    connections: str
    address: str
    calls: str
    errors: str
    mark: str
    p50: str
    p95: str
    p99: str
    change: str
    unpaired: str


def share_unpaired(edge: ShownEdge) -> float:
    """The share of calls, 0 to 1, that the callee sent no span of its own for."""
    return edge.unpaired / edge.figures.weight if edge.figures.weight else 0.0


def list_headings(form: MapForm) -> list[Heading]:
    """The columns; each sorts by itself, names from A, numbers from the largest."""
    chosen = form.sort if form.sort in _SORTS else DEFAULT_SORT
    return [
        Heading(
            name=name,
            words=str(words),
            address=form.address(sort="" if name == DEFAULT_SORT else name),
            is_sorted=name == chosen,
            is_number=name not in ("caller", "callee"),
        )
        for name, words in _HEADINGS.items()
    ]


def list_rows(edges: Iterable[ShownEdge], form: MapForm) -> list[Row]:
    """Every edge, sorted as the address says."""
    key = _SORTS.get(form.sort, _SORTS[DEFAULT_SORT])
    selection = form.selection
    return [
        _write_row(edge, selection) for edge in sorted(edges, key=lambda edge: (key(edge), edge.caller, edge.callee))
    ]


def _write_row(edge: ShownEdge, selection: Selection) -> Row:
    figures, slowdown = edge.figures, edge.health.slowdown
    return Row(
        id=name_element(spell_node(edge.caller), spell_node(edge.callee)),
        caller=named(edge.caller.name),
        caller_kind=str(KIND_WORDS[edge.caller.kind]),
        callee=named(edge.callee.name),
        callee_kind=str(KIND_WORDS[edge.callee.kind]),
        connections=", ".join(str(CONNECTION_WORDS[each]) for each in edge.connections),
        address=selection.link(edge.caller, edge.callee),
        calls=spell_rate(figures.rate),
        errors=spell_share(figures.error_share),
        mark=mark_of(edge.health.errors),
        p50=spell_duration(figures.p50_ns),
        p95=spell_duration(figures.p95_ns),
        p99=spell_duration(figures.p99_ns),
        change="" if slowdown is None else spell_ratio(slowdown),
        unpaired=spell_share(share_unpaired(edge)),
    )
