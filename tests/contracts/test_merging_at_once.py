"""What every store promises while partitions are merged: others read and write, and workers stop, die and meet."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import zstandard
from django.conf import LazySettings, settings
from django.db import Error, connection, transaction
from django.utils import timezone

from tests.builders import (
    make_request,
    make_span,
    span_request,
    trace_id,
)
from tests.contracts.merging import (
    close_partition,
    drop_what_was_replaced,
    list_all,
    store,
    write_small,
)
from tests.contracts.test_at_once import Together
from tests.contracts.test_search import found, having
from traces.domain.query import Place
from traces.models import Partition
from traces.storage import copying, get_store, partitions
from traces.storage.base import DEFAULT_PROJECT
from traces.storage.layout import BLOCK_BITS, Tables
from traces.storage.relational import RelationalStore
from traces.storage.rows import query

pytestmark = pytest.mark.django_db(transaction=True)


def test_merging_disturbs_no_reader_and_no_writer(settings: LazySettings) -> None:
    """What was written is found at any moment, while partitions close, are merged and dropped under the readers."""
    settings.PARTITION_MAX_SPANS = 40
    settings.SEARCH_TIMEOUT_SECONDS = 60
    written = 0

    def write() -> None:
        nonlocal written
        for number in range(1, 161):
            write_small(range(number, number + 1), spans=2)
            written = number

    def search() -> None:
        known = written
        traces = list_all(having(Place.SPAN, "all", "=~", "x"))
        assert len(traces) >= known
        assert {trace.span_count for trace in traces} <= {2}

    def open_traces() -> None:
        if known := written:
            assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(random.randint(1, known)))) == 2

    def seal() -> None:
        get_store().seal_partitions()
        drop_what_was_replaced()

    Together().run(write, search, open_traces, seal)

    seal()
    assert Partition.objects.exclude(replaces=None).count() >= 6
    assert len(list_all()) == 160
    assert [len(get_store().read_trace(DEFAULT_PROJECT, trace_id(number))) for number in range(1, 161)] == [2] * 160


def test_two_workers_merge_a_partition_once() -> None:
    write_small(range(1, 31))
    close_partition()
    sealed: list[int] = []

    def work() -> None:
        try:
            sealed.append(RelationalStore(store()._engine).seal_partitions())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(sealed) == [0, 0, 1]
    assert Partition.objects.exclude(replaces=None).count() == 1


def test_a_worker_that_is_told_to_stop_leaves_the_partition_as_it_was() -> None:
    write_small(range(1, 31))
    number = close_partition()

    assert get_store().seal_partitions(lambda: Partition.objects.count() > 1) == 0

    assert [stretch.id for stretch in partitions.list_stretches()] == [number]
    assert get_store().seal_partitions() == 1
    assert drop_what_was_replaced() == 0
    assert Partition.objects.count() == 1
    assert len(list_all()) == 30


def test_what_a_dead_worker_began_is_dropped_and_begun_anew() -> None:
    write_small(range(1, 31))
    old = Partition.objects.get(pk=close_partition())
    Partition.objects.update(claimed_until=timezone.now() + copying.LEASE)
    abandoned = copying.Copy([old], store()._engine, holds_pinned=False)

    assert get_store().seal_partitions() == 0
    Partition.objects.update(claimed_until=datetime(2020, 1, 1, tzinfo=UTC))
    Partition.objects.filter(pk=abandoned.number).update(expired_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert get_store().seal_partitions() == 1

    assert not Partition.objects.filter(pk=abandoned.number).exists()
    with pytest.raises(copying.Abandoned):
        abandoned.take_place(lambda: 0, timezone.now())
    drop_what_was_replaced()
    assert len(list_all()) == 30


def test_a_partition_that_expires_while_it_is_merged_is_gone() -> None:
    write_small(range(1, 31))
    close_partition()

    def expire() -> bool:
        Partition.objects.filter(replaces=None).update(expired_at=timezone.now())
        return False

    assert get_store().seal_partitions(lambda: Partition.objects.count() > 1 and expire()) == 0

    assert drop_what_was_replaced() == 90
    assert (Partition.objects.count(), list_all()) == (0, [])


def test_a_partition_with_a_damaged_block_stays_as_it_is() -> None:
    write_small(range(1, 11))
    number = close_partition()
    with connection.cursor() as cursor:
        block = (number << BLOCK_BITS) + 3
        cursor.execute(f"UPDATE {Tables(number).block_body} SET body = %s WHERE block = %s", [b"broken", block])

    assert get_store().seal_partitions() == 1

    assert [stretch.id for stretch in partitions.list_stretches()] == [number]
    assert len(list_all()) == 10
    assert get_store().seal_partitions() == 0


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite reserves and writes in one transaction.")
def test_a_writer_that_comes_too_late_is_told_so_and_one_in_time_is_waited_for() -> None:
    """Two collectors reserved a block in a partition that is closed and merged before they have written."""
    write_small(range(1, 11))
    relational = store()
    in_time, late = ([span_request(make_request(make_span(number, 1)))] for number in (11, 12))
    reserved = {}
    for number, requests in ((11, in_time), (12, late)):
        blocks = list(relational._build(requests))
        reserved[number] = (blocks[0], relational._reserve(blocks)[0])
    partition = close_partition()
    has_inserted, results = threading.Event(), list[object]()

    def insert(number: int) -> None:
        block, block_id = reserved[number]
        relational._engine.insert_block(partition, block_id, block, [], b"")

    def write_in_time() -> None:
        try:
            with transaction.atomic():
                block, block_id = reserved[11]
                body = zstandard.ZstdCompressor().compress(block.body)
                relational._engine.insert_block(partition, block_id, block, [], body)
                has_inserted.set()
                time.sleep(0.5)
        finally:
            connection.close()

    writer = threading.Thread(target=write_in_time)
    writer.start()
    assert has_inserted.wait(10)
    results.append(get_store().seal_partitions())
    writer.join()

    with pytest.raises(Error, match="is closed"):
        insert(12)
    assert results == [1]
    assert found() == [11, *range(10, 0, -1)]


# A worker whose merge takes many transactions.
WORKER = """
import django; django.setup()
from traces.storage import get_store, merge
merge.MAX_BLOCK_BYTES = 1
get_store().seal_partitions()
"""


def start_worker(code: str = WORKER) -> subprocess.Popen[bytes]:
    """A process of its own on the database of this test."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tracing_ui.settings",
        "DATABASE_URL": describe_database(),
    }
    return subprocess.Popen([sys.executable, "-c", code], env=environment)


