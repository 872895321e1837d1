"""Lines of the tables on a service's page: operations, neighbours, versions; each with its cells of figures. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from services_map.domain.calls.node_keys import spell_node
from services_map.domain.calls.nodes import Node, NodeKind
from services_map.domain.statistics.comparison import Comparison, Side, compare_all
from services_map.domain.summary import (
    Figures,
    LinkSummary,
    Neighbours,
    OperationsPage,
    OperationSummary,
    VersionSeen,
)
from services_map.pages.figure_words import spell_share
from services_map.pages.service.asked import Asked
from services_map.pages.services.rows import Cell, judge_all, make_cells, make_rows
from services_map.windows import WindowForm
from traces.domain.span import kind_name

_OF_LINKS: Final = ("rate", "errors", "p95")
_KINDS: Final[Mapping[NodeKind, Promise | str]] = {
    NodeKind.SERVICE: "",
    NodeKind.DATABASE: gettext_lazy("database"),
    NodeKind.QUEUE: gettext_lazy("queue"),
    NodeKind.EXTERNAL: gettext_lazy("external"),
    NodeKind.USER: gettext_lazy("from outside"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """`share` is that of the service's time, `percent` the length of its bar; `address` is empty without a name."""

    summary: OperationSummary
    address: str
    cells: tuple[Cell, ...]
    share: str
    percent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourRow:
    """Who calls or is called. `share` is that of the time of the requests to the service; empty for callers.

    `unpaired` is the share of calls without a span of the callee, empty for none; `slot` None for what is no service.
    """

    node: Node
    kind: Promise | str
    slot: int | None
    address: str
    map_address: str
    link: LinkSummary
    cells: tuple[Cell, ...]
    unpaired: str
    share: str = ""
    percent: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """`compared` is the address of the comparison with the version `against` that came before; empty for the first."""

    seen: VersionSeen
    address: str
    cells: tuple[Cell, ...]
    compared: str = ""
    against: str = ""


def list_operations(found: OperationsPage, asked: Asked, form: WindowForm) -> list[OperationRow]:
    """In the order given."""
    rows = make_rows(judge_all(found.operations), found.covered, form.now_ns)
    return [
        OperationRow(
            summary=summary,
            address=_address_of(summary, asked, form),
            cells=row.cells,
            share=spell_share(summary.total_share),
            percent=_percent(summary.total_share),
        )
        for summary, row in zip(found.operations, rows, strict=True)
    ]


def _address_of(summary: OperationSummary, asked: Asked, form: WindowForm) -> str:
    operation = summary.operation
    if not operation.name:
        return ""
    return asked.page(form, operation=operation.name, kind=kind_name(operation.kind), version="")


def describe_left_out(found: OperationsPage) -> tuple[Cell, ...]:
    """The figures of the operations that are not listed, together; empty where all are."""
    return make_cells(found.left_out, {}) if found.left_out else ()


def list_callers(found: Neighbours, asked: Asked, form: WindowForm) -> list[NeighbourRow]:
    """Who calls the service, the most calls first."""
    return [
        _neighbour(link, link.edge.caller, comparison, found.slots, asked, form)
        for link, comparison in _compare_links(found.callers)
    ]


def list_callees(found: Neighbours, asked: Asked, form: WindowForm, total_ns: float) -> list[NeighbourRow]:
    """Whom the service calls, the most calls first; its requests took `total_ns` together."""
    return [
        _neighbour(link, link.edge.callee, comparison, found.slots, asked, form, total_ns)
        for link, comparison in _compare_links(found.callees)
    ]


def _compare_links(links: Sequence[LinkSummary]) -> list[tuple[LinkSummary, Comparison]]:
    found = compare_all([(_side(link.figures), _side(link.before)) for link in links])
    return list(zip(links, found, strict=True))


def _side(figures: Figures) -> Side:
    return Side(durations=figures.durations, failed=figures.failed, seconds=figures.seconds)


def _neighbour(
    link: LinkSummary,
    node: Node,
    comparison: Comparison,
    slots: Mapping[str, int],
    asked: Asked,
    form: WindowForm,
    total_ns: float = 0.0,
) -> NeighbourRow:
    is_service = node.kind is NodeKind.SERVICE
    share = link.figures.total_ns / total_ns if total_ns else None
    return NeighbourRow(
        node=node,
        kind=_KINDS[node.kind],
        slot=slots.get(node.name) if is_service else None,
        address=reverse("services_map:service") + form.link(service=node.name) if is_service else "",
        map_address=asked.map(form, caller=spell_node(link.edge.caller), callee=spell_node(link.edge.callee)),
        link=link,
        cells=tuple(cell for cell in make_cells(link.figures, {}, comparison=comparison) if cell.name in _OF_LINKS),
        unpaired=_spell_unpaired(link),
        share=spell_share(share),
        percent=_percent(share or 0.0),
    )


def _spell_unpaired(link: LinkSummary) -> str:
    """What is no service sends no spans, so that nobody waits for them."""
    if link.edge.callee.kind is not NodeKind.SERVICE or not link.unpaired or not link.figures.weight:
        return ""
    return spell_share(link.unpaired / link.figures.weight)


def list_versions(
    seen: Sequence[VersionSeen], figures: Sequence[Figures], asked: Asked, form: WindowForm
) -> list[VersionRow]:
    """The latest first: as many as there are `figures` of; each compared with the one that came before it."""
    rows = []
    for at, (each, of_version) in enumerate(zip(seen, figures, strict=False)):
        earlier = next((other.version for other in seen[at + 1 :] if other.version), "") if each.version else ""
        words = {"version": each.version, "other_version": earlier}
        rows.append(
            VersionRow(
                seen=each,
                address=asked.page(form, version=each.version) if each.version else "",
                cells=make_cells(of_version, {}),
                compared=asked.compare(form, against="version", **words) if earlier else "",
                against=earlier,
            )
        )
    return rows


def _percent(share: float) -> str:
    """The length of a bar: wide enough to be seen."""
    return f"{max(0.4, min(100.0, 100 * share)):.4g}" if share else "0"
