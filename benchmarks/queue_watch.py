"""Looks into the queue of blocks that are to be rolled up, from outside, while a Tracing UI works."""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Protocol

import psycopg

LOOKS_EVERY_SECONDS = 0.1


class _Database(Protocol):
    def execute(self, sql: str, /) -> Any: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class QueueWatch:
    """Every block that was seen in the queue, and how long after its arrival it was gone.

    What comes and goes between two looks is not seen: it was rolled up within a tenth of a second.
    """

    url: str
    # Seconds and spans of each block that was rolled up.
    waits: list[tuple[float, int]] = field(default_factory=list)
    largest_backlog: int = 0
    _waiting: dict[int, tuple[int, int]] = field(default_factory=dict)
    _has_ended: Event = field(default_factory=Event)

    def look_on(self) -> None:
        """Until `end`."""
        with _connected(self.url) as database:
            while not self._has_ended.wait(LOOKS_EVERY_SECONDS):
                self._look(_read_queue(database), time.time_ns())

    def end(self) -> None:
        self._has_ended.set()

    def _look(self, queue: Mapping[int, tuple[int, int]], now_ns: int) -> None:
        for row in self._waiting.keys() - queue.keys():
            received_ns, spans = self._waiting[row]
            self.waits.append(((now_ns - received_ns) / 1e9, spans))
        self._waiting = dict(queue)
        self.largest_backlog = max(self.largest_backlog, sum(spans for _, spans in queue.values()))


@contextmanager
def watch_queue(url: str) -> Iterator[QueueWatch]:
    """Look into it until the block ends."""
    watch = QueueWatch(url)
    thread = Thread(target=watch.look_on)
    thread.start()
    try:
        yield watch
    finally:
        watch.end()
        thread.join()


def count_queued(url: str) -> int:
    """The spans that wait now."""
    with _connected(url) as database:
        return sum(spans for _, spans in _read_queue(database).values())


def count_rolled_up(url: str) -> int:
    """The spans that were counted until now."""
    with _connected(url) as database:
        row = database.execute("SELECT coalesce(sum(span_count), 0) FROM roll_up_state").fetchone()
        return int(row[0])


def _read_queue(database: _Database) -> dict[int, tuple[int, int]]:
    """Arrival and spans of each block, by its row."""
    rows = database.execute("SELECT id, received_ns, span_count FROM block_to_roll_up").fetchall()
    return {row: (received_ns, spans) for row, received_ns, spans in rows}


@contextmanager
def _connected(url: str) -> Iterator[_Database]:
    database: _Database
    if url.startswith("sqlite"):
        database = sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True, timeout=20)
    else:
        database = psycopg.connect(url, autocommit=True)
    try:
        yield database
    finally:
        database.close()
