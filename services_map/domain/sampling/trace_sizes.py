"""How many spans a trace brings that begins in a service. Pure."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from services_map.domain.calls.nodes import Edge, Node, NodeKind

#: Calls that lie deeper below the beginning of a trace are left out.
MAX_DEPTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpans:
    """Spans of a service that were kept: all of them, those that are requests to it, and those that begin a trace."""

    spans: int
    entries: int
    roots: int


def measure_trace_sizes(
    services: Mapping[str, ServiceSpans], calls: Mapping[tuple[str, str], float]
) -> dict[str, float]:
    """The spans of all services that a trace brings which begins in each service; 0 for one that nobody enters.

    `calls` are those of one service to another. What enters a service and does not begin a trace is put down to its
    callers, to each by its share of the calls; what its callers' spans did not come for belongs to no trace that
    begins in a service. So all traces together bring all other spans.
    """
    names = list(services)
    places = {name: place for place, name in enumerate(names)}
    counts = np.array([(each.spans, each.entries, each.roots) for each in services.values()], np.float64)
    spans, entries, roots = counts.reshape(-1, 3).T
    shares = np.zeros((len(names), len(names)))
    for (caller, callee), count in calls.items():
        if caller in places and callee in places and count > 0:
            shares[places[caller], places[callee]] += count
    shares /= np.maximum(shares.sum(axis=0), 1e-9)
    # How often one entry of a caller (a line) enters each callee (a column).
    onwards = shares * (entries - roots) / np.maximum(entries, 1)[:, None]
    step = np.where(entries > 0, spans / np.maximum(entries, 1), 0.0)
    sizes = step.copy()
    for _ in range(MAX_DEPTH):
        step = onwards @ step
        sizes += step
    return dict(zip(names, sizes.tolist(), strict=True))


def trace_calls(links: Mapping[Edge, float], services: Collection[str]) -> dict[tuple[str, str], float]:
    """Calls of one of these services to another; through a queue, what a receiver got by who sent how much."""
    calls: dict[tuple[str, str], float] = defaultdict(float)
    sent: dict[Node, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for edge, count in links.items():
        if not _is_one_of(edge.caller, services):
            continue
        if edge.callee.kind is NodeKind.QUEUE:
            sent[edge.callee][edge.caller.name] += count
        elif _is_one_of(edge.callee, services):
            calls[edge.caller.name, edge.callee.name] += count
    for edge, count in links.items():
        if edge.caller in sent and _is_one_of(edge.callee, services):
            senders = sent[edge.caller]
            together = sum(senders.values()) or 1.0
            for sender, part in senders.items():
                calls[sender, edge.callee.name] += count * part / together
    return calls


def _is_one_of(node: Node, services: Collection[str]) -> bool:
    """What is called by the name of a service is that service."""
    return node.kind in (NodeKind.SERVICE, NodeKind.EXTERNAL) and node.name in services
