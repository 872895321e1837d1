"""Databases that are there and do not do what they should."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from traces.models import Project
from traces.storage.base import ProjectId


@contextmanager
def locked_database() -> Iterator[None]:
    """Another program that writes and does not finish."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()
        return
    locker = connection.copy()
    locker.set_autocommit(False)
    try:
        with locker.cursor() as cursor:
            cursor.execute("LOCK TABLE stored_request IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        locker.rollback()
        locker.close()


@contextmanager
def missing_table() -> Iterator[None]:
    """A database on which `migrate` has yet to run."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE stored_request RENAME TO stored_request_away")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE stored_request_away RENAME TO stored_request")


@contextmanager
def database_that_refuses(project: ProjectId) -> Iterator[None]:
    """A constraint that whatever this project sends violates. The project is made for it."""
    Project.objects.create(pk=project, organization_id=1, slug="refused")
    if connection.vendor == "sqlite":
        refuse = (
            f"CREATE TRIGGER refusal BEFORE INSERT ON stored_request WHEN NEW.project_id = {project}"
            " BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
        accept = "DROP TRIGGER refusal"
    else:
        refuse = f"ALTER TABLE stored_request ADD CONSTRAINT refusal CHECK (project_id <> {project})"
        accept = "ALTER TABLE stored_request DROP CONSTRAINT refusal"
    with connection.cursor() as cursor:
        cursor.execute(refuse)
        try:
            yield
        finally:
            cursor.execute(accept)


@contextmanager
def read_only_database() -> Iterator[None]:
    """What every new connection finds; connections that are open go on."""
    if connection.vendor == "sqlite":
        options = connection.settings_dict["OPTIONS"]
        usual = options["init_command"]
        options["init_command"] = f"{usual}; PRAGMA query_only=ON"
        try:
            yield
        finally:
            options["init_command"] = usual
        return
    name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        try:
            yield
        finally:
            cursor.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
