"""The page for whoever operates this: does the store answer, is the work done, what was refused."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from traces import reading
from traces.domain.errors import StoreUnavailable
from traces.domain.refusal import Refusal
from traces.storage import get_store
from traces.storage.base import Backlog, StoreSize
from traces.views import page
from tracing_ui.models import TaskRun
from tracing_ui.task_log import WRITES_EVERY_SECONDS, list_task_runs

# A roll-up waits half a minute for the spans around a span: up to so long behind is as it should be.
USUAL_LAG_SECONDS = 30
# A task that did not end at its third time is late.
TIMES_UNTIL_LATE = 3
# Merging a large partition takes minutes; who takes longer was ended in the middle.
LONGEST_RUN_SECONDS = 600
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_SECOND_NS = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """A background task as the page shows it: `state` is failing, late, running, fine or never."""

    name: str
    state: str
    run: TaskRun
    ended_ns: int | None
    failed_ns: int | None
    duration_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the store says of itself and of the work on it."""

    size: StoreSize
    oldest_ns: int | None
    backlog: Backlog
    lag_ns: int
    tasks: Sequence[TaskLine]
    tallies: dict[str, int]
    refusals: Sequence[Refusal]

    @property
    def is_behind(self) -> bool:
        return self.lag_ns > USUAL_LAG_SECONDS * _SECOND_NS

    @property
    def is_fine(self) -> bool:
        return not self.is_behind and all(task.state not in ("failing", "late") for task in self.tasks)


@page
def show_status(request: HttpRequest) -> HttpResponse:
    """200, or 503 with the reason where the store does not answer: the page is there either way."""
    now_ns = time.time_ns()
    context: dict[str, object] = {
        "now_ns": now_ns,
        "engine": ENGINES.get(connection.vendor, connection.vendor),
        "max_bytes": settings.RETENTION_BYTES,
    }
    try:
        status = load_status(now_ns)
    except StoreUnavailable as problem:
        response = render(request, "status.html", context | {"problem": problem}, status=503)
        response["Retry-After"] = str(problem.retry_after_seconds)
        return response
    return render(request, "status.html", context | {"status": status})


def load_status(now_ns: int) -> Status:
    """Raises StoreUnavailable."""
    store = get_store()
    size, backlog = store.measure(), store.read_backlog()
    return Status(
        size=size,
        oldest_ns=_as_ns(size.oldest_opened_at),
        backlog=backlog,
        lag_ns=max(0, now_ns - (backlog.oldest_received_ns or now_ns)),
        tasks=[judge(run, now_ns, _seconds_between(run.name)) for run in list_task_runs()],
        tallies=store.read_tallies(),
        refusals=reading.list_refusals(),
    )


def judge(run: TaskRun, now_ns: int, seconds_between: float | None) -> TaskLine:
    """How a task is doing, that should begin every so many seconds (None: when it is asked for)."""
    started_ns, ended_ns, failed_ns = _as_ns(run.started_at), _as_ns(run.ended_at), _as_ns(run.failed_at)
    return TaskLine(
        name=run.name,
        state=_state_of(run, started_ns, ended_ns, now_ns, seconds_between),
        run=run,
        ended_ns=ended_ns,
        failed_ns=failed_ns,
        duration_ns=None if run.seconds is None else round(run.seconds * _SECOND_NS),
    )


def _state_of(
    run: TaskRun, started_ns: int | None, ended_ns: int | None, now_ns: int, seconds_between: float | None
) -> str:
    if started_ns is None:
        return "never"
    if run.failed_at is not None and (run.succeeded_at is None or run.succeeded_at < run.failed_at):
        return "failing"
    is_running = ended_ns is None or started_ns > ended_ns
    silent_ns = now_ns - max(started_ns, ended_ns or 0)
    if seconds_between is not None:
        patience_seconds = TIMES_UNTIL_LATE * seconds_between + 2 * WRITES_EVERY_SECONDS
        if silent_ns > (max(patience_seconds, LONGEST_RUN_SECONDS) if is_running else patience_seconds) * _SECOND_NS:
            return "late"
    return "running" if is_running else "fine"


def _seconds_between(task: str) -> float | None:
    schedule: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    return next((float(entry["schedule"]) for entry in schedule.values() if entry["task"] == task), None)


def _as_ns(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * _SECOND_NS)
