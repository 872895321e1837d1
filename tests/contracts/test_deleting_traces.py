"""What every store promises about traces that are deleted by their ids: all of them goes, and nothing else."""

import signal
import time
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.utils import timezone

from tests.builders import (
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
    read_trace,
    store,
    write_small,
)
from tests.contracts.test_at_once import Together
from tests.contracts.test_merging_at_once import count_copied, let_leases_run_out, start_worker
from tests.contracts.test_search import found, having
from traces.domain.errors import StoreUnavailable
from traces.domain.query import Or, Place
from traces.models import Organization, Partition, Project
from traces.storage import get_store, retention
from traces.storage.base import DEFAULT_PROJECT, ProjectId
from traces.storage.layout import BLOCK_BITS, Tables

pytestmark = pytest.mark.django_db(transaction=True)


def delete(*numbers: int, project: ProjectId = DEFAULT_PROJECT) -> int:
    return get_store().delete_traces(project, [trace_id(number) for number in numbers])


def count_values(place: Place, key: str) -> dict[object, int]:
    return {item.value: item.count for item in get_store().count_attribute_values(DEFAULT_PROJECT, place, key, 100)}


def test_deleted_traces_are_gone_and_all_others_are_as_they_were() -> None:
    """Three partitions: a sealed one, a closed one, the open one. Trace 5 has spans in all, beside those of others."""
    for start in (1, 11, 21):
        numbers = range(start, start + 10)
        spans = [make_span(number, number, attributes={"n": number, "all": "x"}) for number in numbers]
        shared = make_span(5, 100 + start, 5, attributes={"n": -5}, events=[make_event("e", attributes={"e": 1})])
        write_request(make_request(*spans, shared, service=f"service {start}"))
        write_small(range(start + 100, start + 103))
        if start < 21:
            close_partition()
        if start == 1:
            get_store().seal_partitions()
    kept = [n for n in (*range(1, 31), *range(101, 104), *range(111, 114), *range(121, 124)) if n not in (5, 17)]
    before = {number: read_trace(number) for number in kept}

    assert delete(5, 17) == 5

    assert (read_trace(5), read_trace(17)) == ([], [])
    assert {number: read_trace(number) for number in kept} == before
    assert {trace.trace_id for trace in list_all()} == {trace_id(number) for number in kept}
    assert found(Or((having(Place.SPAN, "n", "=", 17), having(Place.EVENT, "e", "exists")))) == []
    assert get_store().find_trace_version(DEFAULT_PROJECT, trace_id(5)) == ""
    assert get_store().count_spans(DEFAULT_PROJECT, trace_id(5)) == 0
    assert 17 not in count_values(Place.SPAN, "n")
    assert -5 not in count_values(Place.SPAN, "n")
    assert count_values(Place.SPAN, "n")[16] == 1
    get_store().seal_partitions()
    assert drop_what_was_replaced() == 0
    assert {number: read_trace(number) for number in kept} == before
    assert sum(Partition.objects.values_list("span_count", flat=True)) == sum(map(len, before.values()))


def test_links_and_cuts_of_what_stays_stay() -> None:
    linking = make_span(1, 1, links=[make_link(2, 1, {"l": 1})], trace_state="a=b", dropped_links_count=3)
    request = span_request(make_request(linking, make_span(2, 1, links=[make_link(1, 1)])))
    get_store().write([replace(request, cuts={trace_id(1) + linking.span_id: "an attribute was cut"})])
    before = read_trace(1)

    assert delete(2) == 1

    assert read_trace(1) == before
    assert (before[0][1].cuts, before[0][1].trace_state) == (("an attribute was cut",), "a=b")
    assert found(having(Place.INTRINSIC, "link_trace_id", "=", trace_id(2).hex())) == [1]
    assert found(having(Place.INTRINSIC, "link_trace_id", "=", trace_id(1).hex())) == []


