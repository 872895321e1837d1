"""Lines of the list of services: figures, each with its course, its change and the traces behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from services_map.charts.sparkline import Sparkline, sparkline
from services_map.domain.attention import Attention, judge
from services_map.domain.statistics.comparison import Comparison, Side, compare_all
from services_map.domain.summary import Figures, OperationSummary, PeerSummary, Series, ServiceSummary
from services_map.pages.figure_words import (
    Change,
    describe_errors,
    describe_percentile,
    describe_rate,
    spell_least,
    spell_rate,
    spell_share,
)
from services_map.windows import spell_second
from traces.domain.query import Window
from traces.domain.search_text import NS_PER_SECOND
from traces.words import duration

Summary = ServiceSummary | PeerSummary | OperationSummary

#: A few errors are no alarm: their course is as grey as the others.
LOUD_SHARE: Final = 0.01
PERCENTILES: Final = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
_LISTS: Final = tuple(item.name for item in fields(Series) if item.name != "step_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure: what it reads, the traces behind it (empty: they cannot be asked for), its course and its change."""

    name: str
    label: str
    text: str
    address: str = ""
    course: Sparkline | None = None
    #: How its course is drawn: `errors` is red.
    tone: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a line is about, and how much it needs attention."""

    summary: Summary
    attention: Attention


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a table."""

    summary: Summary
    attention: Attention
    cells: tuple[Cell, ...]


def name_of(summary: Summary) -> str:
    """Of a service, of what services call, of an operation."""
    if isinstance(summary, ServiceSummary):
        return summary.service.name
    return summary.node.name if isinstance(summary, PeerSummary) else summary.operation.name


def judge_all(summaries: Iterable[Summary]) -> list[Judged]:
    return [Judged(summary=summary, attention=judge(summary.figures, summary.before)) for summary in summaries]


def make_rows(items: Sequence[Judged], covered: Window, now_ns: int) -> tuple[Row, ...]:
    """The lines of a table. Changes are those that are more than chance among all of them."""
    found = compare_all([(_side(item.summary.figures), _side(item.summary.before)) for item in items])
    return tuple(
        Row(
            summary=item.summary,
            attention=item.attention,
            cells=make_cells(
                item.summary.figures,
                _search_words(item.summary, covered),
                _leave_out_unfinished(item.summary.series, now_ns),
                comparison,
            ),
        )
        for item, comparison in zip(items, found, strict=True)
    )


def _leave_out_unfinished(series: Series, now_ns: int) -> Series:
    """Without the slot that is not over yet: it would look like a fall."""
    if len(series.starts_s) < 2 or (series.starts_s[-1] + series.step_s) * NS_PER_SECOND <= now_ns:
        return series
    lists = {name: getattr(series, name)[:-1] for name in _LISTS}
    return replace(series, **lists)


def _side(figures: Figures) -> Side:
    return Side(durations=figures.durations, failed=figures.failed, seconds=figures.seconds)


def _search_words(summary: Summary, covered: Window) -> dict[str, str]:
    """What the search page is asked for the traces of a line. Those of a database are not known by its name: none."""
    if isinstance(summary, PeerSummary):
        return {}
    words = {"service": name_of(summary)}
    if isinstance(summary, OperationSummary):
        words = {"service": summary.operation.service.name, "operation": name_of(summary)}
    return words | window_words(covered)


def window_words(window: Window) -> dict[str, str]:
    """Start and end for the search form, to the second."""
    return {
        "start": spell_second(window.start_ns // NS_PER_SECOND),
        "end": spell_second(-(-window.end_ns // NS_PER_SECOND)),
    }


def make_cells(
    figures: Figures, words: dict[str, str], series: Series | None = None, comparison: Comparison | None = None
) -> tuple[Cell, ...]:
    """Calls a second, errors and percentiles; `words` find the spans by the search form, empty where nothing does."""
    rate, share = figures.rate, figures.error_share
    # Encoded once: a page has hundreds of these.
    traces = f"{reverse('traces:search')}?{urlencode(words)}" if words else ""
    return (
        Cell(
            name="rate",
            label=gettext("Calls/s"),
            text=spell_rate(rate),
            address=traces if figures.count else "",
            course=sparkline(series.rates) if series else None,
            change=describe_rate(comparison) if comparison else None,
        ),
        Cell(
            name="errors",
            label=gettext("Errors"),
            text=spell_share(share),
            address=_narrow(traces, "status=error") if figures.failed.count else "",
            course=sparkline(series.error_shares) if series and figures.failed.count else None,
            tone="errors" if share and share >= LOUD_SHARE else "",
            change=describe_errors(comparison) if comparison else None,
        ),
        *(_percentile_cell(name, at, figures, traces, series, comparison) for name, at in PERCENTILES),
    )


def _percentile_cell(
    name: str, at: float, figures: Figures, traces: str, series: Series | None, comparison: Comparison | None
) -> Cell:
    ns = figures.percentile_ns(at)
    return Cell(
        name=name,
        label=name,
        text="" if ns is None else duration(round(ns)),
        address="" if ns is None else _narrow(traces, f"minDuration={spell_least(ns)}"),
        course=sparkline(getattr(series, f"{name}_ns")) if series and ns is not None else None,
        change=describe_percentile(comparison, at) if comparison else None,
    )


def _narrow(address: str, words: str) -> str:
    """With words that need no encoding."""
    return address and f"{address}&{words}"
