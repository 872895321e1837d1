"""What tasks did is kept: seldom where it is usual, at once where it failed, and never at the task's cost."""

import pytest
from celery import Celery
from django.db import DatabaseError

from traces.domain.errors import StoreUnavailable
from traces.tasks import forget_old_requests
from tracing_ui import task_log
from tracing_ui.models import TaskRun
from tracing_ui.task_log import News, TaskLog, list_task_runs, spell_error, write_news


class Clock:
    """Seconds, as a test sets them."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def make_log(written: list[tuple[str, News]], clock: Clock) -> TaskLog:
    return TaskLog(lambda task, news: written.append((task, news)), clock)


def test_what_is_usual_is_written_every_few_seconds() -> None:
    written: list[tuple[str, News]] = []
    clock = Clock()
    tasks = make_log(written, clock)
    for _ in range(12):
        tasks.begin("a")
        tasks.end("a", 0.5)
        clock.now += 1

    assert [(task, news.runs) for task, news in written] == [("a", 0), ("a", 1), ("a", 5), ("a", 5)]
    tasks.flush()
    assert sum(news.runs for _, news in written) == 12
    assert (written[-1][1].seconds, written[-1][1].failures, written[-1][1].error) == (0.5, 0, None)
    tasks.flush()
    assert len(written) == 5


def test_nothing_that_has_ended_is_left_as_running() -> None:
    """Long runs are shown from their begin on, short ones after a short one are not."""
    written: list[tuple[str, News]] = []
    clock = Clock()
    tasks = make_log(written, clock)
    for seconds in (30.0, 0.1, 0.1, 30.0, 30.0):
        clock.now += 60
        tasks.begin("a")
        tasks.end("a", seconds)

    told = [(news.started_at is not None, news.ended_at is not None) for _, news in written]
    begin, end, both = (True, False), (False, True), (True, True)
    assert told == [begin, end, begin, end, both, both, begin, end]


def test_tasks_do_not_wait_for_each_other_and_failures_for_nothing() -> None:
    written: list[tuple[str, News]] = []
    tasks = make_log(written, Clock())
    tasks.begin("a")
    tasks.begin("b")
    tasks.end("a", 1.0, "OSError: no")

    assert [(task, news.runs, news.error) for task, news in written] == [
        ("a", 0, None), ("b", 0, None), ("a", 1, "OSError: no"),
    ]  # fmt: skip
    assert written[2][1].failed_at is not None
    assert written[2][1].succeeded_at is None


@pytest.mark.parametrize("problem", [StoreUnavailable("It is away."), DatabaseError("It is broken.")])
def test_what_cannot_be_written_is_written_later(problem: Exception) -> None:
    written: list[tuple[str, News]] = []

    def write(task: str, news: News) -> None:
        if len(tried) < 2:
            tried.append(news)
            raise problem
        written.append((task, news))

    tried: list[News] = []
    clock = Clock()
    tasks = TaskLog(write, clock)
    tasks.begin("a")
    tasks.end("a", 1.0, "first")
    tasks.end("a", 2.0)
    clock.now += 5
    tasks.begin("a")

    ((_, news),) = written
    assert (news.runs, news.failures, news.error, news.seconds) == (2, 1, "first", 2.0)
    assert news.succeeded_at is not None


@pytest.mark.django_db(transaction=True)
def test_workers_add_to_what_others_wrote() -> None:
    tasks = TaskLog(write_news)
    tasks.end("a", 1.0, "OSError: no")
    TaskLog(write_news).end("a", 2.0)

    run = TaskRun.objects.get(name="a")
    assert (run.runs, run.failures, run.seconds, run.error) == (2, 1, 2.0, "OSError: no")
    assert run.failed_at is not None
    assert run.succeeded_at is not None
    assert run.succeeded_at >= run.failed_at
    names = [run.name for run in list_task_runs()]
    assert names == sorted(names)
    assert {"a", "traces.tasks.seal_closed_partitions", "services_map.tasks.roll_up"} <= set(names)


@pytest.mark.django_db(transaction=True)
def test_celery_tells_of_tasks_that_succeed_and_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks that Celery executes here, with the listeners of a worker."""
    monkeypatch.setattr(task_log, "_log", TaskLog(write_news))
    task_log.watch_tasks()
    app = Celery(set_as_current=False)

    def break_down() -> None:
        raise ValueError("Broken.\nIn two lines.")

    try:
        forget_old_requests.apply()
        app.task(name="tests.break")(break_down).apply()
    finally:
        task_log._log.flush()
        task_log.ignore_tasks()

    succeeded = TaskRun.objects.get(name="traces.tasks.forget_old_requests")
    assert (succeeded.runs, succeeded.failures, succeeded.error) == (1, 0, "")
    failed = TaskRun.objects.get(name="tests.break")
    assert (failed.runs, failed.failures, failed.error) == (1, 1, "ValueError: Broken.")
    assert (failed.succeeded_at, task_log._began, task_log._errors) == (None, {}, {})


def test_an_error_is_one_line_that_can_be_kept() -> None:
    assert spell_error(OSError()) == "OSError"
    assert spell_error(ValueError("a\x00b\nc")) == "ValueError: a⟨U+0000⟩b"
    assert len(spell_error(ValueError("x" * 5_000))) == 300
