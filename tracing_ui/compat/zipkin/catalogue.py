"""Names as Zipkin lists them: in lower case, each once."""

from collections.abc import Iterable

from django.conf import settings

from services_map import reading as services_reading
from services_map.domain.calls.nodes import NodeKind
from services_map.domain.errors import ServiceNotFound
from traces import reading
from traces.domain.attributes import format_value
from traces.domain.query import Place, Window
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.zipkin.clauses import Spellings
from tracing_ui.compat.zipkin.query import ZipkinQuery

_NS_PER_HOUR = 3_600 * 10**9
# Where spans are kept for ever, whom a service called in this time.
_MONTH_HOURS = 30 * 24
_MAX_VALUES = 100
_NOT_CALLING_IN = frozenset((NodeKind.SERVICE, NodeKind.USER))


def list_services() -> set[str]:
    return {name.lower() for name in _list_services()}


def list_span_names(service: str) -> set[str]:
    """The names of a service's spans."""
    operations = (reading.list_operations(DEFAULT_PROJECT, name) for name in spell_service(service))
    return {operation.name.lower() for found in operations for operation in found if operation.name}


def list_remote_services(service: str, now_ns: int) -> set[str]:
    """Whom a service calls, and the queues and outsiders that call it: what its spans can name as their other end."""
    window = Window(start_ns=now_ns - (settings.RETENTION_HOURS or _MONTH_HOURS) * _NS_PER_HOUR, end_ns=now_ns)
    found: set[str] = set()
    for name in spell_service(service):
        try:
            near = services_reading.load_neighbours(DEFAULT_PROJECT, window, window, name, now_ns)
        except ServiceNotFound:
            continue
        found |= {link.edge.callee.name.lower() for link in near.callees}
        callers = (link.edge.caller for link in near.callers)
        found |= {caller.name.lower() for caller in callers if caller.kind not in _NOT_CALLING_IN}
    return found


def list_tag_keys() -> set[str]:
    """Zipkin lists the keys that it was told of; here all are known."""
    return {each.key for each in reading.list_attribute_keys(DEFAULT_PROJECT) if each.place in _PLACES_OF_TAGS}


_PLACES_OF_TAGS = (Place.SPAN, Place.RESOURCE)


def list_tag_values(key: str) -> set[str]:
    """The most frequent of the newest values."""
    counts = (reading.count_attribute_values(DEFAULT_PROJECT, place, key, _MAX_VALUES) for place in _PLACES_OF_TAGS)
    return {format_value(found.value) for of_place in counts for found in of_place}


def spell_service(name: str) -> list[str]:
    """The services that have this name but for its case."""
    return _spell(name, _list_services())


def spell_names(query: ZipkinQuery) -> Spellings:
    """The names in a query as their senders spell them."""
    every = _list_services()
    services = [] if query.service is None else _spell(query.service, every)
    answering = [] if query.remote_service is None else _spell(query.remote_service, every)
    if query.span_name is None:
        span_names: list[str] = []
    elif query.service is None:
        span_names = _spell(query.span_name, _list_span_names(None))
    else:
        span_names = [each for name in services for each in _spell(query.span_name, _list_span_names(name))]
    remote = [] if query.remote_service is None else _spell(query.remote_service, _list_told_names())
    return Spellings(services=services, span_names=span_names, remote=remote, answering=answering)


def _list_told_names() -> list[str]:
    """How senders name the other ends of their spans: those that are frequent just now."""
    counts = reading.count_attribute_values(DEFAULT_PROJECT, Place.SPAN, "peer.service", _MAX_VALUES)
    return [format_value(found.value) for found in counts]


def _list_services() -> list[str]:
    return [service.name for service in reading.list_services(DEFAULT_PROJECT)]


def _list_span_names(service: str | None) -> Iterable[str]:
    return (operation.name for operation in reading.list_operations(DEFAULT_PROJECT, service))


def _spell(name: str, among: Iterable[str]) -> list[str]:
    lower = name.lower()
    return list(dict.fromkeys(each for each in among if each.lower() == lower))
