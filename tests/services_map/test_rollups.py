"""Rolling up ends equal to a computation over all spans, whatever happens on the way."""

import random
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from django.db import connection

from services_map.domain.latency.cells import read_cells
from services_map.domain.latency.levels import DAY, HOUR, MINUTE
from services_map.models import LatencyHistogram, OpenEnd, RollUpState, ServiceVersion, Subject
from services_map.rolling_up.roller import SETTLE_AFTER_SECONDS, Roller
from services_map.rolling_up.upkeep import FORGET_AFTER_SECONDS, list_projects, prune, rebuild
from tests.builders import MS, NOW_NS, SECOND, make_link, make_request, make_span, trace_id, write_request
from tests.services_map.plain_rollups import Sent, compute_tables, read_tables, summarise
from traces.models import Partition
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, SpanRequest
from traces.storage.tallies import SPANS_NOT_ROLLED_UP

pytestmark = pytest.mark.django_db(transaction=True)

NOW_S = NOW_NS // SECOND
SERVICES = ("web", "cart", "pay", "mail")
LATER_S = NOW_S + SETTLE_AFTER_SECONDS + 1
END_S = LATER_S + SETTLE_AFTER_SECONDS + 1
TRACE_STATES = {1: "", 2: "ot=th:8", 4: "ot=th:c"}


def make_traces(choose: random.Random, traces: int) -> list[Sent]:
    """Traces through four services: calls with and without a client span, databases, queues, lost spans, samples."""
    return [sent for number in range(1, traces + 1) for sent in _make_trace(choose, number)]


def _make_trace(choose: random.Random, number: int) -> Iterator[Sent]:
    weight = choose.choice((1, 1, 2, 4))
    size = choose.randint(1, 12)
    lost = choose.randint(1, 40)
    services = [choose.choice(SERVICES)]
    for index in range(size):
        parent = choose.randrange(index) if index else None
        service = services[parent] if parent is not None else services[0]
        kind = choose.choice((1, 2, 3, 3, 4, 5, 0))
        if kind in (2, 5, 0) and parent is not None:
            service = choose.choice(SERVICES)
        services[index:] = [service]
        span = number * 100 + index
        sent = make_span(
            number,
            span,
            None if parent is None else number * 100 + parent,
            name=f"op {choose.randint(1, 3)}",
            kind=kind,
            # Each its own start: calls are found again by it.
            start_ns=NOW_NS - choose.randint(0, 3_000) * SECOND + span * 1_000,
            duration_ns=choose.choice((0, 1, choose.randint(1, 10**9))),
            status=choose.choice((0, 0, 1, 2)),
            attributes=choose.choice(
                ({}, {}, {"db.system": "mysql"}, {"messaging.system": "kafka"}, {"peer.service": "x"})
            ),
            links=[make_link(number, number * 100)] if kind == 5 and parent is None else [],
            trace_state=TRACE_STATES[weight],
        )
        if index != lost:
            yield Sent(service, sent, choose.choice(("", "1.0", "1.1")), weight)


def write(sent: Iterable[Sent]) -> None:
    """As exporters do it: a request a service and version."""

    def source(item: Sent) -> tuple[str, str]:
        return item.service, item.version

    for (service, version), some in groupby(sorted(sent, key=source), key=source):
        resource = {"service.version": version} if version else {}
        write_request(make_request(*(item.span for item in some), service=service, resource=resource))


def roll_up(roller: Roller | None = None, now_s: int = NOW_S, max_spans: int = 40_000) -> int:
    """Everything that can be rolled up; how many spans."""
    roller, spans = roller or Roller(DEFAULT_PROJECT), 0
    while not (progress := roller.turn(now_s, max_spans)).is_idle:
        spans += progress.spans
    return spans


def finish() -> None:
    roll_up()
    roll_up(now_s=END_S)


def assert_equal_to(sent: Sequence[Sent]) -> None:
    assert read_tables() == summarise(compute_tables(sent))


@pytest.mark.parametrize("seed", range(4))
def test_the_tables_end_equal_to_a_computation_over_all_spans(seed: int) -> None:
    """Spans come in any order and in many blocks; workers begin with few or many of them; ends settle in between."""
    choose = random.Random(seed)
    sent = make_traces(choose, 40)
    rest = choose.sample(sent, len(sent))
    while rest:
        size = choose.randint(1, 60)
        write(rest[:size])
        rest = rest[size:]
        if choose.random() < 0.5:
            roll_up(max_spans=choose.choice((1, 50, 40_000)))
        if choose.random() < 0.3:
            roll_up(now_s=LATER_S)
    finish()
    assert_equal_to(sent)
    assert list_projects() == []


def test_several_workers_at_once_count_every_span_once() -> None:
    sent = make_traces(random.Random(1), 150)
    for first in range(0, len(sent), 40):
        write(sent[first : first + 40])

    def work(number: int) -> None:
        try:
            # Each with a name of its own, as in processes of their own; nobody keeps the others away.
            roller = Roller(DEFAULT_PROJECT)
            for _ in range(60):
                RollUpState.objects.update(held_until=None)
                roller.turn(NOW_S, 20 * number + 20)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    finish()
    assert_equal_to(sent)


