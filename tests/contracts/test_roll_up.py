"""What every store promises to roll-ups: each span is handed out to be counted once, whatever becomes of its block."""

import threading
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from tests.builders import (
    MS,
    NOW_NS,
    SECOND,
    make_link,
    make_request,
    make_span,
    span_id,
    span_request,
    trace_id,
    write_request,
    write_spans,
)
from tests.contracts.merging import close_partition, write_small
from tests.contracts.queue import all_queued, count, roll_up
from traces.domain.errors import AlreadyRolledUp
from traces.domain.query import Window
from traces.domain.span import SpanFlag
from traces.models import Organization, Partition, Project
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, Backlog, FoundSpan, ProjectId, QueuedBlock
from traces.storage.layout import BLOCK_BITS, Tables

pytestmark = pytest.mark.django_db(transaction=True)


class Broken(Exception):
    """What goes wrong in a test."""


def other_project() -> ProjectId:
    return ProjectId(Project.objects.create(organization=Organization.objects.get(pk=1), slug="other").pk)


def test_a_block_is_queued_with_its_spans() -> None:
    write_spans(make_span(1, 1), make_span(1, 2, 1))

    (block,) = get_store().list_blocks_to_roll_up(DEFAULT_PROJECT, 1)

    assert block.block is not None
    assert (block.project, block.span_count, block.received_ns) == (DEFAULT_PROJECT, 2, NOW_NS)
    assert (block.from_ns, block.sign) == (0, 1)
    assert get_store().read_backlog() == Backlog(blocks=1, spans=2, oldest_received_ns=NOW_NS)


def test_what_is_not_committed_is_not_queued() -> None:
    good = make_request(make_span(1, 1))
    write_request(good)
    unknown = span_request(make_request(make_span(2, 1)), project=ProjectId(999))

    assert write_request(good) == 0
    with pytest.raises(Project.DoesNotExist):
        get_store().write([span_request(make_request(make_span(3, 1))), unknown])

    assert count() == {(trace_id(1), span_id(1)): 1}


def test_blocks_are_listed_in_their_order_up_to_so_many_spans() -> None:
    for number, spans in enumerate((3, 2, 4, 1), start=1):
        write_spans(*(make_span(number, n + 1) for n in range(spans)))

    listed = [get_store().list_blocks_to_roll_up(DEFAULT_PROJECT, spans) for spans in (1, 4, 5, 9, 100)]

    counts = [[block.span_count for block in blocks] for blocks in listed]
    assert counts == [[3], [3], [3, 2], [3, 2, 4], [3, 2, 4, 1]]


def test_projects_queue_apart() -> None:
    other = other_project()
    request = make_request(make_span(1, 1))
    write_request(request, other)
    assert get_store().list_projects_to_roll_up() == [other]
    write_request(request)

    assert get_store().list_projects_to_roll_up() == [DEFAULT_PROJECT, other]
    (block,) = get_store().list_blocks_to_roll_up(other, 100)
    (counted,) = get_store().read_counted_spans([block], ())
    assert (block.project, counted.trace_ids) == (other, [trace_id(1)])
    with get_store().writing():
        get_store().mark_rolled_up([block])
    assert get_store().list_projects_to_roll_up() == [DEFAULT_PROJECT]
    assert get_store().read_backlog(other).blocks == 0


def test_counted_spans_are_what_was_sent() -> None:
    wanted = {"db.system.name": "redis", "server.port": 6379, "cached": True}
    sent = make_span(
        7, 8, 9, name="GET /cart", kind=3, start_ns=NOW_NS - 5 * SECOND, duration_ns=12 * MS, status=2,
        attributes=wanted | {"other": "x"}, links=[make_link(70, 80), make_link(71, 81)], trace_state="ot=th:8",
        flags=0x301,
    )  # fmt: skip
    root = make_span(7, 9, kind=2, start_ns=NOW_NS - 6 * SECOND, parent_span_id=bytes(8))
    write_spans(sent, service="cart", resource={"service.version": "1.2"})
    write_spans(root)

    spans = {
        counted.span_ids[n]: (counted, n)
        for counted in get_store().read_counted_spans(all_queued(), wanted)
        for n in range(len(counted))
    }

    counted, n = spans[span_id(8)]
    operation = get_store().read_operations(DEFAULT_PROJECT)[counted.operation_ids[n]]
    service = get_store().read_service_ids(DEFAULT_PROJECT)[counted.service_ids[n]]
    resource = get_store().read_resources(DEFAULT_PROJECT)[counted.resource_ids[n]]
    assert (operation.name, operation.kind, operation.service, service.name) == ("GET /cart", 3, service, "cart")
    assert resource.attributes == {"service.name": "cart", "service.version": "1.2"}
    assert (counted.trace_ids[n], counted.parent_span_ids[n], counted.kinds[n]) == (trace_id(7), span_id(9), 3)
    assert (counted.starts_ns[n], counted.durations_ns[n], counted.statuses[n]) == (NOW_NS - 5 * SECOND, 12 * MS, 2)
    assert (counted.trace_states[n], counted.wire_flags[n]) == (b"ot=th:8", 0x301)
    assert counted.flags[n] == SpanFlag.PARENT_IS_REMOTE
    assert counted.attributes[n] == wanted
    assert counted.links[n] == ((trace_id(70), span_id(80)), (trace_id(71), span_id(81)))
    counted, n = spans[span_id(9)]
    assert (counted.parent_span_ids[n], counted.attributes[n], counted.links[n]) == (None, {}, ())
    assert (counted.trace_states[n], counted.wire_flags[n], counted.flags[n], counted.statuses[n]) == (b"", 0, 0, 0)


