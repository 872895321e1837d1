"""One trace as a tree, laid out in rows: pre-order, children by start. Nothing here recurses.

Real traces lack parents, repeat ids and contain cycles (three in four data sets do): every span gets a row all
the same.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from traces.domain.repairs import repair
from traces.domain.span import Service, SpanOutline


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """A span at its place. `subtree_size` counts the span and all below it: the next sibling is that far away.

    `is_missing_parent` marks a span whose parent is named but not here (or lies on a cycle).
    """

    span: SpanOutline
    depth: int
    subtree_size: int
    child_count: int
    is_missing_parent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceShare:
    """What one service has in a trace."""

    service: Service
    span_count: int
    error_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All spans of one trace id. `rows` is never empty; `notes` are sentences about what was repaired."""

    trace_id: bytes
    rows: tuple[TraceRow, ...]
    start_ns: int
    end_ns: int
    error_count: int
    depth: int
    missing_parent_count: int
    services: tuple[ServiceShare, ...]
    notes: tuple[str, ...]

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns

    @property
    def root(self) -> TraceRow:
        """The earliest span without a parent; where none is, the first row."""
        return next((row for row in self.rows if row.depth == 0 and not row.is_missing_parent), self.rows[0])


def build_trace(trace_id: bytes, spans: Sequence[SpanOutline]) -> Trace:
    """The tree of `spans` (at least one, all of `trace_id`, in any order)."""
    repaired, notes = repair(spans)
    repaired.sort(key=lambda span: (span.start_ns, -span.duration_ns, span.span_id))
    rows = _lay_out(repaired)
    return Trace(
        trace_id=trace_id,
        rows=tuple(rows),
        start_ns=min(span.start_ns for span in repaired),
        end_ns=max(span.end_ns for span in repaired),
        error_count=sum(span.is_error for span in repaired),
        depth=max(row.depth for row in rows) + 1,
        missing_parent_count=sum(row.is_missing_parent for row in rows),
        services=_share_by_service(repaired),
        notes=notes,
    )


def _lay_out(spans: list[SpanOutline]) -> list[TraceRow]:
    """Rows of spans that are sorted by start."""
    index_of: dict[bytes, int] = {}
    for index, span in enumerate(spans):
        index_of.setdefault(span.span_id, index)
    children: dict[int, list[int]] = defaultdict(list)
    roots: list[int] = []
    for index, span in enumerate(spans):
        parent = index_of.get(span.parent_span_id) if span.parent_span_id else None
        if parent is None or parent == index:
            roots.append(index)
        else:
            children[parent].append(index)
    order, depths = _walk(roots, children)
    if len(order) < len(spans):
        order, depths = _walk(_break_cycles(spans, roots, children, set(order)), children)
    return _rows(spans, children, order, depths)


def _walk(roots: list[int], children: dict[int, list[int]]) -> tuple[list[int], list[int]]:
    """Pre-order with an explicit stack; a span already seen is not entered again."""
    order, depths, seen = [], [], set()
    stack = [(root, 0) for root in reversed(roots)]
    while stack:
        index, depth = stack.pop()
        if index in seen:
            continue
        seen.add(index)
        order.append(index)
        depths.append(depth)
        stack.extend((child, depth + 1) for child in reversed(children.get(index, ())))
    return order, depths


def _break_cycles(
    spans: list[SpanOutline], roots: list[int], children: dict[int, list[int]], reached: set[int]
) -> list[int]:
    """Roots that reach every span: the earliest span of each cycle is cut from its parent and becomes one."""
    roots = list(roots)
    parent_of = {child: parent for parent, below in children.items() for child in below}
    for index in range(len(spans)):
        if index in reached:
            continue
        earliest = min(_cycle_above(index, parent_of))
        children[parent_of[earliest]].remove(earliest)
        roots.append(earliest)
        reached.update(_walk([earliest], children)[0])
    return sorted(roots)


def _cycle_above(index: int, parent_of: dict[int, int]) -> list[int]:
    """The spans of the cycle that following parents from a span ends in; every span reached has a parent."""
    seen: dict[int, int] = {}
    while index not in seen:
        seen[index] = len(seen)
        index = parent_of[index]
    return list(seen)[seen[index] :]


def _rows(
    spans: list[SpanOutline], children: dict[int, list[int]], order: list[int], depths: list[int]
) -> list[TraceRow]:
    sizes = [1] * len(order)
    open_rows: list[int] = []
    for row, depth in enumerate([*depths, 0]):
        while open_rows and depths[open_rows[-1]] >= depth:
            closed = open_rows.pop()
            sizes[closed] = row - closed
        open_rows.append(row)
    return [
        TraceRow(
            span=spans[index],
            depth=depth,
            subtree_size=size,
            child_count=len(children.get(index, ())),
            is_missing_parent=depth == 0 and spans[index].parent_span_id is not None,
        )
        for index, depth, size in zip(order, depths, sizes, strict=True)
    ]


def _share_by_service(spans: list[SpanOutline]) -> tuple[ServiceShare, ...]:
    """Most spans first."""
    counts: dict[Service, list[int]] = defaultdict(lambda: [0, 0])
    for span in spans:
        count = counts[span.operation.service]
        count[0] += 1
        count[1] += span.is_error
    shares = [
        ServiceShare(service=service, span_count=spans_, error_count=errors)
        for service, (spans_, errors) in counts.items()
    ]
    return tuple(sorted(shares, key=lambda share: (-share.span_count, share.service.name)))
