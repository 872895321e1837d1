"""The names that spans share: services, operations, resources, scopes and attribute keys, as ids.

Writers learn new names in a short transaction of their own before the block that uses them, so that a rolled back
block never leaves an id behind that does not exist. Both sides remember what they know; rows are never changed.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import xxhash
from django.db import transaction
from django.db.models import F

from traces.domain.attributes import format_value
from traces.domain.query import Place
from traces.domain.span import UNKNOWN_SERVICE, clean_name
from traces.models import AttributeKey, Operation, Project, Resource, Scope, Service
from traces.storage.blocks import Names
from traces.storage.decode import decode_resource
from traces.wire import otlp_pb2 as wire

SLOTS = 12
MAX_ATTRIBUTE_KEYS = 10_000
PLACE_NUMBERS = {Place.SPAN: 0, Place.EVENT: 1, Place.LINK: 2, Place.RESOURCE: 3, Place.SCOPE: 4}
PLACES = {number: place for place, number in PLACE_NUMBERS.items()}
_MAX_REMEMBERED = 200_000
_NAMES_A_TURN = 500
_Key = TypeVar("_Key")


@dataclass(slots=True)
class _Memory:
    """What this process knows of one project."""

    seed: int
    services: dict[str, int] = field(default_factory=dict)
    resources: dict[tuple[bytes, bytes], tuple[int, int]] = field(default_factory=dict)
    scopes: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    operations: dict[tuple[int, bytes, int], int] = field(default_factory=dict)
    keys: dict[tuple[Place, bytes], int | None] = field(default_factory=dict)

    @property
    def names(self) -> Names:
        return Names(self.resources, self.scopes, self.operations)

    def is_full(self) -> bool:
        return len(self.operations) + len(self.resources) + len(self.scopes) + len(self.keys) > _MAX_REMEMBERED


class Catalogue:
    """Ids for names, by project. Used by writers; one thread at a time learns."""

    def __init__(self) -> None:
        self._memories: dict[int, _Memory] = {}
        self._lock = threading.Lock()

    def seed(self, project: int) -> int:
        """The seed of the project's attribute tokens."""
        with self._lock:
            return self._memory(project).seed

    def names(self, project: int) -> Names:
        """What this process knows already."""
        with self._lock:
            return self._memory(project).names

    def learn(self, project: int, envelope: wire.Envelope) -> Names:
        """Knows every resource, scope and operation of a request; new ones are committed first."""
        with self._lock:
            memory = self._memory(project)
            resources, scopes = _groups_of(envelope)
            if missing := [key for key in resources if key not in memory.resources]:
                _learn_resources(project, missing, memory)
            if missing := [key for key in scopes if key not in memory.scopes]:
                _learn_scopes(project, missing, memory)
            operations = _operations_of(envelope, memory.resources)
            if unknown := [key for key in operations if key not in memory.operations]:
                _learn_operations(project, unknown, memory)
            return memory.names

    def attribute_keys(self, project: int, keys: Iterable[tuple[Place, bytes]]) -> set[int]:
        """Ids for the keys of a block; keys beyond MAX_ATTRIBUTE_KEYS have none."""
        with self._lock:
            memory = self._memory(project)
            wanted = list(keys)
            if missing := [key for key in wanted if key not in memory.keys]:
                _learn_keys(project, missing, memory)
            return {number for key in wanted if (number := memory.keys[key]) is not None}

    def forget(self) -> None:
        """Read everything anew: for tests and after a failed transaction."""
        with self._lock:
            self._memories.clear()

    def _memory(self, project: int) -> _Memory:
        memory = self._memories.get(project)
        if memory is None or memory.is_full():
            seed = Project.objects.values_list("token_seed", flat=True).get(pk=project)
            memory = self._memories[project] = _Memory(seed)
        return memory


def fingerprint(*parts: bytes) -> bytes:
    """16 bytes that stand for a name or message in a unique index."""
    digest = xxhash.xxh3_128()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()


def stored_name(name: bytes) -> str:
    """The text of a name as it is listed: UTF-8, without U+0000."""
    return clean_name(name.decode("utf-8", "replace"))


def service_name_of(resource: bytes) -> str:
    """`service.name` of an OTLP resource; `unknown_service` where a sender gives none."""
    value = decode_resource(resource, b"").attributes.get("service.name")
    return clean_name(format_value(value)) or UNKNOWN_SERVICE


def _groups_of(envelope: wire.Envelope) -> tuple[set[tuple[bytes, bytes]], set[tuple[bytes, bytes]]]:
    resources = {(group.resource, group.schema_url) for group in envelope.resource_spans}
    scopes = {(scope.scope, scope.schema_url) for group in envelope.resource_spans for scope in group.scope_spans}
    return resources, scopes


def _operations_of(
    envelope: wire.Envelope, resources: Mapping[tuple[bytes, bytes], tuple[int, int]]
) -> set[tuple[int, bytes, int]]:
    operations: set[tuple[int, bytes, int]] = set()
    for group in envelope.resource_spans:
        service = resources[group.resource, group.schema_url][1]
        for scope in group.scope_spans:
            operations.update([(service, span.name, span.kind) for span in scope.spans])
    return operations


def _take_turn(project: int) -> None:
    """Two collectors that learn at once take turns, and readers see that there is something new.

    So the ids of a project are committed in their order: a reader reads on after the highest it knows.
    """
    if not Project.objects.filter(pk=project).update(catalogue_version=F("catalogue_version") + 1):
        raise Project.DoesNotExist(f"There is no project {project}.")


