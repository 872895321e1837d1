"""The view `summary`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy

from traces import reading
from traces.api.block_cache import name_build
from traces.domain.search_text import NS_PER_SECOND
from traces.domain.summing.grouping import By, Grouping, group_by, group_by_value
from traces.domain.summing.sums import Meter
from traces.domain.trace import Trace
from traces.storage.base import DEFAULT_PROJECT
from traces.trace_views.attribute_words import suggest_keys
from traces.trace_views.registry import TraceView, register
from traces.trace_views.summary.asked import FIGURES, NAME, PLACES, Asked, read_asked
from traces.trace_views.summary.lines import Line, Pen
from traces.trace_views.summary.ranking import Ranked, Usuals, rank
from traces.usual_times import load_if_known

# Of more operations nobody asks what is usual.
_MAX_USUAL = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    label: str
    #: Of the same table sorted by it.
    address: str
    #: What its head explains.
    title: str
    direction: str


def register_summary() -> None:
    register(
        TraceView(
            name=NAME, title=gettext_lazy("Summary"), template="traces/views/summary.html", make_context=make_context
        )
    )


def make_context(request: HttpRequest, trace: Trace) -> Mapping[str, object]:
    """Nothing in it holds on to the rows of the trace."""
    asked = read_asked(request.GET)
    grouping, meter = load_grouping(trace, asked), Meter(trace)
    usuals = _load_usuals(trace) if asked.by is By.OPERATION else {}
    ranked, columns = rank(grouping, meter, asked, usuals), _list_columns(asked, bool(usuals))
    return {
        "asked": asked,
        "here": asked.address(span=""),
        "around": _name_hour(trace.start_ns),
        "ways": [(by.value, title, asked.address(by=by.value), asked.by is by) for by, title in _ways()],
        "keys": suggest_keys(PLACES),
        "by_title": asked.key_word or dict(_ways())[By(asked.by_word)],
        "columns": columns,
        "labels": {column.name: column.label for column in columns},
        "lines": _draw(trace, asked, ranked, meter, usuals),
        "group_count": len(ranked.shown) + len(ranked.others),
        "root_count": trace.rows.depths.count(0),
    }


def _name_hour(ns: int) -> str:
    """The hour around a moment, as pages of services read it."""
    middle_s = ns // NS_PER_SECOND
    return urlencode({"start": middle_s - 1_800, "end": middle_s + 1_800})


def load_grouping(trace: Trace, asked: Asked) -> Grouping:
    """Raises StoreUnavailable."""
    if isinstance(asked.by, By):
        return group_by(trace.rows, asked.by)
    values = reading.load_attribute(DEFAULT_PROJECT, trace, asked.by.place, asked.by.key)
    return group_by_value(values.distinct, values.numbers)


def find_rows(trace: Trace, data: QueryDict) -> Sequence[int]:
    """The rows of the group that `row=` belongs to; with `only=errors` or `only=critical`, those. Empty if there is
    no such row. Raises StoreUnavailable.
    """
    text, only = data.get("row", ""), data.get("only", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) < len(trace.rows)):
        return []
    numbers = load_grouping(trace, read_asked(data)).numbers
    wanted, meter = numbers[int(text)], Meter(trace)
    rows = [row for row, number in enumerate(numbers) if number == wanted]
    if only == "errors":
        return meter.find_errors(rows)
    return meter.find_critical(rows) if only == "critical" else rows


def _ways() -> list[tuple[By, str]]:
    return [
        (By.OPERATION, gettext("Operation")),
        (By.SERVICE, gettext("Service")),
        (By.KIND, gettext("Kind")),
        (By.STATUS, gettext("Status")),
    ]


def _load_usuals(trace: Trace) -> Usuals:
    """Of the most frequent operations."""
    spans = trace.rows.spans
    operations = [spans.operations[id_] for id_, _ in Counter(spans.operation_ids).most_common(_MAX_USUAL)]
    return load_if_known(DEFAULT_PROJECT, operations, trace.end_ns)


def _list_columns(asked: Asked, has_usual: bool) -> list[Column]:
    labels = {
        "spans": (gettext("Spans"), ""),
        "critical": (
            gettext("Critical path"),
            gettext("How long the ends of the trace's roots waited for these spans and no others"),
        ),
        "self": (gettext("Self time"), gettext("While none of their children ran")),
        "total": (
            gettext("Total"),
            gettext("All durations added up: what runs at once or below counts more than once"),
        ),
        "median": (gettext("Median"), ""),
        "p95": ("p95", ""),
        "max": (gettext("Max"), ""),
        "errors": (gettext("Errors"), ""),
        "usual": (gettext("Against usual"), gettext("The median against that of the day before")),
    }
    return [
        Column(
            name=name,
            label=labels[name][0],
            title=labels[name][1],
            address=asked.sorted_by(name),
            direction="" if name != asked.sort else "descending" if asked.is_descending else "ascending",
        )
        for name in FIGURES
        if has_usual or name != "usual"
    ]


def _draw(trace: Trace, asked: Asked, ranked: Ranked, meter: Meter, usuals: Usuals) -> list[Line]:
    words = {"by": asked.by_word, "clock": trace.clock.value, "build": name_build(trace)}
    address = f"{reverse('traces:summary_rows', args=[trace.trace_id.hex()])}?{urlencode(words)}"
    pen = Pen(trace, meter, usuals, address)
    lines = [pen.draw_line(label, rows) for label, rows in ranked.shown]
    return [*lines, pen.draw_others(ranked.others)] if ranked.others else lines
