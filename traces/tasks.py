"""What Celery does for the store. Each finds its work in the database: run twice or late, it does no harm."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from traces.storage import get_store

log = structlog.get_logger(__name__)


@shared_task
def delete_expired_partitions() -> int:
    """Drop what is older than RETENTION_HOURS (0: keep everything); how many spans went."""
    if not settings.RETENTION_HOURS:
        return 0
    deleted = get_store().delete_older_than(timedelta(hours=settings.RETENTION_HOURS), timezone.now())
    if deleted:
        log.info("expired spans deleted", spans=deleted, retention_hours=settings.RETENTION_HOURS)
    return deleted


@shared_task
def seal_closed_partitions() -> int:
    """Build the attribute indexes of what is no longer written; how many partitions are done with."""
    sealed = get_store().seal_partitions()
    if sealed:
        log.info("partitions sealed", partitions=sealed)
    return sealed


@shared_task
def forget_old_requests() -> int:
    """Forget which requests were committed longer than INGEST_DEDUPLICATE_SECONDS ago; how many."""
    horizon = timezone.now() - timedelta(seconds=settings.INGEST_DEDUPLICATE_SECONDS)
    return get_store().forget_requests_before(horizon)
