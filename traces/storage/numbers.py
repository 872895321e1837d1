"""The ids of names as a reader of blocks needs them: by what stands in a block. Nothing is learned here, only read."""

import threading
from dataclasses import dataclass, field

from traces.models import Operation, Resource
from traces.storage.catalogue import stored_name


class _Operations(dict[tuple[int, bytes, int], int]):
    """(service, name, kind) → operation. Several names of bytes may be one name of text."""

    def __init__(self) -> None:
        super().__init__()
        self.by_text: dict[tuple[int, str, int], int] = {}

    def __missing__(self, key: tuple[int, bytes, int]) -> int:
        number = self[key] = self.by_text[key[0], stored_name(key[1]), key[2]]
        return number


@dataclass(slots=True)
class NumberBook:
    """One project's ids: see `blocks.Names`. `owners` says the service and the kind of each operation."""

    project: int
    resources: dict[tuple[bytes, bytes], tuple[int, int]] = field(default_factory=dict)
    operations: _Operations = field(default_factory=_Operations)
    owners: dict[int, tuple[int, int]] = field(default_factory=dict)
    last_resource: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read_on(self) -> None:
        """Know every name that is committed by now: a block's names are committed before it."""
        with self.lock:
            self._read_resources()
            self._read_operations()

    def _read_resources(self) -> None:
        known = Resource.objects.filter(service__project_id=self.project, pk__gt=self.last_resource)
        for pk, service, body, schema_url in known.order_by("pk").values_list("pk", "service", "body", "schema_url"):
            self.resources[bytes(body), bytes(schema_url)] = (pk, service)
            self.last_resource = pk

    def _read_operations(self) -> None:
        last = max(self.owners, default=0)
        known = Operation.objects.filter(service__project_id=self.project, pk__gt=last)
        for pk, service, name, kind in known.order_by("pk").values_list("pk", "service", "name", "kind"):
            self.operations.by_text[service, name, kind] = pk
            self.owners[pk] = (service, kind)
