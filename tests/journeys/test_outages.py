"""A database that is away, hangs, is locked or slow, and a full queue: come back later, and nothing is lost by it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests.journeys.load import Load, loaded
from tests.services.collector import Collector, make_collector, running
from tests.services.disks import slow_disk
from tests.services.postgres import PostgresServer, run_postgres
from tests.services.redis import run_redis

pytestmark = pytest.mark.journey
MIB = 1024 * 1024

# Shorter than the outages, and than what the senders' patience allows.
HASTY = {"INGEST_COMMIT_TIMEOUT_SECONDS": "1", "LOG_LEVEL": "ERROR"}
on_postgresql = pytest.mark.skipif(
    not settings.DATABASE_URL.startswith("postgres"), reason="It starts a PostgreSQL of its own, once is enough."
)
on_sqlite = pytest.mark.skipif(not settings.DATABASE_URL.startswith("sqlite"), reason="It is about SQLite's file.")


def go_through(trouble: AbstractContextManager[None], collector: Collector, load: Load) -> None:
    """While there is trouble, every request is answered with when to come back, in bounded memory; then it goes on."""
    load.wait_for(acknowledged=100)
    threads = collector.count_threads()
    with trouble:
        load.wait_for(refused=40, seconds=120)
        unanswered = load.unanswered
        load.wait_for(refused=40, seconds=120)
        assert load.unanswered == unanswered
        assert collector.ask("/healthz")[0] == 200
        assert collector.resident_bytes() < 600 * MIB
    load.wait_for(acknowledged=100)
    assert collector.count_threads() < threads + 64


@contextmanager
def shut_down(postgres: PostgresServer) -> Iterator[None]:
    postgres.stop()
    yield
    postgres.start()


@contextmanager
def crashed(postgres: PostgresServer) -> Iterator[None]:
    postgres.kill()
    yield
    postgres.start()


@contextmanager
def hanging(postgres: PostgresServer) -> Iterator[None]:
    postgres.pause()
    try:
        yield
    finally:
        postgres.resume()


@on_postgresql
@pytest.mark.parametrize("outage", [shut_down, crashed, hanging])
def test_an_outage_of_the_database_loses_and_doubles_nothing(
    outage: Callable[[PostgresServer], AbstractContextManager[None]], tmp_path: Path
) -> None:
    with (
        run_postgres(durable=True) as postgres,
        running(make_collector(tmp_path, postgres.url, **HASTY)) as collector,
        loaded(collector, large_every=50) as load,
    ):
        go_through(outage(postgres), collector, load)


@pytest.mark.any_engine
def test_spans_come_in_while_redis_is_away(tmp_path: Path, new_database_url: str) -> None:
    with (
        run_redis() as redis,
        running(make_collector(tmp_path, new_database_url, redis.url)) as collector,
        loaded(collector, threads=2) as load,
    ):
        load.wait_for(acknowledged=50)
        redis.stop()
        load.wait_for(acknowledged=100)


@contextmanager
def locked(database_url: str) -> Iterator[None]:
    """Another process has the database for itself: the whole file, or the row by which collectors take turns."""
    if database_url.startswith("sqlite"):
        other = sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=20, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.close()
        return
    with psycopg.connect(database_url) as locker:
        locker.execute("SELECT 1 FROM project FOR UPDATE")
        yield


def test_a_database_that_another_locks_loses_and_doubles_nothing(tmp_path: Path, new_database_url: str) -> None:
    collector = make_collector(tmp_path, new_database_url, **HASTY)
    with running(collector), loaded(collector, large_every=50) as load:
        go_through(locked(new_database_url), collector, load)


@on_postgresql
def test_a_table_that_another_locks_loses_and_doubles_nothing(tmp_path: Path, new_database_url: str) -> None:
    @contextmanager
    def locked_table() -> Iterator[None]:
        with psycopg.connect(new_database_url) as locker:
            locker.execute("LOCK TABLE stored_request IN ACCESS EXCLUSIVE MODE")
            yield

    collector = make_collector(tmp_path, new_database_url, **HASTY)
    with running(collector), loaded(collector, large_every=50) as load:
        go_through(locked_table(), collector, load)


def test_a_full_queue_loses_and_doubles_nothing(tmp_path: Path, new_database_url: str) -> None:
    """The database lets nobody in, requests wait for it, and there is memory for half of them."""
    small = {"INGEST_MAX_BODY_BYTES": str(MIB), "INGEST_MAX_PENDING_BYTES": str(2 * MIB), "LOG_LEVEL": "ERROR"}
    collector = make_collector(tmp_path, new_database_url, INGEST_COMMIT_TIMEOUT_SECONDS="60", **small)
    with running(collector), loaded(collector, large_every=1) as load:
        load.wait_for(acknowledged=4)
        with locked(new_database_url):
            load.wait_for(refused=40)
            assert collector.resident_bytes() < 300 * MIB
        load.wait_for(acknowledged=8)


@on_sqlite
def test_a_slow_disk_loses_and_doubles_nothing(tmp_path: Path, new_database_url: str) -> None:
    """An fsync takes longer than a request waits for its commit, now and then."""
    slow = slow_disk(tmp_path, milliseconds=1_200)
    collector = make_collector(tmp_path, new_database_url, **{**HASTY, **slow})
    with running(collector), loaded(collector, large_every=50) as load:
        load.wait_for(acknowledged=20, seconds=120)
        load.wait_for(refused=4, seconds=120)
        threads = collector.count_threads()
        load.wait_for(acknowledged=20, seconds=120)
        assert collector.count_threads() <= threads + 8
        assert collector.answers()
