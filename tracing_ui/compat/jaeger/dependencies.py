"""Who called whom, as Jaeger's API counts it, from the roll-ups of calls."""

from collections import defaultdict

from services_map import reading
from services_map.domain.calls.nodes import USER
from traces.domain.query import Window
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.jaeger.model_json import JsonObject


def load_dependencies(window: Window, service: str = "") -> list[JsonObject]:
    """Callers, callees and how many calls, by name; with `service` only the links that it is part of.

    Databases, queues and external systems have a name like any service; whoever calls from outside has none, and is
    left out. The window is aligned outwards to whole slots.
    """
    counts: dict[tuple[str, str], float] = defaultdict(float)
    for link in reading.load_links(DEFAULT_PROJECT, window, window).links:
        caller, callee = link.edge.caller, link.edge.callee
        if caller != USER and service in ("", caller.name, callee.name):
            counts[caller.name, callee.name] += link.figures.weight
    return [
        {"parent": parent, "child": child, "callCount": round(count)}
        for (parent, child), count in sorted(counts.items())
        if round(count)
    ]
