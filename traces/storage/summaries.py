"""Lines of a result list, from traces' parts and the operations of their rows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from traces.domain.links import TraceFacts
from traces.domain.query import TraceSummary
from traces.storage.blocks import ROW_BITS
from traces.storage.layout import Tables
from traces.storage.names import NameBook
from traces.storage.partitions import partition_of
from traces.storage.rows import Part, chunked, first_spans, query

_RANGES_A_STATEMENT = 200
# A page's traces may have millions of spans: of so many, shared out among them, it is counted which services they are.
_COUNTED_SPANS_A_PAGE = 2_000_000
_FEWEST_COUNTED_SPANS = 1_000


def summarise(
    parts: Mapping[bytes, Sequence[Part]], matched: Mapping[bytes, Sequence[bytes]], names: NameBook
) -> tuple[TraceSummary, ...]:
    """The facts of traces, in the order of `parts`; `matched` are the ids of the spans that a search found.

    A trace may be kept under several ids, and a part may be of several traces.
    """
    most = max(_FEWEST_COUNTED_SPANS, _COUNTED_SPANS_A_PAGE // max(1, len(parts)))
    counted = dict.fromkeys(part for of_trace in parts.values() for part in first_spans(of_trace, most))
    services = _count_services(counted, names)
    return tuple(
        _summarise(describe(trace_id, of_trace, names), tuple(matched.get(trace_id, ())), _add(services, of_trace))
        for trace_id, of_trace in parts.items()
    )


def _add(services: Mapping[bytes, Counter[tuple[str, int]]], parts: Sequence[Part]) -> Counter[tuple[str, int]]:
    """Those of all ids that parts of a trace are kept under."""
    return sum((services[own_id] for own_id in {part.trace_id for part in parts}), Counter[tuple[str, int]]())


def describe(trace_id: bytes, parts: Sequence[Part], names: NameBook) -> TraceFacts:
    """The facts of a trace from its parts. The root is the earliest span without a parent."""
    start_ns = min(part.start_ns for part in parts)
    roots = [part for part in parts if part.root_operation is not None]
    root = min(roots, key=lambda part: (part.root_start_ns or 0, part.block), default=None)
    operation = names.operations[root.root_operation] if root and root.root_operation else None
    return TraceFacts(
        trace_id=trace_id,
        start_ns=start_ns,
        duration_ns=max(part.end_ns for part in parts) - start_ns,
        span_count=sum(part.span_count for part in parts),
        error_count=sum(part.error_count for part in parts),
        root_service=operation.service.name if operation else None,
        root_slot=operation.service.slot if operation else None,
        root_operation=operation.name if operation else None,
    )


def _summarise(facts: TraceFacts, matched: tuple[bytes, ...], services: Counter[tuple[str, int]]) -> TraceSummary:
    return TraceSummary(
        trace_id=facts.trace_id,
        start_ns=facts.start_ns,
        duration_ns=facts.duration_ns,
        span_count=facts.span_count,
        error_count=facts.error_count,
        root_service=facts.root_service,
        root_slot=facts.root_slot,
        root_operation=facts.root_operation,
        services=tuple(
            (name, slot, count)
            for (name, slot), count in sorted(services.items(), key=lambda item: (-item[1], item[0]))
        ),
        matched_span_ids=matched,
    )


def _count_services(parts: Iterable[Part], names: NameBook) -> dict[bytes, Counter[tuple[str, int]]]:
    """Spans of each service in each trace."""
    by_partition: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_partition[partition_of(part.block)].append(part)
    counts: dict[bytes, Counter[tuple[str, int]]] = defaultdict(Counter)
    for partition, of_partition in by_partition.items():
        for some in chunked(of_partition, _RANGES_A_STATEMENT):
            ranges = " OR ".join(["id BETWEEN %s AND %s"] * len(some))
            rows = query(
                f"SELECT trace_id, operation, count(*) FROM {Tables(partition).span} WHERE {ranges}"
                " GROUP BY trace_id, operation",
                [bound for part in some for bound in _bounds(part)],
            )
            for trace_id, operation, count in rows:
                service = names.operations[operation].service
                counts[bytes(trace_id)][service.name, service.slot] += count
    return counts


def _bounds(part: Part) -> tuple[int, int]:
    first = (part.block << ROW_BITS) + part.first_row
    return first, first + part.span_count - 1
