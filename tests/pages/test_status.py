"""The page for the operator: it says what is, also when nothing works."""

import re
import time
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.builders import make_request, make_span, trace_id, write_request
from tests.contracts.queue import roll_up
from traces.domain.refusal import RefusalKind, make_refusal
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.models import TaskRun
from tracing_ui.status import judge

pytestmark = pytest.mark.django_db(transaction=True)
NOW_NS = 1_790_000_000 * 10**9
# However slow the machine is.
AGE = r"(just now|\d+ s ago)"
RETENTION = "traces.tasks.delete_expired_partitions"


def read(client: Client, status: int = 200) -> str:
    answer = client.get("/status")
    assert answer.status_code == status
    text = re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2].partition("</main>")[0])
    return " ".join(unescape(text).split())


def write_now(*traces: int) -> None:
    for trace in traces:
        write_request(make_request(make_span(trace, 1), make_span(trace, 2)), received_ns=time.time_ns())


def run_all_tasks(settings: LazySettings) -> None:
    now = timezone.now()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        TaskRun.objects.create(
            name=str(entry["task"]), runs=1_204, started_at=now, ended_at=now, succeeded_at=now, seconds=0.25
        )


def test_an_installation_that_works_says_so(client: Client, settings: LazySettings) -> None:
    run_all_tasks(settings)
    write_now(1, 2)
    roll_up()
    get_store().delete_traces(DEFAULT_PROJECT, [trace_id(2)])
    roll_up()

    text = read(client)

    assert "All is as it should be." in text
    assert "Spans 2 in 1 partition, 1 more about to go" in text
    assert f"Store {'SQLite' if connection.vendor == 'sqlite' else 'PostgreSQL'}," in text
    assert "To be counted nothing" in text
    assert "0 spans by age or size, 2 by their trace" in text
    assert re.search(rf"{RETENTION} ✓ fine {AGE} Took 250 ms Runs 1,204 Failures 0", text)


def test_what_waits_is_said(client: Client) -> None:
    write_request(make_request(make_span(1, 1)), received_ns=time.time_ns() - 90 * 10**9)

    text = read(client)

    assert "Spans are counted later than usual." in text
    assert re.search(r"To be counted 1 spans, the oldest \d m \d+ s old", text)
    assert f"{RETENTION} ◌ never ran" in text


def test_a_task_that_failed_is_shown_with_its_error(client: Client) -> None:
    now = timezone.now()
    TaskRun.objects.create(
        name=RETENTION,
        runs=3,
        failures=1,
        started_at=now,
        ended_at=now,
        failed_at=now,
        error="OSError: <b>full</b>\u202e",
    )

    text = read(client)

    assert "A background task needs a look." in text
    assert re.search(rf"{RETENTION} ✕ failed {AGE} ", text)
    assert "OSError: <b>full</b>⟨U+202E⟩" in text


def test_refused_requests_are_shown(client: Client) -> None:
    get_store().write_refusals(
        [make_refusal("http", RefusalKind.PATH, "404", "POST /v1/trace", "Nothing is there.", time.time_ns())]
    )

    assert re.search(rf"{AGE}: POST /v1/trace → 404 Nothing is there.", read(client))


def test_without_the_store_the_page_says_why(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE block_to_roll_up RENAME TO elsewhere")
    try:
        text = read(client, 503)
        metrics = client.get("/metrics").content.decode()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO block_to_roll_up")

    assert "The span store does not answer. The database does not answer as it should" in text
    assert "\ntracing_ui_store_up 0.0\n" in metrics
    assert "process_cpu_seconds_total" in metrics


@pytest.mark.parametrize(
    ("started", "ended", "state"),
    [
        (None, None, "never"),
        (1, 0, "fine"),
        (0, 1, "running"),
        (300, 301, "running"),
        (700, 701, "late"),
        (102, 101, "late"),
        (99, 98, "fine"),
    ],
)
def test_a_task_is_late_when_it_did_not_end_at_its_third_time(
    started: int | None, ended: int | None, state: str
) -> None:
    """Seconds ago, of a task that begins every 30 seconds."""

    def ago(seconds: int | None) -> datetime | None:
        return None if seconds is None else datetime.fromtimestamp(NOW_NS / 1e9, tz=UTC) - timedelta(seconds=seconds)

    run = TaskRun(name=RETENTION, started_at=ago(started), ended_at=ago(ended), succeeded_at=ago(ended))

    assert judge(run, NOW_NS, 30.0).state == state


def test_metrics_tell_of_the_store_and_of_tasks(client: Client) -> None:
    then = datetime(2026, 1, 2, tzinfo=UTC)
    TaskRun.objects.create(name=RETENTION, runs=5, failures=2, succeeded_at=then)
    write_request(make_request(make_span(1, 1), make_span(1, 2)), received_ns=time.time_ns() - 90 * 10**9)

    lines = client.get("/metrics").content.decode().splitlines()
    told = dict(line.rsplit(" ", 1) for line in lines if line.startswith("tracing_ui_"))

    assert float(told["tracing_ui_store_up"]) == 1
    assert 90 <= float(told["tracing_ui_roll_up_lag_seconds"]) < 200
    assert float(told["tracing_ui_roll_up_queue_blocks"]) == 1
    assert float(told["tracing_ui_roll_up_queue_spans"]) == 2
    assert float(told[f'tracing_ui_task_runs_total{{task="{RETENTION}"}}']) == 5
    assert float(told[f'tracing_ui_task_failures_total{{task="{RETENTION}"}}']) == 2
    success = told[f'tracing_ui_task_last_success_timestamp_seconds{{task="{RETENTION}"}}']
    assert float(success) == then.timestamp()
    assert float(told["tracing_ui_spans_withdrawn_total"]) == 0
    assert float(told["tracing_ui_spans_not_rolled_up_total"]) == 0
