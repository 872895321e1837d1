"""Calls between services computed plainly from whole traces: what rolling up must end equal to."""

from collections import Counter
from collections.abc import Sequence

from services_map.domain.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.domain.pairing import End
from traces.domain.span import SpanKind

Key = tuple[Edge, int, int, bool, bool]
_OWN = (NodeKind.DATABASE, NodeKind.QUEUE)
_CALLERS = (SpanKind.CLIENT, SpanKind.PRODUCER)


def count_links(spans: Sequence[End]) -> Counter[Key]:
    """(edge, start, duration, failed, unpaired) of every call, of spans that are all here and each once."""
    calls: Counter[Key] = Counter()
    answered: set[int] = set()
    for span in spans:
        if span.peer and span.peer.kind in _OWN:
            caller, callee = (span.peer, span.service) if span.fetches else (span.service, span.peer)
            connection = Connection.QUERY if span.peer.kind == NodeKind.DATABASE else Connection.MESSAGE
            calls[Edge(caller, callee, connection), span.start_ns, span.duration_ns, span.is_error, False] += 1
        parent, is_shared = find_parent(span, spans)
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


def find_parent(span: End, spans: Sequence[End]) -> tuple[End | None, bool]:
    """What called a span, and whether that shares its id with it."""
    if span.kind == SpanKind.SERVER:
        for other in spans:
            if (other.trace_id, other.span_id, other.kind) == (span.trace_id, span.span_id, SpanKind.CLIENT):
                return other, True
    halves = [
        other
        for other in spans
        if other is not span and (other.trace_id, other.span_id) == (span.trace_id, span.parent_id)
    ]
    own = [half for half in halves if half.service == span.service]
    wanted = SpanKind.CLIENT if span.kind == SpanKind.SERVER else SpanKind.SERVER
    right = [half for half in own or halves if half.kind == wanted]
    for group in (right, own, halves):
        if group:
            return min(group, key=lambda half: (half.service, half.kind)), False
    linked = [other for other in spans if (other.trace_id, other.span_id) in span.links and other.kind in _CALLERS]
    if span.kind == SpanKind.CONSUMER and not (span.peer and span.peer.kind in _OWN) and linked:
        return linked[0], False
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
