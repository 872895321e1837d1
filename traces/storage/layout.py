"""The tables of a time partition: everything keyed by block, under names that end in the partition's number.

One definition for both engines; docs/adr/0003 says why these are not declarative partitions. A change here is a
new LAYOUT_VERSION: partitions of older layouts stay as they are until retention drops them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from traces.storage.blocks import ROW_BITS

LAYOUT_VERSION = 2

# A block's id is its partition's number and a number in it; the numbers fall into sections, one after the other.
BLOCK_BITS = 20
SECTION_BITS = 15
SECTIONS = 16


@dataclass(frozen=True, slots=True)
class Types:
    """What the columns are called in an engine."""

    big: str
    integer: str
    small: str
    binary: str


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of a partition's tables."""

    partition: int

    def __getattr__(self, table: str) -> str:
        if table not in _COLUMNS and table != "attribute_index":
            raise AttributeError(table)
        return f"{table}_{self.partition}"


# A block is what was committed together for one project. Rows of small tables are never updated.
_COLUMNS = {
    "block": """
        id {big} PRIMARY KEY, project {integer} NOT NULL, received_ns {big} NOT NULL,
        min_start_ns {big} NOT NULL, max_start_ns {big} NOT NULL, max_duration_ns {big} NOT NULL,
        span_count {integer} NOT NULL, error_count {integer} NOT NULL,
        token_version {small} NOT NULL, redaction_version {integer} NOT NULL, key_id {integer},
        cuts {binary}""",
    # zstd of the OTLP as it came (codec 1); apart from `block`, so that scanning blocks does not touch it.
    "block_body": "block {big} PRIMARY KEY, codec {small} NOT NULL, body {binary} NOT NULL",
    # No secondary index: blocks, parts and the attribute index lead to ranges and ids of rows. The widest columns come
    # first, because PostgreSQL pads a narrow one before them.
    "span": """
        id {big} PRIMARY KEY, start_ns {big} NOT NULL, duration_ns {big} NOT NULL, ordinal {integer} NOT NULL,
        operation {integer} NOT NULL, resource {integer} NOT NULL, scope {integer} NOT NULL, status {integer} NOT NULL,
        flags {small} NOT NULL, trace_id {binary} NOT NULL, span_id {binary} NOT NULL, parent_span_id {binary}""",
    # The rows of one trace in one block: first_row to first_row + span_count - 1.
    "trace_part": """
        project {integer} NOT NULL, trace_id {binary} NOT NULL, block {big} NOT NULL,
        first_row {integer} NOT NULL, span_count {integer} NOT NULL, start_ns {big} NOT NULL, end_ns {big} NOT NULL,
        error_count {integer} NOT NULL, root_operation {integer}, root_start_ns {big},
        PRIMARY KEY (project, trace_id, block)""",
    "operation_block": """
        operation {integer} NOT NULL, block {big} NOT NULL, span_count {integer} NOT NULL,
        error_count {integer} NOT NULL, min_start_ns {big} NOT NULL, max_start_ns {big} NOT NULL,
        max_duration_ns {big} NOT NULL, PRIMARY KEY (operation, block)""",
    "resource_block": "resource {integer} NOT NULL, block {big} NOT NULL, PRIMARY KEY (resource, block)",
    "scope_block": "scope {integer} NOT NULL, block {big} NOT NULL, PRIMARY KEY (scope, block)",
    "key_block": "attribute_key {integer} NOT NULL, block {big} NOT NULL, PRIMARY KEY (attribute_key, block)",
    "span_link": "span {big} NOT NULL, linked_trace_id {binary} NOT NULL, linked_span_id {binary} NOT NULL",
}
_CLUSTERED = ("trace_part", "operation_block", "resource_block", "scope_block", "key_block")
_LINK_INDEXES = ("span", "linked_trace_id")

_SQLITE_TYPES = Types(big="INTEGER", integer="INTEGER", small="INTEGER", binary="BLOB")
# Rows are never changed, and go with their table: a vacuum after so many inserts would only take time from writers.
_NO_VACUUM = "autovacuum_vacuum_insert_threshold = -1, toast.autovacuum_vacuum_insert_threshold = -1"
_POSTGRESQL_TYPES = Types(big="bigint", integer="integer", small="smallint", binary="bytea")


