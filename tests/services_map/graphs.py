"""Maps for tests: figures of links from few words, without a database."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.domain.latency.buckets import buckets_of
from services_map.domain.latency.histogram import Histogram
from services_map.domain.summary import Coverage, Figures, LinkSummary, MapFigures
from tests.builders import MS
from traces.domain.query import Window

HOUR_NS = 3_600 * 1_000_000_000


def make_figures(
    calls: int = 3_600,
    failed: int = 0,
    ms: float = 100.0,
    seconds: float = 3_600.0,
    slow: int = 0,
    slow_ms: float = 900.0,
) -> Figures:
    """`calls` of `ms` each, of which `slow` take `slow_ms`; of the others `failed` failed."""
    return Figures(
        seconds=seconds, durations=_histogram((ms, calls - slow), (slow_ms, slow)), failed=_histogram((ms, failed))
    )


def _histogram(*parts: tuple[float, int]) -> Histogram:
    counts = np.array([count for _, count in parts], np.int64)
    buckets = buckets_of(np.array([round(ms * MS) for ms, _ in parts], np.int64))
    return Histogram.of(buckets, counts, counts.astype(np.float64))


def service(name: str) -> Node:
    return Node(NodeKind.SERVICE, name)


def make_link(
    number: int,
    caller: Node,
    callee: Node,
    figures: Figures,
    before: Figures | None = None,
    unpaired: float = 0.0,
    connection: Connection = Connection.CALL,
) -> LinkSummary:
    return LinkSummary(
        link_ids=(number,),
        edge=Edge(caller, callee, connection),
        figures=figures,
        before=make_figures() if before is None else before,
        unpaired=unpaired,
    )


def make_map(
    links: Sequence[LinkSummary], alone: Iterable[Node] = (), slots: Mapping[str, int] | None = None
) -> MapFigures:
    """The figures of each node are the sum of the links into it."""
    nodes = {node for link in links for node in (link.edge.caller, link.edge.callee)} | set(alone)
    into = {node: [link.figures for link in links if link.edge.callee == node] for node in nodes}
    names = sorted(node.name for node in nodes if node.kind is NodeKind.SERVICE)
    window = Window(start_ns=480_000 * HOUR_NS, end_ns=480_001 * HOUR_NS)
    before = Window(start_ns=479_999 * HOUR_NS, end_ns=480_000 * HOUR_NS)
    return MapFigures(
        nodes={node: Figures.sum(into[node], 3_600.0) if node != USER else None for node in sorted(nodes)},
        links=list(links),
        link_count=len(links),
        slots={name: at % 12 for at, name in enumerate(names)} if slots is None else dict(slots),
        coverage=Coverage(covered=window, covered_before=before, level_s=60),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What `make_landscape` makes."""

    services: int
    seed: int = 7


def make_landscape(shape: Shape) -> MapFigures:
    """An invented landscape in layers: a user, services that call 1 or 2 later ones, databases and queues at the end.

    Now and then a link fails too often, or has become slow.
    """
    chance = random.Random(shape.seed)
    nodes = [service(_name(number)) for number in range(shape.services)]
    links = [make_link(1, USER, nodes[0], make_figures(360_000, ms=300))]
    for at, node in enumerate(nodes[1:], 1):
        callers = {nodes[chance.randrange(max(0, at - 12), at) if chance.random() < 0.7 else chance.randrange(at)]}
        if chance.random() < 0.4:
            callers.add(nodes[chance.randrange(at)])
        links += [
            _make_link(chance, len(links) + number + 1, caller, node) for number, caller in enumerate(sorted(callers))
        ]
        if chance.random() < 0.25:
            links.append(_make_link(chance, len(links) + 1, node, _make_peer(chance, at)))
    return make_map(links)


def _name(number: int) -> str:
    families = ("shop", "pay", "ship", "user", "search", "mail", "stock", "price")
    parts = ("api", "gateway", "worker", "cache-warmer", "orders", "events", "report", "notifier-of-customers")
    family, part = families[number // 8 % 8], parts[number % 8]
    return f"{family}-{part}" + (f"-{number // 64}" if number >= 64 else "")


def _make_peer(chance: random.Random, at: int) -> Node:
    kind = chance.choice([NodeKind.DATABASE, NodeKind.DATABASE, NodeKind.QUEUE, NodeKind.EXTERNAL])
    name = {NodeKind.DATABASE: "postgres", NodeKind.QUEUE: "topic", NodeKind.EXTERNAL: "api.example.com"}[kind]
    return Node(kind, f"{name}-{at}")


def _make_link(chance: random.Random, number: int, caller: Node, callee: Node) -> LinkSummary:
    calls = round(10 ** chance.uniform(2, 5.2))
    ms = 10 ** chance.uniform(0, 2.6)
    failed = round(calls * chance.choice([0.0] * 12 + [0.002, 0.02, 0.03, 0.2]))
    slower = chance.choice([1.0] * 12 + [3.1])
    return make_link(number, caller, callee, make_figures(calls, failed, ms * slower), make_figures(calls, 0, ms))
