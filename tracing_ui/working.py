"""The worker: Celery and its clock in one process, on Redis or, without one, in this process's own memory."""

import gc
import logging
import signal
import time
import warnings
from collections.abc import Callable

import structlog
from celery.beat import EmbeddedService
from celery.exceptions import WorkerShutdown
from celery.platforms import EX_OK, SecurityWarning
from celery.signals import setup_logging, worker_ready
from celery.worker import state
from django.conf import settings

from tracing_ui.celery import app

THREADS = 2
BEGIN_AGAIN_AFTER_SECONDS = 1.0
# They tell of every beat and every task: six lines a minute that say nothing.
CHATTERERS = ("celery.app.trace", "celery.apps.worker", "celery.beat", "celery.worker")

log = structlog.get_logger(__name__)


def work(on_ready: Callable[[], None]) -> int:
    """Execute tasks, those of CELERY_BEAT_SCHEDULE at their times, until SIGTERM or SIGINT; the exit code.

    Tasks that have begun are finished. Any number of workers may run: a task that two of them start is idempotent.
    """
    # The clock is a thread: as a process of its own (`worker --beat`) it would fill a memory:// queue nobody reads.
    # It keeps no file: our intervals are minutes, and two workers would fight for the file.
    clock = EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler")

    def begin(**_: object) -> None:
        if clock.ident is None:  # and not after each time that Redis came back
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, _stop)
            clock.start()
            on_ready()

    # Rolling up makes a hundred thousand objects at a time and no circles: looking for those costs time for nothing.
    gc.set_threshold(100_000, 50, 100)
    # It warns root of pickled messages, which we do not accept.
    warnings.simplefilter("ignore", SecurityWarning)
    setup_logging.connect(_keep_our_logs)
    worker_ready.connect(begin, weak=False)
    while (code := _run_worker()) and state.should_stop is None:
        # Redis went away while a message was under way: Celery 5.7 gives up where it closes that connection
        # ("'NoneType' object has no attribute 'hostname'"). Redis delivers the message again.
        log.warning("The worker failed and begins again", exit_code=code)
        time.sleep(BEGIN_AGAIN_AFTER_SECONDS)
    return code


def _run_worker() -> int:
    """Run one until it stops; its exit code."""
    # Mingle, gossip and heartbeats serve tools that watch many workers; they only slow our stop.
    worker = app.Worker(
        pool="threads",
        concurrency=THREADS,
        quiet=True,
        without_mingle=True,
        without_gossip=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def _stop(*_: object) -> None:
    """In place of Celery's handlers, which print, and take a second SIGINT for an order to drop running tasks."""
    state.should_stop = EX_OK
    if not settings.REDIS_URL:
        # The queue in memory sleeps for seconds before it looks; what it holds ends with this process anyway.
        raise WorkerShutdown(EX_OK)


def _keep_our_logs(**_: object) -> None:
    """Celery leaves logging alone where someone listens to this signal."""
    for name in CHATTERERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns that a message which arrives while we stop goes back to its queue, where it belongs.
    logging.getLogger("kombu.transport.virtual.base").setLevel(logging.ERROR)
