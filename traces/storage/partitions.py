"""The catalogue of time partitions: which one is written, which ones a reader must look into."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from traces.domain.query import Window
from traces.models import Partition, Project
from traces.storage import layout
from traces.storage.blocks import ROW_BITS, Block
from traces.storage.layout import BLOCK_BITS, SECTION_BITS, SECTIONS

_WORTH_INDEXING_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A partition as a reader sees it. In the order of `position` its spans arrived."""

    id: int
    position: int
    is_sealed: bool
    min_start_ns: int
    max_start_ns: int

    def overlaps(self, window: Window) -> bool:
        """Whether it may hold spans that start in the window."""
        return self.min_start_ns < window.end_ns and self.max_start_ns >= window.start_ns


def partition_of(block: int) -> int:
    return block >> BLOCK_BITS


def bound_in(partition: int, newest_block: int) -> int:
    """The highest block that a view up to `newest_block` sees of a partition: all of it, but for the one it ends in."""
    return newest_block if partition == partition_of(newest_block) else _last_block(partition)


def _last_block(partition: int) -> int:
    return ((partition + 1) << BLOCK_BITS) - 1


def rows_of(first: int, last: int) -> tuple[int, int]:
    """The span row ids that the blocks from `first` to `last` can have, half-open."""
    return first << ROW_BITS, (last + 1) << ROW_BITS


def reserve_blocks(blocks: Sequence[Block], create: Callable[[int], Iterable[str]]) -> list[int]:
    """Ids for new blocks in the open partition, whose bounds are widened to hold them.

    Runs in a transaction; a reservation that is never used leaves bounds too wide and a gap in the ids, no harm.
    A full or old partition is closed and the next one opened first.
    """
    with transaction.atomic():
        take_turn()
        open_partition = Partition.objects.filter(closed_at=None).first()
        if open_partition is None or _is_full(open_partition, len(blocks)):
            open_partition = _open_next(open_partition, create)
        first = _next_number(open_partition, len(blocks))
        open_partition.next_block = first + len(blocks)
        _widen(open_partition, blocks)
    base = open_partition.pk << BLOCK_BITS
    return [base + first + index for index in range(len(blocks))]


def list_stretches() -> list[Stretch]:
    """The partitions in use, newest first."""
    rows = in_use().values_list("pk", "replaces", "sealed_at", "min_start_ns", "max_start_ns")
    stretches = [
        Stretch(number, replaced or number, sealed_at is not None, first, last)
        for number, replaced, sealed_at, first, last in rows
        if first is not None and last is not None
    ]
    return sorted(stretches, key=attrgetter("position"), reverse=True)


def newest_block() -> int:
    """The id of the block that was committed last, or one above it; 0 before the first.

    Where several collectors write, a block with a lower id may still be on its way.
    """
    for stretch in list_stretches():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT max(id) FROM {layout.Tables(stretch.id).block}")
            if newest := cursor.fetchone()[0]:
                return int(newest) if stretch.id == stretch.position else _last_block(stretch.position)
    return 0


def index_open(index: Callable[[int, int], int]) -> int:
    """Run `index` (partition, how many of its sections are full) for the open partition; what it says.

    Not where it will be full in a moment: then one index for all of it comes about as soon, and costs half.
    """
    open_partition = Partition.objects.filter(closed_at=None).first()
    if open_partition is None or _fills_within(open_partition, _WORTH_INDEXING_SECONDS):
        return 0
    return index(open_partition.pk, max(0, open_partition.next_block - 1) >> SECTION_BITS)


def in_use() -> QuerySet[Partition]:
    """The partitions whose spans can be found."""
    return Partition.objects.filter(expired_at=None)


def take_turn() -> None:
    """One at a time changes which partition is written; FOR NO KEY UPDATE does not wait for rows of the project."""
    Project.objects.select_for_update(no_key=True).order_by("pk").first()


def _fills_within(partition: Partition, seconds: float) -> bool:
    """At the speed at which it filled so far."""
    age = timezone.now() - partition.opened_at
    return partition.span_count * seconds > settings.PARTITION_MAX_SPANS * age.total_seconds()


def _is_full(partition: Partition, count: int) -> bool:
    age = timezone.now() - partition.opened_at
    return (
        partition.span_count >= settings.PARTITION_MAX_SPANS
        or _next_number(partition, count) + count > SECTIONS << SECTION_BITS
        # Rows are written as the newest layout has them.
        or partition.layout != layout.LAYOUT_VERSION
        or (partition.span_count > 0 and age >= timedelta(hours=settings.PARTITION_MAX_HOURS))
    )


def _next_number(partition: Partition, count: int) -> int:
    """The number of the first of `count` new blocks, which share a section.

    A section takes its part of PARTITION_MAX_SPANS, then numbers go on at the start of the next.
    """
    by_spans = partition.span_count * SECTIONS // settings.PARTITION_MAX_SPANS
    number = max(partition.next_block, by_spans << SECTION_BITS)
    next_section = (number >> SECTION_BITS) + 1 << SECTION_BITS
    return number if number + count <= next_section else next_section


def _open_next(full: Partition | None, create: Callable[[int], Iterable[str]]) -> Partition:
    if full is not None:
        Partition.objects.filter(pk=full.pk).update(closed_at=timezone.now())
    opened = Partition.objects.create(layout=layout.LAYOUT_VERSION)
    execute(create(opened.pk))
    return opened


def _widen(partition: Partition, blocks: Sequence[Block]) -> None:
    starts = [block.min_start_ns for block in blocks] + [block.max_start_ns for block in blocks]
    known = [start for start in (partition.min_start_ns, partition.max_start_ns) if start is not None]
    newest = datetime.fromtimestamp(max(block.received_ns for block in blocks) / 1e9, tz=UTC)
    partition.span_count += sum(len(block.rows) for block in blocks)
    partition.min_start_ns, partition.max_start_ns = min(starts + known), max(starts + known)
    partition.newest_received_at = max(partition.newest_received_at or newest, newest)
    partition.save(force_update=True)


def execute(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
