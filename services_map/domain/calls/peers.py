"""Whom a span talks to, as far as its own attributes say: a database, a queue, something outside.

The names are those of OpenTelemetry's semantic conventions, the current ones first, then their older forms:
https://opentelemetry.io/docs/specs/semconv/.
"""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from services_map.domain.calls.nodes import Node, NodeKind
from traces.domain.attributes import AttributeValue, format_value
from traces.domain.span import SpanKind, clean_name

UNKNOWN: Final = "unknown"
_MAX_NAME_CHARS: Final = 200
_DATABASE_SYSTEMS = ("db.system.name", "db.system")
_DATABASE_NAMES = ("db.namespace", "db.name", "db.instance")
_DESTINATIONS = (
    "messaging.destination.template",
    "messaging.destination.name",
    "messaging.destination",
    "message_bus.destination",
)
_TEMPORARY = ("messaging.destination.temporary", "messaging.temp_destination", "messaging.destination.anonymous")
_MESSAGING_SYSTEMS = ("messaging.system",)
_OPERATIONS = ("messaging.operation.type", "messaging.operation")
_SERVICES = ("service.peer.name", "peer.service")
_ADDRESSES = ("server.address", "net.peer.name", "peer.hostname", "network.peer.address", "net.peer.ip", "peer.address")
_URLS = ("url.full", "http.url")
_HOSTS = ("http.host",)
#: All attributes that `read_peer` looks at.
PEER_KEYS: Final = frozenset(
    _DATABASE_SYSTEMS + _DATABASE_NAMES + _DESTINATIONS + _TEMPORARY + _MESSAGING_SYSTEMS + _OPERATIONS
    + _SERVICES + _ADDRESSES + _URLS + _HOSTS
)  # fmt: skip
_TRUE = "true"
_FETCHES = frozenset({"receive", "process", "deliver"})


def read_peer(kind: int, attributes: Mapping[str, AttributeValue]) -> tuple[Node | None, bool]:
    """The node that a span of `kind` talks to, and whether it receives from there instead of asking it.

    None where it names none. A node of kind EXTERNAL may turn out to be a service that sends spans.
    """
    if not attributes:
        return None, False
    if kind in (SpanKind.PRODUCER, SpanKind.CONSUMER):
        return _read_queue(attributes), kind == SpanKind.CONSUMER
    if kind == SpanKind.CLIENT:
        if queue := _read_queue(attributes):
            return queue, _first(attributes, _OPERATIONS) in _FETCHES
        return _read_database(attributes) or _read_external(attributes), False
    if kind == SpanKind.SERVER:
        return _external(_first(attributes, _SERVICES)), True
    if kind == SpanKind.UNSPECIFIED:
        return _read_database(attributes), False
    return None, False


def _read_database(attributes: Mapping[str, AttributeValue]) -> Node | None:
    """A database is known by its system and its name: `postgresql/orders`; without a name, by where it is."""
    system = _first(attributes, _DATABASE_SYSTEMS)
    if not system:
        return None
    name = _first(attributes, _DATABASE_NAMES) or _first(attributes, _SERVICES + _ADDRESSES)
    return Node(NodeKind.DATABASE, _clean(f"{system}/{name}" if name else system))


def _read_queue(attributes: Mapping[str, AttributeValue]) -> Node | None:
    """Queues and topics by name; those that exist for one conversation only count as one."""
    system = _first(attributes, _MESSAGING_SYSTEMS)
    if any(_first(attributes, (key,)) == _TRUE for key in _TEMPORARY):
        return Node(NodeKind.QUEUE, _clean(f"{system or 'queue'}/(temporary)"))
    name = _first(attributes, _DESTINATIONS)
    if not name and not system:
        return None
    return Node(NodeKind.QUEUE, _clean(f"{system}/{name}" if name and system else name or system))


def _read_external(attributes: Mapping[str, AttributeValue]) -> Node | None:
    name = _first(attributes, _SERVICES + _ADDRESSES)
    return _external(name or _host_of(attributes))


def _external(name: str) -> Node | None:
    return Node(NodeKind.EXTERNAL, _clean(name)) if name else None


def _host_of(attributes: Mapping[str, AttributeValue]) -> str:
    host = _first(attributes, _HOSTS)
    try:
        return urlsplit(f"//{host}").hostname or "" if host else urlsplit(_first(attributes, _URLS)).hostname or ""
    except ValueError:
        return ""


def _first(attributes: Mapping[str, AttributeValue], keys: tuple[str, ...]) -> str:
    """The first of these attributes that says something."""
    for key in keys:
        if key in attributes and (text := format_value(attributes[key]).strip()):
            return text
    return ""


def _clean(name: str) -> str:
    return clean_name(name)[:_MAX_NAME_CHARS]


def remember_peers() -> Callable[[int, Mapping[str, AttributeValue]], tuple[Node | None, bool]]:
    """`read_peer` that looks at equal attributes once: few are distinct."""
    known: dict[tuple[object, ...], tuple[Node | None, bool]] = {}

    def read(kind: int, attributes: Mapping[str, AttributeValue]) -> tuple[Node | None, bool]:
        if not attributes:
            return None, False
        key = (kind, *attributes.items())
        try:
            found = known.get(key)
        except TypeError:  # an array or a map as value
            return read_peer(kind, attributes)
        if found is None:
            found = known[key] = read_peer(kind, attributes)
        return found

    return read