def describe_database() -> str:
    """The DATABASE_URL of this test."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(settings.DATABASE_URL)._replace(path=str(name)).geturl()


def let_leases_run_out() -> int:
    """As some minutes later; how many partitions somebody had begun to make."""
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    Partition.objects.exclude(claimed_until=None).update(claimed_until=long_ago)
    return Partition.objects.exclude(replaces=None).exclude(expired_at=None).update(expired_at=long_ago)


def count_copied(old: int) -> int:
    """How many blocks of a partition are written anew, and no less where that is finished."""
    made = Partition.objects.filter(replaces=old).values_list("pk", flat=True)
    return sum(query(f"SELECT count(*) FROM {Tables(number).block}")[0][0] for number in made)


def test_a_merge_that_is_killed_loses_nothing_and_is_done_again() -> None:
    """Four workers are killed, each further on in its merge of 40 blocks."""
    written = killed_in_the_middle = 0
    for killed in range(4):
        write_small(range(written + 1, written + 41), spans=2)
        written += 40
        number = close_partition()
        worker = start_worker()
        while worker.poll() is None and count_copied(number) < 10 * killed:
            time.sleep(0.005)
        worker.send_signal(signal.SIGKILL)
        worker.wait()

        assert len(list_all(having(Place.SPAN, "all", "=", "x"))) == written
        killed_in_the_middle += let_leases_run_out()

    assert killed_in_the_middle >= 2
    get_store().seal_partitions()
    drop_what_was_replaced()
    assert Partition.objects.filter(replaces=None).count() == 0
    traces = range(1, written + 1)
    assert [len(get_store().read_trace(DEFAULT_PROJECT, trace_id(number))) for number in traces] == [2] * written
