"""What Celery does for roll-ups. Work is found in the database: a lost message costs a delay, nothing else."""

import time

import structlog
from celery import shared_task
from celery.worker import state
from django.conf import settings
from django.utils import timezone

from services_map.domain.latency.levels import DAY, HOUR, MINUTE, TEN_MINUTES
from services_map.rolling_up.roller import roll_up as roll_up_once
from services_map.rolling_up.upkeep import list_projects, prune
from services_map.sampling.adapting import follow_load as follow_load_once
from services_map.sampling.adapting import list_sampled_projects

log = structlog.get_logger(__name__)
# A task that found much to do gives way to the others now and then.
_LONGEST_SECONDS = 20.0


@shared_task
def roll_up() -> int:
    """Count the spans that are not counted yet; how many that were. Ends early when the worker is told to stop."""
    began, spans = time.monotonic(), 0
    for project in list_projects():
        while not _is_stopping() and time.monotonic() - began < _LONGEST_SECONDS:
            progress = roll_up_once(project, int(time.time()))
            spans += progress.spans
            if progress.is_idle:
                break
    return spans


@shared_task
def delete_old_roll_ups() -> int:
    """Delete the rows of each level that are older than ROLLUP_… says; how many rows."""
    deleted = prune(
        int(timezone.now().timestamp()),
        {
            MINUTE: settings.ROLLUP_MINUTES_HOURS * HOUR,
            TEN_MINUTES: settings.ROLLUP_TEN_MINUTES_DAYS * DAY,
            HOUR: settings.ROLLUP_HOURS_DAYS * DAY,
            DAY: settings.ROLLUP_DAYS_DAYS * DAY,
        },
    )
    if deleted:
        log.info("old roll-ups deleted", rows=deleted)
    return deleted


@shared_task
def follow_load() -> int:
    """Have probabilities follow the load; how many operations are told another one."""
    now_s = int(time.time())
    changed = sum(follow_load_once(project, now_s).changed for project in list_sampled_projects())
    if changed:
        log.info("sampling followed the load", operations=changed)
    return changed


def _is_stopping() -> bool:
    """Whether this worker was told to stop: Celery keeps the exit code there, and 0 is one."""
    return state.should_stop is not None and state.should_stop is not False
