"""SQLite: executemany on the native connection, and a contentless FTS5 table of tokens, one document a span."""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from struct import Struct

from django.db import OperationalError, connection

from traces.storage import layout
from traces.storage.blocks import ROW_BITS, Block
from traces.storage.engine import (
    AnyOf,
    HitsQuery,
    RequestRow,
    Source,
    Sql,
    TimeLimitReached,
    block_row,
    link_rows,
    operation_rows,
    part_rows,
)
from traces.storage.layout import BLOCK_BITS
from traces.storage.tokens import TOKEN_VERSION

_PACKERS: dict[int, Struct] = {}
_STEPS_BETWEEN_CHECKS = 20_000
_PAGES_A_STEP = 2_000


class SqliteEngine:
    """See `Engine`."""

    has_single_writer = True
    rows_before_index = 0

    def create_partition(self, partition: int) -> Iterable[str]:
        return layout.create_on_sqlite(partition)

    def seal_partition(self, partition: int) -> Iterable[str]:
        """The index is complete while it is written; sealing only merges its segments."""
        table = f"attribute_index_{partition}"
        return (f"INSERT INTO {table}({table}) VALUES ('optimize')",)

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
        native.executemany(
            _insert("span", partition, 12),
            [
                (base + index, row[2], row[0], row[3], row[4], row[5], row[6], row[7], row[1], row[8], row[9], row[10])
                for index, row in enumerate(block.rows)
            ],
        )
        native.executemany(
            f"INSERT INTO attribute_index_{partition} (rowid, tokens) VALUES (?, ?)",
            [(base + index, _document(row[11])) for index, row in enumerate(block.rows) if row[11]],
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
                cursor.execute(statement)
        return True

    def give_back_space(self) -> None:
        """Free pages stay in the file until they are vacuumed; WAL shrinks it at the next checkpoint.

        A file that was not made by us may not be able to shrink: its free pages are used again.
        """
        with connection.cursor() as cursor:
            before, free = None, cursor.execute("PRAGMA freelist_count").fetchone()[0]
            while free and free != before:
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


def _document(tokens: list[int]) -> str:
    """Tokens as 16 hex digits each, separated by space."""
    packer = _PACKERS.get(len(tokens))
    if packer is None:
        packer = _PACKERS.setdefault(len(tokens), Struct(f">{len(tokens)}Q"))
    return packer.pack(*tokens).hex(" ", 8)


def _match(tokens: Sequence[AnyOf]) -> str:
    """An FTS5 expression: all groups, any token of each."""
    groups = (" OR ".join(f'"{token:016x}"' for token in group) for group in tokens)
    return " AND ".join(f"({group})" for group in groups)