def create_on_sqlite(partition: int) -> Iterator[str]:
    """Clustered tables without a rowid, and one contentless full-text document of tokens a span."""
    for table, columns in _columns(_SQLITE_TYPES):
        suffix = " WITHOUT ROWID" if table in _CLUSTERED else ""
        yield f"CREATE TABLE {table}_{partition} ({columns}){suffix}"
    yield from _index_links(partition)
    yield (
        f"CREATE VIRTUAL TABLE attribute_index_{partition} USING fts5"
        "(tokens, content='', columnsize=0, detail=none, tokenize='ascii')"
    )
    # A block is one segment, and many are merged at a time, little by little: less work, and no commit that waits for
    # a large merge. Sealing merges the rest.
    table = f"attribute_index_{partition}"
    for option, value in (("hashsize", 16 * 1024 * 1024), ("automerge", 16), ("crisismerge", 64)):
        yield f"INSERT INTO {table} ({table}, rank) VALUES ('{option}', {value})"


def create_on_postgresql(partition: int) -> Iterator[str]:
    """The tokens stand on the span as int4[]; GINs are built for what is no longer written: see docs/adr/0009."""
    for table, columns in _columns(_POSTGRESQL_TYPES):
        tokens = ", tokens integer[] NOT NULL" if table == "span" else ""
        yield f"CREATE TABLE {table}_{partition} ({columns}{tokens}) WITH ({_NO_VACUUM})"
    yield f"ALTER TABLE block_body_{partition} ALTER body SET STORAGE EXTERNAL"
    # How often which token occurs is not worth sampling: whoever asks for tokens wants the index.
    yield f"ALTER TABLE span_{partition} ALTER tokens SET STATISTICS 0"
    yield from _index_links(partition)


def seal_on_postgresql(partition: int) -> Iterator[str]:
    """One index in place of those of the sections. Each statement in a transaction of its own."""
    yield f"CREATE INDEX IF NOT EXISTS {token_index(partition)} ON span_{partition} USING gin (tokens)"
    yield f"ANALYZE span_{partition}"
    for section in range(SECTIONS):
        yield f"DROP INDEX CONCURRENTLY IF EXISTS {token_index(partition, section)}"


def index_section_on_postgresql(partition: int, section: int) -> Iterator[str]:
    """Writers go on meanwhile. What is left of a build that was ended goes first. No transaction may be open."""
    name = token_index(partition, section)
    yield f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    yield (
        f"CREATE INDEX CONCURRENTLY {name} ON span_{partition} USING gin (tokens)"
        f" WHERE {is_in_section(partition, section)}"
    )


def token_index(partition: int, section: int | None = None) -> str:
    """The name of the attribute index over a partition's spans, or over those of one section."""
    return f"span_{partition}_tokens" + ("" if section is None else f"_s{section}")


def is_in_section(partition: int, section: int) -> str:
    """The condition that a section's index stands under: a query that repeats it may use the index.

    Not a range of ids: for that the planner might take the primary key instead.
    """
    first = (partition << BLOCK_BITS) + (section << SECTION_BITS)
    return f"(id >> {SECTION_BITS + ROW_BITS}) = {first >> SECTION_BITS}"


def freeze_on_postgresql(partition: int) -> Iterator[str]:
    """In one transaction: what a writer inserts into `block` before it is there, what comes later is refused."""
    yield f"LOCK TABLE block_{partition} IN SHARE ROW EXCLUSIVE MODE"
    yield (
        f"CREATE OR REPLACE TRIGGER block_{partition}_is_closed BEFORE INSERT ON block_{partition}"
        " EXECUTE FUNCTION refuse_late_block()"
    )


def drop(partition: int) -> Iterator[str]:
    """Everything of a partition, on either engine."""
    for table in table_names(partition):
        yield f"DROP TABLE IF EXISTS {table}"


def table_names(partition: int) -> list[str]:
    """All tables of a partition; PostgreSQL has no `attribute_index`."""
    return [f"{table}_{partition}" for table in ("attribute_index", *_COLUMNS)]


def _columns(types: Types) -> Iterator[tuple[str, str]]:
    for table, columns in _COLUMNS.items():
        yield (
            table,
            columns.format(big=types.big, integer=types.integer, small=types.small, binary=types.binary),
        )


def _index_links(partition: int) -> Iterator[str]:
    for column in _LINK_INDEXES:
        yield f"CREATE INDEX span_link_{partition}_{column} ON span_link_{partition} ({column})"
