"""PostgreSQL: rows by binary COPY, tokens as int4[] on the span, a GIN over them once a partition is sealed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from struct import Struct
from typing import Any

import xxhash
from django.db import OperationalError, connection, transaction
from psycopg import Copy
from psycopg.errors import LockNotAvailable, QueryCanceled

from traces.storage import layout
from traces.storage.blocks import ROW_BITS, Block
from traces.storage.engine import (
    AnyOf,
    RequestRow,
    Sql,
    SqlValue,
    TimeLimitReached,
    block_row,
    link_rows,
    operation_rows,
    part_rows,
)
from traces.storage.tokens import TOKEN_VERSION, TokenForm

# https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format": header, one length-prefixed row each, trailer.
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
# Before each value its length: field count, then the columns up to flags, and the length of the trace id.
_SPAN = Struct(">hiqiqiqiiiiiiiiiiihi")
_SPAN_COLUMNS = (
    "id, start_ns, duration_ns, ordinal, operation, resource, scope, status, flags, trace_id, span_id, parent_span_id,"
    " tokens"
)
_ARRAY_HEADER = Struct(">iiiiii")  # byte length, dimensions, has nulls, element type, elements, lower bound
_INT4_OID = 23
_NULL = b"\xff\xff\xff\xff"


# Readers that come after a waiting DROP wait for it too: it gives up soon and is tried again later.
_DROP_WAITS_MS = 2_000


def _token_element(attribute: bytes, seed: int) -> bytes:
    """An element of an int4[] in COPY's binary form: its length, and the low half of the token.

    Eight bytes a token would cost 42 bytes a span more.
    """
    return b"\0\0\0\4" + xxhash.xxh3_64_digest(attribute, seed)[4:]


class PostgresqlEngine:
    """See `Engine`."""

    has_single_writer = False
    token_form = TokenForm(_token_element, b"".join)

    def create_partition(self, partition: int) -> Iterable[str]:
        return layout.create_on_postgresql(partition)

    def seal_partition(self, partition: int) -> Iterable[str]:
        return layout.seal_on_postgresql(partition)

    def take_turn(self) -> AbstractContextManager[None]:
        return nullcontext()

    def insert_requests(self, rows: Sequence[RequestRow]) -> set[tuple[int, bytes]]:
        """In the order of the fingerprints, so that two collectors with the same requests never deadlock."""
        ordered = sorted(rows, key=lambda row: (row[0], row[1]))
        places = ", ".join(["(%s, %s, %s)"] * len(ordered))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO stored_request (project_id, fingerprint, received_at) VALUES {places}"
                " ON CONFLICT DO NOTHING RETURNING project_id, fingerprint",
                [value for row in ordered for value in row],
            )
            return {(project, bytes(print_)) for project, print_ in cursor.fetchall()}

    def insert_block(self, partition: int, block_id: int, block: Block, keys: Iterable[int], body: bytes) -> None:
        base = block_id << ROW_BITS
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO block_{partition} VALUES ({', '.join(['%s'] * 12)})",
                block_row(block_id, block, TOKEN_VERSION),
            )
            cursor.execute(f"INSERT INTO block_body_{partition} VALUES (%s, 1, %s)", [block_id, body])
        _copy(f"span_{partition} ({_SPAN_COLUMNS})", _encode_spans(base, block))
        _copy_rows(f"trace_part_{partition}", _PART_TYPES, part_rows(block_id, block))
        _copy_rows(f"operation_block_{partition}", _OPERATION_TYPES, operation_rows(block_id, block))
        for table, ids in (("resource_block", block.resources), ("scope_block", block.scopes), ("key_block", keys)):
            _copy_rows(f"{table}_{partition}", ["int4", "int8"], ((number, block_id) for number in sorted(ids)))
        if links := link_rows(base, block):
            _copy_rows(f"span_link_{partition}", ["int8", "bytea", "bytea"], links)

    def spans_with_tokens(self, partition: int, tokens: Sequence[AnyOf], rows: tuple[int, int] | None) -> Sql:
        """`&&` a group of alternatives, `@>` where there is only one."""
        parts: list[str] = []
        values: list[SqlValue] = []
        for group in tokens:
            parts.append(f"tokens {'&&' if len(group) > 1 else '@>'} %s::int4[]")
            values.append([_as_int4(token) for token in group])
        return f"({' AND '.join(parts)})", values

    def blocks_with_tokens(self, partition: int, tokens: Sequence[AnyOf]) -> Sql:
        condition, values = self.spans_with_tokens(partition, tokens, None)
        return f"id IN (SELECT id >> {ROW_BITS} FROM span_{partition} WHERE {condition})", values

    def drop_partition(self, partition: int) -> bool:
        """One table at a time, so that it never waits for a reader while holding what another waits for."""
        try:
            for statement in layout.drop(partition):
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = {_DROP_WAITS_MS}")
                    cursor.execute(statement)
        except OperationalError as problem:
            if isinstance(problem.__cause__, LockNotAvailable):
                return False
            raise
        return True

    def give_back_space(self) -> None:
        """Dropping a table has removed its files."""

    @contextmanager
    def limit_time(self, seconds: float) -> Iterator[None]:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
                yield
        except OperationalError as problem:
            if isinstance(problem.__cause__, QueryCanceled):
                raise TimeLimitReached from problem
            raise


_PART_TYPES = ["int4", "bytea", "int8", "int4", "int4", "int8", "int8", "int4", "int4", "int8"]
_OPERATION_TYPES = ["int4", "int8", "int4", "int4", "int8", "int8", "int8"]


def _encode_spans(base: int, block: Block) -> bytes:
    """The rows of `span` in COPY's binary form."""
    pieces: list[Any] = [_HEADER]
    append, head, array = pieces.append, _SPAN.pack, _ARRAY_HEADER.pack
    for index, row in enumerate(block.rows):
        trace_id, start, ordinal, span_id, parent, operation, resource, scope, duration, status, flags, tokens = row
        append(
            head(
                13, 8, base + index, 8, start, 8, duration, 4, ordinal, 4, operation, 4, resource, 4, scope, 4, status,
                2, flags, 16,
            )
        )  # fmt: skip
        append(trace_id)
        append(b"\0\0\0\x08")
        append(span_id)
        append(_NULL if parent is None else b"\0\0\0\x08" + parent)
        append(array(20 + len(tokens), 1, 0, _INT4_OID, len(tokens) // 8, 1) if tokens else _EMPTY_ARRAY)
        append(tokens)
    append(_TRAILER)
    return b"".join(pieces)


_EMPTY_ARRAY = Struct(">iiii").pack(12, 0, 0, _INT4_OID)


def _as_int4(token: int) -> int:
    """The low half of a token, signed."""
    low = token & 0xFFFFFFFF
    return low - 0x100000000 if low & 0x80000000 else low


def _copy(table: str, rows: bytes) -> None:
    with _copying(table) as copy:
        copy.write(rows)


def _copy_rows(table: str, types: list[str], rows: Iterable[tuple[SqlValue, ...]]) -> None:
    with _copying(table) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


@contextmanager
def _copying(table: str) -> Iterator[Copy]:
    """COPY on the native connection; its errors become Django's, as those of every other statement."""
    with (
        connection.wrap_database_errors,
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy,
    ):
        yield copy
