"""A value that many ask for and that is read rarely."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from traces.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[_Value]):
    value: _Value
    until: float


class Remembered(Generic[_Value]):
    """Read anew when it is older than `seconds`, by one thread: meanwhile the others get what was true before.

    So does everybody while the store cannot be read. `clock` counts seconds.
    """

    def __init__(self, read: Callable[[], _Value], seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._kept: _Kept[_Value] | None = None
        self._times_forgotten = 0
        self._reading = threading.Lock()

    def get(self) -> _Value:
        """Raises StoreUnavailable if it was never read and cannot be now."""
        kept = self._kept
        if kept is not None and self._clock() < kept.until:
            return kept.value
        if kept is None:
            self._reading.acquire()
        elif not self._reading.acquire(blocking=False):
            return kept.value
        try:
            return self._renew()
        finally:
            self._reading.release()

    def forget(self) -> None:
        """Who asks next has it read anew."""
        self._times_forgotten += 1
        if kept := self._kept:
            self._kept = _Kept(kept.value, float("-inf"))

    def _renew(self) -> _Value:
        """Of several who waited for the first value, one reads it."""
        kept = self._kept
        if kept is not None and self._clock() < kept.until:
            return kept.value
        times_forgotten = self._times_forgotten
        try:
            value = self._read()
        except StoreUnavailable as problem:
            if kept is None:
                raise
            log.warning(
                "what was decided about sampling cannot be read; what was true before is told", why=str(problem)
            )
            value = kept.value
        is_current = times_forgotten == self._times_forgotten
        self._kept = _Kept(value, self._clock() + self._seconds if is_current else float("-inf"))
        return value
