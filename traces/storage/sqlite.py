"""SQLite: executemany on the native connection, and a contentless FTS5 table of tokens, one document a span."""

import fcntl
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import cast

import xxhash
from django.db import OperationalError, connection

from traces.storage import layout
from traces.storage.blocks import ROW_BITS, Block
from traces.storage.engine import (
    AnyOf,
    HitsQuery,
    RequestRow,
    Source,
    Sql,
    SqlValue,
    TimeLimitReached,
    block_row,
    link_rows,
    operation_rows,
    part_rows,
)
from traces.storage.layout import BLOCK_BITS
from traces.storage.sqlite_file import Room
from traces.storage.tokens import TOKEN_VERSION, Document, TokenForm

# Python gives way to other threads at every step of a statement, and with many rows a statement has few steps.
_ROWS_A_STATEMENT = 64
# In the order of the rows of a block.
_SPAN_COLUMNS = (
    "trace_id, start_ns, ordinal, span_id, parent_span_id, operation, resource, scope, duration_ns, status, flags, id"
)
_STEPS_BETWEEN_CHECKS = 20_000
_PAGES_A_STEP = 2_000
_INDEX_PAGES_A_STEP = 500


def _token_word(attribute: bytes, seed: int) -> str:
    """The high half of a token: with all of it the index would take a third more room, and hits are verified."""
    return xxhash.xxh3_64_hexdigest(attribute, seed)[:8]


class SqliteEngine:
    """See `Engine`."""

    has_single_writer = True
    token_form = TokenForm(_token_word, " ".join)
    rows_before_index = 0

    def __init__(self) -> None:
        self._room = Room()

    def prepare_write(self) -> None:
        self._room.check_disk()
        self._room.bound_log()

    def is_short_of_room(self) -> bool:
        return self._room.is_short()

    def create_partition(self, partition: int) -> Iterable[str]:
        return layout.create_on_sqlite(partition)

    def seal_partition(self, partition: int) -> Iterable[str]:
        """The index is complete while it is written; sealing only merges its segments, in steps that end soon.

        https://www.sqlite.org/fts5.html#the_merge_command: a negative first step, then on until nothing changes.
        """
        table = f"attribute_index_{partition}"
        pages, before = -_INDEX_PAGES_A_STEP, -2
        while (after := connection.connection.total_changes) - before >= 2:
            before = after
            with self.take_turn():
                yield f"INSERT INTO {table}({table}, rank) VALUES ('merge', {pages})"
            pages = _INDEX_PAGES_A_STEP

    def freeze_partition(self, partition: int) -> bool:
        """Blocks are reserved and written in one transaction: there is nobody to wait for."""
        return True

    @contextmanager
    def take_turn(self) -> Iterator[None]:
        """A lock on a file: SQLite itself would look again after up to 100 ms, and whoever comes then goes first."""
        with open(f"{connection.settings_dict['NAME']}-turn", "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def index_sections(self, partition: int, full: int) -> int:
        """What is written is indexed."""
        return 0

    def insert_requests(self, rows: Sequence[RequestRow]) -> set[tuple[int, bytes]]:
        fresh = set()
        with connection.cursor() as cursor:
            for row in rows:
                cursor.execute(
                    "INSERT OR IGNORE INTO stored_request (project_id, fingerprint, received_at) VALUES (%s, %s, %s)",
                    row,
                )
                if cursor.rowcount:
                    fresh.add(row[:2])
        return fresh

    def insert_block(self, partition: int, block_id: int, block: Block, keys: Iterable[int], body: bytes) -> None:
        native = connection.connection
        with connection.wrap_database_errors:
            self._insert_rows(native, partition, block_id, block, keys, body)

    def _insert_rows(
        self,
        native: sqlite3.Connection,
        partition: int,
        block_id: int,
        block: Block,
        keys: Iterable[int],
        body: bytes,
    ) -> None:
        base = block_id << ROW_BITS
        native.execute(_insert("block", partition, 12), block_row(block_id, block, TOKEN_VERSION))
        native.execute(_insert("block_body", partition, 3), (block_id, 1, body))
        _insert_spans(native, partition, [(*row[:11], base + index) for index, row in enumerate(block.rows)])
        native.execute(
            f"INSERT INTO attribute_index_{partition} (rowid, tokens) SELECT ? + key, value FROM json_each(?)",
            (base, _as_json([row[11] for row in block.rows])),
        )
        native.executemany(_insert("trace_part", partition, 10), part_rows(block_id, block))
        native.executemany(_insert("operation_block", partition, 7), operation_rows(block_id, block))
        for table, ids in (("resource_block", block.resources), ("scope_block", block.scopes), ("key_block", keys)):
            native.executemany(_insert(table, partition, 2), [(number, block_id) for number in sorted(ids)])
        native.executemany(_insert("span_link", partition, 3), link_rows(base, block))

    def spans_with_tokens(self, partition: int, tokens: Sequence[AnyOf], rows: tuple[int, int]) -> Sql:
        table = f"attribute_index_{partition}"
        return (
            f"id IN (SELECT rowid FROM {table} WHERE {table} MATCH %s AND rowid >= %s AND rowid < %s)",
            [_match(tokens), *rows],
        )

    def token_sources(self, partition: int, is_sealed: bool) -> list[Source]:
        return [Source(partition << BLOCK_BITS, (partition + 1 << BLOCK_BITS) - 1)]

    def hits_sql(self, partition: int, sources: Sequence[Source], query: HitsQuery) -> Sql:
        """FTS5 hands out the row ids of a match downwards, one by one: it stops at the limit."""
        index = f"attribute_index_{partition}"
        condition, values = query.condition
        return (
            f"SELECT {query.columns} FROM {index} CROSS JOIN span_{partition} ON id = {index}.rowid"
            f" WHERE {index} MATCH %s AND {index}.rowid >= %s AND {index}.rowid < %s AND {condition}"
            f" ORDER BY {index}.rowid DESC LIMIT {query.limit}",
            [_match(query.tokens), *query.rows, *values],
        )

    def blocks_with_tokens(self, partition: int, tokens: Sequence[AnyOf]) -> Sql:
        table = f"attribute_index_{partition}"
        return f"id IN (SELECT rowid >> {ROW_BITS} FROM {table} WHERE {table} MATCH %s)", [_match(tokens)]

    def drop_partition(self, partition: int) -> bool:
        with connection.cursor() as cursor:
            for statement in layout.drop(partition):
                with self.take_turn():
                    cursor.execute(statement)
        return True

    def used_bytes(self, partitions: Sequence[int]) -> int:
        with connection.cursor() as cursor:
            pages, free, page_bytes = (
                cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
            )
        return int((pages - free) * page_bytes)

    def partition_bytes(self, partition: int, share: float) -> int:
        """To measure it, SQLite would read all of it."""
        return int(self.used_bytes([]) * share)

    def give_back_space(self) -> None:
        """Free pages stay in the file until they are vacuumed; WAL shrinks it at the next checkpoint.

        A file that was not made by us may not be able to shrink: its free pages are used again.
        """
        with connection.cursor() as cursor:
            before, free = None, cursor.execute("PRAGMA freelist_count").fetchone()[0]
            while free and free != before:
                with self.take_turn():
                    cursor.execute(f"PRAGMA incremental_vacuum({_PAGES_A_STEP})").fetchall()
                before, free = free, cursor.execute("PRAGMA freelist_count").fetchone()[0]

    @contextmanager
    def limit_time(self, seconds: float) -> Iterator[None]:
        connection.ensure_connection()
        native: sqlite3.Connection = connection.connection
        deadline = time.monotonic() + seconds
        native.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_CHECKS)
        try:
            yield
        except OperationalError as problem:
            if "interrupted" in str(problem):
                raise TimeLimitReached from problem
            raise
        finally:
            native.set_progress_handler(None, 0)


