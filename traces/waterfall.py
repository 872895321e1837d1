"""A page of the waterfall as drawn, before any script runs and for readers without. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from traces.bars import (
    Segment,
    bar_path,
    collect_critical_pieces,
    draw_critical,
    find_self_segments,
    list_critical_segments,
    list_member_segments,
    place,
)
from traces.domain.finding import Needle
from traces.domain.span import SpanFlag, SpanOutline, kind_name
from traces.domain.trace import Trace
from traces.entries import FOLDS_FROM_SPANS, Entry, EntryKind, find_missing_parents, find_runs_around, list_entries
from traces.words import duration, kind_glyph, letters, named

MAX_INDENT = 24
ROWS_PER_PAGE = 100

# What stands in a row for a flag, and what it means.
_MARKS = (
    (SpanFlag.HAS_LINKS, "↗", "links to other spans"),
    (SpanFlag.CLOCK_CORRECTED, "⇄", "moved: its clock differs"),
    (SpanFlag.CLOCK_IMPLAUSIBLE, "◷", "impossible clock"),
    (SpanFlag.ENDS_BEFORE_START, "⇤", "ends before it starts"),
    (SpanFlag.UNFINISHED, "…", "sent without an end"),
)


def share(part_ns: int, whole_ns: int) -> str:
    """A part of a whole in per cent, wide enough to be seen."""
    return f"{max(0.4, min(100.0, 100 * part_ns / whole_ns)) if whole_ns else 0.4:.4g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where an entry stands on its page. `depth` is empty where the indentation tells it."""

    position: str
    level: int
    indent: int
    depth: str
    is_selected: bool
    is_parents_service: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRow:
    """A line of the waterfall, all but worded: a page has many.

    `position` counts from 1 among the lines of the page; `service` is empty where it is the parent's; `badge` says how
    deep a row is that can be indented no further, or how many spans it stands for. `whole`, `own` and `critical` are
    the paths of the bar, of its self time (see `bars`), empty where all is, and of the critical path below it; `end` is
    where the label begins, in per cent. `colour` and `indent` are classes.
    """

    id: str
    position: str
    look: str
    colour: str = ""
    indent: str = "d0"
    level: str
    is_open: bool | None = None
    is_selected: bool = False
    badge: str = ""
    letters: str = ""
    is_error: bool = False
    service: str = ""
    name: str
    title: str = ""
    address: str
    marks: str = ""
    meaning: str = ""
    is_bad: bool = False
    whole: str = ""
    own: str = ""
    critical: str = ""
    end: str = "0"
    duration: str = ""
    offset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPage:
    """Lines of the waterfall, and the row at which the next page begins, None after the last."""

    rows: list[DrawnRow]
    next_first: int | None


# What a script fills, in the markup of every other row.
EMPTY_ROW = DrawnRow(id="", position="", look="row", level="1", name="", address="#")


def draw(
    trace: Trace,
    first: int,
    *,
    selected: int | None = None,
    folds_repeats: bool | None = None,
    needle: Needle | None = None,
    shows_path: bool = True,
) -> DrawnPage:
    """The page that begins at row `first`, indented from the shallowest of its lines. Shows row `selected`, if near.

    Repeats are folded in large traces, unless it is said whether they are. Rows whose name or service mentions the
    needle stand out. `shows_path` draws the critical path.
    """
    opened = find_runs_around(trace, first) | (find_runs_around(trace, selected) if selected is not None else set())
    folds = len(trace.rows) >= FOLDS_FROM_SPANS if folds_repeats is None else folds_repeats
    entries = list(islice(list_entries(trace, first, opened, folds), ROWS_PER_PAGE + 1))
    beyond = entries[ROWS_PER_PAGE].row if len(entries) > ROWS_PER_PAGE else None
    shown = range(first, len(trace.rows) if beyond is None else beyond)
    pieces = collect_critical_pieces(trace, shown) if shows_path else {}
    missing = find_missing_parents(trace)
    rows = [
        _draw_missing(missing[entry.row], entry, line)
        if entry.kind is EntryKind.MISSING
        else _draw(trace, entry, line, needle, pieces)
        for entry, line in _place(trace, first, entries[:ROWS_PER_PAGE], selected)
    ]
    return DrawnPage(rows=rows, next_first=beyond)


