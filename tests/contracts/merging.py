"""What tests of merging share: small blocks, and what is read of them."""

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from tests.builders import (
    MS,
    NOW_NS,
    SECOND,
    make_span,
    trace_id,
    write_spans,
)
from traces import reading
from traces.domain.query import And, Expression, TraceQuery, TraceSummary, Window
from traces.domain.span import Span, SpanOutline
from traces.models import Partition
from traces.storage import get_store, partitions, retention
from traces.storage.base import DEFAULT_PROJECT, ProjectId
from traces.storage.layout import Tables
from traces.storage.relational import RelationalStore
from traces.storage.rows import query

YEAR = 365 * 86_400 * SECOND
EVER = Window(start_ns=NOW_NS - YEAR, end_ns=NOW_NS + YEAR)


def store() -> RelationalStore:
    opened = get_store()
    assert isinstance(opened, RelationalStore)
    return opened


def close_partition() -> int:
    """Close the open partition; its number."""
    number = Partition.objects.values_list("pk", flat=True).get(closed_at=None)
    Partition.objects.filter(pk=number).update(closed_at=timezone.now())
    return number


def count_blocks() -> int:
    return sum(
        query(f"SELECT count(*) FROM {Tables(stretch.id).block}")[0][0] for stretch in partitions.list_stretches()
    )


def drop_what_was_replaced() -> int:
    """As some seconds later; how many spans that took."""
    return retention.drop_expired(store()._engine, timezone.now() + timedelta(days=1))


def merge_all() -> None:
    close_partition()
    get_store().seal_partitions()
    assert drop_what_was_replaced() == 0


def read_trace(number: int, project: ProjectId = DEFAULT_PROJECT) -> list[tuple[SpanOutline, Span]]:
    """A trace's spans without their addresses, in a fixed order."""
    outlines = get_store().read_trace(project, trace_id(number))
    spans = get_store().read_spans(project, outlines)
    bare = [replace(outline, address=(0, 0)) for outline in outlines]
    return sorted(zip(bare, spans, strict=True), key=repr)


def list_all(where: Expression | None = None) -> list[TraceSummary]:
    """All summaries; the order of the spans that matched says nothing."""
    asked = TraceQuery(window=EVER, where=where or And(), limit=1_000)
    traces = reading.search(DEFAULT_PROJECT, asked).traces
    return [replace(trace, matched_span_ids=tuple(sorted(trace.matched_span_ids))) for trace in traces]


def write_small(numbers: range, spans: int = 3) -> None:
    """A trace a number, each in a request of its own."""
    for number in numbers:
        start = NOW_NS - 3_600 * SECOND + number * SECOND
        attributes = {"n": number, "all": "x"}
        root = make_span(number, 1, start_ns=start, attributes=attributes)
        children = [
            make_span(number, n, 1, start_ns=start + n * MS, attributes=attributes) for n in range(2, spans + 1)
        ]
        write_spans(root, *children)
