"""What the two relational engines do differently; everything else is shared."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from traces.domain.deadline import TimeLimitReached as TimeLimitReached
from traces.storage.blocks import Block
from traces.storage.tokens import TokenForm

# Tokens of which a span has all of one inner tuple: an OR of ANDs is never needed, an AND of ORs is.
AnyOf = tuple[int, ...]
SqlValue: TypeAlias = int | float | str | bytes | datetime | list[int] | None
Sql = tuple[str, list[SqlValue]]
RequestRow = tuple[int, bytes, datetime]


@dataclass(frozen=True, slots=True)
class Source:
    """The blocks under one attribute index, from `first_block` to `last_block`.

    A search says `condition` of the spans that it asks the index for.
    """

    first_block: int
    last_block: int
    condition: str = "1=1"


class Engine(Protocol):
    """SQL that differs."""

    #: True where one process writes at a time anyway: ids are then reserved inside the block's own transaction.
    has_single_writer: bool
    #: How the tokens of a span are written.
    token_form: TokenForm
    #: How many of the newest spans are looked at one by one before an attribute index is asked: 0 where asking it
    #: for its newest entries costs no more.
    rows_before_index: int

    def prepare_write(self) -> None:
        """Before each write, outside a transaction. Raises StoreUnavailable where there is no room for it."""
        ...

    def is_short_of_room(self) -> bool:
        """Whether `prepare_write` is about to find no room."""
        ...

    def create_partition(self, partition: int) -> Iterable[str]:
        """Statements that make the tables of a partition."""
        ...

    def seal_partition(self, partition: int) -> Iterable[str]:
        """Statements that build the attribute index of a closed partition, each to be executed before the next."""
        ...

    def index_sections(self, partition: int, full: int) -> int:
        """Build the attribute indexes of the first `full` sections of the open partition; how many were missing."""
        ...

    def freeze_partition(self, partition: int) -> bool:
        """Wait for those who reserved blocks before it was closed, and refuse the later ones; False: try later."""
        ...

    def take_turn(self) -> AbstractContextManager[None]:
        """Around a writing transaction: wait for other writers where the database lets in one at a time.

        Not to be taken twice by one thread.
        """
        ...

    def insert_requests(self, rows: Sequence[RequestRow]) -> set[tuple[int, bytes]]:
        """Insert (project, fingerprint, received_at); the (project, fingerprint) that were not there before."""
        ...

    def insert_block(self, partition: int, block_id: int, block: Block, keys: Iterable[int], body: bytes) -> None:
        """Insert a block, its body, spans, parts and index entries, inside the caller's transaction."""
        ...

    def spans_with_tokens(self, partition: int, tokens: Sequence[AnyOf], rows: tuple[int, int]) -> Sql:
        """A condition on spans within a range of rows, half-open: at least one token of every group is theirs."""
        ...

    def token_sources(self, partition: int, is_sealed: bool) -> list[Source]:
        """The attribute indexes of a partition, newest first. Blocks under none have to be looked at span by span."""
        ...

    def hits_sql(self, partition: int, sources: Sequence[Source], query: "HitsQuery") -> Sql:
        """A SELECT of spans that have at least one token of every group, newest first."""
        ...

    def blocks_with_tokens(self, partition: int, tokens: Sequence[AnyOf]) -> Sql:
        """A condition on `id` of block: it holds a span with at least one token of every group."""
        ...

    def drop_partition(self, partition: int) -> bool:
        """Drop its tables, which nobody looks for any more; False if a reader kept one for too long: try later."""
        ...

    def used_bytes(self, partitions: Sequence[int]) -> int:
        """What all tables take on disk, those of these partitions and those beside them."""
        ...

    def partition_bytes(self, partition: int, share: float) -> int:
        """What a partition takes on disk: measured, or estimated from its share of all spans."""
        ...

    def give_back_space(self) -> None:
        """Return to the file system what dropped tables held, in steps that let a writer through."""
        ...

    def limit_time(self, seconds: float) -> AbstractContextManager[None]:
        """Statements inside end with TimeLimitReached when they run longer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HitsQuery:
    """Which spans: tokens, a condition on other columns, row ids (half-open), and how many of the newest."""

    columns: str
    tokens: Sequence[AnyOf]
    condition: Sql
    rows: tuple[int, int]
    limit: int


def block_row(block_id: int, block: Block, token_version: int) -> tuple[SqlValue, ...]:
    """The columns of `block`, in the order of the layout."""
    cuts = json.dumps({key.hex(): cut for key, cut in block.cuts.items()}).encode() if block.cuts else None
    return (
        block_id, block.project, block.received_ns, block.min_start_ns, block.max_start_ns, block.max_duration_ns,
        len(block.rows), block.error_count, token_version, 0, None, cuts,
    )  # fmt: skip


def part_rows(block_id: int, block: Block) -> Iterator[tuple[SqlValue, ...]]:
    """The columns of `trace_part`."""
    for part in block.parts:
        yield (
            block.project, part.trace_id, block_id, part.first_row, part.span_count, part.start_ns, part.end_ns,
            part.error_count, part.root_operation, part.root_start_ns,
        )  # fmt: skip


def operation_rows(block_id: int, block: Block) -> Iterator[tuple[int, ...]]:
    """The columns of `operation_block`."""
    for operation, count in sorted(block.operations.items()):
        yield (
            operation, block_id, count.span_count, count.error_count, count.min_start_ns, count.max_start_ns,
            count.max_duration_ns,
        )  # fmt: skip


def link_rows(base: int, block: Block) -> list[tuple[int, bytes, bytes]]:
    """The columns of `span_link`: ordinals become row ids."""
    if not block.links:
        return []
    row_of = {row[2]: base + index for index, row in enumerate(block.rows)}
    return [(row_of[ordinal], trace_id, span_id) for ordinal, trace_id, span_id in block.links]
