"""The two traces as one tree: a line a node, two thin bars in each. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext

from traces.comparing.asked import ALL, CHANGED, LINKED
from traces.comparing.comparison import Comparison, measure
from traces.comparing.ranking import judge_node
from traces.comparing.sentences import name_operation, say_spread
from traces.comparing.shown import NOTHING, Shown, show_time
from traces.domain.comparison.alignment import Alignment
from traces.domain.critical_path import CriticalPath
from traces.domain.span import Operation
from traces.domain.trace import Trace
from traces.domain.usual import Usual
from traces.waterfall import MAX_INDENT, share
from traces.words import exact, offset

LINES_PER_PAGE: Final = 100
#: From this share of the longer root on, time on the critical path that one trace has more is a difference.
_LEAST_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Where a span lies, in per cent of the scale."""

    start: str
    length: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLine:
    """`look` is a class: `gone`, `added`, `worse`, `better` or empty; `glyph` and `said` say the same.

    `depth` is empty where the indentation tells it. `below` counts the spans below that are not listed.
    """

    operation: Operation
    title: str
    indent: str
    depth: str
    look: str
    glyph: str
    said: str
    a: Shown
    b: Shown
    delta: Shown | None
    below: int
    usual: str
    bar_a: Bar | None
    bar_b: Bar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """The nodes that are listed. `shows` is CHANGED or ALL; `changed_count` counts those that differ themselves.

    Those that both traces have differ where one path is `least_ns` longer there.
    """

    listed: Sequence[int]
    shows: str
    changed_count: int
    least_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePage:
    """Lines from `first` on."""

    lines: list[TreeLine]
    first: int
    total: int

    @property
    def last(self) -> int:
        return self.first + len(self.lines)

    @property
    def next_first(self) -> int | None:
        return self.last if self.last < self.total else None

    @property
    def previous_first(self) -> int | None:
        return max(0, self.first - LINES_PER_PAGE) if self.first else None


def choose_nodes(comparison: Comparison, show: str) -> Nodes:
    """Those that differ and what they are below, or all; where nothing differs, all."""
    alignment = comparison.alignment
    least_ns = max(1, round(_LEAST_SHARE * max(comparison.duration_a_ns, comparison.duration_b_ns)))
    changed = _find_changed(alignment, comparison.a.critical_path, comparison.b.critical_path, least_ns)
    if show == ALL or (not changed and show != CHANGED):
        listed: Sequence[int] = range(len(alignment))
        return Nodes(listed=listed, shows=ALL, changed_count=len(changed), least_ns=least_ns)
    listed = _add_ancestors(changed, alignment.depths)
    return Nodes(listed=listed, shows=CHANGED, changed_count=len(changed), least_ns=least_ns)


def _find_changed(alignment: Alignment, path_a: CriticalPath, path_b: CriticalPath, least_ns: int) -> set[int]:
    """The topmost nodes that only one trace has, and those that are longer on one path by so much."""
    own_a, own_b = path_a.own_ns, path_b.own_ns
    return set(alignment.tops).union(
        node
        for node, (row_a, row_b) in enumerate(zip(alignment.rows_a, alignment.rows_b, strict=True))
        if row_a >= 0 <= row_b and abs(own_a[row_a] - own_b[row_b]) >= least_ns
    )


def _add_ancestors(nodes: set[int], depths: Sequence[int]) -> list[int]:
    """Ascending. In pre-order read backwards, what comes first of a lesser depth is the parent."""
    found, wanted = [], -1
    for node in range(len(depths) - 1, -1, -1):
        depth = depths[node]
        if depth <= wanted or node in nodes:
            found.append(node)
            wanted = depth - 1
    return found[::-1]


