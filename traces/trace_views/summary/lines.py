"""The lines of a summary: each figure reads as text and leads to the spans behind it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.http import urlencode
from django.utils.translation import gettext

from traces.domain.row_lists import spell_rows
from traces.domain.span import Operation
from traces.domain.summing.grouping import Grouping, Label
from traces.domain.summing.sums import Meter, Sums, gather
from traces.domain.trace import Trace
from traces.domain.usual import Usual
from traces.trace_views.summary.asked import Asked
from traces.words import count, duration

#: More groups are summed up in one line.
MAX_GROUPS = 200
# A longer list of rows is asked for when it is wanted.
_MAX_LIST_CHARS = 2_000

Usuals = Mapping[Operation, Usual]
Group = tuple[Label, Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """To one `row`, to `rows` in a list, or to those that `rows_from` is the address of.

    `own_id` leads to the first of them, for pages without scripts.
    """

    own_id: str
    row: int | None = None
    rows: str = ""
    rows_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure. `note` is said beside it in small, `title` when asked; `is_unusual` stands out; `percent` is drawn as a bar."""

    name: str
    text: str = ""
    note: str = ""
    title: str = ""
    percent: float | None = None
    is_unusual: bool = False
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`label` is None for that of `group_count` others, which leads nowhere."""

    label: Label | None
    group_count: int = 1
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """`shown` in the order asked for; `others` are the groups that come after MAX_GROUPS."""

    shown: Sequence[Group]
    others: Sequence[Group]


def rank(grouping: Grouping, meter: Meter, asked: Asked, usuals: Usuals) -> Ranked:
    """The groups in order; equal ones by their first row."""
    groups: list[Group] = [(grouping.labels[number], rows) for number, rows in gather(grouping.numbers).items()]
    groups.sort(key=_sorter(asked.sort, meter, usuals), reverse=asked.is_descending)
    return Ranked(shown=groups[:MAX_GROUPS], others=groups[MAX_GROUPS:])


def _sorter(sort: str, meter: Meter, usuals: Usuals) -> Callable[[Group], float | tuple[bool, str, str]]:
    measures: Mapping[str, Callable[[Sequence[int]], float]] = {
        "spans": len,
        "critical": meter.sum_critical_ns,
        "self": meter.sum_self_ns,
        "total": meter.sum_durations_ns,
        "errors": meter.count_errors,
        "median": lambda rows: meter.durations_ns[meter.find_percentile(rows, 50)],
        "p95": lambda rows: meter.durations_ns[meter.find_percentile(rows, 95)],
        "max": lambda rows: max(map(meter.durations_ns.__getitem__, rows)),
    }
    if sort == "name":
        return lambda group: (group[0].is_absent, group[0].text.casefold(), group[0].text)
    if sort == "usual":
        return lambda group: _compare(group[0], meter.durations_ns[meter.find_percentile(group[1], 50)], usuals)[0]
    return lambda group: measures[sort](group[1])


def _compare(label: Label, median_ns: int, usuals: Usuals) -> tuple[float, Usual | None]:
    """How many times the usual median a median is; 0 where nothing is usual."""
    usual = usuals.get(label.operation) if label.operation else None
    usual_ns = usual.find_percentile_ns(0.5) if usual else None
    return (median_ns / usual_ns, usual) if usual_ns else (0.0, None)


class Pen:
    """Draws the lines of one table. `address` is where lists of rows that are too long for a page are asked for."""

    def __init__(self, trace: Trace, meter: Meter, usuals: Usuals, address: str) -> None:
        self._rows, self._meter, self._usuals, self._address = trace.rows, meter, usuals, address
        # The length of all critical paths of the trace.
        self._whole_ns = sum(trace.critical_path.own_ns)

    def draw_line(self, label: Label, rows: Sequence[int]) -> Line:
        meter = self._meter
        sums, all_rows = meter.measure(rows), self._link(rows, rows)
        errors = self._link(rows, meter.find_errors(rows), "errors")
        critical = self._link(rows, meter.find_critical(rows), "critical")
        cells = (
            Cell(name="spans", text=count(len(rows)), link=all_rows),
            self._draw_critical(sums, critical),
            Cell(name="self", text=duration(sums.self_ns), link=all_rows),
            Cell(name="total", text=duration(sums.total_ns), link=all_rows),
            *self._draw_ranked(sums),
            Cell(name="errors", text=count(sums.error_count) if sums.error_count else "", link=errors),
            *([self._draw_usual(label, sums)] if self._usuals else ()),
        )
        return Line(label=label, cells=cells)

    def draw_others(self, groups: Sequence[Group]) -> Line:
        """All groups that have no line of their own."""
        sums = self._meter.measure(sorted(row for _, rows in groups for row in rows))
        cells = (
            Cell(name="spans", text=count(len(sums.rows))),
            self._draw_critical(sums, None),
            Cell(name="self", text=duration(sums.self_ns)),
            Cell(name="total", text=duration(sums.total_ns)),
            *self._draw_ranked(sums),
            Cell(name="errors", text=count(sums.error_count) if sums.error_count else ""),
            *([Cell(name="usual")] if self._usuals else ()),
        )
        return Line(label=None, group_count=len(groups), cells=cells)

    def _link(self, group: Sequence[int], rows: Sequence[int], only: str = "") -> Link | None:
        """To those rows of a group; `only` says which they are."""
        if not rows:
            return None
        own_id = self._rows.find_own_id(rows[0]).hex()
        if len(rows) == 1:
            return Link(own_id=own_id, row=rows[0])
        text = spell_rows(rows)
        if len(text) <= _MAX_LIST_CHARS:
            return Link(own_id=own_id, rows=text)
        return Link(own_id=own_id, rows_from=f"{self._address}&{urlencode({'row': str(group[0]), 'only': only})}")

    def _draw_critical(self, sums: Sums, link: Link | None) -> Cell:
        if not sums.critical_ns:
            return Cell(name="critical", percent=0)
        share = sums.critical_ns / self._whole_ns
        return Cell(
            name="critical",
            text=duration(sums.critical_ns),
            note=_spell_percent(share),
            percent=round(100 * share, 1),
            link=link,
        )

    def _draw_ranked(self, sums: Sums) -> list[Cell]:
        rows = {"median": sums.median_row, "p95": sums.p95_row, "max": sums.slowest_row}
        return [
            Cell(name=name, text=duration(self._meter.durations_ns[row]), link=self._link((row,), (row,)))
            for name, row in rows.items()
        ]

    def _draw_usual(self, label: Label, sums: Sums) -> Cell:
        """How the median compares with the usual one; in words only where it is beyond what is usual."""
        median_ns = self._meter.durations_ns[sums.median_row]
        ratio, usual = _compare(label, median_ns, self._usuals)
        if usual is None:
            return Cell(name="usual")
        usual_ns, slow_ns = (round(usual.find_percentile_ns(share) or 0) for share in (0.5, 0.95))
        is_unusual = median_ns > slow_ns
        note = gettext("usually %(p50)s, p95 %(p95)s") % {"p50": duration(usual_ns), "p95": duration(slow_ns)}
        return Cell(
            name="usual",
            text=f"×{ratio:.1f}" if ratio < 99.5 else f"×{count(round(ratio))}",
            note=note if is_unusual else "",
            title=note,
            is_unusual=is_unusual,
            link=self._link((sums.median_row,), (sums.median_row,)),
        )


def _spell_percent(share: float) -> str:
    """Never rounded to all or nothing."""
    if share < 0.001:
        return "< 0.1 %"
    if 0.995 <= share < 1:
        return "> 99 %"
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %"
