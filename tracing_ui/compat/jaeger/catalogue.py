"""Services and operations as Jaeger lists them."""

from traces import reading
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.jaeger.model import name_kind


def list_services() -> list[str]:
    """By name."""
    return [service.name for service in reading.list_services(DEFAULT_PROJECT)]


def list_operations(service: str, kind: str = "") -> list[tuple[str, str]]:
    """Name and kind of each operation of a service (of one kind), by name; the kind is empty where none was sent."""
    if not service:
        return []
    found = [(item.name, name_kind(item.kind)) for item in reading.list_operations(DEFAULT_PROJECT, service)]
    return [pair for pair in dict.fromkeys(found) if kind in ("", pair[1])]