def test_what_is_ended_before_its_commit_has_not_happened() -> None:
    sent = make_traces(random.Random(2), 30)
    write(sent)
    roller = Roller(DEFAULT_PROJECT)
    # The database refuses the last thing that is written.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE open_end RENAME TO open_end_gone")
    try:
        with pytest.raises(Exception, match="open_end"):
            roller.turn(NOW_S, 40_000)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE open_end_gone RENAME TO open_end")
    assert read_tables() == {}
    finish()
    assert_equal_to(sent)


@pytest.mark.any_engine
def test_a_block_that_cannot_be_counted_is_given_up_alone_and_tallied() -> None:
    sent = make_traces(random.Random(6), 12)
    write(sent[:20])
    # What ingest never lets through, and PostgreSQL would not store: an id of three bytes.
    body = make_request(make_span(99, 99, span_id=b"abc")).SerializeToString()
    get_store().write([SpanRequest(project=DEFAULT_PROJECT, body=body, span_count=1, received_ns=NOW_NS)])
    write(sent[20:])
    finish()
    assert_equal_to(sent)
    assert get_store().read_tallies()[SPANS_NOT_ROLLED_UP] == 1


def test_a_repeated_task_changes_nothing() -> None:
    sent = make_traces(random.Random(3), 20)
    write(sent)
    finish()
    before = read_tables()
    assert roll_up() == 0
    assert read_tables() == before


def test_a_span_that_came_twice_is_counted_once_where_both_are_met() -> None:
    sent = make_traces(random.Random(4), 10)
    write(sent)
    write(sent[: len(sent) // 2])
    finish()
    assert_equal_to(sent)


def test_a_rebuild_ends_with_the_same_tables() -> None:
    sent = make_traces(random.Random(5), 40)
    for first in range(0, len(sent), 30):
        write(sent[first : first + 30])
    finish()
    LatencyHistogram.objects.filter(subject_kind=Subject.LINK).delete()
    assert rebuild(DEFAULT_PROJECT) > 1
    assert read_tables() == {}
    finish()
    assert_equal_to(sent)


def test_a_rebuild_keeps_what_was_counted_of_spans_that_are_gone() -> None:
    """It begins with the first day of which every span is kept."""
    old = [Sent("web", make_span(1, 1, start_ns=NOW_NS - 3 * DAY * SECOND))]
    new = [Sent("web", make_span(2, 2, start_ns=NOW_NS - SECOND))]
    write(old)
    finish()
    moment = datetime.fromtimestamp(NOW_S, UTC)
    get_store().delete_older_than(timedelta(0), moment + timedelta(days=1))
    write(new)
    Partition.objects.filter(closed_at=None).update(opened_at=moment - timedelta(days=2))
    rebuild(DEFAULT_PROJECT)
    finish()
    assert_equal_to([*old, *new])


@pytest.mark.parametrize("seed", range(3))
def test_deleted_traces_are_counted_no_more(seed: int) -> None:
    choose = random.Random(seed)
    sent = make_traces(choose, 40)
    for first in range(0, len(sent), 50):
        write(sent[first : first + 50])
        if choose.random() < 0.5:
            roll_up()
    deleted = set(choose.sample(range(1, 41), 12))
    get_store().delete_traces(DEFAULT_PROJECT, [trace_id(number) for number in deleted])
    # However little is counted at a time, what is deleted is taken back as a whole.
    roll_up(max_spans=10)
    finish()
    left = [item for item in sent if int.from_bytes(item.span.trace_id) not in deleted]
    assert read_tables() == summarise(compute_tables(left))


def test_versions_are_noted_with_the_first_and_last_start() -> None:
    write([Sent("web", make_span(1, 1, start_ns=NOW_NS - 9 * SECOND), "1.0")])
    finish()
    write([Sent("web", make_span(1, 2, start_ns=NOW_NS - 20 * SECOND), "1.0")])
    write([Sent("web", make_span(1, 3, start_ns=NOW_NS - SECOND), "1.1")])
    finish()
    rows = ServiceVersion.objects.order_by("number").values_list("number", "version", "first_start_ns", "last_start_ns")
    assert list(rows) == [
        (1, "1.0", NOW_NS - 20 * SECOND, NOW_NS - 9 * SECOND),
        (2, "1.1", NOW_NS - SECOND, NOW_NS - SECOND),
    ]


def test_a_span_that_ends_before_it_starts_counts_as_zero_long() -> None:
    write([Sent("web", make_span(1, 1, duration_ns=-5 * MS))])
    finish()
    row = LatencyHistogram.objects.get(subject_kind=Subject.SERVICE, level_s=MINUTE)
    assert read_cells(bytes(row.cells), bytes(row.weights)).buckets.tolist() == [0]


def test_rows_of_each_level_go_in_their_time_and_so_do_ends() -> None:
    write([Sent("web", make_span(1, 1, 7, start_ns=NOW_NS - 2 * HOUR * SECOND)), Sent("web", make_span(1, 2, 8))])
    finish()
    assert OpenEnd.objects.count() == 2
    prune(LATER_S + SETTLE_AFTER_SECONDS, {MINUTE: HOUR})
    assert LatencyHistogram.objects.filter(subject_kind=Subject.SERVICE, level_s=MINUTE).count() == 1
    assert LatencyHistogram.objects.filter(subject_kind=Subject.SERVICE, level_s=HOUR).count() == 2
    prune(LATER_S + SETTLE_AFTER_SECONDS + FORGET_AFTER_SECONDS + 1, {})
    assert OpenEnd.objects.count() == 0
