"""The list of services: which of them, in which order, on which page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from django.utils.translation import gettext_lazy

from services_map.domain.calls.nodes import NodeKind
from services_map.domain.summary import Figures, PeerSummary, ServicesOverview, ServiceSummary
from services_map.pages.services.rows import Cell, Judged, Row, judge_all, make_cells, make_rows, name_of, window_words
from services_map.windows import WindowForm
from traces.domain.query import Window

ROWS_PER_PAGE: Final = 100
#: Of databases, queues and others each.
MAX_PEERS: Final = 100
DEFAULT_ORDER: Final = "attention"

Listed = TypeVar("Listed", ServiceSummary, PeerSummary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`read` gives None for what has no such figure: that comes last, in either direction."""

    label: object
    read: Callable[[Judged], float | str | None]
    is_descending: bool = True


def _by(read: Callable[[Figures], float | None]) -> Callable[[Judged], float | None]:
    return lambda item: read(item.summary.figures)


ORDERS: Final[Mapping[str, Order]] = {
    DEFAULT_ORDER: Order(label=gettext_lazy("Needs attention"), read=lambda item: item.attention.score),
    "name": Order(
        label=gettext_lazy("Service"), read=lambda item: name_of(item.summary).casefold(), is_descending=False
    ),
    "rate": Order(label=gettext_lazy("Calls/s"), read=_by(lambda figures: figures.rate or None)),
    "errors": Order(label=gettext_lazy("Errors"), read=_by(lambda figures: figures.error_share)),
    "p50": Order(label="p50", read=_by(lambda figures: figures.p50_ns)),
    "p95": Order(label="p95", read=_by(lambda figures: figures.p95_ns)),
    "p99": Order(label="p99", read=_by(lambda figures: figures.p99_ns)),
}
_GROUPS: Final = (
    (NodeKind.DATABASE, gettext_lazy("Databases"), "db"),
    (NodeKind.QUEUE, gettext_lazy("Queues"), "mq"),
    (NodeKind.EXTERNAL, gettext_lazy("External systems"), "ex"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A head of the table: a click gives its order, or the reverse of it. `direction` is what aria-sort says now."""

    name: str
    label: object
    address: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Peers of one kind: those in `rows`, of `count`."""

    kind: str
    label: object
    #: On the chips of its lines.
    letters: str
    rows: tuple[Row, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceList:
    """A page of the list: services `first` to `last` of the `count` that the filter lets through, of `all_count`."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    totals: tuple[Cell, ...]
    count: int
    all_count: int
    #: How many there are of the busiest only: 0 of so few that all are here.
    busiest: int
    first: int
    last: int
    without_filter: str
    previous_page: str
    next_page: str
    #: Whether some figure is estimated from sampled spans.
    is_estimated: bool


def list_services(overview: ServicesOverview, form: WindowForm, q: str, sort: str, page: int) -> ServiceList:
    """The page that an address asks for: what it asks for in vain, it gets as usual."""
    found = put_in_order(judge_all(_filter(overview.services, q)), sort)
    peers = put_in_order(judge_all(_filter(overview.peers, q)), sort)
    first = (page - 1) * ROWS_PER_PAGE if 0 < page <= _count_pages(found) else 0
    shown = found[first : first + ROWS_PER_PAGE]
    number, last = first // ROWS_PER_PAGE + 1, first + len(shown)
    return ServiceList(
        columns=tuple(_make_column(name, sort, form) for name in ORDERS),
        rows=make_rows(shown, overview.covered, form.now_ns),
        groups=tuple(_make_groups(peers, overview.covered, form.now_ns)),
        totals=_make_totals([item.summary.figures for item in found], overview.covered),
        count=len(found),
        all_count=overview.service_count,
        busiest=len(overview.services) if overview.service_count > len(overview.services) else 0,
        without_filter=form.address(q=""),
        first=first + 1,
        last=last,
        previous_page=form.address(page=str(number - 1)) if first else "",
        next_page=form.address(page=str(number + 1)) if last < len(found) else "",
        is_estimated=any(item.summary.figures.is_weighted for item in (*found, *peers)),
    )


def _filter(summaries: Iterable[Listed], q: str) -> list[Listed]:
    wanted = q.casefold()
    return [summary for summary in summaries if wanted in name_of(summary).casefold()]


def put_in_order(items: Sequence[Judged], sort: str) -> list[Judged]:
    """By a name of ORDERS, with `-` before it the reverse; of equals the one with more calls, then by name."""
    name, is_reverse = _split(sort)
    order = ORDERS[name]
    usual = sorted(items, key=lambda item: (-item.summary.figures.weight, name_of(item.summary)))
    has = [item for item in usual if order.read(item) is not None]
    has_not = [item for item in usual if order.read(item) is None]
    is_descending = order.is_descending != is_reverse
    # Python keeps equals in their order in either direction.
    return sorted(has, key=order.read, reverse=is_descending) + has_not  # type: ignore[arg-type]


def _split(sort: str) -> tuple[str, bool]:
    name = sort.removeprefix("-")
    return (name, sort.startswith("-")) if name in ORDERS else (DEFAULT_ORDER, False)


def _count_pages(items: Sequence[object]) -> int:
    return -(-len(items) // ROWS_PER_PAGE)


def _make_column(name: str, sort: str, form: WindowForm) -> Column:
    order, (current, is_reverse) = ORDERS[name], _split(sort)
    is_current = name == current
    wanted = f"-{name}" if is_current and not is_reverse else name
    direction = "descending" if order.is_descending != is_reverse else "ascending"
    return Column(
        name=name,
        label=order.label,
        address=form.address(sort="" if wanted == DEFAULT_ORDER else wanted),
        direction=direction if is_current else "",
    )


def _make_groups(peers: Sequence[Judged], covered: Window, now_ns: int) -> Iterable[Group]:
    for kind, label, letters in _GROUPS:
        found = [item for item in peers if isinstance(item.summary, PeerSummary) and item.summary.node.kind is kind]
        if found:
            rows = make_rows(found[:MAX_PEERS], covered, now_ns)
            yield Group(kind=kind.name.lower(), label=label, letters=letters, rows=rows, count=len(found))


def _make_totals(figures: Sequence[Figures], covered: Window) -> tuple[Cell, ...]:
    """Of all services together: a call that goes through three of them counts three times."""
    if not figures:
        return ()
    return make_cells(Figures.sum(figures, figures[0].seconds), window_words(covered))
