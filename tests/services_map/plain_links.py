"""Calls between services computed plainly from whole traces: what rolling up must end equal to."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.domain.calls.pairing import End
from traces.domain.span import SpanKind

Key = tuple[Edge, int, int, bool, bool]
_OWN = (NodeKind.DATABASE, NodeKind.QUEUE)
_CALLERS = (SpanKind.CLIENT, SpanKind.PRODUCER)


def count_links(spans: Sequence[End]) -> Counter[Key]:
    """(edge, start, duration, failed, unpaired) of every call, of spans that are all here and each once."""
    calls: Counter[Key] = Counter()
    answered: set[int] = set()
    by_id: dict[tuple[bytes, bytes], list[End]] = defaultdict(list)
    for span in spans:
        by_id[span.trace_id, span.span_id].append(span)
    for span in spans:
        if span.peer and span.peer.kind in _OWN:
            caller, callee = (span.peer, span.service) if span.fetches else (span.service, span.peer)
            connection = Connection.QUERY if span.peer.kind == NodeKind.DATABASE else Connection.MESSAGE
            calls[Edge(caller, callee, connection), span.start_ns, span.duration_ns, span.is_error, False] += 1
        parent, is_shared = find_parent(span, by_id)
        if parent is None:
            if span.kind == SpanKind.SERVER:
                edge = Edge(span.peer or USER, span.service, Connection.CALL)
                calls[edge, span.start_ns, span.duration_ns, span.is_error, False] += 1
            continue
        key = key_between(parent, span, is_shared)
        if key:
            calls[key] += 1
        if key or (parent.kind in _CALLERS and span.kind in _CALLERS):
            answered.add(id(parent))
    for span in spans:
        if span.kind in _CALLERS and id(span) not in answered and not (span.peer and span.peer.kind in _OWN):
            is_message = span.kind == SpanKind.PRODUCER
            unknown = Node(NodeKind.QUEUE if is_message else NodeKind.EXTERNAL, "unknown")
            edge = Edge(span.service, span.peer or unknown, Connection.MESSAGE if is_message else Connection.CALL)
            calls[edge, span.start_ns, span.duration_ns, span.is_error, True] += 1
    return calls


def find_parent(span: End, by_id: Mapping[tuple[bytes, bytes], Sequence[End]]) -> tuple[End | None, bool]:
    """What called a span, and whether that shares its id with it."""
    same = by_id.get((span.trace_id, span.span_id), ())
    clients = [other for other in same if other.kind == SpanKind.CLIENT]
    if span.kind == SpanKind.SERVER and clients:
        return clients[0], True
    found = by_id.get((span.trace_id, span.parent_id), ()) if span.parent_id else ()
    halves = [other for other in found if other is not span]
    own = [half for half in halves if half.service == span.service]
    wanted = SpanKind.CLIENT if span.kind == SpanKind.SERVER else SpanKind.SERVER
    right = [half for half in own or halves if half.kind == wanted]
    for group in (right, own, halves):
        if group:
            return min(group, key=lambda half: (half.service, half.kind)), False
    if span.kind == SpanKind.CONSUMER and not (span.peer and span.peer.kind in _OWN):
        linked = [other for key in span.links for other in by_id.get(key, ()) if other.kind in _CALLERS]
        return (linked[0] if linked else None), False
    return None, False


def key_between(parent: End, child: End, is_shared: bool) -> Key | None:
    """The call that a parent and its child are, if they are one."""
    is_error, duration_ns = child.is_error, child.duration_ns
    if child.kind == SpanKind.CONSUMER and child.peer:
        if parent.kind != SpanKind.PRODUCER or parent.peer:
            return None
        edge = Edge(parent.service, child.peer, Connection.MESSAGE)
    elif child.kind == SpanKind.CONSUMER and parent.kind == SpanKind.PRODUCER:
        return (
            Edge(parent.peer or parent.service, child.service, Connection.MESSAGE),
            child.start_ns, duration_ns, is_error, False,
        )  # fmt: skip
    else:
        is_loop = parent.kind == SpanKind.CLIENT and child.kind == SpanKind.SERVER
        if parent.service == child.service and not is_loop and not is_shared:
            return None
        connection = Connection.MESSAGE if child.kind == SpanKind.CONSUMER else Connection.CALL
        edge = Edge(parent.service, child.service, connection)
    if parent.kind in _CALLERS:
        is_error, duration_ns = is_error or parent.is_error, parent.duration_ns
    return edge, child.start_ns, duration_ns, is_error, False