def _place(trace: Trace, first: int, entries: list[Entry], selected: int | None) -> Iterator[tuple[Entry, Line]]:
    edge = min(entry.level for entry in entries)
    services = [trace.rows.operation(row).service.name for row in trace.rows.find_ancestors(first)][::-1]
    for position, entry in enumerate(entries, 1):
        del services[trace.rows.depths[entry.row] :]
        service = trace.rows.operation(entry.row).service.name
        indent = entry.level - edge
        is_told = indent <= MAX_INDENT and (edge == 0 or position > 1)
        yield (
            entry,
            Line(
                position=str(position),
                level=entry.level,
                indent=min(indent, MAX_INDENT),
                depth="" if is_told else f"{entry.level + 1:,}",
                is_selected=entry.kind is EntryKind.SPAN and entry.row == selected,
                is_parents_service=bool(services) and services[-1] == service,
            ),
        )
        services.append(service)


def _draw_missing(parent_id: bytes, entry: Entry, line: Line) -> DrawnRow:
    text = parent_id.hex()
    return DrawnRow(
        id=_row_id(entry),
        position=line.position,
        look="row missing",
        indent=f"d{line.indent}",
        level=str(line.level + 1),
        name=f"parent {text[:4]}…{text[-4:]} never arrived",
        title=text,
        address="#",
    )


def _draw(
    trace: Trace, entry: Entry, line: Line, needle: Needle | None, pieces: Mapping[int, list[Segment]]
) -> DrawnRow:
    rows, repeat, row = trace.rows, entry.repeat, trace.rows[entry.row]
    span, operation = row.span, row.span.operation
    segments = list_member_segments(rows, repeat) if repeat else find_self_segments(rows, entry.row)
    critical = list_critical_segments(rows, pieces, repeat) if repeat else pieces.get(entry.row, [])
    end_ns = max(end for _, end in segments) if repeat else span.end_ns
    marks = [] if repeat else list(_find_marks(span))
    return DrawnRow(
        id=_row_id(entry),
        position=line.position,
        look=" ".join(_find_looks(span, repeat is not None, row.child_count > 0, line, needle)),
        colour=f"c{operation.service.slot}",
        indent=f"d{line.indent}",
        level=str(line.level + 1),
        is_open=False if repeat else True if row.child_count else None,
        is_selected=line.is_selected,
        badge=f"×{repeat.member_count:,}" if repeat else f"depth {line.depth}" if line.depth else "",
        letters=letters(operation.service.name),
        is_error=span.is_error and not repeat,
        service="" if line.is_parents_service else named(operation.service.name),
        name=named(operation.name),
        address=f"?first={entry.row}&repeats=0#r{entry.row + 1}"
        if repeat
        else f"?span={rows.find_own_id(entry.row).hex()}#span",
        marks=" ".join(sign for sign, _ in marks),
        meaning=", ".join(meaning for _, meaning in marks),
        is_bad=bool(span.flags & SpanFlag.HAS_EXCEPTION) and not repeat,
        whole=bar_path(trace, [(span.start_ns, end_ns)]),
        own=bar_path(trace, segments) if repeat or row.child_count else "",
        critical=draw_critical(trace, critical),
        end=place(trace, end_ns),
        duration=_describe_run(segments) if repeat else duration(span.duration_ns),
        offset=duration(span.start_ns - trace.start_ns),
    )


def _row_id(entry: Entry) -> str:
    return f"r{entry.row + 1}" if entry.kind is EntryKind.SPAN else f"r{entry.row + 1}-{entry.kind:d}"


def _find_looks(
    span: SpanOutline, is_repeat: bool, has_children: bool, line: Line, needle: Needle | None
) -> Iterator[str]:
    yield "row"
    if is_repeat:
        yield "repeat"
        return
    if not has_children:
        yield "leaf"
    if span.is_error:
        yield "e"
    if span.flags & SpanFlag.UNFINISHED:
        yield "endless"
    if line.is_selected:
        yield "sel"
    if needle and (needle.is_in(span.operation.name) or needle.is_in(span.operation.service.name)):
        yield "hit"


def _find_marks(span: SpanOutline) -> Iterator[tuple[str, str]]:
    """Signs and their meanings."""
    kind = span.operation.kind
    if glyph := kind_glyph(kind):
        yield glyph, kind_name(kind)
    if span.flags & SpanFlag.HAS_EXCEPTION:
        yield "!", "exception"
    elif span.flags & SpanFlag.HAS_EVENTS:
        yield "•", "events"
    for flag, sign, meaning in _MARKS:
        if span.flags & flag:
            yield sign, meaning


def _describe_run(segments: list[tuple[int, int]]) -> str:
    durations = sorted(end - start for start, end in segments)
    return f"Σ {duration(sum(durations))} · median {duration(durations[len(durations) // 2])}"
