"""What every store promises about partitions whose small blocks are merged: nothing changes but their size."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings, settings
from django.db import Error, connection, transaction
from django.utils import timezone

from tests.builders import (
    LAST_DAY,
    MS,
    NOW_NS,
    SECOND,
    make_event,
    make_link,
    make_request,
    make_span,
    span_request,
    trace_id,
    write_request,
    write_spans,
)
from tests.contracts import brute_force
from tests.contracts.test_at_once import Together
from tests.contracts.test_search import found, having, random_expression, random_requests
from traces import reading
from traces.domain.query import And, Place, TraceQuery, TraceSummary, Window
from traces.domain.span import Span, SpanFlag, SpanOutline
from traces.models import Organization, Partition, Project
from traces.storage import get_store, merge, partitions, retention
from traces.storage.base import DEFAULT_PROJECT, ProjectId
from traces.storage.blocks import MAX_BLOCK_SPANS
from traces.storage.layout import Tables
from traces.storage.relational import RelationalStore
from traces.storage.rows import forget_bodies, query

pytestmark = pytest.mark.django_db(transaction=True)
YEAR = 365 * 86_400 * SECOND
EVER = Window(start_ns=NOW_NS - YEAR, end_ns=NOW_NS + YEAR)


def store() -> RelationalStore:
    opened = get_store()
    assert isinstance(opened, RelationalStore)
    return opened


def close_partition() -> int:
    """Close the open partition; its number."""
    number = Partition.objects.values_list("pk", flat=True).get(closed_at=None)
    Partition.objects.filter(pk=number).update(closed_at=timezone.now())
    return number


def count_blocks() -> int:
    return sum(
        query(f"SELECT count(*) FROM {Tables(stretch.id).block}")[0][0] for stretch in partitions.list_stretches()
    )


def drop_what_was_replaced() -> int:
    """As some seconds later; how many spans that took."""
    return retention.drop_expired(store()._engine.drop_partition, timezone.now() + timedelta(days=1))


def merge_all() -> None:
    close_partition()
    get_store().seal_partitions()
    assert drop_what_was_replaced() == 0


def read_trace(number: int, project: ProjectId = DEFAULT_PROJECT) -> list[tuple[SpanOutline, Span]]:
    """A trace's spans without their addresses, in a fixed order."""
    outlines = get_store().read_trace(project, trace_id(number))
    spans = get_store().read_spans(project, outlines)
    bare = [replace(outline, address=(0, 0)) for outline in outlines]
    return sorted(zip(bare, spans, strict=True), key=repr)


def list_all(where: Any = None, **more: Any) -> list[TraceSummary]:
    """All summaries; the order of the spans that matched says nothing."""
    asked = TraceQuery(**({"window": EVER, "where": where or And(), "limit": 1_000} | more))
    traces = reading.search(DEFAULT_PROJECT, asked).traces
    return [replace(trace, matched_span_ids=tuple(sorted(trace.matched_span_ids))) for trace in traces]


def write_small(numbers: range, spans: int = 3) -> None:
    """A trace a number, each in a request of its own."""
    for number in numbers:
        start = NOW_NS - 3_600 * SECOND + number * SECOND
        attributes = {"n": number, "all": "x"}
        root = make_span(number, 1, start_ns=start, attributes=attributes)
        children = [
            make_span(number, n, 1, start_ns=start + n * MS, attributes=attributes) for n in range(2, spans + 1)
        ]
        write_spans(root, *children)


def test_small_blocks_become_few_and_everything_is_as_it_was() -> None:
    """Random traces, and 150 random searches that are answered as by looking at every span."""
    dice = random.Random(8)
    for request in random_requests(dice, 40):
        get_store().write([span_request(request, received_ns=NOW_NS + dice.randint(0, 10**9))])
    traces = range(1, 41)
    before, listed, blocks = {number: read_trace(number) for number in traces}, list_all(), count_blocks()

    merge_all()

    assert (blocks > 60, count_blocks()) == (True, 1)
    assert {number: read_trace(number) for number in traces} == before
    assert list_all() == listed
    spans = brute_force.read_all(trace_id(number) for number in traces)
    for _ in range(150):
        start = NOW_NS - dice.randint(20, 100) * SECOND
        window = Window(start_ns=start, end_ns=start + dice.randint(1, 100) * SECOND)
        query = TraceQuery(window=window, where=random_expression(dice), limit=1_000)
        page = reading.search(DEFAULT_PROJECT, query)
        assert [trace.trace_id for trace in page.traces] == brute_force.find_traces(query, spans), query


