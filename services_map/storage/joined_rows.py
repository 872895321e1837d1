"""The rows of roll-ups in the database, as readers want them: many subjects, some slots, all at once."""

import json
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

from services_map.domain.latency.cells import Example, read_examples
from services_map.domain.latency.covering import Piece
from services_map.domain.latency.joined_rows import JoinedRows, join_rows
from services_map.models import RollUpState, Subject
from traces.storage.guards import guarded

_Values = list[Any]


@guarded
def read_generation(project: int) -> int:
    """Changes with everything that is rolled up."""
    found = RollUpState.objects.filter(pk=project).values_list("generation", flat=True).first()
    return found or 0


@guarded
def list_counted_projects() -> list[int]:
    """The projects of which anything was ever counted."""
    return sorted(RollUpState.objects.values_list("pk", flat=True))


@guarded
def read_newest_received_ns(project: int) -> int:
    """When the newest span came that is counted, 0 before the first."""
    found = RollUpState.objects.filter(pk=project).values_list("newest_received_ns", flat=True).first()
    return found or 0


@guarded
def read_joined_rows(project: int, kind: Subject, subjects: Sequence[int], pieces: Sequence[Piece]) -> JoinedRows:
    """The cells of these subjects in these slots, in one statement."""
    return join_rows(_read("subject, start_s, cells, weights", project, kind, subjects, pieces))


@guarded
def read_examples_of(project: int, kind: Subject, subjects: Sequence[int], pieces: Sequence[Piece]) -> list[Example]:
    """The examples in the rows of these subjects and slots."""
    rows = _read("examples", project, kind, subjects, pieces)
    return read_examples(b"".join([row[0] for row in rows]))


@guarded
def read_last_starts(project: int, kind: Subject, subjects: Sequence[int], piece: Piece) -> dict[int, int]:
    """The start of the latest of these slots in which each subject has spans; those without are not in it."""
    is_postgresql = connection.vendor == "postgresql"
    ids: Any = list(subjects) if is_postgresql else json.dumps(list(subjects))
    each = "unnest(%s::bigint[]) AS id(value)" if is_postgresql else "json_each(%s)"
    sql = (
        "SELECT value, (SELECT MAX(start_s) FROM latency_histogram WHERE project_id = %s AND subject_kind = %s"
        f" AND level_s = %s AND subject = value AND start_s >= %s AND start_s < %s) FROM {each}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [project, kind.value, piece.level_s, piece.start_s, piece.end_s, ids])
        return {subject: start_s for subject, start_s in cursor.fetchall() if start_s is not None}


def _read(
    columns: str, project: int, kind: Subject, subjects: Sequence[int], pieces: Sequence[Piece]
) -> list[tuple[Any, ...]]:
    if not subjects or not pieces:
        return []
    sql, values = [], []
    for piece in pieces:
        condition, more = _condition(project, kind, subjects, piece)
        sql.append(f"SELECT {columns} FROM latency_histogram WHERE {condition}")
        values += more
    return _fetch(" UNION ALL ".join(sql), values)


def _condition(project: int, kind: Subject, subjects: Sequence[int], piece: Piece) -> tuple[str, _Values]:
    is_one_of, ids = (
        ("subject = ANY(%s)", list(subjects))
        if connection.vendor == "postgresql"
        else ("subject IN (SELECT value FROM json_each(%s))", json.dumps(list(subjects)))
    )
    return (
        f"project_id = %s AND subject_kind = %s AND level_s = %s AND {is_one_of} AND start_s >= %s AND start_s < %s",
        [project, kind.value, piece.level_s, ids, piece.start_s, piece.end_s],
    )


def _fetch(sql: str, values: _Values) -> list[tuple[Any, ...]]:
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows
    connection.ensure_connection()
    # Django's own cursor asks for text, and bytes in text are twice as long.
    with psycopg.Cursor(connection.connection) as cursor, connection.wrap_database_errors:
        return cursor.execute(sql, values, binary=True).fetchall()
