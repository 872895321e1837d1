"""A line of a result list, from a trace's parts and the operations of its rows."""

from collections import Counter

from traces.domain.query import TraceSummary
from traces.storage.layout import Tables
from traces.storage.names import NameBook
from traces.storage.partitions import ROW_BITS, partition_of
from traces.storage.rows import Part, query


def summarise(trace_id: bytes, parts: list[Part], matched: tuple[bytes, ...], names: NameBook) -> TraceSummary:
    """The facts of a trace; its root is the earliest span without a parent."""
    start_ns = min(part.start_ns for part in parts)
    roots = [part for part in parts if part.root_operation is not None]
    root = min(roots, key=lambda part: (part.root_start_ns or 0, part.block), default=None)
    operation = names.operations[root.root_operation] if root and root.root_operation else None
    return TraceSummary(
        trace_id=trace_id,
        start_ns=start_ns,
        duration_ns=max(part.end_ns for part in parts) - start_ns,
        span_count=sum(part.span_count for part in parts),
        error_count=sum(part.error_count for part in parts),
        root_service=operation.service.name if operation else None,
        root_slot=operation.service.slot if operation else None,
        root_operation=operation.name if operation else None,
        services=_services(parts, names),
        matched_span_ids=matched,
    )


def _services(parts: list[Part], names: NameBook) -> tuple[tuple[str, int, int], ...]:
    counts: Counter[tuple[str, int]] = Counter()
    for part in parts:
        first = (part.block << ROW_BITS) + part.first_row
        rows = query(
            f"SELECT operation, count(*) FROM {Tables(partition_of(part.block)).span}"
            " WHERE id BETWEEN %s AND %s GROUP BY operation",
            [first, first + part.span_count - 1],
        )
        for operation, count in rows:
            service = names.operations[operation].service
            counts[service.name, service.slot] += count
    return tuple((name, slot, count) for (name, slot), count in sorted(counts.items(), key=lambda i: (-i[1], i[0])))
