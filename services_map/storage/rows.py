"""The rows of roll-ups in the database, as whoever adds to them reads and writes them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.db import connection

from services_map.domain.latency.counting import PackedRow, Sums
from services_map.models import LatencyHistogram, Subject

_KEY: Final = "project_id, subject_kind, level_s, subject, start_s"
_UPSERT: Final = (
    f"INSERT INTO latency_histogram ({_KEY}, cells, weights, examples) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
    f" ON CONFLICT ({_KEY}) DO UPDATE SET"
    " cells = excluded.cells, weights = excluded.weights, examples = excluded.examples"
)
_SUBJECTS_A_STATEMENT: Final = 500


def read_rows(project: int, kind: Subject, level_s: int, sums: Sums) -> list[PackedRow]:
    """What is stored of the rows of `sums`."""
    by_start: dict[int, list[int]] = defaultdict(list)
    for subject, start_s in zip(sums.subjects.tolist(), sums.starts_s.tolist(), strict=True):
        by_start[start_s].append(subject)
    return [
        row
        for start_s, subjects in by_start.items()
        for first in range(0, len(subjects), _SUBJECTS_A_STATEMENT)
        for row in _read_slot(project, kind, level_s, start_s, subjects[first : first + _SUBJECTS_A_STATEMENT])
    ]


def _read_slot(project: int, kind: Subject, level_s: int, start_s: int, subjects: Sequence[int]) -> Iterator[PackedRow]:
    sql = (
        "SELECT subject, cells, weights, examples FROM latency_histogram WHERE project_id = %s AND subject_kind = %s"
        f" AND level_s = %s AND start_s = %s AND subject IN ({', '.join(['%s'] * len(subjects))})"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [project, kind.value, level_s, start_s, *subjects])
        for subject, cells, weights, examples in cursor.fetchall():
            yield PackedRow(
                subject=subject,
                start_s=start_s,
                cells=bytes(cells),
                weights=bytes(weights),
                examples=bytes(examples),
            )


def write_rows(project: int, kind: Subject, level_s: int, rows: Iterable[PackedRow]) -> None:
    """Put rows in place of those that are stored; one without cells goes."""
    full, empty = [], []
    for row in rows:
        key = (project, kind.value, level_s, row.subject, row.start_s)
        if row.cells:
            full.append((*key, row.cells, row.weights, row.examples))
        else:
            empty.append(key)
    with connection.cursor() as cursor:
        cursor.executemany(_UPSERT, full)
    _delete(empty)


def delete_before(level_s: int, start_s: int, most: int) -> int:
    """Delete at most `most` rows of a level whose slots start before `start_s`; how many."""
    old = LatencyHistogram.objects.filter(level_s=level_s, start_s__lt=start_s)
    keys = list(old.values_list("project_id", "subject_kind", "level_s", "subject", "start_s")[:most])
    _delete(keys)
    return len(keys)


def delete_from(project: int, start_s: int) -> None:
    """Delete a project's rows whose slots start at `start_s` or later."""
    LatencyHistogram.objects.filter(project_id=project, start_s__gte=start_s).delete()


def _delete(keys: Sequence[tuple[int, int, int, int, int]]) -> None:
    """Delete rows by their key, in the order of _KEY."""
    if not keys:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM latency_histogram WHERE project_id = %s AND subject_kind = %s AND level_s = %s"
            " AND subject = %s AND start_s = %s",
            keys,
        )