TIMES: list[dict[str, Any]] = [
    {"start_ns": NOW_NS - SECOND},
    {"start_ns": 5},
    {"start_ns": NOW_NS + 1_800 * SECOND},
    {"start_ns": NOW_NS + 7_200 * SECOND},
    {"start_ns": NOW_NS, "end_time_unix_nano": NOW_NS - 1},
    {"start_ns": NOW_NS, "end_time_unix_nano": 0},
    {"start_ns": 0, "end_time_unix_nano": NOW_NS},
    {"start_ns": NOW_NS, "end_time_unix_nano": 2**64 - 1},
]


@pytest.mark.parametrize("is_merged", [False, True])
def test_times_and_flags_are_those_that_readers_see(is_merged: bool) -> None:
    """However odd, and however often their block was written anew."""
    for number, received_ns in enumerate((NOW_NS - 7_200 * SECOND, NOW_NS), start=1):
        spans = [make_span(number, n + 1, **times) for n, times in enumerate(TIMES)]
        write_request(make_request(*spans), received_ns=received_ns)
    if is_merged:
        close_partition()
        get_store().seal_partitions()
        with get_store().writing():
            assert get_store().mark_all_new(DEFAULT_PROJECT, 0) == 1
    counted = [
        (spans.trace_ids[n], spans.span_ids[n], spans.starts_ns[n], spans.durations_ns[n], spans.flags[n])
        for spans in get_store().read_counted_spans(all_queued(), ())
        for n in range(len(spans))
    ]
    shown = [
        (span.trace_id, span.span_id, span.start_ns, span.duration_ns, int(span.flags))
        for number in (1, 2)
        for span in get_store().read_trace(DEFAULT_PROJECT, trace_id(number))
    ]

    assert sorted(counted) == sorted(shown)
    assert len({span[4] for span in counted}) == 6


def test_what_is_rolled_back_stays_queued() -> None:
    write_small(range(1, 4))
    blocks = all_queued()

    with suppress(Broken), get_store().writing():
        get_store().mark_rolled_up(blocks)
        assert all_queued() == []
        raise Broken

    assert all_queued() == blocks
    roll_up()
    assert all_queued() == []


def test_a_block_is_rolled_up_by_one_of_two() -> None:
    """The second finds it gone, and what it has counted is rolled back."""
    write_small(range(1, 31))
    blocks = all_queued()
    answers: list[str] = []
    ready = threading.Barrier(4)

    def work(mine: list[QueuedBlock]) -> None:
        try:
            ready.wait(30)
            with get_store().writing():
                Organization.objects.filter(pk=1).update(slug=f"{len(mine)}")
                get_store().mark_rolled_up(mine)
            answers.append("rolled up")
        except AlreadyRolledUp:
            answers.append("too late")
        finally:
            connection.close()

    overlapping = [blocks[:20], blocks[10:], list(reversed(blocks[:20])), blocks[5:25]]
    threads = [threading.Thread(target=work, args=(mine,)) for mine in overlapping]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(answers) == {"rolled up": 1, "too late": 3}
    assert len(all_queued()) == 10


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite lets in one writer at a time.")
@pytest.mark.parametrize("first_commits", [True, False])
def test_the_second_waits_for_what_becomes_of_the_first(first_commits: bool) -> None:
    write_small(range(1, 4))
    blocks = all_queued()
    has_marked, answers = threading.Event(), []

    def first() -> None:
        try:
            with get_store().writing():
                get_store().mark_rolled_up(blocks)
                has_marked.set()
                wait_for_a_waiting_statement()
                if not first_commits:
                    raise Broken
        except Broken:
            answers.append("rolled back")
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert has_marked.wait(30)
    try:
        with get_store().writing():
            get_store().mark_rolled_up(blocks[1:])
    except AlreadyRolledUp:
        answers.append("too late")
    thread.join()

    assert answers == (["too late"] if first_commits else ["rolled back"])
    assert len(all_queued()) == (0 if first_commits else 1)


