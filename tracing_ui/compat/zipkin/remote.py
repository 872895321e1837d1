"""Who is at the other end of a span: the name of its remote endpoint. Pure.

Zipkin's senders name it. Where a sender of OpenTelemetry does not, it is the service that answered, else the database,
queue or host that the span's attributes speak of, by the name that the map gives it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from services_map.domain.calls.peers import read_peer
from traces.domain.attributes import Attributes
from traces.domain.columns import SpanColumns
from traces.domain.query import And, Comparison, Condition, Expression, Or, Place
from traces.domain.span import SpanKind

_CALLERS: Final = frozenset((SpanKind.CLIENT.value, SpanKind.PRODUCER.value))
_CALLED: Final = frozenset((SpanKind.SERVER.value, SpanKind.CONSUMER.value))
# Attributes that are such a name as a whole.
_NAMES: Final = (
    "zipkin.remote.service", "peer.service", "service.peer.name", "server.address", "net.peer.name", "peer.hostname",
    "network.peer.address", "net.peer.ip", "peer.address", "http.host", "db.system.name", "db.system",
    "messaging.system",
)  # fmt: skip
_DESTINATIONS: Final = (
    "messaging.destination.template", "messaging.destination.name", "messaging.destination", "message_bus.destination",
)  # fmt: skip
_SYSTEMS: Final = ("db.system.name", "db.system")
# What a database's name after its system can be.
_DATABASE_NAMES: Final = (
    "db.namespace", "db.name", "db.instance", "service.peer.name", "peer.service", "server.address", "net.peer.name",
    "peer.hostname", "network.peer.address", "net.peer.ip", "peer.address",
)  # fmt: skip
# Longer names are cut on the map.
_MAX_WHOLE_CHARS: Final = 200


def list_remote_names(kind: int, attributes: Attributes, told: str, answering: Iterable[str]) -> Iterator[str]:
    """The names of the other end, the best first; `told` is the remote endpoint's or empty, then services."""
    if told:
        yield told
    yield from answering
    node, _ = read_peer(kind, attributes)
    if node is not None:
        yield node.name


def find_answering(columns: SpanColumns) -> Mapping[bytes, Sequence[str]]:
    """Which other services answered a call, in lower case, by the id of the span that calls.

    `columns` are of a whole trace.
    """
    services = {number: operation.service.name.lower() for number, operation in columns.operations.items()}
    kinds = {number: operation.kind for number, operation in columns.operations.items()}
    callers = {
        span_id: services[number]
        for span_id, number in zip(columns.span_ids, columns.operation_ids, strict=True)
        if kinds[number] in _CALLERS
    }
    if not callers:
        return {}
    found: dict[bytes, set[str]] = defaultdict(set)
    rows = zip(columns.span_ids, columns.parent_span_ids, columns.operation_ids, strict=True)
    for span_id, parent_span_id, number in rows:
        if kinds[number] in _CALLED:
            # The halves of a call may have one id.
            for caller in (span_id, parent_span_id):
                if caller in callers and callers[caller] != services[number]:
                    found[caller].add(services[number])
    return {caller: sorted(names) for caller, names in found.items()}


def bound_remote(spellings: Sequence[str]) -> Expression:
    """What is true of a span whose remote endpoint has this name, by its own attributes.

    The first of `spellings` is the name itself, the others are how senders write it.
    """
    told = [_equals(key, text) for text in spellings for key in _NAMES]
    return Or((*told, *_bound_queue(spellings[0]), *_bound_database(spellings[0])))


def _bound_queue(text: str) -> list[Expression]:
    _, slash, name = text.partition("/")
    return [_equals(key, name if slash else text) for key in _DESTINATIONS]


def _bound_database(text: str) -> list[Expression]:
    """A database by its system, and by its name in any case: of one system there are many."""
    system, slash, name = text.partition("/")
    if not slash:
        return []
    is_system = Or(tuple(_equals(key, system) for key in _SYSTEMS))
    if len(text) >= _MAX_WHOLE_CHARS or not name.isascii() or name.isdecimal():
        return [is_system]
    pattern = rf"(?i)^\s*{re.escape(name)}\s*$"
    names = [
        Condition(place=Place.SPAN, key=key, comparison=Comparison.MATCHES, value=pattern) for key in _DATABASE_NAMES
    ]
    return [And((is_system, Or(tuple(names))))]


def _equals(key: str, text: str) -> Condition:
    return Condition(place=Place.SPAN, key=key, comparison=Comparison.EQUAL, value=text)
