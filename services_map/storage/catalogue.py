"""The names that roll-ups refer to by number: nodes and links of the map, versions of services. Rows are never changed
but for the times of a version; they are committed before the first row of a roll-up that uses them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Final

import xxhash
from django.db.models import Max

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.domain.latency.cells import MAX_VERSIONS
from services_map.models import MapLink, MapNode, ServiceVersion
from traces.domain.span import MAX_NS

#: A sender that makes up addresses must not make a map nobody can read: those beyond share one node a kind.
MAX_NODES: Final = 10_000
OVERFLOW: Final = "(more)"
_NAMES_A_STATEMENT: Final = 400
Turn = Callable[[], AbstractContextManager[None]]


class Links:
    """Numbers of links, remembered. For one thread."""

    def __init__(self, project: int) -> None:
        self._project = project
        self._nodes: dict[Node, int] = {}
        self._links: dict[Edge, int] = {}

    def number(self, edges: Collection[Edge], turn: Turn) -> Mapping[Edge, int]:
        """The number of each of these links, and of others; new ones are committed in a turn of their own."""
        if any(edge not in self._links for edge in edges):
            self._read()
        if missing := sorted(edge for edge in edges if edge not in self._links):
            with turn():
                self._add_nodes({node for edge in missing for node in (edge.caller, edge.callee)})
                places = {edge: self._place(edge) for edge in missing}
                self._add_links(set(places.values()))
            self._links.update((edge, self._links[place]) for edge, place in places.items())
        return self._links

    def _read(self) -> None:
        self._read_nodes()
        nodes = {number: node for node, number in self._nodes.items()}
        rows = MapLink.objects.filter(caller__project_id=self._project)
        for number, caller, callee, connection in rows.values_list("pk", "caller_id", "callee_id", "connection"):
            self._links[Edge(nodes[caller], nodes[callee], Connection(connection))] = number

    def _read_nodes(self) -> None:
        for number, kind, name in MapNode.objects.filter(project_id=self._project).values_list("pk", "kind", "name"):
            self._nodes[Node(NodeKind(kind), name)] = number

    def _add_nodes(self, nodes: Iterable[Node]) -> None:
        missing = sorted(node for node in nodes if node not in self._nodes)
        room = max(0, MAX_NODES - len(self._nodes))
        kept = [*missing[:room], *{Node(node.kind, OVERFLOW) for node in missing[room:]}]
        rows = [
            MapNode(project_id=self._project, kind=node.kind, name=node.name, name_hash=_hash(node.name))
            for node in kept
        ]
        MapNode.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_NAMES_A_STATEMENT)
        self._read_nodes()

    def _place(self, edge: Edge) -> Edge:
        """The link under which `edge` is counted."""
        caller, callee = (
            node if node in self._nodes else Node(node.kind, OVERFLOW) for node in (edge.caller, edge.callee)
        )
        return Edge(caller, callee, edge.connection)

    def _add_links(self, edges: Iterable[Edge]) -> None:
        rows = [
            MapLink(caller_id=self._nodes[edge.caller], callee_id=self._nodes[edge.callee], connection=edge.connection)
            for edge in sorted(edges)
        ]
        MapLink.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_NAMES_A_STATEMENT)
        self._read()


class Versions:
    """Numbers of the versions of services, remembered. For one thread."""

    def __init__(self, project: int) -> None:
        self._project = project
        self._numbers: dict[tuple[int, str], int] = {}

    def number(self, versions: Collection[tuple[int, str]], turn: Turn) -> Mapping[tuple[int, str], int]:
        """The number of each (service, version), and of others; 0 for one too many. New ones are committed."""
        if any(version not in self._numbers for version in versions):
            self._read()
        if missing := sorted(version for version in versions if version not in self._numbers):
            with turn():
                self._add(missing)
            self._read()
            for version in missing:
                self._numbers.setdefault(version, 0)
        return self._numbers

    def _read(self) -> None:
        rows = ServiceVersion.objects.filter(project_id=self._project)
        self._numbers.update(
            ((service, version), number)
            for service, version, number in rows.values_list("service", "version", "number")
        )

    def _add(self, missing: Iterable[tuple[int, str]]) -> None:
        highest = ServiceVersion.objects.filter(project_id=self._project).values("service").annotate(most=Max("number"))
        numbers = dict(highest.values_list("service", "most"))
        rows = []
        for service, version in missing:
            number = numbers[service] = numbers.get(service, 0) + 1
            if number < MAX_VERSIONS:
                rows.append(self._row(service, version, number))
        ServiceVersion.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_NAMES_A_STATEMENT)

    def _row(self, service: int, version: str, number: int) -> ServiceVersion:
        return ServiceVersion(
            project_id=self._project,
            service=service,
            number=number,
            version=version,
            version_hash=_hash(version),
            first_start_ns=MAX_NS,
            last_start_ns=0,
        )


def widen_versions(project: int, seen: Mapping[tuple[int, int], tuple[int, int]]) -> None:
    """Note that a (service, number) had spans that started between two times, in nanoseconds."""
    rows = {
        (row.service, row.number): row
        for row in ServiceVersion.objects.filter(project_id=project, service__in={service for service, _ in seen})
    }
    for key, (first_ns, last_ns) in seen.items():
        row = rows.get(key)
        if row is not None and (first_ns < row.first_start_ns or last_ns > row.last_start_ns):
            row.first_start_ns = min(first_ns, row.first_start_ns)
            row.last_start_ns = max(last_ns, row.last_start_ns)
            row.save(update_fields=["first_start_ns", "last_start_ns"])


def _hash(name: str) -> bytes:
    return xxhash.xxh3_128_digest(name.encode())
