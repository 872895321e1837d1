"""What every store promises about partitions whose small blocks are merged: nothing changes but their size."""

from dataclasses import replace

import pytest
from django.db import connection

from tests.builders import (
    LAST_DAY,
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
from tests.contracts.merging import (
    close_partition,
    count_blocks,
    drop_what_was_replaced,
    list_all,
    merge_all,
    read_trace,
    store,
    write_small,
)
from tests.contracts.test_search import found, having
from traces import reading
from traces.domain.query import Place, TraceQuery
from traces.domain.span import SpanFlag
from traces.models import Organization, Partition, Project
from traces.storage import get_store, merge, partitions
from traces.storage.base import DEFAULT_PROJECT, ProjectId
from traces.storage.blocks import MAX_BLOCK_SPANS
from traces.storage.rows import forget_bodies

pytestmark = pytest.mark.django_db(transaction=True)


def test_small_blocks_become_few_and_everything_is_as_it_was() -> None:
    """Searches before and after a merge: tests/contracts/test_search_property.py seals in between."""
    for number in range(1, 81):
        attributes = {"n": number, "all": ["x", number % 7], "even": number % 2 == 0}
        spans = [
            make_span(number % 40 + 1, 10 * number + child, start_ns=NOW_NS + number * SECOND, attributes=attributes)
            for child in range(number % 4 + 1)
        ]
        write_request(make_request(*spans, service=f"service {number % 5}"), received_ns=NOW_NS + number)
    traces = range(1, 41)
    before, listed, blocks = {number: read_trace(number) for number in traces}, list_all(), count_blocks()

    merge_all()

    assert (blocks, count_blocks()) == (80, 1)
    assert {number: read_trace(number) for number in traces} == before
    assert list_all() == listed


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
    monkeypatch.setattr(merge, "MAX_BLOCK_BYTES", 300_000)
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
            cursor.execute(
                "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name", [tables]
            )
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
    """The next partition was open already, with a block reserved and none written, and has the lower number."""
    write_small(range(1, 11))
    close_partition()
    store()._reserve(list(store()._build([span_request(make_request(make_span(99, 1)))])))
    get_store().seal_partitions()
    following, merged = partitions.list_stretches()
    assert following.id < merged.id
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
