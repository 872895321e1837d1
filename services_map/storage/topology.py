"""The links of a project and the versions of its services, as readers want them."""

from collections.abc import Sequence

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.domain.summary import VersionSeen
from services_map.models import MapLink, ServiceVersion
from traces.storage.guards import guarded

_COLUMNS = ("pk", "caller__kind", "caller__name", "callee__kind", "callee__name", "connection")


@guarded
def read_links(project: int) -> dict[int, Edge]:
    """Every link that was ever seen, by its id."""
    rows = MapLink.objects.filter(caller__project_id=project).values_list(*_COLUMNS)
    return {
        pk: Edge(Node(NodeKind(caller_kind), caller), Node(NodeKind(callee_kind), callee), Connection(connection))
        for pk, caller_kind, caller, callee_kind, callee, connection in rows
    }


@guarded
def read_versions(project: int, services: Sequence[int]) -> dict[int, list[VersionSeen]]:
    """The versions of these services by service, the latest first."""
    found: dict[int, list[VersionSeen]] = {service: [] for service in services}
    rows = ServiceVersion.objects.filter(project_id=project, service__in=list(services))
    columns = ("service", "number", "version", "first_start_ns", "last_start_ns")
    for service, number, version, first_ns, last_ns in rows.order_by("-first_start_ns", "-number").values_list(
        *columns
    ):
        found[service].append(
            VersionSeen(number=number, version=version, first_start_ns=first_ns, last_start_ns=last_ns)
        )
    return found
