"""A partition that is made of others, and takes their place in one transaction. docs/adr/0008 says why so.

It is not in use until all is copied; the transaction touches nothing but rows of the catalogue. Nobody waits meanwhile,
and whoever still reads the old tables finds everything there until they are dropped.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import zstandard
from django.db import transaction
from django.utils import timezone

from traces.models import Partition
from traces.storage import partitions
from traces.storage.blocks import Block
from traces.storage.engine import Engine
from traces.storage.layout import BLOCK_BITS, LAYOUT_VERSION, Tables
from traces.storage.rows import query

# Who has not said for so long that it lives does not.
LEASE = timedelta(minutes=2)
# Nobody waits for this: it may take the compressor twice as long as at ingest.
_COMPRESSION_LEVEL = 3


class Abandoned(Exception):
    """The copy cannot go on, or is not to: what was written of it is never looked at."""


class Unreadable(Exception):
    """A block is damaged: its partition stays as it is."""


class Copy:
    """The partition that is being made. It is ours as long as nobody changes its `expired_at`, which we move on."""

    def __init__(self, sources: Sequence[Partition], engine: Engine, *, holds_pinned: bool) -> None:
        self._sources = sources
        self._engine = engine
        self._compressor = zstandard.ZstdCompressor(level=_COMPRESSION_LEVEL)
        self._blocks = 0
        self._starts_ns: tuple[int, int] | None = None
        self._lease = _lease_from_now()
        with engine.take_turn(), transaction.atomic():
            self.number = _create(sources, self._lease, holds_pinned)
            partitions.execute(engine.create_partition(self.number))

    def add(self, block: Block, keys: Iterable[int]) -> None:
        """Write one block in a transaction of its own. Raises Abandoned."""
        body = self._compressor.compress(block.body)
        block_id = (self.number << BLOCK_BITS) + self._blocks
        lease = _lease_from_now()
        with self._engine.take_turn(), transaction.atomic():
            self._change(expired_at=lease)
            Partition.objects.filter(pk__in=self._source_numbers()).update(claimed_until=lease)
            self._engine.insert_block(self.number, block_id, block, keys, body)
        self._lease = lease
        self._blocks += 1
        first_ns, last_ns = self._starts_ns or (block.min_start_ns, block.max_start_ns)
        self._starts_ns = min(first_ns, block.min_start_ns), max(last_ns, block.max_start_ns)

    def take_place(
        self,
        count_expected: Callable[[], int],
        unused_from: datetime,
        *,
        dropped: Mapping[int, int] | None = None,
        check: Callable[[], None] = lambda: None,
        on_place: Callable[[], None] = lambda: None,
    ) -> None:
        """From here on readers look into this partition instead of its sources. Raises Abandoned or Unreadable.

        The old tables stay until `unused_from` for those who have begun to read them. `count_expected` says how many
        spans are to be in the copy; `dropped` by source how many go with its tables. `check` runs first in the
        transaction and may raise, `on_place` is what else belongs into it.
        """
        now = timezone.now()
        with self._engine.take_turn(), transaction.atomic():
            check()
            self._change(expired_at=None, next_block=self._blocks)
            for source in self._source_numbers():
                in_use = Partition.objects.filter(pk=source, expired_at=None)
                if not in_use.update(expired_at=unused_from, span_count=(dropped or {}).get(source, 0)):
                    raise Abandoned("It expired.")
            spans = count_spans(self.number)
            if spans != count_expected():
                raise Unreadable("A block has no body.")
            first_ns, last_ns = self._starts_ns or (None, None)
            # One with nothing left in it goes at once.
            Partition.objects.filter(pk=self.number).update(
                span_count=spans, expired_at=None if spans else now, min_start_ns=first_ns, max_start_ns=last_ns
            )
            on_place()

    def give_up(self) -> None:
        """Whoever drops expired partitions finds it, unless it is in use now."""
        Partition.objects.filter(pk=self.number, expired_at=self._lease).update(expired_at=timezone.now())

    def _source_numbers(self) -> list[int]:
        """In their order: who changes several rows of the catalogue does it so."""
        return sorted(source.pk for source in self._sources)

    def _change(self, **fields: object) -> None:
        if not Partition.objects.filter(pk=self.number, expired_at=self._lease).update(**fields):
            raise Abandoned("Somebody took it for dead.")


def count_spans(partition: int) -> int:
    """How many spans its blocks have."""
    return int(query(f"SELECT coalesce(sum(span_count), 0) FROM {Tables(partition).block}")[0][0])


def _create(sources: Sequence[Partition], lease: datetime, holds_pinned: bool) -> int:
    """In the catalogue, with the widest bounds that it can have; it stands where its oldest source stood."""
    received = [source.newest_received_at for source in sources if source.newest_received_at is not None]
    closed = [source.closed_at for source in sources if source.closed_at is not None]
    starts_ns = [source.min_start_ns for source in sources if source.min_start_ns is not None]
    ends_ns = [source.max_start_ns for source in sources if source.max_start_ns is not None]
    return Partition.objects.create(
        layout=LAYOUT_VERSION,
        replaces=min(source.position for source in sources),
        opened_at=min(source.opened_at for source in sources),
        closed_at=max(closed),
        newest_received_at=max(received, default=None),
        min_start_ns=min(starts_ns, default=None),
        max_start_ns=max(ends_ns, default=None),
        expired_at=lease,
        holds_pinned=holds_pinned,
    ).pk


def _lease_from_now() -> datetime:
    return timezone.now() + LEASE
