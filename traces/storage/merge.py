"""A closed partition is written anew, with large blocks or without some traces. See docs/adr/0008 and 0010."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import timedelta

import structlog
import zstandard
from django.conf import settings
from django.utils import timezone
from google.protobuf.message import DecodeError

from traces.models import Partition
from traces.storage.blocks import (
    MAX_BLOCK_BYTES,
    MAX_BLOCK_SPANS,
    Block,
    build_block,
    join_requests,
    pack,
)
from traces.storage.catalogue import Catalogue
from traces.storage.copying import Abandoned, Copy, Unreadable, count_spans
from traces.storage.engine import Engine
from traces.storage.layout import Tables
from traces.storage.leaver import Leaver, LeftOut
from traces.storage.rows import PartitionGone, query
from traces.storage.tokens import TokenForm
from traces.storage.withdrawal import Withdrawal
from traces.wire import otlp_pb2 as wire

log = structlog.get_logger(__name__)
# Below this many spans a block on average, joining blocks is worth the work.
SMALL_BLOCK_SPANS = 512
_MAX_PACKED_BYTES = 8 * 1024 * 1024
_BLOCKS_A_LIST = 2_000


@dataclass(frozen=True, slots=True)
class Listed:
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

    def note(project: int, block: Listed, left_out: LeftOut) -> None:
        withdrawal.add(project, block.id, block.received_ns, left_out)

    leaver = Leaver(traces, note)
    _write_anew(old, engine, catalogue, lambda: False, leaver, withdrawal.queue)
    return leaver.left_out


def _write_anew(
    old: Partition,
    engine: Engine,
    catalogue: Catalogue,
    is_stopping: Callable[[], bool],
    leaver: Leaver[Listed],
    on_place: Callable[[], None],
) -> int:
    if not engine.freeze_partition(old.pk):
        raise Abandoned("A writer is still busy with it.")
    copy = Copy([old], engine, holds_pinned=old.holds_pinned)
    try:
        for project, listed in _list_portions(old.pk):
            bodies = leaver.leave_out(project, read_bodies(old.pk, listed))
            for block in join_blocks(project, bodies, catalogue, engine.token_form):
                if is_stopping():
                    raise Abandoned("The worker is stopping.")
                copy.add(block, catalogue.attribute_keys(project, block.keys))
        # The spans are now those of the new one: whoever drops the old one drops none.
        copy.take_place(
            lambda: count_spans(old.pk) - leaver.left_out,
            timezone.now() + timedelta(seconds=2 * settings.SEARCH_TIMEOUT_SECONDS),
            on_place=on_place,
        )
    except (zstandard.ZstdError, DecodeError) as problem:
        raise Unreadable(str(problem)) from problem
    except PartitionGone as problem:
        raise Abandoned("It expired.") from problem
    finally:
        copy.give_up()
    return copy.number


def _list_portions(partition: int) -> Iterator[tuple[int, list[Listed]]]:
    """A project and some of its blocks, in the order in which they arrived, so many as make one block."""
    projects = query(f"SELECT DISTINCT project FROM {Tables(partition).block}")
    for (project,) in sorted(projects):
        limits = (MAX_BLOCK_SPANS, _MAX_PACKED_BYTES)
        for portion in pack(
            list_blocks(partition, project), lambda block: (block.span_count, block.packed_bytes), limits
        ):
            yield project, portion


def list_blocks(partition: int, project: int) -> Iterator[Listed]:
    """The blocks of a project that have a body, in the order in which they arrived."""
    tables, last = Tables(partition), -1
    while rows := query(
        f"SELECT id, span_count, received_ns, cuts, length(body) FROM {tables.block}"
        f" JOIN {tables.block_body} ON block = id WHERE project = %s AND id > %s ORDER BY id LIMIT {_BLOCKS_A_LIST}",
        [project, last],
    ):
        for block, span_count, received_ns, cuts, packed_bytes in rows:
            yield Listed(block, span_count, received_ns, _parse_cuts(cuts), packed_bytes)
        last = rows[-1][0]


def _parse_cuts(cuts: bytes | None) -> dict[bytes, str]:
    return {bytes.fromhex(key): cut for key, cut in json.loads(bytes(cuts)).items()} if cuts else {}


def read_bodies(partition: int, listed: list[Listed]) -> Iterator[tuple[Listed, bytes]]:
    """Blocks with their OTLP."""
    decompressor = zstandard.ZstdDecompressor()
    numbers = ", ".join(str(block.id) for block in listed)
    rows = query(f"SELECT block, body FROM {Tables(partition).block_body} WHERE block IN ({numbers})")
    packed = {block: bytes(body) for block, body in rows}
    yield from ((block, decompressor.decompress(packed[block.id])) for block in listed)


def join_blocks(
    project: int, blocks: Iterable[tuple[Listed, bytes]], catalogue: Catalogue, form: TokenForm
) -> Iterator[Block]:
    """One new block, or several where their OTLP would be too large together."""
    for portion in pack(blocks, lambda block: (len(block[1]),), (MAX_BLOCK_BYTES,)):
        yield _build(project, portion, catalogue, form)


def _build(project: int, blocks: list[tuple[Listed, bytes]], catalogue: Catalogue, form: TokenForm) -> Block:
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
