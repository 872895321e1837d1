"""The queue of blocks that no roll-up has counted yet: the table `block_to_roll_up`.

A row comes with its block, in one transaction, and goes with the counts. It names the physical block: merging and
deleting leave it as it is, and the tables it leads to stay as long as it does (see `retention`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Q, Sum

from traces.domain.errors import AlreadyRolledUp
from traces.models import BlockToRollUp, Project
from traces.storage import partitions
from traces.storage.blocks import Block
from traces.storage.counted import Backlog, ProjectId, QueuedBlock
from traces.storage.engine import SqlValue
from traces.storage.layout import BLOCK_BITS, Tables
from traces.storage.rows import chunked

#: Whoever deletes traces is done by then, or was ended: what it has deleted so far is counted no more from then on.
WITHDRAWN_AFTER_NS = 600 * 10**9
_FIELDS = ("pk", "project_id", "block", "span_count", "received_ns", "from_ns", "sign")
_NAMES = ("id", "project", *_FIELDS[2:])
_ROWS_A_STATEMENT = 500
_BLOCKS_A_LIST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Spans that were deleted: zstd of their OTLP, and when they arrived."""

    project: int
    received_ns: int
    span_count: int
    body: bytes


def add_blocks(blocks: Sequence[tuple[int, Block]]) -> None:
    """Queue new blocks by their id, in the transaction that writes them."""
    rows = [(block.project, number, len(block.rows), block.received_ns) for number, block in blocks]
    _insert("block", rows, "0, 0, 1")


def add_withdrawn(withdrawn: Sequence[Withdrawn], ready_at_ns: int) -> None:
    """Queue what was deleted, in the transaction that deletes it."""
    rows = [(item.project, item.body, item.span_count, item.received_ns) for item in withdrawn]
    _insert("body", rows, f"0, {ready_at_ns}, -1")


def _insert(column: str, rows: Sequence[tuple[SqlValue, ...]], constants: str) -> None:
    into = f"INSERT INTO block_to_roll_up (project_id, {column}, span_count, received_ns, from_ns, ready_at_ns, sign)"
    for some in chunked(rows, _ROWS_A_STATEMENT):
        places = ", ".join([f"(%s, %s, %s, %s, {constants})"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(f"{into} VALUES {places}", [value for row in some for value in row])


def release_withdrawn(project: int) -> None:
    """What was deleted is ready at once."""
    BlockToRollUp.objects.filter(project_id=project, sign=-1, ready_at_ns__gt=0).update(ready_at_ns=0)


def list_projects(now_ns: int) -> list[ProjectId]:
    """The projects with something that is ready."""
    ready = BlockToRollUp.objects.filter(project=OuterRef("pk"), ready_at_ns__lte=now_ns)
    return [ProjectId(pk) for pk in Project.objects.filter(Exists(ready)).order_by("pk").values_list("pk", flat=True)]


def list_blocks(project: int, max_spans: int, now_ns: int) -> list[QueuedBlock]:
    """See `SpanStore.list_blocks_to_roll_up`."""
    ready = BlockToRollUp.objects.filter(project_id=project, ready_at_ns__lte=now_ns).order_by("pk")
    listed: list[QueuedBlock] = []
    spans = 0
    for row in ready.values_list(*_FIELDS)[:_BLOCKS_A_LIST]:
        block = QueuedBlock(**dict(zip(_NAMES, row, strict=True)))
        if listed and block.sign != listed[0].sign:
            continue
        spans += block.span_count
        if listed and spans > max_spans:
            break
        listed.append(block)
    return listed


def read_withdrawn(rows: Sequence[int]) -> dict[int, bytes]:
    """What was deleted, by the ids of rows of the queue."""
    found = BlockToRollUp.objects.filter(pk__in=rows).values_list("pk", "body")
    return {pk: bytes(body) for pk, body in found if body is not None}


def remove(blocks: Sequence[QueuedBlock]) -> None:
    """See `SpanStore.mark_rolled_up`. Everyone locks the rows in their order, and whoever waited finds them gone."""
    for some in chunked(sorted(block.id for block in blocks), _ROWS_A_STATEMENT):
        queued = BlockToRollUp.objects.filter(pk__in=some)
        locked = len(queued.select_for_update().order_by("pk").values_list("pk", flat=True))
        if locked < len(some) or queued.delete()[0] < len(some):
            raise AlreadyRolledUp("Another worker has rolled up some of these blocks.")


def queue_again(project: int, from_ns: int) -> int:
    """See `SpanStore.mark_all_new`."""
    in_use = sorted(partitions.in_use().values_list("pk", flat=True))
    is_new = _lies_in(in_use) & Q(from_ns__lte=from_ns)
    queued = BlockToRollUp.objects.filter(project_id=project)
    queued.exclude(pk__in=queued.filter(is_new).values("pk")).delete()
    with connection.cursor() as cursor:
        for partition in in_use:
            cursor.execute(_QUEUE_AGAIN.format(Tables(partition).block), [from_ns, project])
    return queued.count()


_QUEUE_AGAIN = """
    INSERT INTO block_to_roll_up (project_id, block, span_count, received_ns, from_ns, ready_at_ns, sign)
    SELECT project, id, span_count, received_ns, %s, 0, 1 FROM {} WHERE project = %s ORDER BY id
    ON CONFLICT (block) DO NOTHING
"""


def _lies_in(numbers: Sequence[int]) -> Q:
    """A condition on rows of the queue: their blocks belong to one of these partitions."""
    condition = Q(pk=None)
    for number in numbers:
        condition |= _is_of(number)
    return condition


def _is_of(partition: int) -> Q:
    first = partition << BLOCK_BITS
    return Q(block__gte=first, block__lt=first + (1 << BLOCK_BITS))


def is_waiting(partition: int) -> bool:
    """Whether the queue names a block of this partition."""
    return BlockToRollUp.objects.filter(_is_of(partition)).exists()


def forget(partition: int) -> int:
    """Take all blocks of a partition out of the queue; how many spans nobody has counted then."""
    waiting = BlockToRollUp.objects.filter(_is_of(partition))
    spans = waiting.aggregate(spans=Sum("span_count"))["spans"] or 0
    waiting.delete()
    return int(spans)


def measure(project: int | None) -> Backlog:
    """See `SpanStore.read_backlog`."""
    queued = BlockToRollUp.objects.filter(ready_at_ns__lte=time.time_ns())
    if project is not None:
        queued = queued.filter(project_id=project)
    oldest = Min("received_ns", filter=Q(sign=1))
    found = queued.aggregate(blocks=Count("pk"), spans=Sum("span_count"), oldest=oldest)
    return Backlog(blocks=found["blocks"], spans=found["spans"] or 0, oldest_received_ns=found["oldest"])
