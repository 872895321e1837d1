"""What every store promises of pinned traces: retention spares all of their spans, and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from tests.builders import (
    NOW_NS,
    SECOND,
    make_request,
    make_span,
    span_id,
    trace_id,
    write_request,
)
from tests.contracts.merging import drop_what_was_replaced, read_trace, store
from tests.contracts.pinned import DAY, HOUR, NOW, close_partition, copies, expire, find, pin, unpin, write_at
from tests.contracts.queue import all_queued, count, roll_up
from tests.contracts.test_at_once import Together
from tests.contracts.test_search import having
from traces.domain.errors import TraceNotFound
from traces.domain.query import Place
from traces.models import BlockToRollUp, Partition
from traces.storage import copying, get_store, removal, retention, sparing
from traces.storage.base import DEFAULT_PROJECT
from traces.storage.blocks import MAX_AHEAD_NS
from traces.storage.layout import BLOCK_BITS, Tables
from traces.storage.tallies import SPANS_DROPPED, SPANS_NOT_ROLLED_UP, SPANS_WITHDRAWN

pytestmark = pytest.mark.django_db(transaction=True)


class Broken(Exception):
    """What goes wrong in a test."""


def test_by_age_a_pinned_trace_stays_as_it_was_and_its_neighbours_go() -> None:
    write_at(50, 1, 2, 3)
    write_at(49, 2, 4)
    close_partition()
    write_at(1, 5)
    pin(2)
    before = read_trace(2)

    assert expire() == 6

    assert (len(before), read_trace(2)) == (4, before)
    assert [bool(read_trace(number)) for number in (1, 3, 4, 5)] == [False, False, False, True]
    assert find() == [5, 2]
    get_store().seal_partitions()
    assert find(having(Place.SPAN, "n", "=", 2)) == find(having(Place.EVENT, "e", "=", 2)) == [2]
    assert find(having(Place.SPAN, "n", "=", 3)) == []
    assert copies() == [4]
    numbers = set(Partition.objects.values_list("pk", flat=True))
    assert (expire(), set(Partition.objects.values_list("pk", flat=True))) == (0, numbers)


def test_for_want_of_room_too_and_even_if_it_alone_takes_more(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 4
    for hour in range(9, 0, -1):
        write_at(hour, 10 + hour, 20 + hour)
    pin(19, 25)
    roll_up()

    deleted = get_store().delete_beyond(1, NOW)

    assert deleted == 9 * 4 - 2 * 2
    assert find() == [25, 19]
    assert copies() == [4]
    assert get_store().delete_beyond(1, NOW) == 0
    assert unpin(25)
    assert get_store().delete_beyond(1, NOW) == 2
    assert find() == [19]


def test_what_is_let_go_goes_the_next_time_and_not_before() -> None:
    write_at(50, 1, 2, 3)
    pin(1, 2)
    expire()
    bounds = Partition.objects.get(expired_at=None)
    assert unpin(1)
    assert len(read_trace(1)) == 2

    assert expire() == 2

    assert [len(read_trace(number)) for number in (1, 2, 3)] == [0, 2, 0]
    assert (unpin(1), unpin(2)) == (False, True)
    assert expire() == 2
    assert (find(), copies()) == ([], [])
    assert get_store().read_tallies()[SPANS_DROPPED] == 6
    assert bounds.max_start_ns == NOW_NS - 50 * HOUR - SECOND


def test_spans_that_arrive_later_are_spared_as_well_and_small_copies_are_joined() -> None:
    """Six partitions expire one after the other, each with two spans of the pinned trace."""
    pinned_first = False
    for hours_ago in range(60, 0, -10):
        write_at(hours_ago, 1, hours_ago)
        close_partition()
        if not pinned_first:
            pin(1)
            pinned_first = True
    before = read_trace(1)

    for hours in range(6):
        expire(NOW + timedelta(hours=10 * hours))
        assert read_trace(1) == before
        assert len(copies()) == 1

    assert (len(before), copies()) == (12, [12])
    assert find() == [1]


def test_large_copies_are_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparing, "JOINED_BELOW_SPANS", 5)
    for hours_ago in (90, 80, 70, 60):
        write_at(hours_ago, hours_ago, spans=3)
        close_partition()
        pin(hours_ago)
        expire()

    assert copies() == [6, 6]
    assert find() == [60, 70, 80, 90]


def test_a_copy_that_breaks_off_at_any_point_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its first block, at its second, and before it takes the place of the old one."""
    write_at(50, 1, 2)
    pin(1)
    expire()
    write_at(49, 1, 3)
    write_at(48, 2, 1)
    close_partition()
    before = read_trace(1)
    monkeypatch.setattr(sparing, "MAX_BLOCK_SPANS", 1)

    for name, calls in (("add", 1), ("add", 2), ("take_place", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(copying.Copy, name, break_at(getattr(copying.Copy, name), calls))
            with pytest.raises(Broken):
                expire()
        assert read_trace(1) == before
        assert len(read_trace(3)) == 2

    assert expire() == 4
    assert read_trace(1) == before
    assert [len(read_trace(number)) for number in (2, 3)] == [0, 0]
    assert drop_what_was_replaced() == 0
    assert Partition.objects.count() == 1


def break_at(method: Callable[..., None], calls: int) -> Callable[..., None]:
    """The method, which breaks when it is called so many times."""
    made: list[None] = []

    def call(*args: Any, **kwargs: Any) -> None:
        made.append(None)
        if len(made) == calls:
            raise Broken
        method(*args, **kwargs)

    return call


def test_what_is_pinned_while_its_partition_is_written_anew_is_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    write_at(50, 1, 2, 3)
    write_at(50, 4)
    close_partition()
    write_at(30, 5)
    pin(1)
    add = copying.Copy.add

    def pin_then_add(*args: Any) -> None:
        pin(2)
        add(*args)

    with monkeypatch.context() as patch:
        patch.setattr(copying.Copy, "add", pin_then_add)
        assert expire() == 2

    assert [len(read_trace(number)) for number in range(1, 6)] == [2, 2, 2, 2, 0]
    assert expire() == 4
    assert [len(read_trace(number)) for number in range(1, 6)] == [2, 2, 0, 0, 0]


def test_whatever_could_be_pinned_while_retention_works_is_whole_afterwards(settings: LazySettings) -> None:
    """All is old, and goes partition by partition; readers see all of a pinned trace at any moment."""
    settings.PARTITION_MAX_SPANS = 8
    settings.SEARCH_TIMEOUT_SECONDS = 60
    for first in range(1, 41, 4):
        write_at(50, *range(first, first + 4))
    roll_up()
    pinned: list[int] = []

    def pin_some() -> None:
        for number in range(40, 0, -3):
            try:
                pin(number)
            except TraceNotFound:
                continue
            pinned.append(number)

    def drop_oldest() -> None:
        retention._expire_oldest(store()._engine, store()._catalogue, NOW)
        retention.drop_expired(store()._engine, NOW)

    def read() -> None:
        for number in list(pinned):
            assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(number))) == 2

    close_partition()
    Together().run(pin_some, drop_oldest, read)
    expire()
    expire()

    assert pinned
    assert sorted(find()) == sorted(set(pinned))
    assert all(len(read_trace(number)) == 2 for number in pinned)