def test_a_span_with_an_impossible_clock_stays_where_it_was_filed() -> None:
    """It is filed under the arrival of its own request, not under that of its new block."""
    for number, received in enumerate((NOW_NS - 7_200 * SECOND, NOW_NS), start=1):
        wrong = make_span(number, 1, start_ns=5)
        ahead = make_span(number, 2, start_ns=NOW_NS + 1_800 * SECOND)
        write_request(make_request(wrong, ahead), received_ns=received)
    before = [read_trace(number) for number in (1, 2)]

    merge_all()

    assert [read_trace(number) for number in (1, 2)] == before
    filed = sorted(outline.start_ns for trace in before for outline, _ in trace)
    late, now = NOW_NS - 7_200 * SECOND, NOW_NS
    assert filed == [late, late, now, NOW_NS + 1_800 * SECOND]
    assert sum(SpanFlag.CLOCK_IMPLAUSIBLE in outline.flags for trace in before for outline, _ in trace) == 3


def test_cuts_events_and_links_stay() -> None:
    span = make_span(1, 1, events=[make_event("exception", attributes={"e": 1})], links=[make_link(9, 8, {"l": 1})])
    request = span_request(make_request(span))
    get_store().write([replace(request, cuts={trace_id(1) + span.span_id: "an attribute was cut"})])
    write_small(range(2, 10))
    before = read_trace(1)

    merge_all()

    assert read_trace(1) == before
    assert before[0][1].cuts == ("an attribute was cut",)
    assert found(having(Place.INTRINSIC, "link_trace_id", "=", trace_id(9).hex())) == [1]
    assert found(having(Place.EVENT, "e", "=", 1)) == [1]
    assert found(having(Place.LINK, "l", "exists")) == [1]


def test_projects_stay_apart() -> None:
    Project.objects.create(pk=2, organization=Organization.objects.get(pk=1), slug="other")
    other = ProjectId(2)
    for number in range(1, 21):
        write_request(make_request(make_span(number, number)), project=other if number % 3 else DEFAULT_PROJECT)
    before = [(read_trace(n), read_trace(n, other)) for n in range(1, 21)]

    merge_all()

    assert count_blocks() == 2
    assert [(read_trace(n), read_trace(n, other)) for n in range(1, 21)] == before
    assert [(len(mine), len(others)) for mine, others in before] == [(0, 1) if n % 3 else (1, 0) for n in range(1, 21)]


def test_no_block_grows_beyond_the_largest() -> None:
    spans = MAX_BLOCK_SPANS // 8 - 12
    for number in range(1, 13):
        write_spans(*[make_span(number, n + 1) for n in range(spans)])

    merge_all()

    assert count_blocks() == 2
    assert [len(get_store().read_trace(DEFAULT_PROJECT, trace_id(number))) for number in range(1, 13)] == [spans] * 12


def test_blocks_of_large_spans_are_not_joined_beyond_what_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "MAX_JOINED_BYTES", 300_000)
    for number in range(1, 11):
        write_spans(make_span(number, 1, attributes={"zeros": "0" * 100_000}))

    merge_all()

    assert count_blocks() == 5
    assert found(having(Place.SPAN, "zeros", "exists")) == list(range(10, 0, -1))


def test_large_blocks_stay_as_they_are() -> None:
    for number in (1, 2):
        write_spans(*[make_span(number, n + 1) for n in range(600)])
    number = close_partition()

    assert get_store().seal_partitions() == 1

    assert [(p.pk, p.replaces, p.expired_at) for p in Partition.objects.all()] == [(number, None, None)]
    assert get_store().seal_partitions() == 0


def test_it_takes_less_room() -> None:
    write_small(range(1, 401))
    number = close_partition()
    before = measure(number)

    get_store().seal_partitions()

    (merged,) = Partition.objects.filter(replaces=number)
    assert merged.sealed_at is not None
    assert measure(merged.pk) < 0.75 * before


