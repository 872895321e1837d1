"""A table as comma-separated values: RFC 4180, UTF-8."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from io import StringIO

from traces.domain.attributes import AttributeValue, format_value
from traces.domain.span import kind_name, status_name
from traces.domain.trace import Trace
from traces.portions import read_patiently
from traces.trace_views.attribute_words import write_key
from traces.trace_views.table.asked import Asked
from traces.trace_views.table.lines import TableLine, load_lines
from traces.trace_views.table.sorting import sort_table
from traces.words import iso

# Each reads the blocks anew; together they must not fill the memory.
_PORTION_ROWS = 5_000
# Of longer texts and names the beginning is written.
_LONGEST = 4_096
_HEAD = (
    "span_id", "parent_span_id", "service", "operation", "kind", "status", "start", "offset_ns", "duration_ns",
    "self_ns", "critical_path_ns",
)  # fmt: skip
# A spreadsheet would take a text that begins so for a formula. https://owasp.org/www-community/attacks/CSV_Injection
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_file(trace: Trace, asked: Asked) -> Iterator[bytes]:
    """The head, then portions of the rows. Raises StoreUnavailable."""
    rows = sort_table(trace, asked)
    yield _write([[*_HEAD, *map(write_key, asked.columns)]])
    for start in range(0, len(rows), _PORTION_ROWS):
        read = partial(_read, trace, rows[start : start + _PORTION_ROWS], asked)
        yield read_patiently(read) if start else read()


def _read(trace: Trace, rows: Sequence[int], asked: Asked) -> bytes:
    return _write(map(_list_values, load_lines(trace, rows, asked.columns, _LONGEST)))


def _list_values(line: TableLine) -> Sequence[AttributeValue]:
    span = line.span
    return [
        span.span_id.hex(),
        (span.parent_span_id or b"").hex(),
        _cut(line.operation.service.name),
        _cut(line.operation.name),
        kind_name(line.operation.kind),
        status_name(span.status),
        iso(span.start_ns),
        line.offset_ns,
        span.duration_ns,
        line.self_ns,
        line.critical_ns,
        *(cell.value for cell in line.cells),
    ]


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"


def _write(lines: Iterable[Sequence[AttributeValue]]) -> bytes:
    portion = StringIO(newline="")
    csv.writer(portion).writerows(map(write_cell, line) for line in lines)
    # What is half of a surrogate pair cannot be sent.
    return portion.getvalue().encode("utf-8", "replace")


def write_cell(value: AttributeValue) -> str:
    """The value as text; one that a spreadsheet would take for a formula begins with an apostrophe. Numbers are
    harmless.
    """
    text = format_value(value)
    return f"'{text}" if text.startswith(_RISKY) and not isinstance(value, int | float) else text
