"""A database that is there and does not do what it should."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def missing_rules() -> Iterator[None]:
    """The table of rules for sampling cannot be read. A reader that fails closes its connection."""
    _run("ALTER TABLE sampling_rule RENAME TO sampling_rule_away")
    try:
        yield
    finally:
        _run("ALTER TABLE sampling_rule_away RENAME TO sampling_rule")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
