"""What tests share about the queue of blocks that roll-ups have not counted."""

from collections import Counter

from traces.models import BlockToRollUp
from traces.storage import get_store
from traces.storage.base import ProjectId, QueuedBlock


def all_queued() -> list[QueuedBlock]:
    """Everything that is ready, of all projects and both signs."""
    rows = BlockToRollUp.objects.filter(ready_at_ns=0).order_by("pk")
    return [
        QueuedBlock(
            id=row.pk,
            project=ProjectId(row.project_id),
            block=row.block,
            span_count=row.span_count,
            received_ns=row.received_ns,
            from_ns=row.from_ns,
            sign=row.sign,
        )
        for row in rows
    ]


def count() -> dict[tuple[bytes, bytes], int]:
    """How often each span would be counted if all of it was rolled up now."""
    counts: Counter[tuple[bytes, bytes]] = Counter()
    for spans in get_store().read_counted_spans(all_queued(), ()):
        for span in zip(spans.trace_ids, spans.span_ids, strict=True):
            counts[span] += spans.queued.sign
    return dict(counts)


def roll_up() -> None:
    """Take all of it out of the queue, as a worker does that has counted it."""
    with get_store().writing():
        get_store().mark_rolled_up(all_queued())
