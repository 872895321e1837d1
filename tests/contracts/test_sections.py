"""A partition that is written can be searched as fast as a closed one: PostgreSQL indexes what is full of it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings, settings
from django.db import connection
from django.utils import timezone

from tests.builders import LAST_DAY, make_span, write_spans
from traces import reading
from traces.domain.query import Comparison, Condition, Place, TraceQuery
from traces.models import Partition
from traces.storage import get_store, merge
from traces.storage.base import DEFAULT_PROJECT
from traces.storage.layout import BLOCK_BITS, SECTION_BITS, SECTIONS

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(
    not settings.DATABASE_URL.startswith("postgres"), reason="SQLite indexes what it writes."
)


def write_blocks(first: int, last: int) -> None:
    """A span a block, each with an attribute of its own and one that all have."""
    for number in range(first, last + 1):
        write_spans(make_span(number, 1, attributes={"n": number, "all": True}))
    # Not filled within a moment.
    Partition.objects.filter(closed_at=None).update(opened_at=timezone.now() - timedelta(hours=1))


def find(key: str, value: int) -> list[int]:
    where = Condition(place=Place.SPAN, key=key, comparison=Comparison.EQUAL, value=value)
    page = reading.search(DEFAULT_PROJECT, TraceQuery(window=LAST_DAY, where=where, limit=100))
    return [int.from_bytes(trace.trace_id, "big") for trace in page.traces]


def everything_is_found(count: int) -> bool:
    numbers = list(range(1, count + 1))
    return find("all", True) == numbers[::-1] and [find("n", number) for number in numbers] == [[n] for n in numbers]


def open_partition() -> int:
    return Partition.objects.get(closed_at=None).pk


def sections_of_blocks(partition: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM block_{partition} ORDER BY id")
        return [(block & ((1 << BLOCK_BITS) - 1)) >> SECTION_BITS for (block,) in cursor.fetchall()]


def token_indexes(partition: int) -> dict[str, bool]:
    """The attribute indexes of a partition on PostgreSQL, by the end of their names; whether they are complete."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid"
            " WHERE indrelid = %s::regclass AND NOT indisprimary ORDER BY relname",
            [f"span_{partition}"],
        )
        return {name.partition("_tokens")[2]: is_complete for name, is_complete in cursor.fetchall()}


def test_each_section_of_a_partition_has_its_part_of_the_spans(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 2 * SECTIONS
    write_blocks(1, 2 * SECTIONS)
    first = open_partition()
    write_blocks(2 * SECTIONS + 1, 2 * SECTIONS + 1)

    assert sections_of_blocks(first) == [number // 2 for number in range(2 * SECTIONS)]
    assert sections_of_blocks(open_partition()) == [0]
    assert everything_is_found(2 * SECTIONS + 1)


def test_blocks_too_many_for_a_section_go_on_in_the_next(settings: LazySettings) -> None:
    write_blocks(1, 1)
    Partition.objects.update(next_block=(1 << SECTION_BITS) - 1)
    write_blocks(2, 3)

    assert sections_of_blocks(open_partition()) == [0, 0, 1]
    assert everything_is_found(3)


def test_a_partition_ends_with_its_last_section() -> None:
    write_blocks(1, 1)
    Partition.objects.update(next_block=SECTIONS << SECTION_BITS)
    write_blocks(2, 2)

    assert Partition.objects.count() == 2
    assert everything_is_found(2)


@on_postgresql
def test_full_sections_are_indexed_while_their_partition_is_written(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 2 * SECTIONS
    write_blocks(1, 5)

    get_store().seal_partitions()

    assert token_indexes(open_partition()) == {"_s0": True, "_s1": True}
    assert everything_is_found(5)
    write_blocks(6, 8)
    assert everything_is_found(8)


@on_postgresql
def test_a_partition_that_fills_in_a_moment_is_not_indexed_before_it_is_full(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 2 * SECTIONS
    write_blocks(1, 5)
    Partition.objects.update(opened_at=timezone.now())

    get_store().seal_partitions()

    assert token_indexes(open_partition()) == {}


@on_postgresql
def test_one_index_takes_the_place_of_those_of_the_sections(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the partition is not merged, because its blocks count as large."""
    monkeypatch.setattr(merge, "SMALL_BLOCK_SPANS", 0)
    settings.PARTITION_MAX_SPANS = SECTIONS
    write_blocks(1, SECTIONS)
    first = open_partition()
    get_store().seal_partitions()
    assert len(token_indexes(first)) == SECTIONS - 1
    write_blocks(SECTIONS + 1, SECTIONS + 1)

    assert get_store().seal_partitions() == 1

    assert token_indexes(first) == {"": True}
    assert everything_is_found(SECTIONS + 1)


@on_postgresql
def test_an_index_whose_build_was_ended_is_not_asked_and_is_built_again(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = SECTIONS
    write_blocks(1, 3)
    get_store().seal_partitions()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass",
            [f"span_{open_partition()}_tokens_s0"],
        )

    assert token_indexes(open_partition()) == {"_s0": False, "_s1": True}
    assert everything_is_found(3)
    get_store().seal_partitions()
    assert token_indexes(open_partition()) == {"_s0": True, "_s1": True}


def test_workers_at_once_disturb_neither_each_other_nor_a_writer_nor_a_reader(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = SECTIONS
    count = 3 * SECTIONS + 2
    problems: list[BaseException] = []
    is_over = threading.Event()

    def repeat(work: Callable[[], object]) -> None:
        try:
            while not is_over.is_set():
                work()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    tasks = (get_store().seal_partitions, get_store().seal_partitions, lambda: find("all", True))
    threads = [threading.Thread(target=repeat, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, count + 1):
            write_blocks(number, number)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()

    assert problems == []
    get_store().seal_partitions()
    assert Partition.objects.exclude(closed_at=None).filter(sealed_at=None, expired_at=None).count() == 0
    assert everything_is_found(count)
