"""The tables of a time partition: everything keyed by block, under names that end in the partition's number.

One definition for both engines; docs/adr/0003 says why these are not declarative partitions. A change here is a
new LAYOUT_VERSION: partitions of older layouts stay as they are until retention drops them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

LAYOUT_VERSION = 2


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
    # A commit is one segment, and sixteen of them are merged at a time: a third less work. Sealing merges the rest.
    table = f"attribute_index_{partition}"
    for option, value in (("hashsize", 16 * 1024 * 1024), ("automerge", 16)):
        yield f"INSERT INTO {table} ({table}, rank) VALUES ('{option}', {value})"


def create_on_postgresql(partition: int) -> Iterator[str]:
    """The tokens stand on the span as int4[]; their GIN is built when the partition is sealed."""
    for table, columns in _columns(_POSTGRESQL_TYPES):
        tokens = ", tokens integer[] NOT NULL" if table == "span" else ""
        yield f"CREATE TABLE {table}_{partition} ({columns}{tokens})"
    yield f"ALTER TABLE block_body_{partition} ALTER body SET STORAGE EXTERNAL"
    yield from _index_links(partition)


def seal_on_postgresql(partition: int) -> Iterator[str]:
    yield f"CREATE INDEX IF NOT EXISTS span_{partition}_tokens ON span_{partition} USING gin (tokens)"
    yield f"ANALYZE span_{partition}"


def drop(partition: int) -> Iterator[str]:
    """Everything of a partition, on either engine."""
    for table in ("attribute_index", *_COLUMNS):
        yield f"DROP TABLE IF EXISTS {table}_{partition}"


def _columns(types: Types) -> Iterator[tuple[str, str]]:
    for table, columns in _COLUMNS.items():
        yield (
            table,
            columns.format(big=types.big, integer=types.integer, small=types.small, binary=types.binary),
        )


def _index_links(partition: int) -> Iterator[str]:
    for column in _LINK_INDEXES:
        yield f"CREATE INDEX span_link_{partition}_{column} ON span_link_{partition} ({column})"