def test_the_same_trace_id_of_another_project_stays() -> None:
    Project.objects.create(pk=2, organization=Organization.objects.get(pk=1), slug="other")
    other = ProjectId(2)
    for project in (DEFAULT_PROJECT, other):
        write_request(make_request(make_span(1, 1)), project=project)
    before = read_trace(1, other)

    assert delete(1) == 1

    assert (read_trace(1), read_trace(1, other)) == ([], before)
    assert delete(1, project=other) == 1
    assert Partition.objects.filter(expired_at=None).count() == 0


def test_deleting_what_is_not_there_changes_nothing() -> None:
    write_small(range(1, 4))
    blocks, numbers = count_blocks(), list(Partition.objects.values_list("pk", flat=True))

    assert (delete(9), delete()) == (0, 0)

    assert (count_blocks(), list(Partition.objects.values_list("pk", flat=True))) == (blocks, numbers)


def test_what_is_sent_again_after_it_was_deleted_is_stored_again() -> None:
    spans = [make_span(1, 1), make_span(1, 2, 1)]
    assert (write_spans(*spans), write_spans(*spans)) == (2, 0)
    before = read_trace(1)
    assert delete(1) == 2

    assert write_spans(*spans) == 2

    assert read_trace(1) == before
    assert delete(1) == 2


def test_all_of_a_store_can_be_deleted_and_it_goes_on() -> None:
    write_small(range(1, 6))
    assert delete(*range(1, 6)) == 15
    assert list_all() == []

    write_small(range(6, 8))

    assert found() == [7, 6]
    assert drop_what_was_replaced() == 0


def test_a_trace_beside_a_damaged_block_stays_and_that_is_said() -> None:
    write_small(range(1, 5))
    number = close_partition()
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Tables(number).block_body} SET body = %s WHERE block = %s", [b"x", number << BLOCK_BITS]
        )

    with pytest.raises(StoreUnavailable, match="is damaged"):
        delete(3)

    assert len(list_all()) == 4
    assert Partition.objects.filter(expired_at=None).count() == 1


def test_readers_see_all_of_a_trace_or_nothing_while_others_write_and_merge() -> None:
    write_small(range(1, 41), spans=4)
    deleted: list[int] = []
    numbers = count(101)

    def delete_some() -> None:
        for number in range(1, 41, 8):
            deleted.append(delete(number, number + 1))

    def read() -> None:
        for number in range(1, 41):
            assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(number))) in (0, 4)
        assert {trace.span_count for trace in list_all(having(Place.SPAN, "all", "=", "x"))} <= {4}

    def write() -> None:
        number = next(numbers)
        write_small(range(number, number + 1), spans=4)

    def seal() -> None:
        get_store().seal_partitions()
        # When no reader holds what was replaced any more, and before anybody is taken for dead.
        retention.drop_expired(store()._engine, timezone.now() + timedelta(seconds=30))

    Together().run(delete_some, read, write, seal)

    assert deleted == [8] * 5
    left = [number for number in range(1, 41) if number % 8 not in (1, 2)]
    assert all(len(read_trace(number)) == 4 for number in left)
    assert len(list_all()) >= len(left) + 1


DELETER = """
import django; django.setup()
from traces.storage import get_store, merge
merge.MAX_BLOCK_BYTES = 1
get_store().delete_traces(1, [n.to_bytes(16, "big") for n in range(1, 21)])
"""


def test_a_deletion_that_is_killed_leaves_each_partition_whole_and_is_finished_by_the_next() -> None:
    """Deleters are killed, each further on in its copy of 40 blocks."""
    write_small(range(1, 41), spans=2)
    interrupted = 0
    for blocks in (0, 6, 12):
        number = Partition.objects.values_list("pk", flat=True).get(replaces=None)
        process = start_worker(DELETER)
        while process.poll() is None and count_copied(number) < blocks:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = len(list_all())
        assert left in (20, 40)
        interrupted += left == 40
        let_leases_run_out()
    assert interrupted >= 2

    delete(*range(1, 21))

    get_store().seal_partitions()
    drop_what_was_replaced()
    assert [len(read_trace(number)) for number in range(1, 41)] == [0] * 20 + [2] * 20
    assert Partition.objects.count() == 1
