"""Who called whom, as Zipkin's API counts it, from the roll-ups of calls."""

from collections import defaultdict

from services_map import reading
from services_map.domain.calls.nodes import USER
from traces.domain.query import Window
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.zipkin.model_json import JsonObject


def load_dependencies(window: Window) -> list[JsonObject]:
    """Callers and callees by name, with their calls and, where there are any, those that failed.

    Databases and queues have a name like any service: a message goes to its queue and from there to who takes it.
    Whoever calls from outside has none, and is left out. The window is aligned outwards to whole slots.
    """
    calls: dict[tuple[str, str], float] = defaultdict(float)
    errors: dict[tuple[str, str], float] = defaultdict(float)
    for link in reading.load_links(DEFAULT_PROJECT, window, window).links:
        caller, callee = link.edge.caller, link.edge.callee
        if caller != USER:
            ends = caller.name.lower(), callee.name.lower()
            calls[ends] += link.figures.weight
            errors[ends] += link.figures.failed.weight
    return [_encode(ends, round(count), round(errors[ends])) for ends, count in sorted(calls.items()) if round(count)]


def _encode(ends: tuple[str, str], calls: int, errors: int) -> JsonObject:
    parent, child = ends
    link: JsonObject = {"parent": parent, "child": child, "callCount": calls}
    return {**link, "errorCount": errors} if errors else link
