"""PostgreSQL: rows by binary COPY, tokens as int4[] on the span, a GIN over them once a partition is sealed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from struct import Struct

from django.db import OperationalError, connection, transaction
from psycopg import Copy
from psycopg.errors import LockNotAvailable, QueryCanceled

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
from traces.storage.layout import (
    BLOCK_BITS,
    SECTIONED_LAYOUT,
    SECTIONS,
    create_on_postgresql,
    drop,
    index_tokens,
    rows_of_section,
    section_of,
    section_table,
)
from traces.storage.tokens import TOKEN_VERSION

# https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format": header, one length-prefixed row each, trailer.
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_SPAN = Struct(">hiqiii")  # field count, id, ordinal
_SPAN_REST = Struct(">iiiiiiiqiqiiii")  # operation, resource, scope, start, duration, status, flags
_ARRAY_HEADER = Struct(">iiiiii")  # byte length, dimensions, has nulls, element type, elements, lower bound
_INT4_OID = 23
_NULL = b"\xff\xff\xff\xff"


# Who comes after a waiting DROP or CREATE INDEX waits for it too: it gives up soon and is tried again later.
_LOCK_WAITS_MS = 2_000


class PostgresqlEngine:
    """See `Engine`."""

    has_single_writer = False
    rows_before_index = 8_192

    def create_partition(self, partition: int) -> Iterable[str]:
        return create_on_postgresql(partition)

    def seal_partition(self, partition: int) -> Iterable[str]:
        """The indexes that were not built while it was open, after those that are being built."""
        sections = [section_table(partition, section) for section in range(SECTIONS)]
        for table in sections if _exists(sections[0]) else [f"span_{partition}"]:
            if not _exists(f"{table}_tokens"):
                yield f"SELECT pg_advisory_xact_lock(hashtext('{table}_tokens'))"
                yield from index_tokens(table)

    def index_sections(self, partition: int, full: int) -> int:
        """As soon as the next one is written: a collector that is late with a block waits for the build."""
        return sum(_index_tokens(section_table(partition, section)) for section in range(full))

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
        _copy(section_table(partition, section_of(block_id)), _encode_spans(base, block))
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

    def token_sources(self, partition: int, layout: int) -> list[Source]:
        if layout < SECTIONED_LAYOUT:
            return [Source(f"span_{partition}", *_rows_of_partition(partition))]
        return [
            Source(section_table(partition, section), *rows_of_section(partition, section))
            for section in reversed(range(SECTIONS))
        ]

    def hits_sql(self, sources: Sequence[Source], query: HitsQuery) -> Sql:
        """`id + 0`: the primary key must not tempt the planner to walk along it and look at every row."""
        condition, values = query.condition
        having, tokens = _having_tokens(query.tokens)
        where = f"{having} AND id + 0 >= %s AND id + 0 < %s AND {condition}"
        selects = [f"SELECT {query.columns} FROM {source.table} WHERE {where}" for source in sources]
        return (
            f"SELECT * FROM ({' UNION ALL '.join(selects)}) AS hit ORDER BY id + 0 DESC LIMIT {query.limit}",
            [*tokens, *query.rows, *values] * len(sources),
        )

    def blocks_with_tokens(self, partition: int, tokens: Sequence[AnyOf]) -> Sql:
        condition, values = _having_tokens(tokens)
        return f"id IN (SELECT id >> {ROW_BITS} FROM span_{partition} WHERE {condition})", values

    def drop_partition(self, partition: int) -> bool:
        """One table at a time, so that it never waits for a reader while holding what another waits for."""
        try:
            for statement in drop(partition):
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = {_LOCK_WAITS_MS}")
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


def _having_tokens(tokens: Sequence[AnyOf]) -> Sql:
    """`&&` a group of alternatives, `@>` where there is only one: the forms that a GIN answers."""
    parts = [f"tokens {'&&' if len(group) > 1 else '@>'} %s::int4[]" for group in tokens]
    return " AND ".join(parts), [[_as_int4(token) for token in group] for group in tokens]


def _exists(relation: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [relation])
        return bool(cursor.fetchone()[0])


def _index_tokens(table: str) -> bool:
    """Build the attribute index; False if it is there, another worker builds it, or writers kept the table too long."""
    index = f"{table}_tokens"
    if _exists(index):
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [index])
            if not cursor.fetchone()[0] or _exists(index):
                return False
            cursor.execute(f"SET LOCAL lock_timeout = {_LOCK_WAITS_MS}")
            for statement in index_tokens(table):
                cursor.execute(statement)
    except OperationalError as problem:
        if isinstance(problem.__cause__, LockNotAvailable):
            return False
        raise
    return True


def _rows_of_partition(partition: int) -> tuple[int, int]:
    return partition << BLOCK_BITS + ROW_BITS, partition + 1 << BLOCK_BITS + ROW_BITS


_PART_TYPES = ["int4", "bytea", "int8", "int4", "int4", "int8", "int8", "int4", "int4", "int8"]
_OPERATION_TYPES = ["int4", "int8", "int4", "int4", "int8", "int8", "int8"]


def _encode_spans(base: int, block: Block) -> bytes:
    """The rows of `span` in COPY's binary form."""
    pieces = [_HEADER]
    append, head, rest, array = pieces.append, _SPAN.pack, _SPAN_REST.pack, _ARRAY_HEADER.pack
    for index, row in enumerate(block.rows):
        trace_id, start, ordinal, span_id, parent, operation, resource, scope, duration, status, flags, tokens = row
        append(head(13, 8, base + index, 4, ordinal, 16))
        append(trace_id)
        append(b"\0\0\0\x08")
        append(span_id)
        append(_NULL if parent is None else b"\0\0\0\x08" + parent)
        append(rest(4, operation, 4, resource, 4, scope, 8, start, 8, duration, 4, status, 4, flags))
        count = len(tokens)
        append(array(20 + 8 * count, 1 if count else 0, 0, _INT4_OID, count, 1) if count else _EMPTY_ARRAY)
        append(_elements(count).pack(*[part for token in tokens for part in (4, _as_int4(token))]))
    append(_TRAILER)
    return b"".join(pieces)


_EMPTY_ARRAY = Struct(">iiii").pack(12, 0, 0, _INT4_OID)
_ELEMENTS: dict[int, Struct] = {}


def _elements(count: int) -> Struct:
    packer = _ELEMENTS.get(count)
    if packer is None:
        packer = _ELEMENTS.setdefault(count, Struct(f">{2 * count}i"))
    return packer


def _as_int4(token: int) -> int:
    """The low half of a token, signed: eight bytes a token would cost 42 bytes a span more."""
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
