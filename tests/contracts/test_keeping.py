"""What every store promises about time partitions, retention and writers that work at once."""

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
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
from tests.contracts.queue import roll_up
from traces import reading
from traces.domain.query import And, Comparison, Condition, Expression, Place, TraceQuery, Window
from traces.models import Partition, Project, StoredRequest
from traces.storage import get_store, layout
from traces.storage.base import DEFAULT_PROJECT
from traces.storage.relational import RelationalStore
from traces.tasks import delete_expired_partitions, forget_old_requests, seal_closed_partitions

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 3_600 * SECOND


def now() -> datetime:
    return datetime.fromtimestamp(NOW_NS // SECOND, tz=UTC)


def write_at(hours_ago: int, trace: int) -> None:
    """A trace that arrived some hours ago."""
    received = NOW_NS - hours_ago * HOUR
    span = make_span(
        trace,
        trace,
        start_ns=received - SECOND,
        attributes={"trace": trace},
        events=[make_event()],
        links=[make_link(9, 9)],
    )
    write_request(make_request(span), received_ns=received)


def count_found(where: Expression | None = None) -> int:
    window = Window(start_ns=NOW_NS - 1_000 * HOUR, end_ns=NOW_NS + HOUR)
    return reading.search(DEFAULT_PROJECT, TraceQuery(window=window, where=where or And())).total


def tables_of(partition: int) -> list[str]:
    return [name for name in connection.introspection.table_names() if name.endswith(f"_{partition}")]


def test_expired_partitions_go_with_all_their_tables_and_the_rest_stays(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 2
    for trace, hours_ago in enumerate([50, 49, 30, 29, 3, 2, 1], start=1):
        write_at(hours_ago, trace)
    roll_up()
    first, second, *kept = Partition.objects.order_by("pk").values_list("pk", flat=True)

    assert get_store().delete_older_than(timedelta(hours=24), now()) == 4

    assert list(Partition.objects.order_by("pk").values_list("pk", flat=True)) == kept
    assert (tables_of(first), tables_of(second)) == ([], [])
    assert count_found() == 3
    assert [bool(get_store().read_trace(DEFAULT_PROJECT, trace_id(n))) for n in range(1, 8)] == [False] * 4 + [True] * 3
    assert get_store().delete_older_than(timedelta(hours=24), now()) == 0


def test_the_disk_gets_its_space_back() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Elsewhere a dropped table is a deleted file.")
    noise = random.Random(1)
    received = NOW_NS - 50 * HOUR
    spans = [make_span(n + 1, 1, attributes={"k": noise.randbytes(500)}) for n in range(4_000)]
    write_request(make_request(*spans), received_ns=received)
    roll_up()
    pages = pages_of_database()

    get_store().delete_older_than(timedelta(hours=24), now())

    assert pages > 500
    assert pages_of_database() < pages // 2


def test_a_file_that_cannot_shrink_is_left_as_it_is() -> None:
    """One that was not made by us: a dump read back, say."""
    if connection.vendor != "sqlite":
        pytest.skip("Elsewhere a dropped table is a deleted file.")
    received = NOW_NS - 50 * HOUR
    spans = [make_span(n + 1, 1, attributes={"k": "v" * 500}) for n in range(4_000)]
    vacuum_with("NONE")
    try:
        write_request(make_request(*spans), received_ns=received)
        roll_up()
        assert get_store().delete_older_than(timedelta(hours=24), now()) == 4_000
    finally:
        vacuum_with("INCREMENTAL")


def vacuum_with(mode: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA auto_vacuum={mode}")
        cursor.execute("VACUUM")


def pages_of_database() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        return int(cursor.fetchone()[0])


def test_a_partition_that_is_open_but_old_goes_too_and_writing_goes_on() -> None:
    write_at(50, 1)
    roll_up()

    assert get_store().delete_older_than(timedelta(hours=24), now()) == 1
    write_at(0, 2)

    assert count_found() == 1


def test_the_tasks_find_their_work_in_the_database(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 1
    write_at(24 * 365 * 20, 1)
    write_at(0, 2)
    write_at(0, 3)

    assert (seal_closed_partitions(), seal_closed_partitions()) == (2, 0)
    roll_up()
    settings.RETENTION_HOURS = 0
    assert delete_expired_partitions() == 0
    settings.RETENTION_HOURS = 24 * 365 * 15
    assert (delete_expired_partitions(), delete_expired_partitions()) == (1, 0)
    StoredRequest.objects.update(received_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert (forget_old_requests(), forget_old_requests()) == (3, 0)


def test_a_sealed_partition_answers_as_an_open_one(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 1
    write_at(1, 1)
    write_at(0, 2)
    where = Condition(place=Place.SPAN, key="trace", comparison=Comparison.EQUAL, value=1)
    before = count_found(where)

    get_store().seal_partitions()

    assert (before, count_found(where)) == (1, 1)
    if connection.vendor == "postgresql":
        first = Partition.objects.order_by("pk").values_list("pk", flat=True)[0]
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, f"span_{first}")
        assert "gin" in {constraint.get("type") for constraint in constraints.values()}


def test_a_partition_is_closed_by_its_age_as_well(settings: LazySettings) -> None:
    write_at(0, 1)
    Partition.objects.update(opened_at=datetime(2020, 1, 1, tzinfo=UTC))
    write_at(0, 2)

    assert [closed is None for closed in Partition.objects.order_by("pk").values_list("closed_at", flat=True)] == [
        False,
        True,
    ]
    assert Partition.objects.filter(layout=layout.LAYOUT_VERSION).count() == 2


def test_a_fingerprint_that_was_forgotten_does_not_stop_a_request() -> None:
    request = span_request(make_request(make_span(1, 1)))
    get_store().write([request])
    get_store().forget_requests_before(now() + timedelta(seconds=1))

    assert get_store().write([request]) == 1
    assert len(reading.load_trace(DEFAULT_PROJECT, trace_id(1)).rows) == 1


def test_a_group_that_fails_leaves_nothing_behind() -> None:
    """The second request names a project that does not exist: the database refuses the whole transaction."""
    good = make_request(make_span(1, 1), service="good")
    write_spans(make_span(9, 9))
    unknown = span_request(good, project=type(DEFAULT_PROJECT)(999))

    with pytest.raises(Project.DoesNotExist):
        get_store().write([span_request(good), unknown])

    assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(1))) == 0
    assert get_store().write([span_request(good)]) == 1


def test_writers_that_meet_the_same_new_names_at_once_lose_nothing(settings: LazySettings) -> None:
    """Each thread has a store of its own, as each collector has."""
    settings.PARTITION_MAX_SPANS = 40
    problems: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            store = RelationalStore(get_store()._engine)  # type: ignore[attr-defined]
            for number in range(12):
                request = make_request(
                    *[
                        make_span(
                            number + 1,
                            1_000 * writer + 10 * number + n + 1,
                            name=f"op {n}",
                            attributes={f"k{number}": n},
                        )
                        for n in range(5)
                    ],
                    service=f"service {number}",
                    resource={"n": number},
                )
                store.write([span_request(request)])
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert [len(get_store().read_trace(DEFAULT_PROJECT, trace_id(n + 1))) for n in range(12)] == [15] * 12
    assert len(reading.list_services(DEFAULT_PROJECT)) == 12
    assert len(reading.list_operations(DEFAULT_PROJECT)) == 60
    assert reading.search(DEFAULT_PROJECT, TraceQuery(window=LAST_DAY)).total == 12


def test_a_twin_in_flight_is_stored_once() -> None:
    """Two collectors get the same request at the same time, from an exporter that retries."""
    request = span_request(make_request(*[make_span(1, n + 1) for n in range(500)]))
    written: list[int] = []

    def write() -> None:
        try:
            written.append(RelationalStore(get_store()._engine).write([request]))  # type: ignore[attr-defined]
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(written) == [0, 0, 0, 500]
    assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(1))) == 500
