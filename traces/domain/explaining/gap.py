"""Long stretches of the critical path in a span that has children, but none at that time: nobody looked there."""

from traces.domain.explaining.by_row import ByRow
from traces.domain.explaining.findings import Finding, Rule
from traces.domain.explaining.main_path import MainPath
from traces.domain.span import SpanKind

LEAST_SHARE = 0.2
LEAST_NS = 5_000_000
_WAITING = (SpanKind.CLIENT, SpanKind.PRODUCER)


def find(spans: ByRow, path: MainPath) -> list[Finding]:
    """One an operation: a stretch of more than LEAST_SHARE of the root's time, and of LEAST_NS.

    `gap_ns` is the longest stretch, in `row`, `start_ns` where it begins, counted from the trace's start. A client's
    own time is not one: `network` speaks of it. Between the pieces of the path a span's children may run that nobody
    waited for; those are looked at, too.
    """
    trace = spans.trace
    found: dict[int, Finding] = {}
    least_ns = max(LEAST_NS, LEAST_SHARE * path.duration_ns)
    within = range(path.root, path.root + trace.rows.subtree_sizes[path.root])
    pieces = trace.critical_path
    for row, start_ns, end_ns in zip(pieces.rows, pieces.starts_ns, pieces.ends_ns, strict=True):
        if end_ns - start_ns <= least_ns or row not in within or trace.rows.subtree_sizes[row] == 1:
            continue
        if spans.operation(row).kind in _WAITING or spans.find_server(row) is not None:
            continue
        gap_start_ns, gap_ns = _find_longest_stretch(spans, row, start_ns, end_ns)
        if gap_ns <= least_ns:
            continue
        finding = Finding(
            rule=Rule.GAP,
            row=row,
            rows=(row,),
            weight=0.5 * path.share(gap_ns),
            numbers={"gap_ns": gap_ns, "start_ns": gap_start_ns - trace.start_ns},
        )
        best = found.get(spans.operation_ids[row])
        if best is None or best.numbers["gap_ns"] < gap_ns:
            found[spans.operation_ids[row]] = finding
    return list(found.values())


def _find_longest_stretch(spans: ByRow, row: int, start_ns: int, end_ns: int) -> tuple[int, int]:
    """Where between two times the longest begins in which no child runs, and how long it is."""
    free_ns, best = start_ns, (start_ns, 0)
    for child in spans.trace.rows.find_children(row):
        if spans.starts_ns[child] >= end_ns:
            break
        if spans.starts_ns[child] - free_ns > best[1]:
            best = free_ns, spans.starts_ns[child] - free_ns
        free_ns = max(free_ns, spans.ends_ns[child])
    return (free_ns, end_ns - free_ns) if end_ns - free_ns > best[1] else best
