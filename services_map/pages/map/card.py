"""What the card beside the map says of a node or a link."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext

from services_map.charts.sparkline import Sparkline, sparkline
from services_map.domain.calls.nodes import Node, NodeKind
from services_map.domain.latency.cells import Example
from services_map.domain.map.health import Errors, Health
from services_map.domain.map.map_view import ShownEdge, ShownNode
from services_map.domain.summary import Figures, Series
from services_map.pages.map.controls import Way
from services_map.pages.map.drawing.nodes import letters_of
from services_map.pages.map.drawing.wording import (
    CONNECTION_WORDS,
    KIND_WORDS,
    mark_of,
    spell_duration,
    spell_rate,
    spell_ratio,
    spell_share,
)
from services_map.pages.map.form import MAX_HOPS, MapForm
from services_map.pages.map.table import share_unpaired
from traces.words import count, named

# So many callers, callees or members a card lists; the table has all of them.
MAX_LINES = 12
_RUN_WIDTH = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A figure, what it was in the window before, and how it ran, where that is known."""

    name: str
    value: str
    before: str
    run: Sparkline | None = None
    is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A caller, a callee or a member, with its figures."""

    name: str
    kind: str
    letters: str
    slot: int | None
    address: str
    rate: str
    errors: str
    p95: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCard:
    """Of a node. `is_known` is False where nothing of that name is on the map of this window."""

    node: Node
    name: str
    kind: str
    slot: int | None
    letters: str
    is_known: bool
    is_weighted: bool = False
    facts: Sequence[Fact] = ()
    callers: Sequence[Line] = ()
    callees: Sequence[Line] = ()
    members: Sequence[Line] = ()
    left_out: int = 0
    hops: Sequence[Way] = ()
    #: What its callers see of it, where that is worse than what its own spans say.
    seen: str = ""
    opens: str = ""

    @property
    def is_service(self) -> bool:
        return self.node.kind is NodeKind.SERVICE

    @property
    def is_user(self) -> bool:
        return self.node.kind is NodeKind.USER


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCard:
    """Of a link. `searches` are wider than it: the examples alone are sure to cross it."""

    caller: Line
    callee: Line
    connections: str = ""
    is_known: bool = True
    is_weighted: bool = False
    facts: Sequence[Fact] = ()
    examples: Sequence[Example] = ()
    searches: Sequence[Way] = field(default=())


def draw_facts(figures: Figures, before: Figures, health: Health, series: Series | None = None) -> list[Fact]:
    """Rate, errors and percentiles now and before."""
    runs = {} if series is None else _draw_runs(series)
    slowdown = "" if health.slowdown is None else f" ▲ {spell_ratio(health.slowdown)}"
    facts = [
        ("rate", gettext("Calls"), spell_rate(figures.rate), spell_rate(before.rate)),
        (
            "errors",
            gettext("Errors"),
            f"{mark_of(health.errors)} {spell_share(figures.error_share)}".strip(),
            spell_share(before.error_share),
        ),
        ("p50", "p50", spell_duration(figures.p50_ns), spell_duration(before.p50_ns)),
        ("p95", "p95", spell_duration(figures.p95_ns) + slowdown, spell_duration(before.p95_ns)),
        ("p99", "p99", spell_duration(figures.p99_ns), spell_duration(before.p99_ns)),
    ]
    return [
        Fact(
            name=name,
            value=value,
            before="" if then == "–" else then,
            run=runs.get(key),
            is_bad=key == "errors" and health.errors is not Errors.FEW,
        )
        for key, name, value, then in facts
    ]


def _draw_runs(series: Series) -> dict[str, Sparkline]:
    values: dict[str, Sequence[float | None]] = {
        "rate": series.rates,
        "errors": series.error_shares,
        "p50": series.p50_ns,
        "p95": series.p95_ns,
        "p99": series.p99_ns,
    }
    return {name: sparkline(each, width=_RUN_WIDTH) for name, each in values.items()}


def draw_node_card(
    node: Node,
    shown: ShownNode | None,
    edges: Iterable[ShownEdge],
    facts: Sequence[Fact],
    slots: Mapping[str, int],
    form: MapForm,
) -> NodeCard:
    """`shown` is None where the map has no such node; `edges` are those that touch it."""
    name, kind = named(node.name), str(KIND_WORDS[node.kind])
    slot = slots.get(node.name) if node.kind is NodeKind.SERVICE else None
    if shown is None:
        return NodeCard(node=node, name=name, kind=kind, slot=slot, letters=letters_of(node), is_known=False)
    edges = sorted(edges, key=lambda edge: (-edge.figures.weight, edge.caller, edge.callee))
    callers = [_edge_line(edge, edge.caller, slots, form) for edge in edges if edge.callee == node]
    callees = [_edge_line(edge, edge.callee, slots, form) for edge in edges if edge.caller == node]
    members = [_node_line(member, slots, form) for member in shown.members]
    left_out = sum(max(0, len(lines) - MAX_LINES) for lines in (callers, callees, members))
    return NodeCard(
        node=node,
        name=name,
        kind=kind,
        slot=slot,
        letters=letters_of(node),
        is_known=True,
        is_weighted=bool(shown.figures and shown.figures.is_weighted),
        facts=facts,
        callers=callers[:MAX_LINES],
        callees=callees[:MAX_LINES],
        members=members[:MAX_LINES],
        left_out=left_out,
        seen=_say_what_callers_see(shown, [edge for edge in edges if edge.callee == node]),
        hops=[
            Way(
                words=count(hops), address=form.focus_on(node, hops), is_chosen=form.focus == node and form.hops == hops
            )
            for hops in range(1, MAX_HOPS + 1)
        ],
        opens=form.address(node="", expand=(*form.expanded, node.name)) if shown.members else "",
    )


def _say_what_callers_see(shown: ShownNode, into: Sequence[ShownEdge]) -> str:
    """Empty where it is what the facts say: of a service those are of its own spans."""
    if shown.figures is None or shown.health.errors is Errors.FEW or not into:
        return ""
    seen = spell_share(Figures.sum([edge.figures for edge in into], into[0].figures.seconds).error_share)
    if seen == spell_share(shown.figures.error_share):
        return ""
    return gettext("For its callers %(share)s of their calls fail.") % {"share": seen}


def draw_link_card(
    pair: tuple[Node, Node],
    edge: ShownEdge | None,
    series: Series | None,
    examples: Sequence[Example],
    slots: Mapping[str, int],
    form: MapForm,
) -> LinkCard:
    """`edge` is None where nobody called that way in the window."""
    caller, callee = (_node_line(node, slots, form) for node in pair)
    if edge is None:
        return LinkCard(caller=caller, callee=callee, is_known=False)
    unpaired = Fact(name=gettext("Unpaired"), value=spell_share(share_unpaired(edge)), before="")
    return LinkCard(
        caller=caller,
        callee=callee,
        connections=", ".join(str(CONNECTION_WORDS[each]) for each in edge.connections),
        is_weighted=edge.figures.is_weighted,
        facts=[*draw_facts(edge.figures, edge.before, edge.health, series), unpaired],
        examples=examples,
        searches=_list_searches(pair, form),
    )


def _list_searches(pair: tuple[Node, Node], form: MapForm) -> list[Way]:
    caller, callee = pair
    if callee.kind is NodeKind.SERVICE:
        words, service = gettext("All traces in which %(name)s answers"), callee.name
    elif caller.kind is NodeKind.SERVICE:
        words, service = gettext("All traces in which %(name)s calls somebody"), caller.name
    else:
        return []
    return [Way(words=words % {"name": named(service)}, address=search_address(form, service))]


def search_address(form: MapForm, service: str) -> str:
    """The query string of a search for a service's traces in the same window."""
    return form.window_form.link(service=service)


def _edge_line(edge: ShownEdge, other: Node, slots: Mapping[str, int], form: MapForm) -> Line:
    return _line(other, slots, form.selection.link(edge.caller, edge.callee), edge.figures, edge.health)


def _node_line(node: Node, slots: Mapping[str, int], form: MapForm) -> Line:
    return _line(node, slots, form.selection.node(node))


def _line(
    node: Node, slots: Mapping[str, int], address: str, figures: Figures | None = None, health: Health | None = None
) -> Line:
    return Line(
        name=named(node.name),
        kind=str(KIND_WORDS[node.kind]),
        letters=letters_of(node),
        slot=slots.get(node.name) if node.kind is NodeKind.SERVICE else None,
        address=address,
        rate=spell_rate(figures.rate) if figures else "",
        errors=spell_share(figures.error_share) if figures else "",
        p95=spell_duration(figures.p95_ns) if figures else "",
        mark=mark_of(health.errors) + ("▲" if health.slowdown is not None else "") if health else "",
    )
