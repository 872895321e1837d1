"""From the names in an address to the ids that roll-ups are kept by."""

from dataclasses import dataclass

from services_map.domain.errors import OperationNotFound, ServiceNotFound, VersionNotFound
from services_map.models import Subject
from services_map.storage.topology import read_versions
from traces.domain.span import Operation, Service, kind_name
from traces.storage import get_store
from traces.storage.base import ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A service, or its operations of one name. `ids` are those of its rows."""

    service_id: int
    service: Service
    subject_kind: Subject
    ids: list[int]
    operations: list[Operation]


def find_service(project: ProjectId, name: str) -> tuple[int, Service]:
    """Raises ServiceNotFound."""
    for id_, service in get_store().read_service_ids(project).items():
        if service.name == name:
            return id_, service
    raise ServiceNotFound(f"No span of a service “{_shorten(name)}” was ever kept here.")


def find_operation_ids(project: ProjectId, service: str) -> dict[int, Operation]:
    """All operations of a service."""
    operations = get_store().read_operations(project)
    return {id_: operation for id_, operation in operations.items() if operation.service.name == service}


def find_subject(project: ProjectId, service: str, operation: str | None, kind: int | None) -> Named:
    """A service, or with `operation` its operations of that name: of that kind or of all. Raises the errors' own."""
    service_id, known = find_service(project, service)
    if operation is None:
        return Named(
            service_id=service_id, service=known, subject_kind=Subject.SERVICE, ids=[service_id], operations=[]
        )
    found = {
        id_: item
        for id_, item in find_operation_ids(project, service).items()
        if item.name == operation and kind in (None, item.kind)
    }
    if not found:
        of_kind = "" if kind is None else f" of kind {kind_name(kind)}"
        raise OperationNotFound(f"“{_shorten(service)}” has no operation “{_shorten(operation)}”{of_kind}.")
    ids = sorted(found)
    return Named(
        service_id=service_id,
        service=known,
        subject_kind=Subject.OPERATION,
        ids=ids,
        operations=[found[id_] for id_ in ids],
    )


def find_version(project: ProjectId, service_id: int, version: str) -> int:
    """The number of a version; 0 of the empty one, which spans without one are of. Raises VersionNotFound."""
    if not version:
        return 0
    for known in read_versions(project, [service_id])[service_id]:
        if known.version == version:
            return known.number
    raise VersionNotFound(f"The service never sent a span of version “{_shorten(version)}”.")


def _shorten(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:79]}…"
