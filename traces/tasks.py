"""What Celery does for the store. Each finds its work in the database: run twice or late, it does no harm."""

from datetime import timedelta

import structlog
from celery import shared_task
from celery.worker import state
from django.conf import settings
from django.utils import timezone

from traces.storage import get_store

log = structlog.get_logger(__name__)


@shared_task
def delete_expired_partitions() -> int:
    """Drop what is older than RETENTION_HOURS or beyond RETENTION_BYTES (0: no limit); how many spans went."""
    return _delete_by_age() + _delete_by_size()


def _delete_by_age() -> int:
    if not settings.RETENTION_HOURS:
        return 0
    deleted = get_store().delete_older_than(timedelta(hours=settings.RETENTION_HOURS), timezone.now())
    if deleted:
        log.info("expired spans deleted", spans=deleted, retention_hours=settings.RETENTION_HOURS)
    return deleted


def _delete_by_size() -> int:
    if not settings.RETENTION_BYTES:
        return 0
    store = get_store()
    deleted = store.delete_beyond(settings.RETENTION_BYTES, timezone.now())
    if deleted:
        limit, left = settings.RETENTION_BYTES, store.count_bytes()
        log.warning("oldest spans deleted for want of room", spans=deleted, retention_bytes=limit, bytes_left=left)
    return deleted


@shared_task
def seal_closed_partitions() -> int:
    """Merge small blocks of closed partitions, and build the indexes of what is no longer written; how many are sealed.

    A worker that is told to stop does not finish a long merge first.
    """
    sealed = get_store().seal_partitions(_is_stopping)
    if sealed:
        log.info("partitions sealed", partitions=sealed)
    return sealed


def _is_stopping() -> bool:
    """Whether this worker was told to stop: Celery keeps the exit code there, and 0 is one."""
    return state.should_stop is not None and state.should_stop is not False


@shared_task
def forget_old_requests() -> int:
    """Forget which requests were committed longer than INGEST_DEDUPLICATE_SECONDS ago; how many."""
    horizon = timezone.now() - timedelta(seconds=settings.INGEST_DEDUPLICATE_SECONDS)
    return get_store().forget_requests_before(horizon)
