"""The background tasks are done by real workers, on Redis and without."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from celery import Celery

from tests.journeys.sender import send_span
from tests.services.processes import REPOSITORY, TracingUI, start_tracing_ui, wait_until
from tests.services.redis import RedisServer

pytestmark = pytest.mark.journey

FORGET = "traces.tasks.forget_old_requests"
# The worker of Tracing UI, with a clock that does not wait five minutes.
HURRIED_WORKER = f"""
import django; django.setup()
from tracing_ui.celery import app
from tracing_ui.working import work
app.conf.beat_schedule = {{"forget": {{"task": "{FORGET}", "schedule": 0.5}}}}
work(lambda: print("ready", flush=True))
"""


def count_fingerprints(database_url: str) -> int:
    """Rows of the table that `forget_old_requests` empties."""
    question = "SELECT count(*) FROM stored_request"
    if database_url.startswith("sqlite"):
        with sqlite3.connect(database_url.removeprefix("sqlite:///")) as file:
            return int(file.execute(question).fetchone()[0])
    with psycopg.connect(database_url) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return int(row[0])


def send_and_let_expire(tracing_ui: TracingUI) -> None:
    """Leave a fingerprint that is old already."""
    assert send_span(tracing_ui.otlp_http_url)[0] == 200
    assert count_fingerprints(tracing_ui.environment["DATABASE_URL"]) == 1
    time.sleep(1.1)


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
    more = {"INGEST_DEDUPLICATE_SECONDS": "1"}
    with start_tracing_ui(tmp_path / "var", new_database_url, redis_server.url, **more) as tracing_ui:
        yield tracing_ui


@pytest.fixture
def without_redis(tmp_path: Path, new_database_url: str) -> Iterator[TracingUI]:
    with start_tracing_ui(tmp_path / "var", new_database_url, INGEST_DEDUPLICATE_SECONDS="1") as tracing_ui:
        yield tracing_ui


def test_a_task_sent_through_redis_is_executed(with_redis: TracingUI) -> None:
    send_and_let_expire(with_redis)
    url = with_redis.environment["DATABASE_URL"]
    Celery(broker=with_redis.environment["REDIS_URL"]).send_task(FORGET, ignore_result=True)
    wait_until(lambda: count_fingerprints(url) == 0)


def test_the_worker_outlives_an_outage_of_redis(with_redis: TracingUI, redis_server: RedisServer) -> None:
    redis_server.stop()
    time.sleep(1)
    redis_server.start()
    send_and_let_expire(with_redis)
    Celery(broker=redis_server.url).send_task(FORGET, ignore_result=True)
    wait_until(lambda: count_fingerprints(with_redis.environment["DATABASE_URL"]) == 0, seconds=30)
    assert with_redis.stop() == 0


@pytest.mark.parametrize("broker", ["redis", "memory"])
def test_the_clock_of_a_worker_ticks(
    broker: str, without_redis: TracingUI, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = without_redis.environment["DATABASE_URL"]
    redis_url = request.getfixturevalue("redis_server").url if broker == "redis" else ""
    send_and_let_expire(without_redis)
    environment = {**without_redis.environment, "REDIS_URL": redis_url, "VAR_DIR": str(tmp_path / "worker")}
    with run_hurried_worker(environment) as worker:
        wait_until(lambda: count_fingerprints(url) == 0)
        send_and_let_expire(without_redis)
        wait_until(lambda: count_fingerprints(url) == 0)
        worker.terminate()
        assert worker.wait(10) == 0
