"""The shapes of a bar as SVG paths, in a box of 100 × 24 that is stretched to the width of the plot. Pure.

static/js/lib/bars.js and coverage.js draw the same in the browser, for whatever window is zoomed into there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from traces.domain.repeats import Repeat
from traces.domain.trace import Trace
from traces.domain.trace_rows import TraceRows

# Half-open, nanoseconds since 1970.
Segment = tuple[int, int]

# Segments closer than this share of the trace are drawn as one: no screen could tell them apart.
_JOINED_PER = 1_000


def bar_path(trace: Trace, segments: Iterable[Segment]) -> str:
    """Rectangles as high as a bar, one a segment."""
    return _rectangles(trace, _join(segments, trace.duration_ns // _JOINED_PER), 6, 18)


def draw_critical(trace: Trace, segments: Sequence[Segment]) -> str:
    """The critical path below a bar, each segment wide enough to be seen."""
    least_ns = trace.duration_ns // _JOINED_PER
    wide = [(start, max(end, start + least_ns)) for start, end in _join(segments, least_ns)]
    return _rectangles(trace, wide, 20, 22)


def _rectangles(trace: Trace, segments: Iterable[Segment], top: int, bottom: int) -> str:
    return "".join(
        f"M{place(trace, start)} {top}H{place(trace, end)}V{bottom}H{place(trace, start)}Z" for start, end in segments
    )


def place(trace: Trace, at_ns: int) -> str:
    """Where a time lies in the trace, in per cent."""
    share = 100 * (at_ns - trace.start_ns) / trace.duration_ns if trace.duration_ns else 0
    return f"{round(share, 3):g}"


def _join(segments: Iterable[Segment], least_ns: int) -> Iterator[Segment]:
    start, end = -1, -1
    for following, its_end in segments:
        if start >= 0 and following - end < least_ns:
            end = max(end, its_end)
            continue
        if start >= 0:
            yield start, end
        start, end = following, its_end
    if start >= 0:
        yield start, end


def find_self_segments(rows: TraceRows, row: int) -> list[Segment]:
    """When a span ran while none of its children did, in order."""
    starts_ns, durations_ns, order = rows.spans.starts_ns, rows.spans.durations_ns, rows.order
    free = starts_ns[order[row]]
    end_ns = free + durations_ns[order[row]]
    segments = []
    for child in rows.find_children(row):
        child_start_ns = starts_ns[order[child]]
        if child_start_ns >= end_ns:
            break
        if child_start_ns > free:
            segments.append((free, child_start_ns))
        free = max(free, child_start_ns + durations_ns[order[child]])
    return [*segments, (free, end_ns)] if free < end_ns else segments


def measure_self_ns(rows: TraceRows, row: int) -> int:
    """How long a span ran while none of its children did."""
    return sum(end - start for start, end in find_self_segments(rows, row))


def list_member_segments(rows: TraceRows, repeat: Repeat) -> list[Segment]:
    """The members of a run of repeats, in order."""
    starts_ns, durations_ns = rows.spans.starts_ns, rows.spans.durations_ns
    segments = []
    row = repeat.head
    while row < repeat.end:
        index = rows.order[row]
        segments.append((starts_ns[index], starts_ns[index] + durations_ns[index]))
        row += rows.subtree_sizes[row]
    return segments


def collect_critical_pieces(trace: Trace, rows: range) -> dict[int, list[Segment]]:
    """The pieces of the critical path that belong to these rows, in order, by row. One pass over all pieces."""
    path, first, after = trace.critical_path, rows.start, rows.stop
    found: dict[int, list[Segment]] = {}
    for row, start_ns, end_ns in zip(path.rows, path.starts_ns, path.ends_ns, strict=True):
        if first <= row < after:
            found.setdefault(row, []).append((start_ns, end_ns))
    return found


def list_critical_segments(rows: TraceRows, pieces: Mapping[int, list[Segment]], repeat: Repeat) -> list[Segment]:
    """When members of a run of repeats, or what is below them, were on the critical path: of each it is one piece."""
    segments = []
    row = repeat.head
    while row < repeat.end:
        after = row + rows.subtree_sizes[row]
        if own := [piece for each in range(row, after) for piece in pieces.get(each, ())]:
            segments.append((min(own)[0], max(end for _, end in own)))
        row = after
    return segments