def measure(partition: int) -> int:
    """The bytes of what there is a block; the attributes' index, built meanwhile, is not."""
    tables = [f"{name}_{partition}" for name in ("block", "block_body", "trace_part", "operation_block", "key_block")]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            places = ", ".join(["%s"] * len(tables))
            cursor.execute(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({places})", tables)
        else:
            cursor.execute("SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name", [tables])
        return int(cursor.fetchone()[0])


def test_a_merged_partition_stands_where_it_arrived() -> None:
    """Its number is higher than that of what came after it."""
    write_small(range(1, 5))
    close_partition()
    write_small(range(5, 9))
    get_store().seal_partitions()
    write_small(range(9, 10))
    close_partition()
    write_small(range(10, 12))

    positions = [stretch.position for stretch in partitions.list_stretches()]
    numbers = [stretch.id for stretch in partitions.list_stretches()]
    assert positions == sorted(positions, reverse=True)
    assert numbers != sorted(numbers, reverse=True)
    assert found() == list(range(11, 0, -1))


@pytest.mark.parametrize("is_written_before_merging", [False, True])
def test_paging_goes_on_across_a_merge(is_written_before_merging: bool) -> None:
    """The partition in which the first page was made is merged before the second is asked for."""
    write_small(range(1, 11))
    close_partition()
    write_small(range(11, 31))
    query = TraceQuery(window=LAST_DAY, limit=7)
    first = reading.search(DEFAULT_PROJECT, query)
    assert first.next_cursor is not None
    close_partition()
    if is_written_before_merging:
        write_small(range(31, 34))
    get_store().seal_partitions()
    drop_what_was_replaced()
    if not is_written_before_merging:
        write_small(range(31, 34))

    pages, page = [first], first
    while page.next_cursor is not None:
        page = reading.search(DEFAULT_PROJECT, query.next_page(page.next_cursor))
        pages.append(page)

    shown = [trace.trace_id for page in pages for trace in page.traces]
    assert shown == [trace_id(number) for number in range(30, 0, -1)]
    assert [page.total for page in pages] == [30] * len(pages)


def test_a_cursor_of_a_merged_partition_goes_on_when_more_has_come() -> None:
    write_small(range(1, 11))
    merge_all()
    query = TraceQuery(window=LAST_DAY, limit=6)
    first = reading.search(DEFAULT_PROJECT, query)
    write_small(range(11, 15))
    assert first.next_cursor is not None

    second = reading.search(DEFAULT_PROJECT, query.next_page(first.next_cursor))

    assert [trace.trace_id for trace in (*first.traces, *second.traces)] == [trace_id(n) for n in range(10, 0, -1)]
    assert second.total == 10


def test_whoever_has_begun_to_read_reads_to_the_end() -> None:
    """Outlines from before the merge lead to their spans until what was replaced is dropped."""
    write_small(range(1, 5))
    outlines = get_store().read_trace(DEFAULT_PROJECT, trace_id(1))
    close_partition()
    get_store().seal_partitions()
    get_store().seal_partitions()

    assert [span.attributes["n"] for span in get_store().read_spans(DEFAULT_PROJECT, outlines)] == [1] * 3
    drop_what_was_replaced()
    forget_bodies()
    assert get_store().read_spans(DEFAULT_PROJECT, outlines) == []
    assert len(read_trace(1)) == 3


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
        number = random.randint(1, written or 1)
        known = written
        assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(number))) == 2 * (number <= known) or not known

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
    Partition.objects.update(claimed_until=timezone.now() + merge.LEASE)
    abandoned = merge._Copy(old, store()._engine)

    assert get_store().seal_partitions() == 0
    Partition.objects.update(claimed_until=datetime(2020, 1, 1, tzinfo=UTC))
    Partition.objects.filter(pk=abandoned.number).update(expired_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert get_store().seal_partitions() == 1

    assert not Partition.objects.filter(pk=abandoned.number).exists()
    with pytest.raises(merge.Abandoned):
        abandoned.take_place()
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
        block = (number << partitions.BLOCK_BITS) + 3
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
                body = merge.zstandard.ZstdCompressor().compress(block.body)
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
merge.MAX_JOINED_BYTES = 1
get_store().seal_partitions()
"""


def start_worker() -> subprocess.Popen[bytes]:
    """A process of its own on the database of this test."""
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else urlsplit(settings.DATABASE_URL)._replace(path=name)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tracing_ui.settings",
        "DATABASE_URL": url if isinstance(url, str) else url.geturl(),
    }
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment)


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
    """Five workers are killed, each further on in its merge of 40 blocks."""
    written = killed_in_the_middle = 0
    for killed in range(5):
        write_small(range(written + 1, written + 41), spans=2)
        written += 40
        number = close_partition()
        worker = start_worker()
        while worker.poll() is None and count_copied(number) < 8 * killed:
            time.sleep(0.001)
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
