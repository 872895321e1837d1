"""Cells of roll-ups in memory, so that the parts of a page, and pages of one window, read them once.

What was read stays true until something is rolled up: the generation is part of what it is found by.
"""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cache
from typing import Final

from django.conf import settings

from services_map.domain.latency.joined_rows import JoinedRows

_KEY_BYTES: Final = 200


class RowsCache:
    """At most `max_bytes` of what was asked for last."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._found: OrderedDict[Hashable, JoinedRows] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, key: tuple[Hashable, ...], read: Callable[[], JoinedRows]) -> JoinedRows:
        """What is known by that key, else what `read` says."""
        with self._lock:
            if (known := self._found.get(key)) is not None:
                self._found.move_to_end(key)
                return known
        found = read()
        self._keep(key, found)
        return found

    def _keep(self, key: tuple[Hashable, ...], found: JoinedRows) -> None:
        size = _size(key, found)
        with self._lock:
            if key in self._found or size > self._max_bytes:
                return
            self._found[key] = found
            self._bytes += size
            while self._bytes > self._max_bytes:
                oldest, dropped = self._found.popitem(last=False)
                self._bytes -= _size(oldest, dropped)


def _size(key: Hashable, found: JoinedRows) -> int:
    parts = key if isinstance(key, tuple) else ()
    return _KEY_BYTES + found.byte_count + sum(sys.getsizeof(part) for part in parts)


@cache
def get_rows_cache() -> RowsCache:
    """The cache of this process."""
    return RowsCache(settings.ROLLUP_CACHE_BYTES)
