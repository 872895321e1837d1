"""Where the time went: contributions as the lines of a table. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext

from traces.comparing.comparison import Comparison, measure
from traces.comparing.sentences import name_operation, say_change, say_spread
from traces.comparing.shown import NOTHING, Shown, show_time
from traces.domain.comparison.contributions import Change, Contribution
from traces.domain.comparison.spread import Spread, judge
from traces.domain.span import Operation
from traces.domain.usual import Usual
from traces.words import duration, exact, offset

MOST_LINES: Final = 15
# Behind so many lines, those that come to less than this share of the first are others.
_LEAST_LINES: Final = 5
_LEAST_SHARE: Final = 0.01
#: Half the width of the drawing, which is 100.
_HALF: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """A contribution. `tone` is a class; the bar goes from `bar_start` for `bar_length` of 100, the middle being 0."""

    operation: Operation
    above: str
    said: str
    tone: str
    a: Shown
    b: Shown
    delta: Shown
    bar_start: str
    bar_length: str
    usual: str
    is_unusual: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The largest, and of the others how many there are and what they come to; those that take no time apart."""

    lines: list[PartLine]
    rest_count: int
    rest: Shown
    timeless_count: int


def list_part_lines(comparison: Comparison, known: Mapping[Operation, Usual]) -> Parts:
    """The largest first."""
    lasting = [each for each in comparison.found.contributions if each.delta_ns]
    most_ns = abs(lasting[0].delta_ns) if lasting else 0
    large_count = sum(1 for each in lasting if abs(each.delta_ns) >= _LEAST_SHARE * most_ns)
    shown = lasting[: min(MOST_LINES, max(_LEAST_LINES, large_count))]
    rest_ns = sum(each.delta_ns for each in lasting[len(shown) :])
    return Parts(
        lines=[_draw(comparison, each, most_ns, known) for each in shown],
        rest_count=len(lasting) - len(shown),
        rest=Shown(text=offset(rest_ns), title=exact(rest_ns)),
        timeless_count=len(comparison.found.contributions) - len(lasting),
    )


def list_operations(comparison: Comparison) -> list[Operation]:
    """Those of the lines."""
    return [comparison.alignment.operation(each.place) for each in comparison.found.contributions[:MOST_LINES]]


def _draw(comparison: Comparison, part: Contribution, most_ns: int, known: Mapping[Operation, Usual]) -> PartLine:
    alignment = comparison.alignment
    operation, caller = alignment.operation(part.place), alignment.find_caller(part.place)
    row_a, row_b = alignment.rows_a[part.node], alignment.rows_b[part.node]
    length = _HALF * abs(part.delta_ns) / most_ns
    spread = judge_node(comparison, part.node, known)
    return PartLine(
        operation=operation,
        above=gettext("below %(operation)s") % {"operation": name_operation(caller)} if caller else "",
        said=_say(comparison, part),
        tone="worse" if part.delta_ns > 0 else "better",
        a=show_time(part.critical_a_ns, comparison.a, row_a) if row_a >= 0 else NOTHING,
        b=show_time(part.critical_b_ns, comparison.b, row_b) if row_b >= 0 else NOTHING,
        delta=Shown(text=offset(part.delta_ns), title=exact(part.delta_ns)),
        bar_start=f"{_HALF if part.delta_ns > 0 else _HALF - length:.4g}",
        bar_length=f"{length:.4g}",
        usual=_say_usual(comparison, part.node, spread) if spread else "",
        is_unusual=spread is not None and spread.exceeds,
    )


def _say(comparison: Comparison, part: Contribution) -> str:
    """A call can be longer on the path and shorter as a whole: it is not slower then."""
    if part.change in (Change.SLOWER, Change.FASTER):
        alignment = comparison.alignment
        whole_a_ns = measure(comparison.a, alignment.rows_a[part.node])
        whole_b_ns = measure(comparison.b, alignment.rows_b[part.node])
        if (whole_b_ns - whole_a_ns) * part.delta_ns < 0:
            return gettext("more of it waited for") if part.delta_ns > 0 else gettext("less of it waited for")
    return say_change(part)


def _say_usual(comparison: Comparison, node: int, spread: Spread) -> str:
    """Spans are usually so long with all below them; so the two are said whole beside it."""
    alignment = comparison.alignment
    return gettext("%(a)s → %(b)s; %(usual)s") % {
        "a": duration(measure(comparison.a, alignment.rows_a[node])),
        "b": duration(measure(comparison.b, alignment.rows_b[node])),
        "usual": say_spread(spread),
    }


def judge_node(comparison: Comparison, node: int, known: Mapping[Operation, Usual]) -> Spread | None:
    """The two spans of a node beside what is usual; None where one is missing, is of another operation, or nothing is
    known.
    """
    row_a, row_b = comparison.alignment.rows_a[node], comparison.alignment.rows_b[node]
    if row_a < 0 or row_b < 0:
        return None
    operation = comparison.b.rows.operation(row_b)
    if comparison.a.rows.operation(row_a) != operation:
        return None
    return judge(known.get(operation), measure(comparison.a, row_a), measure(comparison.b, row_b))


def find_top_pair(contributions: Sequence[Contribution], comparison: Comparison) -> int | None:
    """The node of the largest contribution that both traces have and that is not the root."""
    nodes = (each.node for each in contributions if each.delta_ns and comparison.alignment.is_pair(each.node))
    return next((node for node in nodes if node != comparison.alignment.root), None)
