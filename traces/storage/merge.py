"""A closed partition is written anew, with large blocks or without some traces. docs/adr/0008 and 0010 say why and how.

The new tables belong to a partition of their own, which is not in use until all is copied; then, in one transaction
that touches two rows of the catalogue, it takes the old one's place. Nobody waits meanwhile, and whoever still reads
the old tables finds everything there until they are dropped.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
import zstandard
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from google.protobuf.message import DecodeError

from traces.models import Partition
from traces.storage import partitions
from traces.storage.blocks import (
    MAX_BLOCK_BYTES,
    MAX_BLOCK_SPANS,
    Block,
    build_block,
    join_requests,
    pack,
)
from traces.storage.catalogue import Catalogue
from traces.storage.engine import Engine
from traces.storage.layout import BLOCK_BITS, LAYOUT_VERSION, Tables
from traces.storage.leaver import Leaver, LeftOut
from traces.storage.rows import PartitionGone, query
from traces.storage.tokens import TokenForm
from traces.storage.withdrawal import Withdrawal
from traces.wire import otlp_pb2 as wire

log = structlog.get_logger(__name__)
# Below this many spans a block on average, joining blocks is worth the work.
SMALL_BLOCK_SPANS = 512
# Who has not said for so long that it lives does not.
LEASE = timedelta(minutes=2)
_MAX_PACKED_BYTES = 8 * 1024 * 1024
_BLOCKS_A_LIST = 2_000
# Nobody waits for this: it may take the compressor twice as long as at ingest.
_COMPRESSION_LEVEL = 3


class Abandoned(Exception):
    """The merge cannot go on, or is not to: what it wrote is never looked at."""


class Unreadable(Exception):
    """A block is damaged: its partition stays as it is."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """A block to copy: what is known of it before its body is read."""

    id: int
    span_count: int
    received_ns: int
    cuts: dict[bytes, str]
    packed_bytes: int


def is_worth_merging(partition: Partition) -> bool:
    """Whether its blocks are small. What was merged is not merged again, whatever became of it.

    Roll-ups need not be asked: blocks that are to be counted are read where they were (`retention` keeps them).
    """
    if partition.replaces is not None:
        return False
    ((blocks,),) = query(f"SELECT count(*) FROM {Tables(partition.pk).block}")
    return blocks > 1 and partition.span_count < SMALL_BLOCK_SPANS * int(blocks)


def merge(old: Partition, engine: Engine, catalogue: Catalogue, is_stopping: Callable[[], bool]) -> int:
    """Write a closed partition anew; the number of the one that took its place. For a worker that has claimed it.

    Raises Abandoned where the partition expires or was written anew by somebody else, a writer is still busy with it,
    or `is_stopping` says so; Unreadable where a block is damaged.
    """
    return _write_anew(old, engine, catalogue, is_stopping, Leaver({}), lambda: None)


def leave_out(old: Partition, engine: Engine, catalogue: Catalogue, traces: Mapping[int, Set[bytes]]) -> int:
    """Write a closed partition anew without some traces, by project; how many spans that took away.

    These are queued to be counted no more, in the transaction that takes them away.

    Raises Abandoned and Unreadable as `merge` does: then all of them are still there.
    """
    withdrawal = Withdrawal(old)

    def note(project: int, block: _Listed, left_out: LeftOut) -> None:
        withdrawal.add(project, block.id, block.received_ns, left_out)

    leaver = Leaver(traces, note)
    _write_anew(old, engine, catalogue, lambda: False, leaver, withdrawal.queue)
    return leaver.left_out


def _write_anew(
    old: Partition,
    engine: Engine,
    catalogue: Catalogue,
    is_stopping: Callable[[], bool],
    leaver: Leaver[_Listed],
    on_place: Callable[[], None],
) -> int:
    if not engine.freeze_partition(old.pk):
        raise Abandoned("A writer is still busy with it.")
    copy = _Copy(old, engine)
    try:
        for project, listed in _list_portions(old.pk):
            bodies = leaver.leave_out(project, _read_bodies(old.pk, listed))
            for block in _join(project, bodies, catalogue, engine.token_form):
                if is_stopping():
                    raise Abandoned("The worker is stopping.")
                copy.add(block, catalogue.attribute_keys(project, block.keys))
        copy.take_place(leaver.left_out, on_place)
    except (zstandard.ZstdError, DecodeError) as problem:
        raise Unreadable(str(problem)) from problem
    except PartitionGone as problem:
        raise Abandoned("It expired.") from problem
    finally:
        copy.give_up()
    return copy.number


class _Copy:
    """The partition that is being made. It is ours as long as nobody changes its `expired_at`, which we move on."""

    def __init__(self, old: Partition, engine: Engine) -> None:
        self._old = old
        self._engine = engine
        self._compressor = zstandard.ZstdCompressor(level=_COMPRESSION_LEVEL)
        self._blocks = 0
        self._lease = _lease_from_now()
        with engine.take_turn(), transaction.atomic():
            self.number = _create(old, self._lease)
            partitions.execute(engine.create_partition(self.number))

    def add(self, block: Block, keys: Iterable[int]) -> None:
        """Write one block in a transaction of its own. Raises Abandoned."""
        body = self._compressor.compress(block.body)
        block_id = (self.number << BLOCK_BITS) + self._blocks
        lease = _lease_from_now()
        with self._engine.take_turn(), transaction.atomic():
            self._change(expired_at=lease)
            Partition.objects.filter(pk=self._old.pk).update(claimed_until=lease)
            self._engine.insert_block(self.number, block_id, block, keys, body)
        self._lease = lease
        self._blocks += 1

    def take_place(self, left_out: int = 0, on_place: Callable[[], None] = lambda: None) -> None:
        """From here on readers look into the new partition instead of the old one. Raises Abandoned or Unreadable.

        The old tables stay for those who have begun to read them. `left_out` is how many spans were not to be copied,
        `on_place` what else belongs into the transaction.
        """
        now = timezone.now()
        unused_from = now + timedelta(seconds=2 * settings.SEARCH_TIMEOUT_SECONDS)
        with self._engine.take_turn(), transaction.atomic():
            self._change(expired_at=None, next_block=self._blocks)
            # The spans are now those of the new one: whoever drops the old one drops none.
            old = Partition.objects.filter(pk=self._old.pk, expired_at=None)
            if not old.update(expired_at=unused_from, span_count=0):
                raise Abandoned("It expired.")
            spans = _count_spans(self.number)
            if spans + left_out != _count_spans(self._old.pk):
                raise Unreadable("A block has no body.")
            # One with nothing left in it goes at once.
            expired_at = None if spans else now
            Partition.objects.filter(pk=self.number).update(span_count=spans, expired_at=expired_at)
            on_place()

    def give_up(self) -> None:
        """Whoever drops expired partitions finds it, unless it is in use now."""
        Partition.objects.filter(pk=self.number, expired_at=self._lease).update(expired_at=timezone.now())

    def _change(self, **fields: object) -> None:
        if not Partition.objects.filter(pk=self.number, expired_at=self._lease).update(**fields):
            raise Abandoned("Somebody took it for dead.")


def _create(old: Partition, lease: datetime) -> int:
    return Partition.objects.create(
        layout=LAYOUT_VERSION,
        replaces=old.position,
        opened_at=old.opened_at,
        closed_at=old.closed_at,
        newest_received_at=old.newest_received_at,
        min_start_ns=old.min_start_ns,
        max_start_ns=old.max_start_ns,
        expired_at=lease,
    ).pk


def _lease_from_now() -> datetime:
    return timezone.now() + LEASE


def _count_spans(partition: int) -> int:
    return int(query(f"SELECT coalesce(sum(span_count), 0) FROM {Tables(partition).block}")[0][0])


def _list_portions(partition: int) -> Iterator[tuple[int, list[_Listed]]]:
    """A project and some of its blocks, in the order in which they arrived, so many as make one block."""
    projects = query(f"SELECT DISTINCT project FROM {Tables(partition).block}")
    for (project,) in sorted(projects):
        listed = _list_blocks(partition, project)
        limits = (MAX_BLOCK_SPANS, _MAX_PACKED_BYTES)
        for portion in pack(listed, lambda block: (block.span_count, block.packed_bytes), limits):
            yield project, portion


def _list_blocks(partition: int, project: int) -> Iterator[_Listed]:
    tables, last = Tables(partition), -1
    while rows := query(
        f"SELECT id, span_count, received_ns, cuts, length(body) FROM {tables.block}"
        f" JOIN {tables.block_body} ON block = id WHERE project = %s AND id > %s ORDER BY id LIMIT {_BLOCKS_A_LIST}",
        [project, last],
    ):
        for block, span_count, received_ns, cuts, packed_bytes in rows:
            yield _Listed(block, span_count, received_ns, _parse_cuts(cuts), packed_bytes)
        last = rows[-1][0]


def _parse_cuts(cuts: bytes | None) -> dict[bytes, str]:
    return {bytes.fromhex(key): cut for key, cut in json.loads(bytes(cuts)).items()} if cuts else {}


def _read_bodies(partition: int, listed: list[_Listed]) -> Iterator[tuple[_Listed, bytes]]:
    """Blocks with their OTLP."""
    decompressor = zstandard.ZstdDecompressor()
    numbers = ", ".join(str(block.id) for block in listed)
    rows = query(f"SELECT block, body FROM {Tables(partition).block_body} WHERE block IN ({numbers})")
    packed = {block: bytes(body) for block, body in rows}
    yield from ((block, decompressor.decompress(packed[block.id])) for block in listed)


def _join(
    project: int, blocks: Iterable[tuple[_Listed, bytes]], catalogue: Catalogue, form: TokenForm
) -> Iterator[Block]:
    """One new block, or several where their OTLP would be too large together."""
    for portion in pack(blocks, lambda block: (len(block[1]),), (MAX_BLOCK_BYTES,)):
        yield _build(project, portion, catalogue, form)


def _build(project: int, blocks: list[tuple[_Listed, bytes]], catalogue: Catalogue, form: TokenForm) -> Block:
    """A span is filed at the time that its old block gave it."""
    received_ns_of = [
        block.received_ns for block, body in blocks for _ in wire.Envelope.FromString(body).resource_spans
    ]
    body = join_requests([body for _, body in blocks])
    envelope = wire.Envelope.FromString(body)
    return build_block(
        project,
        catalogue.seed(project),
        max(received_ns_of),
        body,
        envelope,
        catalogue.learn(project, envelope),
        {key: cut for block, _ in blocks for key, cut in block.cuts.items()},
        form,
        received_ns_of,
    )
