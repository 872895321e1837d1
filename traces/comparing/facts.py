"""The facts of both traces, how often each calls what, and what two spans say differently. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext

from traces.comparing.comparison import Comparison, measure
from traces.comparing.sentences import name_operation, say_counts, say_errors
from traces.comparing.shown import NOTHING, Shown, show_time, span_address
from traces.domain.comparison.attribute_differences import AttributeDifference, find_differences
from traces.domain.comparison.counts import Counts, Tally
from traces.domain.span import Operation, Span
from traces.domain.trace import Trace
from traces.domain.usual import Usual
from traces.explained.usual import LEAST_SPANS, spell_rank
from traces.omnibox import address_of_search
from traces.words import count, iso, offset, visible

MOST_COUNTS: Final = 30
MOST_ATTRIBUTES: Final = 40
_MOST_CHARS: Final = 200
_DAY_NS: Final = 86_400 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLine:
    label: str
    a: Shown
    b: Shown
    change: str = ""


def list_facts(comparison: Comparison, known: Mapping[Operation, Usual]) -> list[FactLine]:
    """Two columns, and how they differ."""
    a, b = comparison.a, comparison.b
    whole_a, whole_b = _address(a), _address(b)
    lines = [
        FactLine(
            label=gettext("Duration of the root"),
            a=show_time(comparison.duration_a_ns, a, comparison.root_a),
            b=show_time(comparison.duration_b_ns, b, comparison.root_b),
            change=offset(comparison.delta_ns),
        ),
        *_rank(comparison, known),
        _count_line(gettext("Spans"), len(a.rows), len(b.rows), whole_a, whole_b),
        _count_line(gettext("Services"), len(a.services), len(b.services), whole_a, whole_b),
        _count_line(gettext("Depth"), a.depth, b.depth, whole_a, whole_b),
        _count_line(gettext("Errors"), a.error_count, b.error_count, _error_address(a), _error_address(b)),
    ]
    if a.missing_parent_count or b.missing_parent_count:
        label = gettext("Missing parents")
        lines.append(_count_line(label, a.missing_parent_count, b.missing_parent_count, whole_a, whole_b))
    return lines


def _rank(comparison: Comparison, known: Mapping[Operation, Usual]) -> list[FactLine]:
    """Where each root stands among those of the day before; the links lead to those that took longer."""
    sides = (comparison.a, comparison.root_a), (comparison.b, comparison.root_b)
    shown = [_rank_root(*side, known, comparison.until_ns) for side in sides]
    if shown == [NOTHING, NOTHING]:
        return []
    return [FactLine(label=gettext("Among those of the day before"), a=shown[0], b=shown[1])]


def _rank_root(trace: Trace, row: int, known: Mapping[Operation, Usual], until_ns: int) -> Shown:
    operation, duration_ns = trace.rows.operation(row), measure(trace, row)
    usual = known.get(operation)
    if usual is None or usual.span_count < LEAST_SPANS:
        return NOTHING
    slower = address_of_search(
        service=operation.service.name,
        operation=operation.name,
        minDuration=f"{duration_ns // 1_000}us",
        start=iso(max(0, until_ns - _DAY_NS)),
        end=iso(until_ns),
    )
    text = gettext("%(rank)s of %(count)s") % {
        "rank": spell_rank(usual.rank(duration_ns), usual.span_count),
        "count": count(usual.span_count),
    }
    return Shown(text=text, address=slower, title=gettext("Show slower ones"))


def _count_line(label: str, a: int, b: int, address_a: str, address_b: str) -> FactLine:
    change = "" if a == b else f"{'+' if b > a else '−'}{count(abs(b - a))}"
    return FactLine(
        label=label,
        a=Shown(text=count(a), address=address_a if a else ""),
        b=Shown(text=count(b), address=address_b if b else ""),
        change=change,
    )


def _address(trace: Trace) -> str:
    return reverse("traces:trace", args=[trace.trace_id.hex()])


def _error_address(trace: Trace) -> str:
    row = trace.rows.find_first_error()
    return "" if row is None else span_address(trace, row)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLine:
    """An operation that one of the traces calls, or that fails there, more often."""

    operation: Operation
    title: str
    said: str
    calls: tuple[Shown, Shown]
    self_times: tuple[Shown, Shown]
    critical_times: tuple[Shown, Shown]
    errors: tuple[str, str]


def list_counts(comparison: Comparison) -> tuple[list[CountLine], int, int]:
    """Lines of those that differ most in calls or errors, how many differ besides, and how many do not."""
    counts = comparison.found.counts
    differing = [each for each in counts if each.differs]
    lines = [_draw_counts(comparison, each) for each in differing[:MOST_COUNTS]]
    return lines, len(differing) - len(lines), len(counts) - len(differing)


def _draw_counts(comparison: Comparison, counts: Counts) -> CountLine:
    a, b = (comparison.a, counts.a), (comparison.b, counts.b)
    return CountLine(
        operation=counts.operation,
        title=name_operation(counts.operation),
        said=say_counts(counts.a.calls, counts.b.calls) if counts.difference else say_errors(counts.b.errors),
        calls=(_show_calls(*a), _show_calls(*b)),
        self_times=(_show_time(counts.a.self_ns, *a), _show_time(counts.b.self_ns, *b)),
        critical_times=(_show_time(counts.a.critical_ns, *a), _show_time(counts.b.critical_ns, *b)),
        errors=(count(counts.a.errors), count(counts.b.errors)),
    )


def _show_calls(trace: Trace, tally: Tally) -> Shown:
    address = span_address(trace, tally.first_row) if tally.calls else ""
    return Shown(text=count(tally.calls), address=address)


def _show_time(time_ns: int, trace: Trace, tally: Tally) -> Shown:
    return show_time(time_ns, trace, tally.first_row) if tally.calls else NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeLine:
    """An attribute that differs; None where a side has no such key."""

    key: str
    place: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeDifferences:
    """Of one pair of spans. `title` names their operation."""

    title: str
    address_a: str
    address_b: str
    lines: list[AttributeLine]
    rest_count: int


def list_attribute_differences(comparison: Comparison, node: int, a: Span, b: Span) -> AttributeDifferences:
    """What the two spans of a node, as they were read, say differently."""
    row_a, row_b = comparison.alignment.rows_a[node], comparison.alignment.rows_b[node]
    found: Sequence[AttributeDifference] = find_differences(a, b)
    return AttributeDifferences(
        title=name_operation(comparison.b.rows.operation(row_b)),
        address_a=span_address(comparison.a, row_a),
        address_b=span_address(comparison.b, row_b),
        lines=[
            AttributeLine(key=_cut(each.key), place=each.place, a=_cut_value(each.a), b=_cut_value(each.b))
            for each in found[:MOST_ATTRIBUTES]
        ],
        rest_count=max(0, len(found) - MOST_ATTRIBUTES),
    )


def _cut_value(text: str | None) -> str | None:
    return None if text is None else _cut(text) or "“”"


def _cut(text: str) -> str:
    return visible(text) if len(text) <= _MOST_CHARS else visible(text[:_MOST_CHARS]) + "…"
