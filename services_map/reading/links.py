"""What readers of dependency links do: the map, the neighbours of a service, and what is only known by its callers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from services_map.domain.calls.nodes import Edge, Node, NodeKind
from services_map.domain.latency import summing
from services_map.domain.summary import Figures, LinkSummary, MapFigures, Neighbours, PeerSummary
from services_map.models import Subject
from services_map.reading.courses import load_courses
from services_map.reading.frame import Frame, open_frame
from services_map.reading.naming import find_service
from services_map.storage.topology import read_links
from traces.domain.query import Window
from traces.domain.span import Service
from traces.storage import get_store
from traces.storage.base import ProjectId

#: A sender that makes up names must not make a page nobody can load.
MOST_LINKS = 1_000
MOST_PEERS = 300
_PEERS = (NodeKind.DATABASE, NodeKind.QUEUE, NodeKind.EXTERNAL)


def load_links(project: ProjectId, window: Window, before: Window, now_ns: int | None = None) -> MapFigures:
    """The dependency map."""
    frame = open_frame(project, window, before, now_ns)
    services = get_store().read_service_ids(project)
    links, count = _summarize_links(frame, _read_links(project, services))
    return MapFigures(
        nodes=_sum_nodes(frame, links, services),
        links=links,
        link_count=count,
        slots={service.name: service.slot for service in services.values()},
        coverage=frame.coverage,
    )


def load_neighbours(
    project: ProjectId, window: Window, before: Window, service: str, now_ns: int | None = None
) -> Neighbours:
    """Who calls a service and whom it calls. Raises ServiceNotFound."""
    frame = open_frame(project, window, before, now_ns)
    find_service(project, service)
    node = Node(NodeKind.SERVICE, service)
    services = get_store().read_service_ids(project)
    links_by_id = _read_links(project, services)
    edges = {id_: edge for id_, edge in links_by_id.items() if node in (edge.caller, edge.callee)}
    links, _ = _summarize_links(frame, edges)
    links.sort(key=lambda link: (-link.figures.weight, link.edge))
    return Neighbours(
        callers=[link for link in links if link.edge.callee == node],
        callees=[link for link in links if link.edge.caller == node],
        slots={service.name: service.slot for service in services.values()},
        coverage=frame.coverage,
    )


def _read_links(project: ProjectId, services: Mapping[int, Service]) -> dict[int, Edge]:
    """The links by id. What was called by the name of a service is that service, whether its span came or not."""
    names = {service.name for service in services.values()}

    def resolve(node: Node) -> Node:
        return Node(NodeKind.SERVICE, node.name) if node.kind == NodeKind.EXTERNAL and node.name in names else node

    return {
        id_: Edge(resolve(edge.caller), resolve(edge.callee), edge.connection)
        for id_, edge in read_links(project).items()
    }


def _summarize_links(frame: Frame, edges: Mapping[int, Edge]) -> tuple[list[LinkSummary], int]:
    """The links that were used, by their ends, and how many those would be without a limit."""
    every = sorted(edges)
    counted, old = frame.load_whole(Subject.LINK, every), frame.load_before(Subject.LINK, every)
    found = summing.list_subjects(counted, old)
    by_edge: dict[Edge, list[int]] = defaultdict(list)
    for id_ in sorted(summing.choose_busiest(found, [counted, old], MOST_LINKS)):
        by_edge[edges[id_]].append(id_)
    shown = sorted(by_edge)
    groups = [by_edge[edge] for edge in shown]
    cells = summing.tally(counted, groups)
    parts = zip(
        shown,
        summing.sum_figures(cells, frame.seconds),
        summing.sum_figures(summing.tally(old, groups), frame.before_seconds),
        summing.sum_unpaired(cells),
        strict=True,
    )
    return [
        LinkSummary(link_ids=tuple(by_edge[edge]), edge=edge, figures=figures, before=before, unpaired=unpaired)
        for edge, figures, before, unpaired in parts
    ], len({edges[id_] for id_ in found})


def _sum_nodes(
    frame: Frame, links: Sequence[LinkSummary], services: Mapping[int, Service]
) -> dict[Node, Figures | None]:
    nodes: dict[Node, Figures | None] = dict.fromkeys(
        node for link in links for node in (link.edge.caller, link.edge.callee)
    )
    into: dict[Node, list[Figures]] = defaultdict(list)
    for link in links:
        into[link.edge.callee].append(link.figures)
    nodes.update({node: Figures.sum(figures, frame.seconds) for node, figures in into.items()})
    nodes.update(_sum_services(frame, services))
    return dict(sorted(nodes.items()))


def _sum_services(frame: Frame, services: Mapping[int, Service]) -> dict[Node, Figures]:
    """The figures of services by their own spans."""
    counted = frame.load_whole(Subject.SERVICE, sorted(services))
    ids = summing.choose_busiest(summing.list_subjects(counted), [counted], MOST_LINKS)
    cells = summing.tally(counted, [[id_] for id_ in ids])
    figures = summing.sum_figures(summing.keep_entries(cells, summing.have_entries(cells)), frame.seconds)
    return {
        Node(NodeKind.SERVICE, services[id_].name): of_service for id_, of_service in zip(ids, figures, strict=True)
    }


def load_peers(frame: Frame) -> tuple[list[PeerSummary], int]:
    """Databases, queues and external systems as their callers see them, and how many there would be without a limit."""
    into: dict[Node, list[int]] = defaultdict(list)
    links = _read_links(frame.project, get_store().read_service_ids(frame.project))
    edges = {id_: edge for id_, edge in links.items() if edge.callee.kind in _PEERS}
    for id_, edge in edges.items():
        into[edge.callee].append(id_)
    every = sorted(edges)
    counted, old = frame.load_whole(Subject.LINK, every), frame.load_before(Subject.LINK, every)
    used = set(summing.list_subjects(counted, old))
    nodes = sorted(node for node, ids in into.items() if used.intersection(ids))
    kept = nodes
    if len(nodes) > MOST_PEERS:
        busiest = summing.find_busiest([counted, old], [into[node] for node in nodes], MOST_PEERS)
        kept = [nodes[number] for number in sorted(busiest)]
    groups = [into[node] for node in kept]
    parts = zip(
        kept,
        summing.sum_figures(summing.tally(counted, groups), frame.seconds),
        summing.sum_figures(summing.tally(old, groups), frame.before_seconds),
        load_courses(frame, Subject.LINK, groups),
        strict=True,
    )
    return [
        PeerSummary(
            node=node,
            figures=figures,
            before=before,
            series=series,
            callers=sorted({edges[id_].caller.name for id_ in used.intersection(into[node])}),
        )
        for node, figures, before, series in parts
    ], len(nodes)
