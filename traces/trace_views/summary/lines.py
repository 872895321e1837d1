"""The lines of a summary: each figure reads as text and leads to the spans behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from django.utils.http import urlencode
from django.utils.translation import gettext

from traces.domain.explaining.unusual import is_unusual
from traces.domain.row_lists import spell_rows
from traces.domain.span import kind_name
from traces.domain.summing.grouping import Label
from traces.domain.summing.sums import Meter, Sums
from traces.domain.trace import Trace
from traces.trace_views.summary.ranking import Usuals, compare
from traces.words import count, duration, percent

# More rows are asked for when they are wanted.
_MAX_LISTED = 50
# An address says so much of a name; every character may take nine.
_MAX_NAME_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """To one `row`, to `rows` in a list, or to those that `rows_from` is the address of.

    `own_id` leads to the first of them, for pages without scripts.
    """

    own_id: str
    row: str = ""
    rows: str = ""
    rows_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure. `note` is said beside it in small, `title` when asked for; `percent` is drawn as a bar."""

    name: str
    text: str = ""
    note: str = ""
    title: str = ""
    percent: str = ""
    is_unusual: bool = False
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`label` is None for that of `group_count` others, which leads nowhere.

    `page` are the words of an address that name its operation or service; empty where it has none, or too long a name.
    """

    label: Label | None
    page: str = ""
    group_count: int = 1
    cells: tuple[Cell, ...]


class Pen:
    """Draws the lines of one table. `address` is where lists of rows are asked for that are too long for a page."""

    def __init__(self, trace: Trace, meter: Meter, usuals: Usuals, address: str) -> None:
        self._rows, self._meter, self._usuals, self._address = trace.rows, meter, usuals, address
        # The length of all critical paths of the trace.
        self._whole_ns = sum(trace.critical_path.own_ns)

    def draw_line(self, label: Label, rows: Sequence[int]) -> Line:
        return Line(label=label, page=_name_page(label), cells=self._draw_cells(label, rows))

    def draw_others(self, groups: Sequence[Sequence[int]]) -> Line:
        """All groups that have no line of their own."""
        cells = self._draw_cells(None, sorted(chain.from_iterable(groups)))
        return Line(label=None, group_count=len(groups), cells=cells)

    def _draw_cells(self, label: Label | None, rows: Sequence[int]) -> tuple[Cell, ...]:
        meter, group = self._meter, rows if label else ()
        sums, everything = meter.measure(rows), self._link(group, group)
        errors = self._link(group, meter.find_errors(group), "errors")
        critical = self._link(group, meter.find_critical(group), "critical")
        return (
            Cell(name="spans", text=count(len(rows)), link=everything),
            self._draw_critical(sums, critical),
            Cell(name="self", text=duration(sums.self_ns), link=everything),
            Cell(name="total", text=duration(sums.total_ns), link=everything),
            *self._draw_ranked(sums),
            Cell(name="errors", text=f"✕ {count(sums.error_count)}" if sums.error_count else "", link=errors),
            *([self._draw_usual(label, sums)] if self._usuals else ()),
        )

    def _link(self, group: Sequence[int], rows: Sequence[int], only: str = "") -> Link | None:
        """To those rows of a group; `only` says which they are."""
        if not rows:
            return None
        own_id = self._rows.find_own_id(rows[0]).hex()
        if len(rows) == 1:
            return Link(own_id=own_id, row=str(rows[0]))
        if len(rows) <= _MAX_LISTED:
            return Link(own_id=own_id, rows=spell_rows(rows))
        return Link(own_id=own_id, rows_from=f"{self._address}&{urlencode({'row': str(group[0]), 'only': only})}")

    def _draw_critical(self, sums: Sums, link: Link | None) -> Cell:
        if not sums.critical_ns:
            return Cell(name="critical", percent="0")
        share = sums.critical_ns / self._whole_ns
        return Cell(
            name="critical",
            text=duration(sums.critical_ns),
            note=percent(share),
            percent=f"{100 * share:.1f}",
            link=link,
        )

    def _draw_ranked(self, sums: Sums) -> list[Cell]:
        rows = {"median": sums.median_row, "p95": sums.p95_row, "max": sums.slowest_row}
        return [
            Cell(name=name, text=duration(self._meter.durations_ns[row]), link=self._link((row,), (row,)))
            for name, row in rows.items()
        ]

    def _draw_usual(self, label: Label | None, sums: Sums) -> Cell:
        """How the median compares with the usual one; in words only where it is beyond what is usual."""
        median_ns = self._meter.durations_ns[sums.median_row]
        ratio, usual = compare(label, median_ns, self._usuals) if label else (0.0, None)
        if usual is None:
            return Cell(name="usual")
        usual_ns, slow_ns = (round(usual.find_percentile_ns(share) or 0) for share in (0.5, 0.95))
        is_long = is_unusual(usual, median_ns)
        note = gettext("usually %(p50)s, p95 %(p95)s") % {"p50": duration(usual_ns), "p95": duration(slow_ns)}
        return Cell(
            name="usual",
            text=_spell_ratio(ratio),
            note=note if is_long else "",
            title=note,
            is_unusual=is_long,
            link=self._link((sums.median_row,), (sums.median_row,)),
        )


def _name_page(label: Label) -> str:
    """Of its service, if the operation cannot be named."""
    if label.service is None or len(label.service.name) > _MAX_NAME_CHARS:
        return ""
    words = {"service": label.service.name}
    if label.operation and len(label.operation.name) <= _MAX_NAME_CHARS:
        words |= {"operation": label.operation.name, "kind": kind_name(label.operation.kind)}
    return urlencode(words)


def _spell_ratio(ratio: float) -> str:
    """`×0.19`, `×2.3`, `×37`"""
    if ratio < 0.01:
        return "< ×0.01"
    if ratio < 0.95:
        return f"×{ratio:.2f}"
    return f"×{ratio:.1f}" if ratio < 9.95 else f"×{count(round(ratio))}"
