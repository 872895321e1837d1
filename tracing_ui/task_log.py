"""What every background task did, kept in the database where each worker adds to it and each page reads it.

A task that runs every second is written every few seconds only, a failure at once. Nothing here fails a task.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

import structlog
from celery.signals import task_failure, task_postrun, task_prerun, worker_shutdown
from celery.utils.dispatch import Signal
from django.conf import settings
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from traces.domain.errors import StoreUnavailable
from traces.storage import get_store
from traces.words import visible
from tracing_ui.models import MAX_ERROR_CHARS, TaskRun

WRITES_EVERY_SECONDS = 5.0
LONG_SECONDS = 1.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class News:
    """What happened to a task since it was last written; None where nothing did."""

    runs: int = 0
    failures: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    seconds: float | None = None
    error: str | None = None


@dataclass(slots=True)
class TaskLog:
    """Gathers news of one worker's tasks, from all its threads.

    That a run began is written of tasks that take a while; then its end is written as well, however soon.
    """

    write: Callable[[str, News], None]
    clock: Callable[[], float] = time.monotonic
    _news: dict[str, News] = field(default_factory=dict)
    _written: dict[str, float] = field(default_factory=dict)
    _took: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, task: str) -> None:
        """A run begins now."""
        with self._lock:
            self._of(task).started_at = timezone.now()
            is_long = self._took.get(task, LONG_SECONDS) >= LONG_SECONDS
        if is_long:
            self._tell(task, is_urgent=False)

    def end(self, task: str, seconds: float, error: str = "") -> None:
        """A run has ended after so many seconds; `error` says how it failed."""
        now = timezone.now()
        with self._lock:
            news = self._of(task)
            is_shown_as_running = news.started_at is None
            self._took[task] = seconds
            news.runs += 1
            news.ended_at, news.seconds = now, seconds
            if error:
                news.failures += 1
                news.failed_at, news.error = now, error
            else:
                news.succeeded_at = now
        self._tell(task, is_urgent=bool(error) or is_shown_as_running)

    def flush(self) -> None:
        """Write all that is not written yet."""
        for task in list(self._news):
            self._tell(task, is_urgent=True)

    def _of(self, task: str) -> News:
        return self._news.setdefault(task, News())

    def _tell(self, task: str, *, is_urgent: bool) -> None:
        """Write the news of a task if it is time; what cannot be written is kept for the next time."""
        with self._lock:
            is_due = self.clock() - self._written.get(task, -WRITES_EVERY_SECONDS) >= WRITES_EVERY_SECONDS
            if task not in self._news or not (is_urgent or is_due):
                return
            news = self._news.pop(task)
            self._written[task] = self.clock()
        try:
            self.write(task, news)
        except (StoreUnavailable, DatabaseError) as problem:
            log.warning("what a task did could not be written", task=task, problem=str(problem))
            with self._lock:
                self._news[task] = _join(news, self._news.get(task, News()))


def _join(earlier: News, later: News) -> News:
    """Both: counts are added, of the rest the later counts."""
    newer = {name: value for name, value in asdict(later).items() if value is not None}
    counts = {"runs": earlier.runs + later.runs, "failures": earlier.failures + later.failures}
    return News(**(asdict(earlier) | newer | counts))


def write_news(task: str, news: News) -> None:
    """Add them to the table."""
    told = {name: value for name, value in asdict(news).items() if value is not None}
    runs, failures = told.pop("runs"), told.pop("failures")
    with get_store().writing():
        TaskRun.objects.get_or_create(name=task)
        row = TaskRun.objects.filter(name=task)
        row.update(runs=F("runs") + runs, failures=F("failures") + failures, **told)


def list_task_runs() -> list[TaskRun]:
    """Every scheduled task, whether it ran or not, by name. Raises StoreUnavailable."""
    try:
        known = {run.name: run for run in TaskRun.objects.all()}
    except DatabaseError as problem:
        raise StoreUnavailable(f"The database does not answer as it should: {problem}") from problem
    names = {str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()} | known.keys()
    return [known.get(name) or TaskRun(name=name) for name in sorted(names)]


_log = TaskLog(write_news)
_began: dict[str, float] = {}
_errors: dict[str, str] = {}


def watch_tasks() -> None:
    """From now on what tasks do in this process is kept. Celery catches and logs what a listener raises."""
    for signal, listener in _listeners():
        signal.connect(listener)


def ignore_tasks() -> None:
    """Undo `watch_tasks`."""
    for signal, listener in _listeners():
        signal.disconnect(listener)


def _listeners() -> tuple[tuple[Signal, Callable[..., None]], ...]:
    return (
        (task_prerun, _note_begin),
        (task_failure, _note_failure),
        (task_postrun, _note_end),
        (worker_shutdown, _flush),
    )


def _note_begin(task_id: str, task: object, **_: object) -> None:
    _began[task_id] = time.monotonic()
    _log.begin(_name(task))


def _note_failure(task_id: str, exception: BaseException, **_: object) -> None:
    _errors[task_id] = spell_error(exception)


def _note_end(task_id: str, task: object, **_: object) -> None:
    now = time.monotonic()
    _log.end(_name(task), now - _began.pop(task_id, now), _errors.pop(task_id, ""))


def _flush(**_: object) -> None:
    _log.flush()


def _name(task: object) -> str:
    return str(getattr(task, "name", "")) or "unnamed"


def spell_error(problem: BaseException) -> str:
    """`StoreUnavailable: The database …` in one line that can be shown and kept."""
    first = next(iter(str(problem).strip().splitlines()), "")
    text = visible(f"{type(problem).__name__}: {first}".rstrip(": "))
    return text if len(text) <= MAX_ERROR_CHARS else f"{text[: MAX_ERROR_CHARS - 1]}…"
