"""What every store promises of its queue of blocks to be rolled up, while partitions are merged and dropped."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from tests.builders import (
    NOW_NS,
    SECOND,
    make_link,
    make_request,
    make_span,
    span_id,
    trace_id,
    write_request,
    write_spans,
)
from tests.contracts.merging import close_partition, drop_what_was_replaced, store, write_small
from tests.contracts.queue import all_queued, count, roll_up
from traces.models import BlockToRollUp, Partition
from traces.storage import get_store, retention, todo
from traces.storage.base import DEFAULT_PROJECT
from traces.storage.tallies import SPANS_NOT_ROLLED_UP, SPANS_WITHDRAWN

pytestmark = pytest.mark.django_db(transaction=True)


class Broken(Exception):
    """What goes wrong in a test."""


def test_queued_blocks_are_counted_from_where_they_were_before_a_merge() -> None:
    write_small(range(1, 11))
    old = close_partition()

    assert get_store().seal_partitions() == 1
    retention.drop_expired(store()._engine, timezone.now() + timedelta(minutes=30))

    assert Partition.objects.filter(pk=old).exists()
    assert count() == {(trace_id(n), span_id(s)): 1 for n in range(1, 11) for s in range(1, 4)}
    roll_up()
    retention.drop_expired(store()._engine, timezone.now() + timedelta(minutes=30))
    assert not Partition.objects.filter(pk=old).exists()
    assert get_store().read_tallies()[SPANS_NOT_ROLLED_UP] == 0


def test_expired_spans_are_rolled_up_for_an_hour_and_then_given_up() -> None:
    write_small(range(1, 6))
    now = timezone.now()

    assert get_store().delete_older_than(timedelta(0), now) == 0
    assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(1))) == 0
    assert get_store().delete_older_than(timedelta(0), now + timedelta(minutes=59)) == 0
    assert sum(count().values()) == 15
    assert get_store().delete_older_than(timedelta(0), now + timedelta(minutes=61)) == 15

    assert (all_queued(), Partition.objects.count()) == ([], 0)
    assert get_store().read_tallies()[SPANS_NOT_ROLLED_UP] == 15


def test_a_store_that_is_far_too_large_waits_for_nobody(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 3
    write_small(range(1, 6))

    deleted = get_store().delete_beyond(1, timezone.now())

    assert deleted == get_store().read_tallies()[SPANS_NOT_ROLLED_UP] == 15


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Elsewhere the server minds its disk.")
def test_on_a_full_disk_expired_spans_wait_for_nobody(settings: LazySettings) -> None:
    """Roll-ups may never find room there."""
    write_small(range(1, 3))
    settings.DISK_RESERVE_BYTES = 10**18

    assert get_store().delete_older_than(timedelta(0), timezone.now()) == 6


def test_deleted_traces_are_counted_no_more_and_nothing_else() -> None:
    """Before a merge and after, rolled up or not."""
    write_small(range(1, 6))
    write_spans(make_span(1, 50), make_span(2, 51), make_span(3, 52, links=[make_link(1, 1)]), service="other")
    write_request(make_request(make_span(3, 53, start_ns=5), make_span(9, 54)), received_ns=NOW_NS - 7_200 * SECOND)
    before = count()
    roll_up()
    close_partition()
    get_store().seal_partitions()
    write_spans(make_span(1, 60), make_span(4, 61))

    deleted = get_store().delete_traces(DEFAULT_PROJECT, [trace_id(1), trace_id(3)])

    gone = {span: -times for span, times in before.items() if span[0] in (trace_id(1), trace_id(3))}
    gone_later = {(trace_id(1), span_id(60)): 0, (trace_id(4), span_id(61)): 1}
    assert count() == gone | gone_later
    assert deleted == len(gone) + 1 == get_store().read_tallies()[SPANS_WITHDRAWN]
    (filed,) = {
        spans.starts_ns[n]
        for spans in get_store().read_counted_spans(all_queued(), ())
        for n in range(len(spans))
        if spans.span_ids[n] == span_id(53)
    }
    assert filed == NOW_NS - 7_200 * SECOND
    roll_up()
    drop_what_was_replaced()
    assert get_store().read_tallies()[SPANS_NOT_ROLLED_UP] == 0


def test_what_a_deletion_withdraws_is_listed_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended in the middle, later."""
    write_small(range(1, 3))
    roll_up()
    monkeypatch.setattr(todo, "release_withdrawn", _break)

    with pytest.raises(Broken):
        get_store().delete_traces(DEFAULT_PROJECT, [trace_id(1)])
    assert (all_queued(), get_store().list_projects_to_roll_up(), BlockToRollUp.objects.count()) == ([], [], 1)

    monkeypatch.undo()
    assert get_store().delete_traces(DEFAULT_PROJECT, [trace_id(1)]) == 0
    (withdrawn,) = all_queued()
    assert (withdrawn.sign, withdrawn.block, withdrawn.span_count) == (-1, None, 3)


def _break(project: int) -> None:
    raise Broken


def test_blocks_of_one_sign_are_listed_at_a_time() -> None:
    write_small(range(1, 3))
    roll_up()
    get_store().delete_traces(DEFAULT_PROJECT, [trace_id(1)])
    write_small(range(3, 5))
    listed = get_store().list_blocks_to_roll_up(DEFAULT_PROJECT, 1_000)

    assert [block.sign for block in listed] == [-1]
    with get_store().writing():
        get_store().mark_rolled_up(listed)
    assert [block.sign for block in get_store().list_blocks_to_roll_up(DEFAULT_PROJECT, 1_000)] == [1, 1]
