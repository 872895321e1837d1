"""The waterfall as drawn: rows, bars and ticks. Pure; positions are per cent of the width, as SVG takes them."""

from dataclasses import dataclass

from traces.domain.span import kind_name
from traces.domain.trace import Trace, TraceRow, TraceRows
from traces.words import duration, kind_glyph, letters, named

MAX_INDENT = 24
ROWS_PER_PAGE = 500

_SECOND_NS = 1_000_000_000


def share(part_ns: int, whole_ns: int) -> str:
    """A part of a whole in per cent, wide enough to be seen."""
    return f"{max(0.4, min(100.0, 100 * part_ns / whole_ns)) if whole_ns else 0.4:.4g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    x: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRow:
    """A row of the waterfall, all but worded: a page has hundreds.

    `service` is empty where it is the parent's, `kind` for a span that talks to no other process, `depth` where the
    indentation tells it; `end` is where the label begins.
    """

    row: TraceRow
    number: str
    look: str
    level: str
    depth: str
    letters: str
    service: str
    name: str
    span_id: str
    kind: str
    glyph: str
    x: str
    width: str
    end: str
    duration: str


def ticks(trace: Trace) -> list[Tick]:
    """Round times along the trace, at most six with its beginning."""
    step = _step(trace.duration_ns)
    marks = range(0, trace.duration_ns + 1, step)
    return [Tick(x=_percent(at, trace.duration_ns), label=duration(at, trim=True) if at else "0") for at in marks]


def _step(duration_ns: int) -> int:
    """The smallest round step of which at most five fit."""
    if duration_ns > 60 * _SECOND_NS:
        minutes = [seconds * _SECOND_NS for seconds in (15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600)]
        if fitting := [step for step in minutes if duration_ns // step <= 5]:
            return fitting[0]
        day = 43_200 * _SECOND_NS
        return day * -(-duration_ns // (5 * day))
    power: int = 10 ** max(0, len(str(duration_ns)) - 2)
    return next(power * factor for factor in (1, 2, 5, 10, 20, 50) if duration_ns // (power * factor) <= 5)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.4g}"


def draw(trace: Trace, first: int) -> list[DrawnRow]:
    """The rows of the page that begins at row `first`, indented from the shallowest of them."""
    rows = trace.rows[first : first + ROWS_PER_PAGE]
    ancestors = [trace.rows.operation(row).service.name for row in trace.rows.find_ancestors(first)][::-1]
    edge = min(row.depth for row in rows)
    drawn: list[DrawnRow] = []
    for number, row in enumerate(rows, first + 1):
        del ancestors[row.depth :]
        service = row.span.operation.service.name
        is_parents = bool(ancestors) and ancestors[-1] == service
        ancestors.append(service)
        indent = row.depth - edge
        is_told = indent <= MAX_INDENT and (edge == 0 or len(drawn) > 0)
        drawn.append(
            _draw_row(
                trace,
                row,
                number=str(number),
                indent=min(indent, MAX_INDENT),
                depth="" if is_told else str(row.depth + 1),
                service="" if is_parents else named(service),
            )
        )
    return drawn


def measure_self_ns(rows: TraceRows, row: int) -> int:
    """How long a span ran while none of its children did."""
    starts_ns, durations_ns, span = rows.spans.starts_ns, rows.spans.durations_ns, rows[row].span
    self_ns, covered_until = span.duration_ns, span.start_ns
    for child in rows.find_children(row):
        index = rows.order[child]
        begin = max(starts_ns[index], covered_until)
        end = min(starts_ns[index] + durations_ns[index], span.end_ns)
        self_ns -= max(0, end - begin)
        covered_until = max(covered_until, end)
    return self_ns


def _draw_row(trace: Trace, row: TraceRow, *, number: str, indent: int, depth: str, service: str) -> DrawnRow:
    span, operation = row.span, row.span.operation
    whole = trace.duration_ns or 1
    x = min(99.9, 100 * (span.start_ns - trace.start_ns) / whole)
    width = max(0.1, 100 * span.duration_ns / whole)
    glyph = kind_glyph(operation.kind)
    return DrawnRow(
        row=row,
        number=number,
        look=f"c{operation.service.slot} d{indent}{' e' if span.is_error else ''}",
        level=str(row.depth + 1),
        depth=depth,
        letters=letters(operation.service.name),
        service=service,
        name=named(operation.name),
        span_id=span.span_id.hex(),
        kind=kind_name(operation.kind) if glyph else "",
        glyph=glyph,
        x=f"{x:.4g}",
        width=f"{width:.4g}",
        end=f"{x + width:.4g}",
        duration=duration(span.duration_ns),
    )
