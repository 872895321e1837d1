"""A disk that is full: exporters are asked to come back, readers read on, and with room again it goes on by itself."""

import resource
from pathlib import Path

import pytest
from django.conf import settings

from tests.journeys.load import Load, loaded
from tests.services.collector import make_collector, running
from tests.services.disks import limit_file_size, small_disk, take_room

pytestmark = pytest.mark.journey
MIB = 1024 * 1024

on_sqlite = pytest.mark.skipif(not settings.DATABASE_URL.startswith("sqlite"), reason="It is about SQLite's file.")


def fill(load: Load) -> None:
    """Until there is no room, and then some."""
    load.wait_for(acknowledged=100)
    load.wait_for(refused=50)
    unanswered = load.unanswered
    load.wait_for(refused=50)
    assert load.unanswered == unanswered


@on_sqlite
def test_a_full_disk_loses_nothing_and_room_ends_it(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 48 * MIB) as disk:
        take_room(disk / "filler", 40 * MIB)
        environment = {"DISK_RESERVE_BYTES": "0", "VAR_DIR": str(tmp_path)}
        collector = make_collector(disk, f"sqlite:///{disk}/tracing.sqlite3", **environment)
        with running(collector), loaded(collector, large_every=10) as load:
            fill(load)
            (disk / "filler").unlink()
            load.wait_for(acknowledged=100)


@on_sqlite
def test_a_file_that_may_not_grow_loses_nothing_and_a_higher_limit_ends_it(tmp_path: Path) -> None:
    collector = make_collector(tmp_path, f"sqlite:///{tmp_path}/tracing.sqlite3")
    collector.prepare = lambda: limit_file_size(8 * MIB)
    with running(collector), loaded(collector, large_every=10) as load:
        fill(load)
        limit_file_size(resource.RLIM_INFINITY, *collector.find_pids())
        load.wait_for(acknowledged=100)
