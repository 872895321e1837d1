"""PostgreSQL: rows by binary COPY, tokens as int4[] on the span, a GIN over them once a partition is sealed."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from struct import Struct
from typing import Any

import xxhash
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from psycopg import Copy
from psycopg.errors import LockNotAvailable, QueryCanceled

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
from traces.storage.layout import BLOCK_BITS, SECTION_BITS, SECTIONS
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


# Who comes after a waiting statement waits for it too: it gives up soon and is tried again later.
_WAITS_MS = 2_000
_LOOKS_EVERY_SECONDS = 0.1


def _token_element(attribute: bytes, seed: int) -> bytes:
    """An element of an int4[] in COPY's binary form: its length, and the low half of the token.

    Eight bytes a token would cost 42 bytes a span more.
    """
    return b"\0\0\0\4" + xxhash.xxh3_64_digest(attribute, seed)[4:]


class PostgresqlEngine:
    """See `Engine`."""

    has_single_writer = False
    token_form = TokenForm(_token_element, b"".join)
    rows_before_index = 8_192

    def prepare_write(self) -> None:
        """The server minds its disk and its log."""

    def is_short_of_room(self) -> bool:
        return False

    def create_partition(self, partition: int) -> Iterable[str]:
        return layout.create_on_postgresql(partition)

    def seal_partition(self, partition: int) -> Iterable[str]:
        while not _try_lock(partition):
            time.sleep(_LOOKS_EVERY_SECONDS)
        try:
            yield from layout.seal_on_postgresql(partition)
        finally:
            _unlock(partition)

    def index_sections(self, partition: int, full: int) -> int:
        """As soon as the next one is written. Each build waits for the transactions that began before it."""
        if not set(range(full)) - _indexed_sections(partition) or not _try_lock(partition):
            return 0
        try:
            missing = sorted(set(range(full)) - _indexed_sections(partition))
            with connection.cursor() as cursor:
                for section in missing:
                    for statement in layout.index_section_on_postgresql(partition, section):
                        cursor.execute(statement)
        finally:
            _unlock(partition)
        return len(missing)

    def take_turn(self) -> AbstractContextManager[None]:
        return nullcontext()

    def freeze_partition(self, partition: int) -> bool:
        """The lock waits for writers and lets readers through; the trigger stays."""
        return self._try_for_a_while(layout.freeze_on_postgresql(partition))

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

    def spans_with_tokens(self, partition: int, tokens: Sequence[AnyOf], rows: tuple[int, int]) -> Sql:
        """A form that no index answers: the rows are few, and the index would look at all."""
        groups = [" OR ".join(["%s = ANY(tokens)"] * len(group)) for group in tokens]
        return f"(({') AND ('.join(groups)}))", [_as_int4(token) for group in tokens for token in group]

    def token_sources(self, partition: int, is_sealed: bool) -> list[Source]:
        return [_whole(partition)] if is_sealed else [index.source for index in _token_indexes(partition)]

    def hits_sql(self, partition: int, sources: Sequence[Source], query: HitsQuery) -> Sql:
        """`id + 0`: the primary key must not tempt the planner to walk along it and look at every row."""
        condition, values = query.condition
        having, tokens = _having_tokens(query.tokens)
        where = f"{having} AND id + 0 >= %s AND id + 0 < %s AND {condition}"
        select = f"SELECT {query.columns} FROM span_{partition} WHERE {where} AND "
        return (
            f"SELECT * FROM ({' UNION ALL '.join(select + source.condition for source in sources)}) AS hit"
            f" ORDER BY id + 0 DESC LIMIT {query.limit}",
            [*tokens, *query.rows, *values] * len(sources),
        )

    def blocks_with_tokens(self, partition: int, tokens: Sequence[AnyOf]) -> Sql:
        condition, values = _having_tokens(tokens)
        return f"id IN (SELECT id >> {ROW_BITS} FROM span_{partition} WHERE {condition})", values

    def drop_partition(self, partition: int) -> bool:
        """One table at a time, so that it never waits for a reader while holding what another waits for."""
        return all(self._try_for_a_while([statement]) for statement in layout.drop(partition))

    def _try_for_a_while(self, statements: Iterable[str]) -> bool:
        """Execute them in one transaction; False if somebody held a table for too long."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {_WAITS_MS}")
                for statement in statements:
                    cursor.execute(statement)
        except OperationalError as problem:
            if isinstance(problem.__cause__, LockNotAvailable):
                return False
            raise
        return True

    def used_bytes(self, partitions: Sequence[int]) -> int:
        tables = connection.introspection.django_table_names(only_existing=False)
        for partition in partitions:
            tables.extend(layout.table_names(partition))
        return _measure(tables)

    def partition_bytes(self, partition: int, share: float) -> int:
        return _measure(layout.table_names(partition))

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


def _measure(tables: Sequence[str]) -> int:
    """Their bytes on disk, with indexes and TOAST."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class"
            " WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace",
            [list(tables)],
        )
        return int(cursor.fetchone()[0])


def _having_tokens(tokens: Sequence[AnyOf]) -> Sql:
    """`&&` a group of alternatives, `@>` where there is only one: the forms that a GIN answers."""
    parts = [f"tokens {'&&' if len(group) > 1 else '@>'} %s::int4[]" for group in tokens]
    return " AND ".join(parts), [[_as_int4(token) for token in group] for group in tokens]


@dataclass(frozen=True, slots=True)
class _TokenIndex:
    """An attribute index that is complete; `section` is None where it is the partition's."""

    section: int | None
    source: Source


def _token_indexes(partition: int) -> list[_TokenIndex]:
    """Newest first. Where the whole partition has one, those of its sections are not asked any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE indrelid = to_regclass(%s) AND indisvalid",
            [f"span_{partition}"],
        )
        names = {name for (name,) in cursor.fetchall()}
    if layout.token_index(partition) in names:
        return [_TokenIndex(None, _whole(partition))]
    sections = [section for section in range(SECTIONS) if layout.token_index(partition, section) in names]
    return [_TokenIndex(section, _source(partition, section)) for section in reversed(sections)]


def _whole(partition: int) -> Source:
    return Source(partition << BLOCK_BITS, (partition + 1 << BLOCK_BITS) - 1)


def _source(partition: int, section: int) -> Source:
    first = (partition << BLOCK_BITS) + (section << SECTION_BITS)
    return Source(first, first + (1 << SECTION_BITS) - 1, layout.is_in_section(partition, section))


def _indexed_sections(partition: int) -> set[int]:
    indexes = _token_indexes(partition)
    return (
        set(range(SECTIONS))
        if any(index.section is None for index in indexes)
        else {index.section for index in indexes if index.section is not None}
    )


def _try_lock(partition: int) -> bool:
    """Whether this connection may build indexes of the partition now.

    Two builds in one table would wait for each other. Nobody waits inside a statement, which a build would wait for.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [layout.token_index(partition)])
        return bool(cursor.fetchone()[0])


def _unlock(partition: int) -> None:
    """A connection that is lost has given it back."""
    with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [layout.token_index(partition)])


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
