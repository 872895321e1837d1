"""Real workers on a real queue roll up: killed at any moment, and several at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.spans import Generator
from services_map.models import RollUpState
from services_map.rolling_up.roller import Roller
from services_map.rolling_up.upkeep import rebuild
from tests.contracts.test_merging_at_once import describe_database
from tests.services.processes import REPOSITORY, make_environment, wait_until
from tests.services.redis import RedisServer
from tests.services_map.plain_rollups import read_tables
from traces.ingest.translate.otlp import translate_otlp
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, SpanRequest

pytestmark = pytest.mark.django_db(transaction=True)

#: More than a worker counts at once.
REQUESTS, SPANS_A_REQUEST = 42, 2_048
# By then everything that waits for a partner is counted without.
MUCH_LATER_SECONDS = 1_000


def write_backlog() -> None:
    """Spans of the last minutes, which nobody has counted."""
    now_ns = time.time_ns()
    bodies = Generator(1, SPANS_A_REQUEST, is_gathered=True, now_ns=now_ns - 300 * 10**9).bodies()
    for body in islice(bodies, REQUESTS):
        otlp = translate_otlp(body.content)
        request = SpanRequest(project=DEFAULT_PROJECT, body=otlp.body, span_count=otlp.span_count, received_ns=now_ns)
        get_store().write([request])


@contextmanager
def run_worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "manage.py", "worker"]
    worker = subprocess.Popen(command, cwd=REPOSITORY, env=environment, start_new_session=True)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def kill_when(environment: dict[str, str], is_time: Callable[[], bool]) -> None:
    """Start a worker and send it SIGKILL at that moment; then, as some seconds later, nobody waits for it."""
    with run_worker(environment) as worker:
        wait_until(is_time, seconds=120)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    RollUpState.objects.update(held_until=None)


def count_queued() -> int:
    return get_store().read_backlog().spans


def settle_all() -> None:
    """What is left, as if nothing came any more."""
    roller, now_s = Roller(DEFAULT_PROJECT), int(time.time())
    RollUpState.objects.update(held_until=None)
    for later_s in (0, MUCH_LATER_SECONDS, 2 * MUCH_LATER_SECONDS):
        while not roller.turn(now_s + later_s, 40_000).is_idle:
            pass


def test_killed_workers_and_two_at_once_end_equal_to_an_undisturbed_run(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """One is killed while it counts, one after it has written something; two others do the rest."""
    write_backlog()
    total = count_queued()
    environment = make_environment(tmp_path, describe_database(), redis_server.url)

    kill_when(environment, RollUpState.objects.exclude(held_until=None).exists)
    left_by_the_first = count_queued()
    kill_when(environment, lambda: count_queued() < left_by_the_first)
    left_by_the_second = count_queued()
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(run_worker(environment))
        wait_until(lambda: not count_queued(), seconds=120)
    settle_all()
    found = read_tables()

    assert total == left_by_the_first == REQUESTS * SPANS_A_REQUEST
    assert 0 < left_by_the_second < total
    assert RollUpState.objects.get().span_count == total
    rebuild(DEFAULT_PROJECT)
    settle_all()
    assert found == read_tables()
    assert sum(count for row in found.values() for count, _ in row.values()) > 8 * total
