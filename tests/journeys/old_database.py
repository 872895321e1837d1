"""A database as the first schema left it: migration 0002, and two partitions of layout 1, one of them still open.

`layout_1.json` has the rows that the code of that time wrote, and the tokens of its spans. Neither it nor the tables
here follow the product: that is what they are for.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from tests.services.collector import migrate

SCHEMA = ("traces", "0002")
PARTITIONS = (1, 2)
_ROWS = json.loads(Path(__file__).with_name("layout_1.json").read_text())
_SERIAL = ("service", "operation", "resource", "scope", "attribute_key", "partition", "stored_request")

_TABLES = {
    "block": """
        id {big} PRIMARY KEY, project {integer} NOT NULL, received_ns {big} NOT NULL,
        min_start_ns {big} NOT NULL, max_start_ns {big} NOT NULL, max_duration_ns {big} NOT NULL,
        span_count {integer} NOT NULL, error_count {integer} NOT NULL,
        token_version {small} NOT NULL, redaction_version {integer} NOT NULL, key_id {integer},
        cuts {binary}""",
    "block_body": "block {big} PRIMARY KEY, codec {small} NOT NULL, body {binary} NOT NULL",
    "span": """
        id {big} PRIMARY KEY, ordinal {integer} NOT NULL, trace_id {binary} NOT NULL, span_id {binary} NOT NULL,
        parent_span_id {binary}, operation {integer} NOT NULL, resource {integer} NOT NULL, scope {integer} NOT NULL,
        start_ns {big} NOT NULL, duration_ns {big} NOT NULL, status {integer} NOT NULL, flags {integer} NOT NULL""",
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
_WITHOUT_ROWID = ("trace_part", "operation_block", "resource_block", "scope_block", "key_block")
_SQLITE_TYPES = {"big": "INTEGER", "integer": "INTEGER", "small": "INTEGER", "binary": "BLOB"}
_POSTGRESQL_TYPES = {"big": "bigint", "integer": "integer", "small": "smallint", "binary": "bytea"}

Execute = Callable[[str, list[Any]], object]


def make_old_database(environment: Mapping[str, str]) -> None:
    """Fill the empty database of this environment."""
    migrate(environment, *SCHEMA)
    url = environment["DATABASE_URL"]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            _fill_sqlite(file.execute)
            _open_just_now(file.execute)
    else:
        with psycopg.connect(url) as connection:

            def execute(sql: str, values: list[Any]) -> object:
                return connection.execute(sql.replace("?", "%s").encode(), values)

            execute("SET LOCAL timezone = 'UTC'", [])
            _fill_postgresql(execute)
            _open_just_now(execute)


def _fill_sqlite(execute: Execute) -> None:
    for partition in PARTITIONS:
        for table, columns in _TABLES.items():
            suffix = " WITHOUT ROWID" if table in _WITHOUT_ROWID else ""
            execute(f"CREATE TABLE {table}_{partition} ({columns.format(**_SQLITE_TYPES)}){suffix}", [])
        execute(
            f"CREATE VIRTUAL TABLE attribute_index_{partition} USING fts5"
            "(tokens, content='', columnsize=0, detail=none, tokenize='ascii')",
            [],
        )
        _index_links(execute, partition)
    _insert_rows(execute)
    for span, tokens in _list_tokens():
        document = " ".join(f"{token:016x}" for token in tokens)
        if document:
            execute(f"INSERT INTO attribute_index_{span >> 40} (rowid, tokens) VALUES (?, ?)", [span, document])


def _fill_postgresql(execute: Execute) -> None:
    for partition in PARTITIONS:
        for table, columns in _TABLES.items():
            more = ", tokens integer[] NOT NULL DEFAULT '{}'" if table == "span" else ""
            execute(f"CREATE TABLE {table}_{partition} ({columns.format(**_POSTGRESQL_TYPES)}{more})", [])
        execute(f"ALTER TABLE block_body_{partition} ALTER body SET STORAGE EXTERNAL", [])
        _index_links(execute, partition)
    _insert_rows(execute)
    for span, tokens in _list_tokens():
        execute(f"UPDATE span_{span >> 40} SET tokens = ? WHERE id = ?", [list(map(_low_half, tokens)), span])
    for partition in PARTITIONS:
        execute(f"ALTER TABLE span_{partition} ALTER tokens DROP DEFAULT", [])
    for table in _SERIAL:
        execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))", [])


def _index_links(execute: Execute, partition: int) -> None:
    for column in ("span", "linked_trace_id"):
        execute(f"CREATE INDEX span_link_{partition}_{column} ON span_link_{partition} ({column})", [])


def _insert_rows(execute: Execute) -> None:
    execute("UPDATE project SET token_seed = ?, catalogue_version = ?", _of("token_seed", "catalogue_version"))
    for table, rows in _ROWS["tables"].items():
        for row in rows:
            places = ", ".join("?" * len(row))
            values = [bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for value in row.values()]
            execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", values)


def _of(*names: str) -> list[Any]:
    return [_ROWS[name] for name in names]


def _open_just_now(execute: Execute) -> None:
    """So that the partition which is open does not close by its age: what comes next finds it."""
    execute("UPDATE partition SET opened_at = ? WHERE closed_at IS NULL", [f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"])


def _list_tokens() -> Iterator[tuple[int, Iterable[int]]]:
    """The row id of each span, and its tokens."""
    return ((int(span), tokens) for span, tokens in _ROWS["tokens"].items())


def _low_half(token: int) -> int:
    return int.from_bytes((token & 0xFFFFFFFF).to_bytes(4, "big"), "big", signed=True)