def test_roll_ups_count_what_is_spared_once_and_take_nothing_back() -> None:
    write_at(50, 1, 2)
    write_at(48, 1)
    pin(1)
    everything = {(trace_id(t), span_id(s)): 1 for t, s in [(1, 50_001), (1, 50_002), (2, 50_001), (2, 50_002)]}
    everything |= {(trace_id(1), span_id(48_001)): 1, (trace_id(1), span_id(48_002)): 1}

    assert get_store().delete_older_than(DAY, NOW) == 0

    assert (copies(), count()) == ([4], everything)
    assert expire() == 2
    assert (all_queued(), BlockToRollUp.objects.count()) == ([], 0)
    tallies = get_store().read_tallies()
    assert (tallies[SPANS_DROPPED], tallies[SPANS_WITHDRAWN], tallies[SPANS_NOT_ROLLED_UP]) == (2, 0, 0)


def test_what_is_spared_says_nothing_about_what_is_kept() -> None:
    write_at(50, 1, 2)
    close_partition()
    write_at(2, 3)
    opened = NOW - timedelta(hours=2)
    Partition.objects.filter(closed_at=None).update(opened_at=opened)
    pin(1)

    expire()

    assert len(read_trace(1)) == 2
    assert get_store().kept_from_ns() == int(opened.timestamp()) * SECOND + MAX_AHEAD_NS
    size = get_store().measure()
    assert (size.spans, size.oldest_opened_at) == (4, opened)


