"""Room for SQLite's file and its write-ahead log: what a full disk, or a reader that is always there, would take."""

import os
import time
from contextlib import suppress

import structlog
from django.conf import settings
from django.db import connection

from traces.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)
# Also what SQLite cuts the log to (journal_size_limit).
LOG_BYTES = 256 * 1024 * 1024
# A log so many times as long is waited for as long as the connection's timeout, a shorter one for a moment.
_URGENT = 4
_SHORT_WAIT_MS = 2_000
_TRY_AGAIN_AFTER_SECONDS = 10
_COME_BACK_SECONDS = 10


class Room:
    """What one writer looks at before it writes."""

    def __init__(self, log_bytes: int = LOG_BYTES) -> None:
        self._log_bytes = log_bytes
        self._restart_not_before = 0.0

    def check_disk(self) -> None:
        """Raises StoreUnavailable while the disk has less room than DISK_RESERVE_BYTES.

        Deleting needs room too: on a disk that is filled to its end, retention could not make any. What the log holds
        is counted as written to the file already, which the next checkpoint does.
        """
        if not settings.DISK_RESERVE_BYTES:
            return
        disk = os.statvfs(os.path.dirname(_file()))
        if disk.f_bavail * disk.f_frsize - _log_bytes() < settings.DISK_RESERVE_BYTES:
            raise StoreUnavailable(
                f"The disk is full: less than {settings.DISK_RESERVE_BYTES:,} bytes are left (DISK_RESERVE_BYTES).",
                _COME_BACK_SECONDS,
            )

    def bound_log(self) -> None:
        """Has a log that became too long start over, which it does by itself only at a moment without readers.

        Waits for the statements that read from it, and holds up other writers meanwhile.
        """
        size = _log_bytes()
        if size < self._log_bytes or time.monotonic() < self._restart_not_before:
            return
        usual_ms = int(connection.settings_dict["OPTIONS"]["timeout"] * 1_000)
        self._restart_not_before = time.monotonic() + _TRY_AGAIN_AFTER_SECONDS
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout={usual_ms if size >= _URGENT * self._log_bytes else _SHORT_WAIT_MS}")
            try:
                is_busy = cursor.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0]
            finally:
                cursor.execute(f"PRAGMA busy_timeout={usual_ms}")
        if is_busy:
            log.warning("the write-ahead log cannot start over: readers use it", log_bytes=size)


def _file() -> str:
    return str(connection.settings_dict["NAME"])


def _log_bytes() -> int:
    with suppress(FileNotFoundError):
        return os.stat(f"{_file()}-wal").st_size
    return 0
