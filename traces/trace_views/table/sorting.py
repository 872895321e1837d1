"""The rows of a trace in the order that a table asks for."""

from collections.abc import Sequence

from traces import reading
from traces.domain.columns import picker
from traces.domain.ordering import rank_operations, rank_values, sort_rows
from traces.domain.span import StatusCode
from traces.domain.trace import Trace
from traces.storage.base import DEFAULT_PROJECT
from traces.trace_views.attribute_words import read_key
from traces.trace_views.table.asked import Asked


def sort_table(trace: Trace, asked: Asked) -> list[int]:
    """All rows. Raises StoreUnavailable."""
    if asked.sort == "row":
        return sort_rows(range(len(trace.rows)), asked.is_descending)
    return sort_rows(_find_keys(trace, asked.sort), asked.is_descending)


def _find_keys(trace: Trace, column: str) -> Sequence[int]:
    """By row a number that grows with what the column shows."""
    spans, in_order = trace.rows.spans, picker(trace.rows.order)
    if column == "duration":
        return in_order(spans.durations_ns)
    if column == "start":
        return in_order(spans.starts_ns)
    if column == "self":
        return trace.self_times_ns
    if column == "critical":
        return trace.critical_path.own_ns
    if column == "status":
        return list(map(StatusCode.ERROR.value.__eq__, in_order(spans.statuses)))
    if column == "kind":
        kinds = {id_: spans.operations[id_].kind for id_ in set(spans.operation_ids)}
        return list(map(kinds.__getitem__, in_order(spans.operation_ids)))
    if column in ("service", "name"):
        ranks = rank_operations(spans.operations, set(spans.operation_ids), by_service=column == "service")
        return list(map(ranks.__getitem__, in_order(spans.operation_ids)))
    return _find_attribute_keys(trace, column)


def _find_attribute_keys(trace: Trace, column: str) -> Sequence[int]:
    key = read_key(column)
    return rank_values(reading.load_attribute(DEFAULT_PROJECT, trace, key.place, key.key)).numbers if key else []
