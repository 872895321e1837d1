"""What every store promises while others read, write, drop and break at the same time."""

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.conf import LazySettings, settings
from django.db import connection

from tests.builders import LAST_DAY, NOW_NS, SECOND, make_request, make_span, span_request, trace_id, write_request
from traces import reading
from traces.domain.errors import StoreUnavailable
from traces.domain.query import TraceQuery, Window
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT
from traces.storage.relational import RelationalStore

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 3_600 * SECOND


class Together:
    """Runs functions in threads until the first returns or fails; what failed, failed here."""

    def __init__(self) -> None:
        self.problems: list[BaseException] = []
        self._stop = threading.Event()

    def run(self, leader: Callable[[], None], *others: Callable[[], None]) -> None:
        threads = [threading.Thread(target=self._repeat, args=(other,)) for other in others]
        for thread in threads:
            thread.start()
        try:
            leader()
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
        assert self.problems == []

    def _repeat(self, work: Callable[[], None]) -> None:
        try:
            while not self._stop.is_set():
                work()
        except BaseException as problem:
            self.problems.append(problem)
        finally:
            connection.close()


def write_one(number: int, hours_ago: int = 0, service: str = "shop", name: str = "work") -> None:
    received = NOW_NS - hours_ago * HOUR
    span = make_span(number, number, name=name, start_ns=received - SECOND, attributes={"number": number})
    request = make_request(span, service=service)
    while True:
        try:
            write_request(request, received_ns=received)
        except StoreUnavailable:
            # What arrives as old as this may expire before it is written; a client sends it again.
            assert hours_ago
        else:
            return


def read_everything() -> None:
    window = Window(start_ns=NOW_NS - 1_000 * HOUR, end_ns=NOW_NS + HOUR)
    for trace in reading.search(DEFAULT_PROJECT, TraceQuery(window=window, limit=100)).traces:
        get_store().read_trace(DEFAULT_PROJECT, trace.trace_id)
    reading.list_operations(DEFAULT_PROJECT)


def test_names_that_are_just_being_learnt_disturb_no_reader() -> None:
    def write() -> None:
        for number in range(1, 151):
            write_one(number, service=f"service {number}", name=f"operation {number}")

    Together().run(write, read_everything, read_everything)

    assert len(reading.list_services(DEFAULT_PROJECT)) == 150


def test_retention_disturbs_no_reader_and_takes_nothing_new(settings: LazySettings) -> None:
    """Every second span is old and goes; readers look at all of them meanwhile, and a trace is found or gone."""
    settings.PARTITION_MAX_SPANS = 4
    now = datetime.fromtimestamp(NOW_NS // SECOND, tz=UTC)

    def write() -> None:
        for number in range(1, 101):
            old = number // 10 % 2
            write_one(number, hours_ago=50 * old)

    def drop() -> None:
        get_store().delete_older_than(timedelta(hours=24), now)
        time.sleep(0.02)

    Together().run(write, read_everything, read_everything, drop)

    recent = [number for number in range(1, 101) if number // 10 % 2 == 0]
    assert all(get_store().read_trace(DEFAULT_PROJECT, trace_id(number)) for number in recent)
    get_store().delete_older_than(timedelta(hours=24), now)
    total = reading.search(DEFAULT_PROJECT, TraceQuery(window=LAST_DAY)).total
    assert total == len(recent)


def test_a_span_that_comes_when_all_others_expire_has_a_place() -> None:
    """The partition that is being written may be dropped just before: the next write opens another."""
    now = datetime.fromtimestamp(NOW_NS // SECOND, tz=UTC)

    def write() -> None:
        for number in range(1, 61):
            write_one(1_000 + number, hours_ago=50)
            write_one(number)

    def drop() -> None:
        get_store().delete_older_than(timedelta(hours=24), now)

    Together().run(write, drop)

    assert all(get_store().read_trace(DEFAULT_PROJECT, trace_id(number)) for number in range(1, 61))


@pytest.mark.skipif(not settings.DATABASE_URL.startswith("postgres"), reason="SQLite has no connection to lose.")
def test_a_connection_lost_at_any_moment_costs_no_acknowledged_span() -> None:
    """A client sends again what was not acknowledged, and in the end each span is there once."""
    database = connection.settings_dict["NAME"]
    killer = psycopg.connect(settings.DATABASE_URL, dbname=database, application_name="killer", autocommit=True)
    refused, moments = 0, random.Random()

    def kill() -> None:
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid() AND query NOT LIKE '%%TRUNCATE%%'",
            [database],
        )
        time.sleep(moments.uniform(0.005, 0.2))

    def write() -> None:
        nonlocal refused
        store = RelationalStore(get_store()._engine)  # type: ignore[attr-defined]
        for number in range(1, 121):
            request = span_request(make_request(*[make_span(number, 1_000 * number + n) for n in range(1, 200)]))
            while True:
                try:
                    store.write([request])
                    break
                except StoreUnavailable:
                    refused += 1

    with killer:
        Together().run(write, kill)

    connection.close()
    assert refused > 0
    assert [len(get_store().read_trace(DEFAULT_PROJECT, trace_id(number))) for number in range(1, 121)] == [199] * 120
