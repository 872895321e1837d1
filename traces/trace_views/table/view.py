"""The view `table`."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy

from traces.api.block_cache import name_build
from traces.domain.attributes import format_value
from traces.domain.trace import Trace
from traces.storage.base import AttributeKey
from traces.trace_views.attribute_words import suggest_keys, write_key
from traces.trace_views.registry import TraceView, register
from traces.trace_views.table.asked import BUILT_IN, MAX_COLUMNS, NAME, PAGE_ROWS, Asked, read_asked
from traces.trace_views.table.lines import load_lines
from traces.trace_views.table.sorting import sort_table
from traces.words import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`name` sorts by it; `direction` is how it is sorted now. `without` leads to the table without an added one."""

    name: str
    label: str
    is_number: bool
    address: str
    direction: str
    without: str = ""


def register_table() -> None:
    register(
        TraceView(name=NAME, title=gettext_lazy("Table"), template="traces/views/table.html", make_context=make_context)
    )


def make_context(request: HttpRequest, trace: Trace) -> Mapping[str, object]:
    """Nothing in it holds on to the rows of the trace."""
    asked = read_asked(request.GET)
    rows = sort_table(trace, asked)
    first = asked.skip if asked.skip < len(rows) else 0
    last = min(len(rows), first + PAGE_ROWS)
    trace_id = trace.trace_id.hex()
    of_build = urlencode({"clock": trace.clock.value, "build": name_build(trace)})
    return {
        "asked": asked,
        "here": asked.address(span="", skip=str(first) if first else ""),
        "columns": _list_columns(asked),
        "lines": [
            (line, [visible(format_value(cell.value)) if cell.is_present else None for cell in line.cells])
            for line in load_lines(trace, rows[first:last], asked.columns)
        ],
        "first": first,
        "last": last,
        "previous": asked.address(skip=str(first - PAGE_ROWS) if first > PAGE_ROWS else "") if first else "",
        "next": asked.address(skip=str(last)) if last < len(rows) else "",
        "can_add": len(asked.columns) < MAX_COLUMNS,
        "keys": suggest_keys(besides=asked.columns),
        "values_address": f"{reverse('traces:values', args=[trace_id])}?{of_build}",
        "file_address": f"{reverse('traces:spans_csv', args=[trace_id])}{asked.address(view='', span='', results='')}",
    }


def _list_columns(asked: Asked) -> list[Column]:
    labels = {
        "service": gettext("Service"),
        "name": gettext("Operation"),
        "kind": gettext("Kind"),
        "status": gettext("Status"),
        "start": gettext("Start"),
        "duration": gettext("Duration"),
        "self": gettext("Self time"),
        "critical": gettext("Critical path"),
    }
    built_in = [_draw_column(asked, name, labels[name]) for name in BUILT_IN]
    return [*built_in, *(_draw_added(asked, key) for key in asked.columns)]


def _draw_added(asked: Asked, key: AttributeKey) -> Column:
    name = write_key(key)
    return _draw_column(asked, name, visible(name), asked.without(key))


def _draw_column(asked: Asked, name: str, label: str, without: str = "") -> Column:
    return Column(
        name=name,
        label=label,
        is_number=name in ("start", "duration", "self", "critical"),
        address=asked.sorted_by(name),
        direction="" if name != asked.sort else "descending" if asked.is_descending else "ascending",
        without=without,
    )
