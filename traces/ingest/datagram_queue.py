"""Datagrams that have arrived and wait to be handed on: nobody can be told to send them again."""

import threading
from collections import deque
from dataclasses import dataclass

from traces.wire.thrift import Protocol

# What one takes in memory beside its bytes.
_OVERHEAD_BYTES = 200


@dataclass(frozen=True, slots=True)
class Datagram:
    protocol: Protocol
    content: bytes


class DatagramQueue:
    """Filled and emptied from any thread; holds `max_bytes` at most."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self._bytes = max_bytes, 0
        self._waiting: deque[Datagram] = deque()
        self._changed = threading.Condition()
        self._is_closed = False

    def put(self, datagram: Datagram) -> bool:
        """Whether there was room."""
        size = _size_of(datagram)
        with self._changed:
            if self._bytes + size > self._max_bytes:
                return False
            self._bytes += size
            self._waiting.append(datagram)
            self._changed.notify()
        return True

    def take(self, most_bytes: int) -> list[Datagram]:
        """Waits for the first; the oldest, up to so many bytes. Empty once the queue is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            taken: list[Datagram] = []
            room = most_bytes
            while self._waiting and (not taken or len(self._waiting[0].content) <= room):
                datagram = self._waiting.popleft()
                self._bytes -= _size_of(datagram)
                room -= len(datagram.content)
                taken.append(datagram)
        return taken

    def close(self) -> None:
        """What waits may still be taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()


def _size_of(datagram: Datagram) -> int:
    return len(datagram.content) + _OVERHEAD_BYTES