def _learn_resources(project: int, keys: list[tuple[bytes, bytes]], memory: _Memory) -> None:
    services = {key: service_name_of(key[0]) for key in keys}
    _learn_services(project, set(services.values()) - memory.services.keys(), memory)
    owner = {key: memory.services[services[key]] for key in keys}
    prints = {key: fingerprint(*key) for key in keys}
    for chunk in _chunks(sorted(keys, key=prints.__getitem__), _NAMES_A_TURN):
        with transaction.atomic():
            _take_turn(project)
            Resource.objects.bulk_create(
                [
                    Resource(service_id=owner[key], fingerprint=prints[key], body=key[0], schema_url=key[1])
                    for key in chunk
                ],
                ignore_conflicts=True,
            )
            rows = Resource.objects.filter(
                service_id__in={owner[key] for key in chunk}, fingerprint__in=[prints[key] for key in chunk]
            ).values_list("service_id", "fingerprint", "pk")
            found = {(service, bytes(print_)): number for service, print_, number in rows}
        memory.resources.update({key: (found[owner[key], prints[key]], owner[key]) for key in chunk})


def _learn_services(project: int, names: set[str], memory: _Memory) -> None:
    for chunk in _chunks(sorted(names), _NAMES_A_TURN):
        hashes = {fingerprint(name.encode()): name for name in chunk}
        with transaction.atomic():
            _take_turn(project)
            known = Service.objects.filter(project_id=project)
            rows = known.filter(name_hash__in=hashes).values_list("name_hash", flat=True)
            missing = hashes.keys() - {bytes(print_) for print_ in rows}
            _create_services(project, [hashes[print_] for print_ in hashes if print_ in missing])
            found = dict(known.filter(name_hash__in=hashes).values_list("name", "pk"))
        memory.services.update(found)


def _create_services(project: int, names: list[str]) -> None:
    """Each gets the colour that the fewest services have."""
    if not names:
        return
    slots = Counter(dict.fromkeys(range(SLOTS), 0))
    slots.update(Service.objects.filter(project_id=project).values_list("slot", flat=True))
    for name in names:
        slot = min(range(SLOTS), key=lambda slot: (slots[slot], slot))
        slots[slot] += 1
        Service.objects.create(project_id=project, name=name, name_hash=fingerprint(name.encode()), slot=slot)


def _learn_scopes(project: int, keys: list[tuple[bytes, bytes]], memory: _Memory) -> None:
    prints = {fingerprint(*key): key for key in keys}
    for chunk in _chunks(sorted(prints), _NAMES_A_TURN):
        with transaction.atomic():
            _take_turn(project)
            Scope.objects.bulk_create(
                [
                    Scope(project_id=project, fingerprint=print_, body=prints[print_][0], schema_url=prints[print_][1])
                    for print_ in chunk
                ],
                ignore_conflicts=True,
            )
            rows = Scope.objects.filter(project_id=project, fingerprint__in=chunk).values_list("fingerprint", "pk")
            found = {bytes(print_): number for print_, number in rows}
        memory.scopes.update({prints[print_]: number for print_, number in found.items()})


def _learn_operations(project: int, keys: list[tuple[int, bytes, int]], memory: _Memory) -> None:
    """Several names of bytes may be one name of text: they are one operation."""
    texts = {key: stored_name(key[1]) for key in keys}
    prints = {key: (key[0], fingerprint(texts[key].encode()), key[2]) for key in keys}
    distinct = {print_: texts[key] for key, print_ in prints.items()}
    for chunk in _chunks(sorted(distinct), _NAMES_A_TURN):
        with transaction.atomic():
            _take_turn(project)
            Operation.objects.bulk_create(
                [
                    Operation(
                        service_id=service, name=distinct[service, name_hash, kind], name_hash=name_hash, kind=kind
                    )
                    for service, name_hash, kind in chunk
                ],
                ignore_conflicts=True,
            )
            rows = Operation.objects.filter(
                service_id__in={print_[0] for print_ in chunk}, name_hash__in={print_[1] for print_ in chunk}
            ).values_list("service_id", "name_hash", "kind", "pk")
            found = {(service, bytes(print_), kind): number for service, print_, kind, number in rows}
        memory.operations.update({key: found[print_] for key, print_ in prints.items() if print_ in found})


def _learn_keys(project: int, keys: list[tuple[Place, bytes]], memory: _Memory) -> None:
    prints = {key: (PLACE_NUMBERS[key[0]], fingerprint(stored_name(key[1]).encode())) for key in keys}
    texts = {prints[key]: stored_name(key[1]) for key in keys}
    found: dict[tuple[int, bytes], int] = {}
    with transaction.atomic():
        _take_turn(project)
        known = AttributeKey.objects.filter(project_id=project)
        hashes = [print_ for _, print_ in texts]
        rows = [
            row
            for chunk in _chunks(hashes, _NAMES_A_TURN)
            for row in known.filter(key_hash__in=chunk).values_list("place", "key_hash", "pk")
        ]
        found.update({(place, bytes(print_)): number for place, print_, number in rows})
        room = MAX_ATTRIBUTE_KEYS - known.count()
        for print_ in sorted(texts.keys() - found.keys())[: max(0, room)]:
            created = AttributeKey.objects.create(
                project_id=project, place=print_[0], key=texts[print_], key_hash=print_[1]
            )
            found[print_] = created.pk
    memory.keys.update({key: found.get(print_) for key, print_ in prints.items()})


def _chunks(items: list[_Key], size: int) -> Iterable[list[_Key]]:
    return (items[start : start + size] for start in range(0, len(items), size))
