"""A trace as a block of columns, which a browser draws without making an object a span.

docs/api.md ("GET traces/<trace_id>/columns") is the specification of the bytes.
"""

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, compress
from operator import add, gt, sub

import orjson

from traces.api.encode import JsonObject, encode_facts
from traces.domain.columns import picker
from traces.domain.span import SpanFlag, StatusCode, kind_name
from traces.domain.trace import Trace
from traces.domain.trace_rows import TraceRows

MEDIA_TYPE = "application/vnd.tracing-ui.trace-columns"
MAGIC = b"TCB1"

# Bits 0 to 7 of a row's flags are its SpanFlag, and so is bit 12.
_SPAN_FLAGS = 0xFF | SpanFlag.CLOCK_CORRECTED.value
_ERROR = 1 << 8
_ERROR_BELOW = 1 << 9
_MISSING_PARENT = 1 << 10
_CUT = 1 << 11

_ARRAY_CODES = {"u16": "H", "u32": "I", "u64": "Q", "f64": "d"}
_MAX_EXACT_F64 = 2**53
_MAX_U16 = 2**16 - 1
_MAX_U32 = 2**32 - 1

# Name, type, number of entries, bytes.
_Column = tuple[str, str, int, bytes]


def encode_columns(trace: Trace, build: str) -> bytes:
    """The block of a trace. `build` names it: equal builds, equal bytes."""
    rows, spans = trace.rows, trace.rows.spans
    in_order = picker(rows.order)
    operation_ids = in_order(spans.operation_ids)
    numbers = {operation_id: number for number, operation_id in enumerate(dict.fromkeys(operation_ids))}
    columns = [
        _times("start", [start_ns - trace.start_ns for start_ns in in_order(spans.starts_ns)]),
        _times("duration", in_order(spans.durations_ns)),
        _numbers("depth", rows.depths),
        _numbers("operation", [numbers[operation_id] for operation_id in operation_ids]),
        *_flags_and_missing(rows, in_order(spans.flags), in_order(spans.statuses)),
        _column("repeat_row", "u32", [repeat.head for repeat in trace.repeats]),
        _column("repeat_count", "u32", [repeat.member_count for repeat in trace.repeats]),
        *_critical_path(trace),
    ]
    header = {
        **encode_facts(trace),
        "root_row": trace.root_row,
        "build": build,
        "operations": _encode_operations(trace, numbers),
        "columns": list(_describe(columns)),
    }
    return b"".join(_assemble(orjson.dumps(header), columns))


def _encode_operations(trace: Trace, operation_ids: Iterable[int]) -> list[list[int | str]]:
    """[position in the services, name, kind] of each."""
    positions = {share.service: position for position, share in enumerate(trace.services)}
    operations = [trace.rows.spans.operations[operation_id] for operation_id in operation_ids]
    return [[positions[each.service], each.name, kind_name(each.kind)] for each in operations]


def _critical_path(trace: Trace) -> Iterator[_Column]:
    """Its pieces: whose each is and how long. In a root one begins where the one before it ends."""
    path = trace.critical_path
    lengths_ns = list(map(sub, path.ends_ns, path.starts_ns))
    yield _column("critical_row", "u32", path.rows)
    if max(lengths_ns, default=0) <= _MAX_U32:
        yield _column("critical_length", "u32", lengths_ns)
    else:
        yield _times("critical_length", lengths_ns)


def _times(name: str, times_ns: Sequence[int]) -> _Column:
    """Floats while they hold every nanosecond, for a hundred days: JavaScript computes with them directly."""
    return _column(name, "f64" if max(times_ns) <= _MAX_EXACT_F64 else "u64", times_ns)


def _numbers(name: str, numbers: Sequence[int]) -> _Column:
    return _column(name, "u16" if max(numbers) <= _MAX_U16 else "u32", numbers)


def _column(name: str, type_: str, items: Sequence[int]) -> _Column:
    packed = array(_ARRAY_CODES[type_], items)
    if sys.byteorder == "big":
        packed.byteswap()
    return name, type_, len(items), packed.tobytes()


def _flags_and_missing(rows: TraceRows, span_flags: Sequence[int], statuses: Sequence[int]) -> Iterator[_Column]:
    flags = [each & _SPAN_FLAGS for each in span_flags]
    if StatusCode.ERROR in statuses:
        _mark_errors(flags, statuses, rows.subtree_sizes)
    missing = [row for row, depth in enumerate(rows.depths) if depth == 0 and rows.is_missing_parent(row)]
    parent_ids = [rows.spans.parent_span_ids[rows.order[row]] or b"" for row in missing]
    here = set(parent_ids).intersection(rows.spans.span_ids)
    for row, parent_id in zip(missing, parent_ids, strict=True):
        flags[row] |= _MISSING_PARENT | _CUT if parent_id in here else _MISSING_PARENT
    yield _column("flags", "u16", flags)
    yield _column("missing_row", "u32", missing)
    yield "missing_parent", "id", len(missing), b"".join(parent_ids)


def _mark_errors(flags: list[int], statuses: Sequence[int], subtree_sizes: Sequence[int]) -> None:
    """A span has an error below it where the count of errors grows within its subtree."""
    errors = list(map(StatusCode.ERROR.value.__eq__, statuses))
    errors_before = [0, *accumulate(errors)]
    ends = map(add, range(len(flags)), subtree_sizes)
    below = map(gt, map(errors_before.__getitem__, ends), errors_before[1:])
    for row in compress(range(len(flags)), errors):
        flags[row] |= _ERROR
    for row in compress(range(len(flags)), below):
        flags[row] |= _ERROR_BELOW


def _describe(columns: Iterable[_Column]) -> Iterator[JsonObject]:
    offset = 0
    for name, type_, count, packed in columns:
        yield {"name": name, "type": type_, "offset": offset, "count": count}
        offset += len(packed) + _padding(len(packed))


def _assemble(header: bytes, columns: Iterable[_Column]) -> Iterator[bytes]:
    """Everything begins at a multiple of eight bytes, as typed arrays need it."""
    for part in (MAGIC + len(header).to_bytes(4, "little") + header, *(packed for *_, packed in columns)):
        yield part
        yield bytes(_padding(len(part)))


def _padding(length: int) -> int:
    return -length % 8
