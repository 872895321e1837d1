"""The background tasks are done by real workers, on Redis and without."""

import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from celery import Celery
from django.conf import settings

from tests.journeys.sender import find_missing, send_span
from tests.services.processes import REPOSITORY, TracingUI, start_tracing_ui, wait_until
from tests.services.redis import RedisServer
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.journey
on_postgresql = pytest.mark.skipif(
    not settings.DATABASE_URL.startswith("postgres"), reason="Redis goes with PostgreSQL: once is enough."
)

StartServer = Callable[..., AbstractContextManager[TracingUI]]
ROLL_UP = "services_map.tasks.roll_up"
RETENTION = "traces.tasks.delete_expired_partitions"
# The worker of Tracing UI, with a clock that does not wait five minutes.
HURRIED_WORKER = f"""
import sys
import django; django.setup()
from tracing_ui.celery import app
from tracing_ui.working import work
app.conf.beat_schedule = {{"retention": {{"task": "{RETENTION}", "schedule": 0.5}}}}
sys.exit(work(lambda: print("ready", flush=True)))
"""


def keep_an_old_span(tracing_ui: TracingUI, trace: int) -> None:
    """Send a span, and have the database say that it came years ago."""
    assert send_span(tracing_ui.otlp_http_url, trace)[0] == 200
    assert find_missing(tracing_ui, [trace]) == []
    execute(tracing_ui, "UPDATE partition SET newest_received_at = '2020-01-01 00:00:00' RETURNING id")


def execute(tracing_ui: TracingUI, statement: str) -> list[tuple[int]]:
    """Whole numbers that the database answers."""
    url = tracing_ui.environment["DATABASE_URL"]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as file, file:
            return file.execute(statement).fetchall()
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def order_retention(tracing_ui: TracingUI) -> None:
    """What `delete_expired_partitions.delay()` does."""
    Celery(broker=tracing_ui.environment["REDIS_URL"]).send_task(RETENTION, ignore_result=True)


@contextmanager
def run_hurried_worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    worker = subprocess.Popen(
        [sys.executable, "-c", HURRIED_WORKER],
        cwd=REPOSITORY,
        env={**environment, "DJANGO_SETTINGS_MODULE": "tracing_ui.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        yield worker
    finally:
        worker.kill()
        worker.wait()


@pytest.fixture
def with_redis(tmp_path: Path, new_database_url: str, redis_server: RedisServer) -> Iterator[TracingUI]:
    with start_tracing_ui(tmp_path / "var", new_database_url, redis_server.url) as tracing_ui:
        yield tracing_ui


@pytest.fixture
def without_redis(tmp_path: Path, new_database_url: str) -> Iterator[TracingUI]:
    with start_tracing_ui(tmp_path / "var", new_database_url) as tracing_ui:
        yield tracing_ui


@on_postgresql
def test_a_task_sent_through_redis_is_executed(with_redis: TracingUI) -> None:
    keep_an_old_span(with_redis, trace=1)
    order_retention(with_redis)
    wait_until(lambda: find_missing(with_redis, [1]) == [1])


@on_postgresql
def test_the_worker_outlives_outages_of_redis(with_redis: TracingUI, redis_server: RedisServer) -> None:
    for _ in range(3):
        for _ in range(30):  # so that Redis goes away while messages are under way
            order_retention(with_redis)
        redis_server.stop()
        time.sleep(0.5)
        redis_server.start()
        time.sleep(2)
    keep_an_old_span(with_redis, trace=1)
    order_retention(with_redis)
    wait_until(lambda: find_missing(with_redis, [1]) == [1], seconds=30)
    assert with_redis.stop() == 0


def test_small_requests_are_merged_in_the_background(start_server: StartServer) -> None:
    merged = "SELECT id FROM partition WHERE replaces IS NOT NULL AND sealed_at IS NOT NULL AND expired_at IS NULL"
    traces = range(1, 31)
    with start_server(PARTITION_MAX_SPANS="20") as tracing_ui:
        for trace in traces:
            assert send_span(tracing_ui.otlp_http_url, trace)[0] == 200
        wait_until(lambda: bool(execute(tracing_ui, merged)), seconds=60)
        ((partition,),) = execute(tracing_ui, merged)
        assert execute(tracing_ui, f"SELECT count(*) FROM block_{partition}") == [(1,)]
        assert find_missing(tracing_ui, traces) == []
        assert tracing_ui.stop() == 0


@pytest.mark.parametrize(
    "broker",
    [pytest.param("redis", marks=on_postgresql), pytest.param("memory", marks=pytest.mark.any_engine)],
)
def test_the_clock_of_a_worker_ticks(
    broker: str, without_redis: TracingUI, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    redis_url = request.getfixturevalue("redis_server").url if broker == "redis" else ""
    environment = {**without_redis.environment, "REDIS_URL": redis_url, "VAR_DIR": str(tmp_path / "worker")}
    with run_hurried_worker(environment) as worker:
        keep_an_old_span(without_redis, trace=1)
        wait_until(lambda: find_missing(without_redis, [1]) == [1])
        keep_an_old_span(without_redis, trace=2)
        wait_until(lambda: find_missing(without_redis, [2]) == [2])
        worker.terminate()
        assert worker.wait(10) == 0


@pytest.mark.any_engine
def test_spans_are_rolled_up_without_redis_too_and_metrics_say_so(without_redis: TracingUI) -> None:
    """With Redis: tests/services_map/test_workers.py."""
    for trace in range(1, 4):
        assert send_span(without_redis.otlp_http_url, trace)[0] == 200
    rolled_up = f"SELECT span_count FROM roll_up_state WHERE project_id = {DEFAULT_PROJECT}"
    wait_until(lambda: execute(without_redis, rolled_up) == [(3,)], seconds=30)
    succeeded = f"SELECT runs FROM task_run WHERE name = '{ROLL_UP}' AND succeeded_at IS NOT NULL"
    wait_until(lambda: execute(without_redis, succeeded), seconds=30)
    with urllib.request.urlopen(f"{without_redis.url}/metrics", timeout=30) as answer:
        metrics = answer.read().decode()
    assert "\ntracing_ui_roll_up_queue_spans 0.0\n" in metrics
    assert f'\ntracing_ui_task_last_success_timestamp_seconds{{task="{ROLL_UP}"}} ' in metrics
    assert f'\ntracing_ui_task_failures_total{{task="{ROLL_UP}"}} 0.0\n' in metrics
    assert without_redis.stop() == 0
    ((runs,),) = execute(without_redis, succeeded)
    assert runs >= 1
