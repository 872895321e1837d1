"""SQLite's file: how it is made, and that neither a full disk nor a reader that is always there takes it down."""

import os
import time
from contextlib import suppress

import structlog
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from traces.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)
# Also what SQLite cuts the log to (journal_size_limit).
LOG_BYTES = 256 * 1024 * 1024
# A log so many times as long is waited for as long as the connection's timeout, a shorter one for a moment.
_URGENT = 4
_MOMENT_MS = 2_000
_SECONDS_BETWEEN_TRIES = 10
_SECONDS_BETWEEN_LOOKS = 1
_COME_BACK_SECONDS = 10


def make_file(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Sees to it, when a connection was opened, that the file can shrink and has a write-ahead log.

    The former is said once, before anything else is written: saying it again is a write, and a reader that connects
    would wait for the writer, or fail on a full disk.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        if not cursor.execute("PRAGMA page_count").fetchone()[0]:
            cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
        cursor.execute("PRAGMA journal_mode=WAL")


class Room:
    """What one writer looks at before it writes."""

    def __init__(self, log_bytes: int = LOG_BYTES) -> None:
        self._log_bytes = log_bytes
        self._next_try = self._next_look = 0.0

    def check_disk(self) -> None:
        """Raises StoreUnavailable while the disk has less room than DISK_RESERVE_BYTES.

        Deleting needs room too: on a disk that is filled to its end, retention could not make any.
        """
        needed = settings.DISK_RESERVE_BYTES
        if not needed or _has_room(needed):
            return
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _SECONDS_BETWEEN_LOOKS
            # What was deleted leaves the file, and the log the disk, only now.
            _write_back("TRUNCATE", _MOMENT_MS)
            if _has_room(needed):
                return
        raise StoreUnavailable(
            f"The disk is full: less than {needed:,} bytes are left (DISK_RESERVE_BYTES).",
            _COME_BACK_SECONDS,
        )

    def is_short(self) -> bool:
        """Whether less is left than twice what `check_disk` asks for."""
        needed = settings.DISK_RESERVE_BYTES
        return bool(needed) and not _has_room(2 * needed)

    def bound_log(self) -> None:
        """Has a log that became too long start over, which it does by itself only at a moment without readers.

        Waits for the statements that read from it, and holds up other writers meanwhile.
        """
        size = _size_of_log()
        if size < self._log_bytes or time.monotonic() < self._next_try:
            return
        self._next_try = time.monotonic() + _SECONDS_BETWEEN_TRIES
        if not _write_back("RESTART", _usual_wait_ms() if size >= _URGENT * self._log_bytes else _MOMENT_MS):
            log.warning("the write-ahead log cannot start over: readers use it", log_bytes=size)


def _has_room(needed_bytes: int) -> bool:
    """Counts what the log holds as written to the file already, which the next checkpoint does."""
    disk = os.statvfs(os.path.dirname(_file()))
    return disk.f_bavail * disk.f_frsize - _size_of_log() >= needed_bytes


def _write_back(mode: str, wait_ms: int) -> bool:
    """Write all of the log to the file, so that it can start over; False where readers or writers did not let us."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout={wait_ms}")
        try:
            is_busy = cursor.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout={_usual_wait_ms()}")
    return not is_busy


def _usual_wait_ms() -> int:
    return int(connection.settings_dict["OPTIONS"]["timeout"] * 1_000)


def _file() -> str:
    return str(connection.settings_dict["NAME"])


def _size_of_log() -> int:
    with suppress(FileNotFoundError):
        return os.stat(f"{_file()}-wal").st_size
    return 0
