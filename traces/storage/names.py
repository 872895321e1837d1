"""The catalogue as readers use it: whole, in memory, read on from where it was left off.

Rows of the catalogue are never changed, so what was read stays true.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from traces.domain.query import Place
from traces.domain.span import Operation, Resource, Scope, Service
from traces.models import AttributeKey as AttributeKeyRow
from traces.models import Operation as OperationRow
from traces.models import Resource as ResourceRow
from traces.models import Scope as ScopeRow
from traces.models import Service as ServiceRow
from traces.storage.catalogue import MAX_ATTRIBUTE_KEYS, PLACES
from traces.storage.decode import decode_resource, decode_scope


@dataclass(slots=True)
class NameBook:
    """One project's names by id."""

    project: int
    seed: int
    services: dict[int, Service] = field(default_factory=dict)
    operations: dict[int, Operation] = field(default_factory=dict)
    resources: dict[int, Resource] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)
    keys: dict[int, tuple[Place, str]] = field(default_factory=dict)
    tails: tuple["_Tail", ...] = ()

    @property
    def lists_all_keys(self) -> bool:
        """False where keys were seen that have no id."""
        return sum(place in _SPAN_PLACES for place, _ in self.keys.values()) < MAX_ATTRIBUTE_KEYS


_SPAN_PLACES = (Place.SPAN, Place.EVENT, Place.LINK)


class NameBooks:
    """The books of all projects this process reads."""

    def __init__(self) -> None:
        self._books: dict[int, NameBook] = {}
        self._lock = threading.Lock()

    def open(self, project: int) -> NameBook:
        """The book with everything committed until now."""
        with self._lock:
            book = self._books.get(project)
            seed, tails = _look_for_changes(project, book.tails if book else ())
            if book is None or book.seed != seed:
                book = self._books[project] = NameBook(project=project, seed=seed)
            if book.tails != tails:
                _read_on(book)
                book.tails = _look_for_changes(project, _tails_of(book))[1]
            return book


_Tail = tuple[int, int]
# Ids are given out in order but may be committed out of order by several collectors: the newest are counted again.
_RECENT_IDS = 1_000
_TABLES = (ServiceRow, OperationRow, ResourceRow, ScopeRow, AttributeKeyRow)


def _look_for_changes(project: int, tails: Sequence[_Tail]) -> tuple[int, tuple[_Tail, ...]]:
    """The project's seed, and for each table (an id, how many rows come after it), in one statement.

    Without `tails` every row counts; with them only rows after the same ids as before, so that equal tails mean
    that nothing changed.
    """
    after = [start for start, _ in tails] or [-1] * len(_TABLES)
    counts = [f"(SELECT count(*) FROM {table._meta.db_table} WHERE id > %s)" for table in _TABLES]
    seed = "(SELECT token_seed FROM project WHERE id = %s)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {seed}, {', '.join(counts)}", [project, *after])
        row = cursor.fetchone()
    return row[0] or 0, tuple(zip(after, row[1:], strict=True))


def _tails_of(book: NameBook) -> tuple[_Tail, ...]:
    held = (book.services, book.operations, book.resources, book.scopes, book.keys)
    return tuple((max(known, default=0) - _RECENT_IDS, 0) for known in held)


def _read_on(book: NameBook) -> None:
    services = ServiceRow.objects.filter(project_id=book.project)
    for pk, name, slot in _after(services.values_list("pk", "name", "slot"), book.services):
        book.services[pk] = Service(name=name, slot=slot)
    operations = OperationRow.objects.filter(service__project_id=book.project)
    for pk, service, name, kind in _after(operations.values_list("pk", "service_id", "name", "kind"), book.operations):
        book.operations[pk] = Operation(service=book.services[service], name=name, kind=kind)
    resources = ResourceRow.objects.filter(service__project_id=book.project)
    for pk, body, schema_url in _after(resources.values_list("pk", "body", "schema_url"), book.resources):
        book.resources[pk] = decode_resource(bytes(body), bytes(schema_url))
    scopes = ScopeRow.objects.filter(project_id=book.project)
    for pk, body, schema_url in _after(scopes.values_list("pk", "body", "schema_url"), book.scopes):
        book.scopes[pk] = decode_scope(bytes(body), bytes(schema_url))
    keys = AttributeKeyRow.objects.filter(project_id=book.project)
    for pk, place, key in _after(keys.values_list("pk", "place", "key"), book.keys):
        book.keys[pk] = (PLACES[place], key)


def _after(rows: "QuerySet[Any, Any]", known: dict[int, Any]) -> Iterable[Any]:
    """The rows that are not known yet."""
    newest = max(known, default=0)
    return (row for row in rows.filter(pk__gt=newest - _RECENT_IDS).order_by("pk") if row[0] not in known)
