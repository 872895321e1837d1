"""Which partitions go, by age and by size, and how their tables are dropped.

A partition first goes out of use, in one row of the catalogue; its tables are dropped afterwards, one at a time.
"""

from datetime import UTC, datetime, timedelta
from operator import attrgetter

import structlog
from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils import timezone

from traces.models import Partition
from traces.storage import tallies, todo
from traces.storage.blocks import MAX_AHEAD_NS
from traces.storage.catalogue import Catalogue
from traces.storage.counted import StoreSize
from traces.storage.engine import Engine
from traces.storage.partitions import in_use, take_turn
from traces.storage.pins import read_pins
from traces.storage.sparing import holds_pinned, spare

log = structlog.get_logger(__name__)
# No partition grows beyond this share of the bytes that all may take: spans go in portions of that size.
PORTIONS = 8
# So long after it expired, what has not been rolled up is given up.
WAITS_FOR_ROLL_UP = timedelta(hours=1)
_BEING_DROPPED = datetime(1970, 1, 1, tzinfo=UTC)


def expire_older_than(age: timedelta, engine: Engine, catalogue: Catalogue, now: datetime) -> None:
    """Take partitions whose newest spans arrived before `now - age` out of use, but for what is pinned in them; the
    next write opens another.

    Takes its turn with `reserve_blocks`, which says for a partition that something arrives: what is expired here
    will never be written again.
    """
    with engine.take_turn(), transaction.atomic():
        take_turn()
        expired = _on_their_own().filter(newest_received_at__lt=now - age)
        expired.filter(closed_at=None).update(closed_at=now)
        pins = read_pins()
        holding = [partition for partition in expired.order_by("pk") if holds_pinned(partition.pk, pins)]
        expired.exclude(pk__in=[partition.pk for partition in holding]).update(expired_at=now)
    spare(holding, engine, catalogue, now)


def delete_beyond(max_bytes: int, engine: Engine, catalogue: Catalogue, now: datetime) -> int:
    """Drop the oldest closed partitions until the store takes at most `max_bytes`; how many spans that were.

    The open one is closed when it takes a PORTIONS'th of that, and is then the newest that can go. What is pinned
    stays, if it alone takes more.
    """
    _close_beyond(max_bytes // PORTIONS, engine, now)
    spare([], engine, catalogue, now)
    deleted = _drop_for_room(max_bytes, engine, now)
    while count_bytes(engine) > max_bytes and not _due(now).exists() and _expire_oldest(engine, catalogue, now):
        deleted += _drop_for_room(max_bytes, engine, now)
    return deleted


def _drop_for_room(max_bytes: int, engine: Engine, now: datetime) -> int:
    """Roll-ups are waited for while the store takes little more than it may."""
    is_urgent = count_bytes(engine) > max_bytes + max_bytes // PORTIONS
    return drop_expired(engine, now, timedelta(0) if is_urgent else WAITS_FOR_ROLL_UP)


def drop_expired(engine: Engine, now: datetime, waits: timedelta = WAITS_FOR_ROLL_UP) -> int:
    """Drop the tables of partitions that expired until `now`; how many spans they held.

    One that cannot be dropped now is left for the next time; so is one with blocks that are to be rolled up, until it
    has been expired for longer than `waits`, unless the disk is nearly full: then roll-ups may never get to it.
    """
    dropped = 0
    for partition in _due(now).order_by("pk"):
        has_time = partition.expired_at is not None and partition.expired_at > now - waits
        if has_time and todo.is_waiting(partition.pk) and not engine.is_short_of_room():
            continue
        # Whoever was making it, and is late, finds that it is gone.
        same = Partition.objects.filter(pk=partition.pk, expired_at=partition.expired_at)
        if _take(same, partition.pk, engine) and engine.drop_partition(partition.pk):
            partition.delete()
            dropped += partition.span_count
    if dropped:
        with engine.take_turn():
            tallies.add(tallies.SPANS_DROPPED, dropped)
    return dropped


def _take(same: QuerySet[Partition], number: int, engine: Engine) -> bool:
    """Whether this process may drop it. What of it was never rolled up never will be."""
    with engine.take_turn(), transaction.atomic():
        is_taken = bool(same.update(expired_at=_BEING_DROPPED))
        lost = todo.forget(number) if is_taken else 0
        if lost:
            tallies.add(tallies.SPANS_NOT_ROLLED_UP, lost)
    if lost:
        log.error("spans expired before they were rolled up", partition=number, spans=lost)
    return is_taken


def count_bytes(engine: Engine) -> int:
    """What the store takes on disk, with what is being dropped or made."""
    return engine.used_bytes(list(Partition.objects.values_list("pk", flat=True)))


def measure(engine: Engine) -> StoreSize:
    """See `SpanStore.measure`."""
    oldest = Min("opened_at", filter=Q(holds_pinned=False))
    found = in_use().aggregate(partitions=Count("pk"), spans=Sum("span_count"), oldest=oldest)
    return StoreSize(
        partitions=found["partitions"],
        leaving=Partition.objects.exclude(expired_at=None).count(),
        spans=found["spans"] or 0,
        byte_count=count_bytes(engine),
        oldest_opened_at=found["oldest"],
    )


def _due(now: datetime) -> QuerySet[Partition]:
    return Partition.objects.filter(expired_at__lte=now)


def _close_beyond(max_bytes: int, engine: Engine, now: datetime) -> None:
    """Close the open partition if it takes more: the next write opens another."""
    opened = in_use().filter(closed_at=None, span_count__gt=0).first()
    if opened is None:
        return
    spans = Partition.objects.aggregate(all=Sum("span_count"))["all"]
    if engine.partition_bytes(opened.pk, opened.span_count / spans) > max_bytes:
        with engine.take_turn(), transaction.atomic():
            take_turn()
            Partition.objects.filter(pk=opened.pk, closed_at=None).update(closed_at=now)


def _expire_oldest(engine: Engine, catalogue: Catalogue, now: datetime) -> bool:
    """Take the oldest closed partition out of use, but for what is pinned in it; False if none can be.

    Nobody writes a closed one.
    """
    with engine.take_turn(), transaction.atomic():
        take_turn()
        oldest = min(_on_their_own().exclude(closed_at=None), key=attrgetter("position"), default=None)
        if oldest is None:
            return False
        if not holds_pinned(oldest.pk, read_pins()):
            return bool(in_use().filter(pk=oldest.pk).update(expired_at=now))
    return spare([oldest], engine, catalogue, now)


def _on_their_own() -> QuerySet[Partition]:
    """The partitions that go by their age and for want of room."""
    return in_use().filter(holds_pinned=False)


def kept_from_ns() -> int:
    """From when on every span that starts is still kept; 0 while nothing was dropped.

    What was dropped arrived before the oldest partition in use was opened, and starts at most MAX_AHEAD_NS later.
    Traces that were spared say nothing of others.
    """
    if not tallies.read_tallies()[tallies.SPANS_DROPPED]:
        return 0
    oldest = min(_on_their_own(), key=attrgetter("position"), default=None)
    opened_at = oldest.opened_at if oldest else timezone.now()
    return int(opened_at.timestamp() * 1e9) + MAX_AHEAD_NS
