"""Maps for tests, written as few numbers: calls, how many of them failed, how long they took."""

from collections.abc import Iterable

import numpy as np

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.domain.latency.buckets import buckets_of
from services_map.domain.latency.histogram import Histogram
from services_map.domain.summary import Coverage, Figures, LinkSummary, MapFigures
from traces.domain.query import Window

SECONDS = 60
MS = 1_000_000
WINDOW = Window(start_ns=60_000_000_000, end_ns=120_000_000_000)
BEFORE = Window(start_ns=0, end_ns=60_000_000_000)


def calls(count: int, failed: int = 0, ms: float = 10, weight: float = 1) -> Figures:
    """Calls of one duration, each of which stands for `weight`."""
    return Figures(seconds=SECONDS, durations=_alike(count, ms, weight), failed=_alike(failed, ms, weight))


def _alike(count: int, ms: float, weight: float) -> Histogram:
    bucket = buckets_of(np.array([round(ms * MS)]))
    return Histogram.of(bucket, np.array([count]), np.array([count * weight]))


def service(name: str) -> Node:
    return Node(NodeKind.SERVICE, name)


def node(name: str) -> Node:
    """`user`, `db:orders`, `queue:mail`, `ext:bank`, else a service."""
    if name == "user":
        return USER
    kinds = {"db": NodeKind.DATABASE, "queue": NodeKind.QUEUE, "ext": NodeKind.EXTERNAL}
    kind, _, rest = name.partition(":")
    return Node(kinds[kind], rest) if rest else service(name)


def link(edge: str, now: Figures, before: Figures | None = None, number: int = 0, unpaired: float = 0) -> LinkSummary:
    """`a>b`, or `a>b@message`. Without `before` the window before was the same."""
    ends, _, connection = edge.partition("@")
    caller, callee = ends.split(">")
    return LinkSummary(
        link_ids=(number,),
        edge=Edge(node(caller), node(callee), Connection[(connection or "call").upper()]),
        figures=now,
        before=now if before is None else before,
        unpaired=unpaired,
    )


def map_of(links: Iterable[LinkSummary], alone: str = "", **own: Figures) -> MapFigures:
    """A map of links and of services without any; `own` are services' own figures."""
    found = list(links)
    nodes: dict[Node, Figures | None] = {service(name): calls(1) for name in alone.split()}
    for each in found:
        nodes[each.edge.caller] = nodes[each.edge.callee] = calls(1)
    nodes |= {service(name): figures for name, figures in own.items()}
    if USER in nodes:
        nodes[USER] = None
    return MapFigures(
        nodes=nodes,
        links=found,
        link_count=len(found),
        slots={},
        coverage=Coverage(covered=WINDOW, covered_before=BEFORE, level_s=60),
    )


def plain_map(edges: str, alone: str = "") -> MapFigures:
    """Links of 100 calls each, numbered from 1."""
    return map_of((link(edge, calls(100), number=number) for number, edge in enumerate(edges.split(), start=1)), alone)
