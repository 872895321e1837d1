"""The file of strategies, read again when it changes. A broken one keeps what was last understood."""

import os
import stat
import threading
from functools import cache
from pathlib import Path
from typing import Final

import structlog

from services_map.domain.sampling.file_format import (
    MAX_FILE_BYTES,
    FileOfStrategies,
    StrategiesRejected,
    parse_strategies,
)

log = structlog.get_logger(__name__)

NOTHING: Final = FileOfStrategies(book={}, notes=())


class StrategiesFile:
    """A file by its path; for any number of threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._problem = ""
        self._understood: FileOfStrategies | None = None
        self._current = NOTHING

    def load(self) -> FileOfStrategies:
        """What the file says now; what it said when it was last understood, with one note, if that is nothing."""
        with self._lock:
            try:
                self._look()
            except (OSError, StrategiesRejected) as problem:
                self._keep_what_was(problem)
            return self._current

    def _look(self) -> None:
        """Reads the file if it is another than it was."""
        seen = _tell_apart(os.stat(self._path))
        if seen == self._seen:
            return
        content = _read(self._path)
        # From here on, only another content is worth another look.
        self._seen = seen
        self._understood = self._current = parse_strategies(content)
        self._problem = ""
        log.info("the file of strategies was read", path=str(self._path), left_out=list(self._current.notes))

    def _keep_what_was(self, problem: OSError | StrategiesRejected) -> None:
        what = str(problem) if isinstance(problem, StrategiesRejected) else f"{problem.strerror}."
        if isinstance(problem, OSError):
            self._seen = ()
        meanwhile = "What it said before holds." if self._understood else "Until it can, it decides nothing."
        sentence = f"SAMPLING_STRATEGIES_FILE cannot be followed: {what} {meanwhile}"
        before = self._understood or NOTHING
        self._current = FileOfStrategies(book=before.book, notes=(sentence,))
        if what != self._problem:
            log.warning("the file of strategies cannot be followed", path=str(self._path), problem=what)
        self._problem = what


@cache
def get_strategies_file(path: str) -> StrategiesFile:
    """The one of this process."""
    return StrategiesFile(Path(path))


def _tell_apart(found: os.stat_result) -> tuple[int, ...]:
    """What changes when the file does. Raises StrategiesRejected of what is no file: reading a pipe would not end."""
    if not stat.S_ISREG(found.st_mode):
        raise StrategiesRejected("It is no file.")
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise StrategiesRejected(f"It has more than {MAX_FILE_BYTES:,} bytes.")
    return content
