"""The half of the relational store that roll-ups use: the queue of blocks, and what is in them."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import structlog
import zstandard
from django.db import transaction
from google.protobuf.message import DecodeError

from traces.domain.query import Window
from traces.domain.span import Operation, Resource, Service
from traces.models import Partition
from traces.storage import partitions, retention, tallies, todo
from traces.storage.counted import Backlog, CountedSpans, FoundSpan, ProjectId, QueuedBlock
from traces.storage.counting import WantedAttributes, count_spans, no_spans
from traces.storage.engine import Engine
from traces.storage.guards import guarded, guarding
from traces.storage.layout import Tables
from traces.storage.lookup import as_found, find_rows
from traces.storage.names import NameBooks
from traces.storage.numbers import NumberBook
from traces.storage.partitions import partition_of
from traces.storage.rows import PartitionGone, chunked, query
from traces.storage.withdrawal import read_filed_times

log = structlog.get_logger(__name__)
_BODIES_A_STATEMENT = 8


class RollingUp:
    """See `SpanStore`."""

    _engine: Engine
    _books: NameBooks

    def __init__(self) -> None:
        self._numbers: dict[int, NumberBook] = {}

    @guarded
    def list_projects_to_roll_up(self) -> list[ProjectId]:
        return todo.list_projects(time.time_ns())

    @guarded
    def list_blocks_to_roll_up(self, project: ProjectId, max_spans: int) -> list[QueuedBlock]:
        return todo.list_blocks(project, max_spans, time.time_ns())

    def read_counted_spans(self, blocks: Sequence[QueuedBlock], keys: Collection[str]) -> Iterator[CountedSpans]:
        wanted, unpack = WantedAttributes(keys), zstandard.ZstdDecompressor().decompress
        for some in chunked(sorted(blocks, key=lambda block: block.block or 0), _BODIES_A_STATEMENT):
            packed, filed_ns = self._read_packed(some)
            for block in some:
                body = packed.get(block.id)
                if body is None:
                    log.error("a block that was to be rolled up is gone", block=block.block, spans=block.span_count)
                    yield no_spans(block)
                    continue
                try:
                    yield self._count(block, unpack(body), wanted, filed_ns.get(block.id, {}))
                except (zstandard.ZstdError, DecodeError, KeyError, IndexError) as problem:
                    log.error("a block cannot be rolled up", block=block.block, problem=str(problem))
                    yield no_spans(block)

    @guarded
    def _read_packed(self, blocks: Sequence[QueuedBlock]) -> tuple[dict[int, bytes], dict[int, dict[int, int]]]:
        """The compressed OTLP of blocks, by their place in the queue; and where their spans are filed, where those of
        one block arrived at several times.
        """
        packed = todo.read_withdrawn([block.id for block in blocks if block.block is None])
        filed_ns: dict[int, dict[int, int]] = {}
        by_partition: dict[int, dict[int, int]] = defaultdict(dict)
        for queued in blocks:
            if queued.block is not None:
                by_partition[partition_of(queued.block)][queued.block] = queued.id
        for partition, rows in by_partition.items():
            with suppress(PartitionGone):
                packed.update((rows[block], body) for block, body in _read_bodies(partition, list(rows)))
                if Partition.objects.filter(pk=partition).exclude(replaces=None).exists():
                    filed_ns.update((rows[block], read_filed_times(block)) for block in rows)
        return packed, filed_ns

    def _count(
        self, block: QueuedBlock, otlp: bytes, wanted: WantedAttributes, filed_ns: Mapping[int, int]
    ) -> CountedSpans:
        book = self._number_book(block.project)
        with suppress(KeyError):
            return count_spans(block, otlp, book, wanted, filed_ns)
        self._read_on(book)
        return count_spans(block, otlp, book, wanted, filed_ns)

    @guarded
    def _read_on(self, book: NumberBook) -> None:
        book.read_on()

    def _number_book(self, project: int) -> NumberBook:
        return self._numbers.setdefault(project, NumberBook(project))

    @guarded
    def mark_rolled_up(self, blocks: Sequence[QueuedBlock]) -> None:
        todo.remove(blocks)

    @guarded
    def give_up_rolling_up(self, blocks: Sequence[QueuedBlock]) -> None:
        todo.remove(blocks)
        tallies.add(tallies.SPANS_NOT_ROLLED_UP, sum(block.span_count for block in blocks))

    @guarded
    def mark_all_new(self, project: ProjectId, from_ns: int) -> int:
        return todo.queue_again(project, from_ns)

    @guarded
    def kept_from_ns(self) -> int:
        return retention.kept_from_ns()

    @guarded
    def read_backlog(self, project: ProjectId | None = None) -> Backlog:
        return todo.measure(project)

    @guarded
    def read_operations(self, project: ProjectId) -> Mapping[int, Operation]:
        return self._books.open(project).operations

    @guarded
    def read_service_ids(self, project: ProjectId) -> Mapping[int, Service]:
        return self._books.open(project).services

    @guarded
    def read_resources(self, project: ProjectId) -> Mapping[int, Resource]:
        return self._books.open(project).resources

    @guarded
    def find_spans(
        self, project: ProjectId, wanted: Collection[tuple[bytes, bytes]], window: Window | None = None
    ) -> dict[tuple[bytes, bytes], list[FoundSpan]]:
        stretches = partitions.list_stretches()
        among = [stretch.id for stretch in stretches if window is None or stretch.overlaps(window)]
        rows = list(find_rows(project, frozenset(wanted), among))
        book = self._number_book(project)
        if any(row[2] not in book.owners for row in rows):
            book.read_on()
        found: dict[tuple[bytes, bytes], list[FoundSpan]] = defaultdict(list)
        for row in rows:
            found[row[0], row[1]].append(as_found(row, book.owners))
        return dict(found)

    @contextmanager
    def writing(self) -> Iterator[None]:
        with guarding():
            self._engine.prepare_write()
            with self._engine.take_turn(), transaction.atomic():
                yield

    @guarded
    def read_tallies(self) -> dict[str, int]:
        return tallies.read_tallies()


def _read_bodies(partition: int, blocks: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    sql = f"SELECT block, body FROM {Tables(partition).block_body} WHERE block IN ({', '.join(['%s'] * len(blocks))})"
    return ((block, bytes(body)) for block, body in query(sql, blocks))
