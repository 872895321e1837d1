"""The flame graph of a trace, which a script draws, and what it says as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy

from traces.domain.paths import Paths, fit_children, merge_paths
from traces.domain.row_lists import spell_rows
from traces.domain.span import Operation
from traces.domain.trace import Trace
from traces.trace_views.registry import TraceView, register
from traces.words import percent

# The table has so many paths, the widest; and of each so many spans can be marked.
MAX_PATHS = 100
MAX_MARKED = 1_000
_MAX_INDENT = 24

Choosable = TypeVar("Choosable", bound=StrEnum)


class Mode(StrEnum):
    """How spans become frames."""

    LANES = "lanes"
    MERGED = "merged"


class Width(StrEnum):
    """What makes a merged frame wide."""

    CRITICAL = "critical"
    TOTAL = "total"
    SELF = "self"


_CAPTIONS = {
    Mode.LANES: gettext_lazy(
        "Every span when it ran, below the one that called it. What ran side by side has lanes of its own."
    ),
    Width.CRITICAL: gettext_lazy(
        "A frame is as wide as its spans and all below them were on the critical path: the widths add up to the"
        " duration of the root. What nobody waited for is left out."
    ),
    Width.TOTAL: gettext_lazy(
        "A frame is as wide as its spans took together, or as all below it where that ran side by side: these times"
        " add up to more than the trace took."
    ),
    Width.SELF: gettext_lazy(
        "A frame is as wide as the self time of its spans and of all below them: the work, whatever ran side by side."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A way to draw it."""

    words: str
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRow:
    """A path in the table. `row` is the span that took longest of it, `own_id` its id; `rows` all of them (`3,17-20`),
    empty where they are too many.
    """

    operation: Operation
    slot: int
    indent: int
    depth: int
    count: int
    error_count: int
    critical_ns: int
    percent: str
    total_ns: int
    self_ns: int
    row: int
    own_id: str
    rows: str


def show_flame(request: HttpRequest, trace: Trace) -> Mapping[str, object]:
    """Words that are no mode or width are those of the first."""
    mode = _choose(Mode, request.GET.get("mode", ""))
    width = _choose(Width, request.GET.get("by", ""))
    paths = merge_paths(trace)
    rows = _list_rows(trace, paths, width)
    return {
        "mode": mode,
        "width": width,
        "modes": [
            _offer(request, gettext("Timeline"), mode is Mode.LANES, mode=Mode.LANES),
            _offer(request, gettext("Merged by path"), mode is Mode.MERGED, mode=Mode.MERGED, by=width),
        ],
        "widths": [
            _offer(request, words, width is each, mode=Mode.MERGED, by=each)
            for each, words in (
                (Width.CRITICAL, gettext("Critical path")),
                (Width.TOTAL, gettext("Total")),
                (Width.SELF, gettext("Self time")),
            )
        ],
        "caption": _CAPTIONS[Mode.LANES if mode is Mode.LANES else width],
        "rows": rows,
        "path_count": len(paths),
        "kept": f"&{urlencode({'view': 'flame', 'mode': mode, 'by': width})}{_keep(request, 'clock')}",
    }


def _choose(choices: type[Choosable], text: str) -> Choosable:
    return next((each for each in choices if each == text), next(iter(choices)))


def _offer(request: HttpRequest, words: str, is_chosen: bool, **parameters: str) -> Choice:
    address = f"?view=flame&{urlencode(parameters)}{_keep(request, 'span', 'clock')}"
    return Choice(words=words, address=address, is_chosen=is_chosen)


def _keep(request: HttpRequest, *names: str) -> str:
    """What of the address stays."""
    kept = {name: text for name in names if (text := request.GET.get(name))}
    return f"&{urlencode(kept)}" if kept else ""


def _list_rows(trace: Trace, paths: Paths, width: Width) -> list[PathRow]:
    """The widest paths, each below what it is below; of siblings the widest first."""
    widths = _measure(paths, width)
    # A node comes before those below it: none of them is wider, and their numbers are higher.
    widest = sorted(range(len(paths)), key=lambda node: (-widths[node], node))[:MAX_PATHS]
    rows_of: dict[int, list[int]] = {node: [] for node in widest}
    for row, node in enumerate(paths.node_of):
        if node in rows_of:
            rows_of[node].append(row)
    whole_ns = sum(each for each, parent in zip(paths.criticals_ns, paths.parents, strict=True) if parent < 0)
    return [_draw_row(trace, paths, node, rows_of[node], whole_ns) for node in _sort_as_tree(widest, paths.parents)]


def _measure(paths: Paths, width: Width) -> list[int]:
    if width is Width.TOTAL:
        return fit_children(paths.parents, paths.totals_ns)
    return paths.criticals_ns if width is Width.CRITICAL else paths.inner_selves_ns


def _sort_as_tree(nodes: list[int], parents: list[int]) -> list[int]:
    """Each behind what it is below, else in the order given; a node's parent is given before it."""
    children: dict[int, list[int]] = {}
    for node in nodes:
        children.setdefault(parents[node], []).append(node)
    found, waiting = [], children.get(-1, [])[::-1]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += children.get(node, [])[::-1]
    return found


def _draw_row(trace: Trace, paths: Paths, node: int, rows: list[int], whole_ns: int) -> PathRow:
    durations_ns, order = trace.rows.spans.durations_ns, trace.rows.order
    slowest = max(rows, key=lambda row: (durations_ns[order[row]], -row))
    operation = trace.rows.spans.operations[paths.operation_ids[node]]
    return PathRow(
        operation=operation,
        slot=operation.service.slot,
        indent=min(paths.depths[node], _MAX_INDENT),
        depth=paths.depths[node] + 1,
        count=paths.counts[node],
        error_count=paths.error_counts[node],
        critical_ns=paths.criticals_ns[node],
        percent=percent(paths.criticals_ns[node] / whole_ns) if whole_ns else "",
        total_ns=paths.totals_ns[node],
        self_ns=paths.selves_ns[node],
        row=slowest,
        own_id=trace.rows.find_own_id(slowest).hex(),
        rows=spell_rows(rows) if len(rows) <= MAX_MARKED else "",
    )


def register_flame() -> None:
    """When the product starts."""
    register(
        TraceView(
            name="flame", title=gettext_lazy("Flame"), template="traces/views/flame.html", make_context=show_flame
        )
    )
