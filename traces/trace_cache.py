"""The traces that were read last, laid out, in this process's memory: whoever asks about a row asks again soon."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from weakref import WeakValueDictionary

from django.conf import settings

from traces.domain.clock import Clock
from traces.domain.errors import TooBusy
from traces.domain.trace import Trace
from traces.storage.base import ProjectId

# As tracemalloc says, rounded up: 152 bytes of columns and ids; once somebody asks for them 80 of the index by span id,
# 16 of times by row and up to 56 of the critical path.
_BYTES_PER_SPAN = 330
_BYTES_PER_REPEAT = 200
_BYTES_PER_SHARED_ID = 250
_BYTES_PER_TRACE = 10_000

_Key = tuple[ProjectId, bytes, Clock]


class TraceCache:
    """At most `max_bytes` of traces, one of a trace and clock; the one that was asked for longest ago goes first."""

    def __init__(self, max_bytes: int, patience_seconds: float) -> None:
        self._max_bytes = max_bytes
        self._patience_seconds = patience_seconds
        self._bytes = 0
        self._traces: OrderedDict[_Key, Trace] = OrderedDict()
        self._lock = threading.Lock()
        # As long as somebody reads a trace or waits for it, there is a lock for it.
        self._readings: WeakValueDictionary[_Key, threading.Lock] = WeakValueDictionary()

    def load(self, key: _Key, version: str, read: Callable[[], Trace]) -> Trace:
        """The trace of that version, or what `read` says. Of one trace there is one reading at a time.

        Raises TooBusy where others are still reading it after `patience_seconds`.
        """
        if trace := self._find(key, version):
            return trace
        with self._take_turn(key):
            if trace := self._find(key, version):
                return trace
            trace = read()
            self._keep(key, trace)
            return trace

    @contextmanager
    def _take_turn(self, key: _Key) -> Iterator[None]:
        with self._lock:
            reading = self._readings.setdefault(key, threading.Lock())
        if not reading.acquire(timeout=self._patience_seconds):
            raise TooBusy("This trace is being read for others, and it takes long.")
        try:
            yield
        finally:
            reading.release()

    def _find(self, key: _Key, version: str) -> Trace | None:
        with self._lock:
            trace = self._traces.get(key)
            if trace is None or trace.version != version:
                return None
            self._traces.move_to_end(key)
            return trace

    def _keep(self, key: _Key, trace: Trace) -> None:
        """Takes the place of the older one; a trace that is larger than all may be is not kept."""
        with self._lock:
            if replaced := self._traces.pop(key, None):
                self._bytes -= count_bytes(replaced)
            if count_bytes(trace) > self._max_bytes:
                return
            self._traces[key] = trace
            self._bytes += count_bytes(trace)
            while self._bytes > self._max_bytes:
                _, oldest = self._traces.popitem(last=False)
                self._bytes -= count_bytes(oldest)


def count_bytes(trace: Trace) -> int:
    """About how much memory a trace takes, with all that it will be asked for."""
    shared_bytes = len(trace.rows.told_apart) * _BYTES_PER_SHARED_ID
    return shared_bytes + _BYTES_PER_TRACE + len(trace.rows) * _BYTES_PER_SPAN + len(trace.repeats) * _BYTES_PER_REPEAT


@cache
def get_trace_cache() -> TraceCache:
    """The cache of this process."""
    return TraceCache(settings.TRACE_LAYOUT_CACHE_BYTES, settings.SEARCH_TIMEOUT_SECONDS)
