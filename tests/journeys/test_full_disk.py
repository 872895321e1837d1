"""A disk that is full: exporters are asked to come back, readers read on, and with room again it goes on by itself."""

import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.builders import make_request, make_span
from tests.journeys.load import Load, loaded
from tests.journeys.sender import STORED, sending_over_http
from tests.services.collector import Collector, make_collector, running
from tests.services.disks import leave_room, limit_file_size, small_disk
from tests.services.postgres import run_postgres
from tests.services.processes import REPOSITORY

pytestmark = pytest.mark.journey
MIB = 1024 * 1024
TO_ITS_END = {"DISK_RESERVE_BYTES": "0", "LOG_LEVEL": "ERROR"}
# What the clock of the worker does, as soon as the spans are old; more often, for it waits for roll-ups, which nobody
# makes here, in a moment when a log that was written back leaves room.
RETENTION = """
import datetime, django, time; django.setup()
from traces.models import Partition
from traces.tasks import delete_expired_partitions
# Of those that were full before the load began.
Partition.objects.filter(pk__lte=5).update(newest_received_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
give_up = time.monotonic() + 20
while not delete_expired_partitions():
    assert time.monotonic() < give_up
    time.sleep(0.2)
"""

on_sqlite = pytest.mark.skipif(not settings.DATABASE_URL.startswith("sqlite"), reason="It is about SQLite's file.")
on_postgresql = pytest.mark.skipif(not settings.DATABASE_URL.startswith("postgres"), reason="It is about PostgreSQL.")


def fill(load: Load, collector: Collector) -> None:
    """Until there is no room, and then some: every request is answered, and readers read."""
    load.wait_for(refused=50)
    unanswered = load.unanswered
    load.wait_for(refused=50)
    assert load.read_back() >= 100
    assert load.unanswered == unanswered
    assert collector.answers()


@on_sqlite
def test_a_full_disk_loses_nothing_and_room_ends_it(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 48 * MIB) as disk:
        collector = make_collector(tmp_path, f"sqlite:///{disk}/tracing.sqlite3", **TO_ITS_END)
        with running(collector), loaded(collector, threads=2, large_every=30) as load:
            load.wait_for(acknowledged=100)
            leave_room(disk / "filler", MIB)
            fill(load, collector)
            (disk / "filler").unlink()
            load.wait_for(acknowledged=100)


@on_sqlite
def test_a_file_that_may_not_grow_loses_nothing_and_a_higher_limit_ends_it(tmp_path: Path) -> None:
    collector = make_collector(tmp_path, f"sqlite:///{tmp_path}/tracing.sqlite3", **TO_ITS_END)
    with running(collector), loaded(collector, threads=2, large_every=30) as load:
        load.wait_for(acknowledged=100)
        largest = max(path.stat().st_size for path in tmp_path.glob("tracing.sqlite3*"))
        limit_file_size(largest + MIB // 4, collector.find_pids())
        fill(load, collector)
        limit_file_size(resource.RLIM_INFINITY, collector.find_pids())
        load.wait_for(acknowledged=100)


@on_sqlite
def test_retention_makes_room_on_a_full_disk(tmp_path: Path) -> None:
    """It writes to delete: room for that is kept."""
    reserve = {"DISK_RESERVE_BYTES": str(16 * MIB), "PARTITION_MAX_SPANS": "3000"}
    with small_disk(tmp_path / "disk", 96 * MIB) as disk:
        collector = make_collector(tmp_path, f"sqlite:///{disk}/tracing.sqlite3", **reserve)
        with running(collector):
            assert fill_with_noise(collector) > 30
            with loaded(collector, threads=2) as load:
                load.wait_for(refused=50)
                delete_the_oldest(collector)
                load.wait_for(acknowledged=100)


@on_postgresql
def test_a_full_disk_of_the_database_loses_nothing_and_room_ends_it(tmp_path: Path) -> None:
    """Of its tables: where the log of what it writes has no room, PostgreSQL ends itself."""
    with run_postgres(durable=True) as postgres, small_disk(postgres.directory / "disk", 96 * MIB) as disk:
        collector = make_collector(tmp_path, postgres.create_database(disk / "tables"), LOG_LEVEL="ERROR")
        with running(collector), loaded(collector, threads=2, large_every=30) as load:
            load.wait_for(acknowledged=100)
            leave_room(disk / "filler", 2 * MIB)
            fill(load, collector)
            (disk / "filler").unlink()
            load.wait_for(acknowledged=100)


def fill_with_noise(collector: Collector) -> int:
    """Requests of a megabyte that cannot be compressed, then smaller ones, until the smallest is refused; how many."""
    noise, stored = random.Random(1), 0
    with sending_over_http(collector) as send:
        for span_count in (500, 50, 5, 1):
            while True:
                spans = [
                    make_span(stored + 1, n, attributes={"noise": noise.randbytes(2_000)})
                    for n in range(1, span_count + 1)
                ]
                if send(make_request(*spans).SerializeToString()) != STORED:
                    break
                stored += 1
                assert stored < 1_000, "the disk does not become full"
    return stored


def delete_the_oldest(collector: Collector) -> None:
    environment = {**collector.environment, "DJANGO_SETTINGS_MODULE": "tracing_ui.settings"}
    subprocess.run([sys.executable, "-c", RETENTION], cwd=REPOSITORY, env=environment, check=True)