def draw_page(
    comparison: Comparison, nodes: Nodes, first: int, scale: str, known: Mapping[Operation, Usual]
) -> TreePage:
    """The page that begins with line `first`, or with the last there is."""
    first = max(0, min(first, len(nodes.listed) - 1))
    scales = comparison.a.duration_ns, comparison.b.duration_ns
    if scale == LINKED:
        scales = (max(scales),) * 2
    tops = set(comparison.alignment.tops)
    lines = [
        _draw(comparison, node, scales, node in tops, nodes, known)
        for node in nodes.listed[first : first + LINES_PER_PAGE]
    ]
    return TreePage(lines=lines, first=first, total=len(nodes.listed))


def list_page_operations(comparison: Comparison, nodes: Nodes, first: int) -> list[Operation]:
    """Of what both traces have on that page."""
    rows_b = comparison.alignment.rows_b
    first = max(0, min(first, len(nodes.listed) - 1))
    listed = nodes.listed[first : first + LINES_PER_PAGE]
    return [comparison.b.rows.operation(rows_b[node]) for node in listed if comparison.alignment.is_pair(node)]


def _draw(
    comparison: Comparison,
    node: int,
    scales: tuple[int, int],
    is_top: bool,
    nodes: Nodes,
    known: Mapping[Operation, Usual],
) -> TreeLine:
    alignment, a, b = comparison.alignment, comparison.a, comparison.b
    row_a, row_b, depth = alignment.rows_a[node], alignment.rows_b[node], alignment.depths[node]
    operation = b.rows.operation(row_b) if row_b >= 0 else a.rows.operation(row_a)
    delta_ns = _sum_path(b, row_b, is_top) - _sum_path(a, row_a, is_top)
    look, glyph, said = _word(row_a, row_b, delta_ns, nodes.least_ns)
    spread = judge_node(comparison, node, known)
    below = max(_size(a, row_a), _size(b, row_b)) - 1 if is_top and nodes.shows == CHANGED else 0
    return TreeLine(
        operation=operation,
        title=name_operation(operation),
        indent=f"d{min(depth, MAX_INDENT)}",
        depth=f"{depth:,}" if depth > MAX_INDENT else "",
        look=look,
        glyph=glyph,
        said=said,
        a=show_time(measure(a, row_a), a, row_a) if row_a >= 0 else NOTHING,
        b=show_time(measure(b, row_b), b, row_b) if row_b >= 0 else NOTHING,
        # What is below a span that is alone counts to the topmost one.
        delta=Shown(text=offset(delta_ns), title=exact(delta_ns))
        if delta_ns and _counts(row_a, row_b, is_top)
        else None,
        below=below,
        usual=say_spread(spread) if spread and spread.exceeds else "",
        bar_a=_bar(a, row_a, scales[0]),
        bar_b=_bar(b, row_b, scales[1]),
    )


def _counts(row_a: int, row_b: int, is_top: bool) -> bool:
    return is_top or row_a >= 0 <= row_b


def _sum_path(trace: Trace, row: int, with_below: bool) -> int:
    """How long a row is on the critical path, and all below it where that is asked."""
    if row < 0:
        return 0
    own_ns = trace.critical_path.own_ns
    return sum(own_ns[row : row + _size(trace, row)]) if with_below else own_ns[row]


def _size(trace: Trace, row: int) -> int:
    return trace.rows.subtree_sizes[row] if row >= 0 else 0


def _word(row_a: int, row_b: int, delta_ns: int, least_ns: int) -> tuple[str, str, str]:
    if row_a < 0:
        return "added", "+", gettext("only in B")
    if row_b < 0:
        return "gone", "−", gettext("only in A")
    if abs(delta_ns) < least_ns:
        return "", "", ""
    return ("worse", "▲", gettext("slower")) if delta_ns > 0 else ("better", "▼", gettext("faster"))


def _bar(trace: Trace, row: int, scale_ns: int) -> Bar | None:
    if row < 0:
        return None
    start_ns = trace.rows.spans.starts_ns[trace.rows.order[row]] - trace.start_ns
    start = min(99.6, 100 * start_ns / scale_ns) if scale_ns else 0
    return Bar(start=f"{start:.4g}", length=share(measure(trace, row), scale_ns))
