"""What is done to a partition once nobody writes it any more: small blocks are merged, attributes are indexed."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter

import structlog
from django.db.models import Q
from django.utils import timezone

from traces.models import Partition
from traces.storage import partitions
from traces.storage.catalogue import Catalogue
from traces.storage.copying import Abandoned, Unreadable
from traces.storage.engine import Engine
from traces.storage.merge import is_worth_merging, merge

log = structlog.get_logger(__name__)
# The longest that building an index takes: after that another worker tries.
_CLAIM = timedelta(minutes=10)


def seal_closed(engine: Engine, catalogue: Catalogue, is_stopping: Callable[[], bool]) -> int:
    """Merge and index closed partitions, oldest first, each by one worker at a time; how many are sealed now."""
    return sum(_seal(partition, engine, catalogue, is_stopping) for partition in _claim_each(is_stopping))


def _claim_each(is_stopping: Callable[[], bool]) -> Iterator[Partition]:
    unsealed = partitions.in_use().exclude(closed_at=None).filter(sealed_at=None)
    for partition in sorted(unsealed, key=attrgetter("position")):
        if not is_stopping() and _claim(partition.pk, timezone.now()):
            yield partition


def _claim(partition: int, now: datetime) -> bool:
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    unsealed = Partition.objects.filter(free, pk=partition, sealed_at=None, expired_at=None)
    return bool(unsealed.update(claimed_until=now + _CLAIM))


def _seal(partition: Partition, engine: Engine, catalogue: Catalogue, is_stopping: Callable[[], bool]) -> int:
    """1 if it, or what it was merged into, is sealed now.

    It is claimed. Where it fails, the claim runs out by itself: what does not work is not tried again at once.
    """
    try:
        if not is_worth_merging(partition):
            return _index(partition.pk, engine)
        merged = merge(partition, engine, catalogue, is_stopping)
    except Abandoned as problem:
        log.info("a partition is merged later", partition=partition.pk, reason=str(problem))
        Partition.objects.filter(pk=partition.pk).update(claimed_until=None)
        return 0
    except Unreadable as problem:
        log.error("a partition with a damaged block is not merged", partition=partition.pk, problem=str(problem))
        return _index(partition.pk, engine)
    log.info("small blocks merged", partition=partition.pk, spans=partition.span_count, into=merged)
    return _index(merged, engine) if _claim(merged, timezone.now()) else 0


def _index(partition: int, engine: Engine) -> int:
    partitions.execute(engine.seal_partition(partition))
    return Partition.objects.filter(pk=partition).update(sealed_at=timezone.now(), claimed_until=None)
