"""How many readers may work at once: a process has so many threads, and some must be left to answer everybody else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from traces.domain.errors import TooBusy

# How long one more reader waits for its turn.
WAIT_SECONDS = 3.0


class Turns:
    """`most` at once; half as many more wait for a turn, and all others are told at once to come again."""

    def __init__(self, most: int) -> None:
        self._turns = threading.BoundedSemaphore(most)
        self._places_to_wait = threading.BoundedSemaphore(max(1, most // 2))

    @contextmanager
    def take(self, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """Raises TooBusy without a turn. Not to be taken twice by one thread."""
        if not self._turns.acquire(blocking=False):
            self._wait(wait_seconds)
        try:
            yield
        finally:
            self._turns.release()

    def _wait(self, seconds: float) -> None:
        has_turn = False
        if self._places_to_wait.acquire(blocking=False):
            try:
                has_turn = self._turns.acquire(timeout=seconds)
            finally:
                self._places_to_wait.release()
        if not has_turn:
            raise TooBusy("Too many searches run at the moment (SEARCH_MAX_CONCURRENT). Try again.", 2)
