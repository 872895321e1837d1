"""The catalogue as readers use it: whole, in memory, read on from where it was left off.

Rows of the catalogue are never changed, so what was read stays true.
"""

import threading
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from traces.domain.query import Place
from traces.domain.span import Operation, Resource, Scope, Service
from traces.models import AttributeKey as AttributeKeyRow
from traces.models import Operation as OperationRow
from traces.models import Project
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
    key_ids: dict[tuple[Place, str], int] = field(default_factory=dict)
    version: int = -1

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
        """The book with every name committed until now: a caller decides before which blocks it will look at."""
        with self._lock:
            row = Project.objects.filter(pk=project).values_list("token_seed", "catalogue_version").first()
            seed, version = row or (0, 0)
            book = self._books.get(project)
            if book is None or book.seed != seed:
                book = self._books[project] = NameBook(project=project, seed=seed)
            if book.version != version:
                _read_on(book)
                book.version = version
            return book


def _read_on(book: NameBook) -> None:
    """Read what is not known yet: children before parents, because a parent is committed first."""
    keys = AttributeKeyRow.objects.filter(project_id=book.project)
    new_keys = _after(keys.values_list("pk", "place", "key"), book.keys)
    scopes = ScopeRow.objects.filter(project_id=book.project)
    new_scopes = _after(scopes.values_list("pk", "body", "schema_url"), book.scopes)
    resources = ResourceRow.objects.filter(service__project_id=book.project)
    new_resources = _after(resources.values_list("pk", "body", "schema_url"), book.resources)
    operations = OperationRow.objects.filter(service__project_id=book.project)
    new_operations = _after(operations.values_list("pk", "service_id", "name", "kind"), book.operations)
    services = ServiceRow.objects.filter(project_id=book.project)
    for pk, name, slot in _after(services.values_list("pk", "name", "slot"), book.services):
        book.services[pk] = Service(name=name, slot=slot)
    for pk, service, name, kind in new_operations:
        book.operations[pk] = Operation(service=book.services[service], name=name, kind=kind)
    for pk, body, schema_url in new_resources:
        book.resources[pk] = decode_resource(bytes(body), bytes(schema_url))
    for pk, body, schema_url in new_scopes:
        book.scopes[pk] = decode_scope(bytes(body), bytes(schema_url))
    for pk, place, key in new_keys:
        book.keys[pk] = (PLACES[place], key)
        book.key_ids[PLACES[place], key] = pk


def _after(rows: "QuerySet[Any, Any]", known: dict[int, Any]) -> list[Any]:
    """The rows beyond the highest id known: a project's ids are committed in their order."""
    return list(rows.filter(pk__gt=max(known, default=0)).order_by("pk"))