def _insert(table: str, partition: int, columns: int) -> str:
    return f"INSERT INTO {table}_{partition} VALUES ({','.join('?' * columns)})"


def _insert_spans(native: sqlite3.Connection, partition: int, rows: Sequence[tuple[SqlValue, ...]]) -> None:
    """Many rows a statement; what is left over one by one, so that there are only two statements to remember."""
    left_over = len(rows) - len(rows) % _ROWS_A_STATEMENT
    for start in range(0, left_over, _ROWS_A_STATEMENT):
        some = rows[start : start + _ROWS_A_STATEMENT]
        native.execute(_insert_into_span(partition, _ROWS_A_STATEMENT), list(chain.from_iterable(some)))
    native.executemany(_insert_into_span(partition, 1), rows[left_over:])


@lru_cache(maxsize=8)
def _insert_into_span(partition: int, rows: int) -> str:
    row = f"({', '.join('?' * (_SPAN_COLUMNS.count(',') + 1))})"
    return f"INSERT INTO span_{partition} ({_SPAN_COLUMNS}) VALUES {', '.join([row] * rows)}"


def _as_json(documents: Sequence[Document]) -> str:
    """A JSON array of hex digits and spaces: one statement reads it all, and other threads run meanwhile."""
    return '["' + '","'.join(cast(Sequence[str], documents)) + '"]'


def _match(tokens: Sequence[AnyOf]) -> str:
    """An FTS5 expression: all groups, any token of each. Partitions of layout 1 hold whole tokens."""
    words = ([f"{token:016x}" for token in group] for group in tokens)
    groups = (" OR ".join(f'"{word[:8]}" OR "{word}"' for word in group) for group in words)
    return " AND ".join(f"({group})" for group in groups)
