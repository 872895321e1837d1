"""The list of services as its page shows it: in order of need, each figure with its course, its change and its traces."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy

from services_map.charts.sparkline import Sparkline, sparkline
from services_map.domain.attention import Attention, judge
from services_map.domain.comparison import Comparison, Side, compare_all
from services_map.domain.nodes import NodeKind
from services_map.domain.summary import Figures, PeerSummary, Series, ServicesOverview, ServiceSummary
from services_map.figure_words import (
    Change,
    describe_errors,
    describe_percentile,
    describe_rate,
    spell_least,
    spell_rate,
    spell_share,
)
from services_map.windows import WindowForm, spell_second
from traces.domain.query import Window
from traces.domain.search_text import NS_PER_SECOND
from traces.words import count, duration

Summary = ServiceSummary | PeerSummary

ROWS_PER_PAGE: Final = 100
DEFAULT_ORDER: Final = "attention"
PERCENTILES: Final = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure: what it reads, the traces behind it (empty: there is no way to show them), its course and change."""

    name: str
    label: object
    text: str
    address: str = ""
    course: Sparkline | None = None
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A service, or what services call, and how much it needs attention."""

    summary: Summary
    attention: Attention

    @property
    def name(self) -> str:
        return self.summary.service.name if isinstance(self.summary, ServiceSummary) else self.summary.node.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table. `words` is the query string of its own page."""

    judged: Judged
    cells: tuple[Cell, ...]
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`key` is None for what has no such figure: that comes last, in either direction."""

    label: object
    key: Callable[[Judged], float | str | None]
    is_descending: bool = True


def _by(read: Callable[[Figures], float | None]) -> Callable[[Judged], float | None]:
    return lambda item: read(item.summary.figures)


ORDERS: Final[Mapping[str, Order]] = {
    "attention": Order(label=gettext_lazy("Needs attention"), key=lambda item: item.attention.score),
    "name": Order(label=gettext_lazy("Service"), key=lambda item: item.name.casefold(), is_descending=False),
    "rate": Order(label=gettext_lazy("Calls/s"), key=_by(lambda figures: figures.rate or None)),
    "errors": Order(label=gettext_lazy("Errors"), key=_by(lambda figures: figures.error_share)),
    "p50": Order(label="p50", key=_by(lambda figures: figures.p50_ns)),
    "p95": Order(label="p95", key=_by(lambda figures: figures.p95_ns)),
    "p99": Order(label="p99", key=_by(lambda figures: figures.p99_ns)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A head of the table: a click gives its order, or the reverse of it. `direction` is what aria-sort says now."""

    name: str
    label: object
    address: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceList:
    """A page of the list: `rows` are those from `first` to `last` of `count` services that `q` lets through.

    `totals` are figures of all those, `hidden` is how many services it does not let through.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    peers: tuple[tuple[str, tuple[Row, ...]], ...]
    totals: Row | None
    count: int
    hidden: int
    first: int
    last: int
    previous_page: str
    next_page: str
    order: Order
    #: Whether the order is the usual one.
    is_usual: bool
    #: Whether some figure is estimated from sampled spans.
    is_estimated: bool


def list_services(overview: ServicesOverview, form: WindowForm, q: str, sort: str, page: int) -> ServiceList:
    """The page that an address asks for; what it asks for in vain is the usual."""
    services = put_in_order(_judge(_find(overview.services, q)), sort)
    first = (page - 1) * ROWS_PER_PAGE
    if first >= len(services):
        first = 0
    shown = services[first : first + ROWS_PER_PAGE]
    peers = put_in_order(_judge(_find(overview.peers, q)), sort)
    make = _RowMaker(form=form, covered=overview.covered)
    last = first + len(shown)
    number = first // ROWS_PER_PAGE + 1
    return ServiceList(
        columns=tuple(_column(name, sort, form) for name in ORDERS),
        rows=tuple(make.rows(shown)),
        peers=tuple(_group(make.rows(peers[: ROWS_PER_PAGE * 3]))),
        totals=make.totals([item.summary.figures for item in services], overview) if services else None,
        count=len(services),
        hidden=len(overview.services) - len(services),
        first=first + 1,
        last=last,
        previous_page=form.address(page=str(number - 1) if number > 2 else "") if first else "",
        next_page=form.address(page=str(number + 1)) if last < len(services) else "",
        order=ORDERS[_split(sort)[0]],
        is_usual=sort == DEFAULT_ORDER,
        is_estimated=any(item.summary.figures.is_weighted for item in (*services, *peers)),
    )