def wait_for_a_waiting_statement() -> None:
    """Until another connection waits for a lock of this one."""
    for _ in range(3_000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("Nobody waits.")


def test_a_vanished_or_damaged_block_has_no_spans_and_the_others_have() -> None:
    write_small(range(1, 4))
    number = Partition.objects.get().pk
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Tables(number).block_body} SET body = %s WHERE block = %s", [b"x", number << BLOCK_BITS]
        )
    gone = [replace(block, id=-n, block=(999 << BLOCK_BITS) + n) for n, block in enumerate(all_queued())]

    lengths = [len(spans) for spans in get_store().read_counted_spans([*all_queued(), *gone], ())]

    assert sorted(lengths) == [0, 0, 0, 0, 3, 3]


def test_everything_can_be_counted_anew_from_a_moment_on() -> None:
    other = other_project()
    write_request(make_request(make_span(1, 1)), other)
    write_small(range(1, 4))
    roll_up()
    close_partition()
    get_store().seal_partitions()
    write_small(range(4, 5))
    write_spans(*(make_span(5, n, start_ns=NOW_NS - n * SECOND) for n in range(1, 5)))
    roll_up()
    get_store().delete_traces(DEFAULT_PROJECT, [trace_id(2)])
    write_spans(make_span(6, 1, start_ns=NOW_NS - 9 * SECOND))
    fresh = get_store().list_blocks_to_roll_up(DEFAULT_PROJECT, 1)
    from_ns = NOW_NS - 2 * SECOND

    with suppress(Broken), get_store().writing():
        assert get_store().mark_all_new(DEFAULT_PROJECT, from_ns) == 4
        raise Broken
    assert get_store().list_blocks_to_roll_up(DEFAULT_PROJECT, 1) == fresh
    with get_store().writing():
        queued = get_store().mark_all_new(DEFAULT_PROJECT, from_ns)

    assert queued == len(all_queued()) == 4
    kept = {(trace_id(5), span_id(n)): 1 for n in (1, 2)}
    assert count() == kept | {(trace_id(6), span_id(1)): 1}
    with get_store().writing():
        get_store().mark_all_new(DEFAULT_PROJECT, 0)
    assert sum(count().values()) == 3 * 3 + 4 + 1
    assert get_store().read_backlog(other).blocks == 0


def test_whoever_counted_before_everything_was_queued_anew_is_too_late() -> None:
    write_small(range(1, 3))
    with get_store().writing():
        get_store().mark_all_new(DEFAULT_PROJECT, NOW_NS)
    known = all_queued()
    roll_up()
    with get_store().writing():
        get_store().mark_all_new(DEFAULT_PROJECT, NOW_NS)

    with pytest.raises(AlreadyRolledUp), get_store().writing():
        get_store().mark_rolled_up(known)


def test_spans_are_found_by_their_ids_as_often_as_they_came(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 4
    for number in range(1, 4):
        write_spans(
            make_span(number, 1, name="serve", start_ns=NOW_NS - SECOND, status=2),
            make_span(number, 2, 1, name="call", kind=3, duration_ns=7 * MS),
        )
    write_spans(make_span(2, 1, name="again"), service="twin")
    other = other_project()
    write_request(make_request(make_span(3, 9)), other)
    wanted = {(trace_id(n), span_id(s)) for n, s in ((1, 2), (2, 1), (3, 9), (3, 3), (8, 1))}

    found = get_store().find_spans(DEFAULT_PROJECT, wanted)

    assert found.keys() == {(trace_id(1), span_id(2)), (trace_id(2), span_id(1))}
    (call,) = found[trace_id(1), span_id(2)]
    assert (name_of(call), call.kind, call.duration_ns, call.status) == (("shop", "call"), 3, 7 * MS, 0)
    twice = sorted(found[trace_id(2), span_id(1)], key=lambda span: span.status)
    assert [(name_of(span), span.status) for span in twice] == [(("twin", "again"), 0), (("shop", "serve"), 2)]
    assert twice[1].start_ns == NOW_NS - SECOND
    year_ago = Window(start_ns=0, end_ns=NOW_NS - 365 * 86_400 * SECOND)
    assert get_store().find_spans(DEFAULT_PROJECT, wanted, year_ago) == {}
    assert get_store().find_spans(DEFAULT_PROJECT, ()) == {}


def name_of(span: FoundSpan) -> tuple[str, str]:
    operation = get_store().read_operations(DEFAULT_PROJECT)[span.operation_id]
    assert get_store().read_service_ids(DEFAULT_PROJECT)[span.service_id] == operation.service
    assert operation.kind == span.kind
    return operation.service.name, operation.name