def test_who_deletes_a_trace_by_its_id_means_it() -> None:
    """Before it was spared and after; exactly what is deleted is counted no more."""
    write_at(50, 1, 2)
    pin(1, 2)
    expire()
    write_at(1, 1)
    roll_up()

    assert get_store().delete_traces(DEFAULT_PROJECT, [trace_id(1)]) == 4

    assert (read_trace(1), len(read_trace(2)), copies()) == ([], 2, [2])
    assert [each.trace_id for each in get_store().list_pins(DEFAULT_PROJECT)] == [trace_id(2)]
    ids = (50_001, 50_002, 1_001, 1_002)
    assert count() == {(trace_id(1), span_id(number)): -1 for number in ids}
    assert expire() == 0
    assert len(read_trace(2)) == 2


def test_what_is_pinned_while_it_is_deleted_is_pinned_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    write_at(2, 1, 2)
    rewrite = removal._rewrite

    def rewrite_late(number: int, *asked: Any) -> int:
        pin(1, 2)
        return rewrite(number, *asked)

    monkeypatch.setattr(removal, "_rewrite", rewrite_late)
    assert get_store().delete_traces(DEFAULT_PROJECT, [trace_id(1)]) == 2
    assert [each.trace_id for each in get_store().list_pins(DEFAULT_PROJECT)] == [trace_id(2)]


@pytest.mark.parametrize("pinned", [0xAAAA << 112 | 0xF00D, 0xF00D])
def test_both_ids_of_one_trace_are_spared(pinned: int) -> None:
    """One sender wrote 128 bits, another kept 64: whichever is pinned."""
    long, short = 0xAAAA << 112 | 0xF00D, 0xF00D
    write_at(50, long, short, 7)
    pin(pinned)
    before = get_store().read_trace(DEFAULT_PROJECT, trace_id(pinned))

    assert expire() == 2

    after = get_store().read_trace(DEFAULT_PROJECT, trace_id(pinned))
    assert (len(before), sorted(after.span_ids)) == (4, sorted(before.span_ids))


def test_a_damaged_block_costs_its_spans_and_holds_up_nothing() -> None:
    write_at(50, 1)
    write_at(49, 1, 2)
    write_at(48, 3)
    number = close_partition()
    pin(1)
    roll_up()
    with connection.cursor() as cursor:
        block = number << BLOCK_BITS
        cursor.execute(f"UPDATE {Tables(number).block_body} SET body = %s WHERE block = %s", [b"broken", block])

    assert expire() == 4

    assert {span.span_id for span in get_store().read_trace(DEFAULT_PROJECT, trace_id(1))} == {
        span_id(49_001),
        span_id(49_002),
    }
    assert copies() == [2]


def test_pinned_traces_of_a_merged_partition_are_spared() -> None:
    """Small blocks are joined first; what the clock of a sender says is not believed, and where it is filed stays."""
    for number in range(1, 11):
        write_at(50, number)
    wrong = make_span(11, 1, start_ns=5)
    write_request(make_request(wrong), received_ns=NOW_NS - 50 * HOUR)
    close_partition()
    assert get_store().seal_partitions() == 1
    pin(3, 11)
    before = [read_trace(3), read_trace(11)]

    expire()

    assert [read_trace(3), read_trace(11)] == before
    assert copies() == [3]
