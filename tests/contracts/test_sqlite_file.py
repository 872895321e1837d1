"""SQLite's file and its write-ahead log, beside other readers and writers."""

import os
import sqlite3
import threading

import pytest
from django.conf import settings
from django.db import connection

from tests.builders import make_span, write_spans
from tests.ingest.trouble import locked_database
from traces.models import Project
from traces.storage.sqlite_file import Room

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not settings.DATABASE_URL.startswith("sqlite"), reason="It is about SQLite's log."),
]


class Reader:
    """A reader that has looked and goes on looking."""

    def __init__(self) -> None:
        name = connection.settings_dict["NAME"]
        self._native = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
        self._native.execute("BEGIN")
        self._native.execute("SELECT count(*) FROM project").fetchall()

    def end(self) -> None:
        self._native.close()


def log_bytes() -> int:
    return os.stat(f"{connection.settings_dict['NAME']}-wal").st_size


def write_a_megabyte(trace: int) -> None:
    noise = os.urandom(1_000_000)
    write_spans(make_span(trace, trace, attributes={"noise": noise}))


def test_the_file_can_shrink_and_has_a_log() -> None:
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_reader_that_connects_writes_nothing_and_waits_for_no_writer() -> None:
    connection.close()
    with locked_database():
        before = log_bytes()
        assert Project.objects.count() == 1
        assert log_bytes() == before


def test_the_log_starts_over_though_there_is_always_a_reader() -> None:
    write_a_megabyte(1)
    first = Reader()
    room = Room(log_bytes=500_000)
    ended = threading.Event()

    def relieve() -> None:
        """The next reader comes before this one goes."""
        ended.wait(0.5)
        second = Reader()
        first.end()
        ended.wait()
        second.end()

    relief = threading.Thread(target=relieve)
    relief.start()
    try:
        room.bound_log()
        before = log_bytes()
        write_a_megabyte(2)
        assert log_bytes() == before
    finally:
        ended.set()
        relief.join()
