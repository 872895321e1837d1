"""How many bytes of requests this process holds at once: what a sender may make us keep is bounded."""

import threading
from collections.abc import Callable
from functools import cache

from django.conf import settings

from traces.domain.errors import StoreUnavailable
from traces.ingest import metrics


class Memory:
    """Claimed from any thread, `max_bytes` in all; a request that comes alone may be larger."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._claimed_bytes = 0
        self._lock = threading.Lock()

    def hold(self, size: int) -> "Held":
        """Claims memory for a request; release it when the request is answered."""
        held = Held(self._claim, self._release)
        held.add(size)
        return held

    def has_room(self) -> bool:
        """Whether another request would be taken now."""
        return self._claimed_bytes < self._max_bytes

    def _claim(self, size: int) -> None:
        with self._lock:
            if self._claimed_bytes and self._claimed_bytes + size > self._max_bytes:
                raise StoreUnavailable("Too many spans are waiting for the database. Send them again later.")
            self._claimed_bytes += size
            metrics.QUEUE_BYTES.set(self._claimed_bytes)

    def _release(self, size: int) -> None:
        with self._lock:
            self._claimed_bytes -= size
            metrics.QUEUE_BYTES.set(self._claimed_bytes)


class Held:
    """Memory claimed by one request."""

    def __init__(self, claim: Callable[[int], None], release: Callable[[int], None]) -> None:
        self._claim, self._give_back, self._size = claim, release, 0

    def add(self, size: int) -> None:
        """Claims more. Raises StoreUnavailable if there is no room."""
        self._claim(size)
        self._size += size

    def release(self) -> None:
        self._give_back(self._size)
        self._size = 0

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


@cache
def get_memory() -> Memory:
    """The memory of this process, INGEST_MAX_PENDING_BYTES."""
    return Memory(settings.INGEST_MAX_PENDING_BYTES)
