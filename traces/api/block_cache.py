"""The finished blocks of the traces that were opened last, in this process's memory."""

import gzip
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from traces import reading
from traces.api.columns import encode_columns
from traces.domain.clock import Clock
from traces.domain.trace import Trace
from traces.storage.base import ProjectId

# Raise it where the same spans give other bytes, or clients would go on with what they have.
_REVISION = 5
# Half as long again as level 1, for a twentieth less; level 6 takes five times as long.
_GZIP_LEVEL = 4

_Key = tuple[ProjectId, bytes, Clock]


@dataclass(frozen=True, slots=True)
class FinishedBlock:
    """A block of columns, compressed with gzip."""

    build: str
    packed: bytes


class BlockCache:
    """At most `max_bytes` of blocks, one a trace and clock; the one that was asked for longest ago goes first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._blocks: OrderedDict[_Key, FinishedBlock] = OrderedDict()
        self._lock = threading.Lock()
        # One block is made at a time: two at once take as long as two after another, and twice the memory.
        self.making = threading.Lock()

    def find(self, key: _Key, build: str) -> FinishedBlock | None:
        """The block of that build; one that is out of date is none."""
        with self._lock:
            block = self._blocks.get(key)
            if block is None or block.build != build:
                return None
            self._blocks.move_to_end(key)
            return block

    def keep(self, key: _Key, block: FinishedBlock) -> None:
        """Takes the place of the trace's older one; a block that is larger than all may be is not kept."""
        with self._lock:
            if replaced := self._blocks.pop(key, None):
                self._bytes -= len(replaced.packed)
            if len(block.packed) > self._max_bytes:
                return
            self._blocks[key] = block
            self._bytes += len(block.packed)
            while self._bytes > self._max_bytes:
                _, oldest = self._blocks.popitem(last=False)
                self._bytes -= len(oldest.packed)


@cache
def get_block_cache() -> BlockCache:
    """The cache of this process."""
    return BlockCache(settings.TRACE_CACHE_BYTES)


def find_build(project: ProjectId, trace_id: bytes, clock: Clock = Clock.CORRECTED) -> str:
    """What the block of a trace would be called now. Raises TraceNotFound."""
    return _name_build(reading.find_version(project, trace_id), clock)


def name_build(trace: Trace) -> str:
    """What the block of the trace, as it was loaded, is called."""
    return _name_build(trace.version, trace.clock)


def load_block(project: ProjectId, trace_id: bytes, build: str, clock: Clock = Clock.CORRECTED) -> FinishedBlock:
    """The block of that build, or a newer one if spans arrived meanwhile. Raises TraceNotFound."""
    blocks, key = get_block_cache(), (project, trace_id, clock)
    if block := blocks.find(key, build):
        return block
    with blocks.making:
        if block := blocks.find(key, build):
            return block
        trace = reading.load_trace(project, trace_id, clock)
        made = name_build(trace)
        block = FinishedBlock(made, gzip.compress(encode_columns(trace, made), _GZIP_LEVEL, mtime=0))
        blocks.keep(key, block)
        return block


def _name_build(version: str, clock: Clock) -> str:
    return f"{_REVISION}-{clock}-{version}"
