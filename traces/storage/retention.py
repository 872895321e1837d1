"""Which partitions go, by age and by size, and how their tables are dropped.

A partition first goes out of use, in one row of the catalogue; its tables are dropped afterwards, one at a time.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from django.db import transaction
from django.db.models import QuerySet, Sum

from traces.models import Partition
from traces.storage.engine import Engine
from traces.storage.partitions import in_use, take_turn

# No partition grows beyond this share of the bytes that all may take: spans go in portions of that size.
PORTIONS = 8
_BEING_DROPPED = datetime(1970, 1, 1, tzinfo=UTC)


def expire_older_than(age: timedelta, engine: Engine, now: datetime) -> None:
    """Take partitions whose newest spans arrived before `now - age` out of use; the next write opens another.

    Takes its turn with `reserve_blocks`, which says for a partition that something arrives: what is expired here
    will never be written again.
    """
    with engine.take_turn(), transaction.atomic():
        take_turn()
        expired = Partition.objects.filter(newest_received_at__lt=now - age, expired_at=None)
        expired.filter(closed_at=None).update(closed_at=now)
        expired.update(expired_at=now)


def delete_beyond(max_bytes: int, engine: Engine, now: datetime) -> int:
    """Drop the oldest closed partitions until the store takes at most `max_bytes`; how many spans that were.

    The open one is closed when it takes a PORTIONS'th of that, and is then the newest that can go.
    """
    _close_beyond(max_bytes // PORTIONS, engine, now)
    deleted = drop_expired(engine.drop_partition, now)
    while count_bytes(engine) > max_bytes and not _due(now).exists() and _expire_oldest(now):
        deleted += drop_expired(engine.drop_partition, now)
    return deleted


def drop_expired(drop: Callable[[int], bool], now: datetime) -> int:
    """Drop the tables of partitions that expired until `now`; how many spans they held.

    One that cannot be dropped now is left for the next time.
    """
    dropped = 0
    for partition in _due(now).order_by("pk"):
        # Whoever was making it, and is late, finds that it is gone.
        same = Partition.objects.filter(pk=partition.pk, expired_at=partition.expired_at)
        if same.update(expired_at=_BEING_DROPPED) and drop(partition.pk):
            partition.delete()
            dropped += partition.span_count
    return dropped


def count_bytes(engine: Engine) -> int:
    """What the store takes on disk, with what is being dropped or made."""
    return engine.used_bytes(list(Partition.objects.values_list("pk", flat=True)))


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


def _expire_oldest(now: datetime) -> bool:
    """Take the oldest closed partition out of use; False if there is none. Nobody writes a closed one."""
    closed = in_use().exclude(closed_at=None)
    oldest = min(closed, key=attrgetter("position"), default=None)
    return oldest is not None and bool(Partition.objects.filter(pk=oldest.pk, expired_at=None).update(expired_at=now))
