"""What every store promises about the room it takes: the oldest spans go when there is no more."""

import random
import threading
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from tests.builders import NOW_NS, SECOND, make_request, make_span, trace_id, write_request
from tests.contracts.queue import roll_up
from tests.contracts.test_at_once import Together
from traces.models import Partition
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT
from traces.tasks import delete_expired_partitions

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.fromtimestamp(NOW_NS // SECOND, tz=UTC)
SPANS = 600


def write_much(*traces: int) -> None:
    """Traces of 600 spans in a request each, with what cannot be compressed; they are rolled up at once."""
    for trace in traces:
        noise = random.Random(trace)
        spans = [make_span(trace, n + 1, attributes={"noise": noise.randbytes(600)}) for n in range(SPANS)]
        write_request(make_request(*spans))
        roll_up()


def is_kept(trace: int) -> bool:
    """Whether all of its spans are there; none otherwise."""
    outlines = get_store().read_trace(DEFAULT_PROJECT, trace_id(trace))
    assert len(outlines) in (0, SPANS)
    return bool(outlines)


def test_the_oldest_partitions_go_until_the_rest_has_room(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = SPANS
    empty = get_store().count_bytes()
    write_much(*range(1, 9))
    full = get_store().count_bytes()
    partition_bytes = (full - empty) // 8
    limit = full - 2 * partition_bytes - partition_bytes // 2

    assert get_store().delete_beyond(limit, NOW) == 3 * SPANS

    assert partition_bytes > 400_000
    assert limit - partition_bytes < get_store().count_bytes() <= limit
    assert [is_kept(trace) for trace in range(1, 9)] == [False] * 3 + [True] * 5
    assert get_store().delete_beyond(limit, NOW) == 0


def test_the_file_of_sqlite_shrinks(settings: LazySettings) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Elsewhere a dropped table is a deleted file.")
    settings.PARTITION_MAX_SPANS = SPANS
    write_much(*range(1, 7))

    get_store().delete_beyond(get_store().count_bytes() // 2, NOW)

    with connection.cursor() as cursor:
        pages, free, page_bytes = (
            cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    assert (free, pages * page_bytes) == (0, get_store().count_bytes())


def test_an_open_partition_that_is_too_large_is_closed_and_goes_in_its_turn() -> None:
    write_much(1, 2)
    size = get_store().count_bytes()

    assert get_store().delete_beyond(100 * size, NOW) == 0
    assert Partition.objects.get().closed_at is None
    assert get_store().delete_beyond(2 * size, NOW) == 0
    assert Partition.objects.get().closed_at is not None
    write_much(3)
    assert [partition.closed_at is None for partition in Partition.objects.order_by("pk")] == [False, True]
    assert get_store().delete_beyond(size, NOW) == 2 * SPANS
    assert [is_kept(trace) for trace in (1, 2, 3)] == [False, False, True]


def test_one_partition_that_is_larger_than_everything_may_be_goes_too() -> None:
    write_much(1, 2)

    assert get_store().delete_beyond(get_store().count_bytes() // 2, NOW) == 2 * SPANS

    write_much(3)
    assert [is_kept(trace) for trace in (1, 2, 3)] == [False, False, True]


def test_the_task_follows_the_setting(settings: LazySettings) -> None:
    settings.RETENTION_HOURS = 0
    settings.PARTITION_MAX_SPANS = SPANS
    write_much(1, 2, 3)
    settings.RETENTION_BYTES = 0
    assert delete_expired_partitions() == 0
    settings.RETENTION_BYTES = get_store().count_bytes() - 1
    assert (delete_expired_partitions(), delete_expired_partitions()) == (SPANS, 0)
    assert [is_kept(trace) for trace in (1, 2, 3)] == [False, True, True]


def test_writing_goes_on_while_the_oldest_go(settings: LazySettings) -> None:
    """The limit holds at the end, and what was written last was never refused or lost."""
    settings.PARTITION_MAX_SPANS = SPANS
    write_much(*range(1, 5))
    limit = get_store().count_bytes()
    deleted = 0

    def write() -> None:
        for trace in range(5, 17):
            write_much(trace)
            assert is_kept(trace)

    def delete() -> None:
        nonlocal deleted
        deleted += get_store().delete_beyond(limit, NOW)

    Together().run(write, delete)
    delete()

    kept = [is_kept(trace) for trace in range(1, 17)]
    assert kept == sorted(kept)
    assert deleted == SPANS * kept.count(False)
    assert kept.count(False) >= 10
    assert get_store().count_bytes() <= limit


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="A reader of SQLite holds no table.")
def test_no_more_goes_while_a_reader_holds_what_must_go_first(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = SPANS
    write_much(1, 2, 3)
    first = Partition.objects.order_by("pk")[0].pk
    holds, may_let_go = threading.Event(), threading.Event()

    def read() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM block_{first}")
                holds.set()
                assert may_let_go.wait(60)
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    assert holds.wait(10)
    assert get_store().delete_beyond(get_store().count_bytes() - 1, NOW) == 0
    assert [is_kept(trace) for trace in (1, 2, 3)] == [False, True, True]
    may_let_go.set()
    reader.join()

    assert get_store().delete_beyond(get_store().count_bytes(), NOW) == SPANS
    assert [is_kept(trace) for trace in (2, 3)] == [True, True]
