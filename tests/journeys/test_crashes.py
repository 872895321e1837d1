"""Crashes at random points under load: what was acknowledged is there, once, and nothing is there by halves."""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from tests.journeys.load import loaded
from tests.services.collector import Collector, make_collector, running
from tests.services.postgres import run_postgres
from tests.services.processes import wait_until

pytestmark = pytest.mark.journey

# Partitions are opened and closed meanwhile.
SETTINGS = {"PARTITION_MAX_SPANS": "20000", "LOG_LEVEL": "ERROR"}
CRASHES = [pytest.param(20, id="20 times"), pytest.param(500, id="500 times", marks=pytest.mark.long)]
on_postgresql = pytest.mark.skipif(
    not settings.DATABASE_URL.startswith("postgres"), reason="It starts a PostgreSQL of its own, once is enough."
)


def crash_under_load(
    collector: Collector, crashes: int, crash: Callable[[random.Random], None], mend: Callable[[], None]
) -> str:
    """Each crash at a moment that nothing decides, or soon after a request of several blocks was begun.

    In the end everything runs. What became of the requests.
    """
    moments = random.Random()
    with loaded(collector, large_every=25 if crashes < 100 else 100) as load:
        for _ in range(crashes):
            load.wait_for(acknowledged=20, tend=collector.keep_running)
            if moments.random() < 0.5:
                wait_until(lambda: load.large_under_way, seconds=60)
            time.sleep(moments.uniform(0, 0.3))
            crash(moments)
        mend()
    return f"\n{crashes} crashes, {load.verdict}\n"


@pytest.mark.parametrize("crashes", CRASHES)
def test_no_crash_of_the_collector_loses_or_doubles_a_request(
    crashes: int, tmp_path: Path, new_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(make_collector(tmp_path, new_database_url, **SETTINGS)) as collector:

        def crash(choice: random.Random) -> None:
            """Of all its processes at once, as when the machine goes, or of one that others outlive."""
            if choice.random() < 0.5:
                collector.kill_all()
            else:
                collector.kill_one(choice)

        def mend() -> None:
            collector.kill_all()
            collector.keep_running()

        said = crash_under_load(collector, crashes, crash, mend)
    with capsys.disabled():
        sys.stdout.write(said)


@on_postgresql
@pytest.mark.parametrize(
    "crashes", [pytest.param(5, id="5 times"), pytest.param(100, id="100 times", marks=pytest.mark.long)]
)
def test_no_crash_of_the_database_loses_or_doubles_a_request(
    crashes: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the whole server, or of one of its processes in the middle of what it does: then it restarts them all."""
    with (
        run_postgres(durable=True) as postgres,
        running(make_collector(tmp_path, postgres.url, **SETTINGS)) as collector,
    ):

        def crash(choice: random.Random) -> None:
            if choice.random() < 0.5:
                postgres.kill()
                postgres.start()
            else:
                postgres.kill_backend("tracing-ui")

        said = crash_under_load(collector, crashes, crash, lambda: None)
    with capsys.disabled():
        sys.stdout.write(said)
