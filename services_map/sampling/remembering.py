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

    So does everybody while the store cannot be read; where nothing was true before, those who waited for the first
    value do not wait for trouble one after another. `clock` counts seconds.
    """

    def __init__(self, read: Callable[[], _Value], seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._kept: _Kept[_Value] | None = None
        self._times_forgotten = 0
        self._trouble: tuple[float, str] = (float("-inf"), "")
        self._reading = threading.Lock()

    def get(self) -> _Value:
        """Raises StoreUnavailable if it was never read and cannot be now."""
        kept, asked = self._kept, self._clock()
        if kept is not None and asked < kept.until:
            return kept.value
        if kept is None:
            self._reading.acquire()
        elif not self._reading.acquire(blocking=False):
            return kept.value
        try:
            return self._renew(asked)
        finally:
            self._reading.release()

    def forget(self) -> None:
        """Who asks next has it read anew."""
        self._times_forgotten += 1
        if kept := self._kept:
            self._kept = _Kept(kept.value, float("-inf"))

    def _renew(self, asked: float) -> _Value:
        """Of several who waited for the first value, one reads it; they began to at the time `asked`."""
        kept = self._kept
        if kept is not None and self._clock() < kept.until:
            return kept.value
        failed, why = self._trouble
        if kept is None and asked < failed:
            raise StoreUnavailable(why)
        times_forgotten = self._times_forgotten
        try:
            value = self._read()
        except StoreUnavailable as problem:
            if kept is None:
                self._trouble = self._clock(), str(problem)
                raise
            log.warning(
                "what was decided about sampling cannot be read; what was true before is told", why=str(problem)
            )
            value = kept.value
        is_current = times_forgotten == self._times_forgotten
        self._kept = _Kept(value, self._clock() + self._seconds if is_current else float("-inf"))
        return value
