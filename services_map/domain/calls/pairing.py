"""From the spans of traces to calls between services: which call has which caller. Pure; docs/adr/0013 has the rules.

Spans of a trace arrive in any order, in many blocks. An `End` is a span that waits: a caller for whom it called, a
callee for who called it. `pair` is given the new spans of some traces and the ends that wait there, and says what is to
be counted, which ends wait on and which are done. What an end has been counted as for the time being (`counted`: a call
of nobody known, or to nobody known) is taken back when its partner comes after all.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.domain.calls.peers import UNKNOWN
from traces.domain.span import SpanKind

# Plain numbers: an enumeration's members cost more to compare than all else here.
_SERVER: Final = SpanKind.SERVER.value
_CLIENT: Final = SpanKind.CLIENT.value
_PRODUCER: Final = SpanKind.PRODUCER.value
_CONSUMER: Final = SpanKind.CONSUMER.value
_CALLERS: Final = (_CLIENT, _PRODUCER)
_SERVED: Final = (_SERVER, _CONSUMER)

#: What an end may wait for, as bits: a parent or a span it links to; a child in another service or its server half.
CALLER: Final = 1
CALLEE: Final = 2


class Call(NamedTuple):
    """One call to be counted: `times` is 1, or -1 to take one back."""

    edge: Edge
    start_ns: int
    duration_ns: int
    is_error: bool
    units: int
    trace_id: bytes
    span_id: bytes
    is_unpaired: bool = False
    times: int = 1

    def taken_back(self) -> "Call":
        return self._replace(times=-self.times)


@dataclass(slots=True, kw_only=True, eq=False)
class End:
    """A span as pairing sees it.

    `peer` is what its attributes name; `fetches` says that it receives from there. `is_local` means that its parent is
    known to live in its own process. `units` is its weight in WEIGHT_UNITs. `row` is where it is kept while it waits.
    """

    trace_id: bytes
    span_id: bytes
    parent_id: bytes | None
    service: Node
    kind: int
    start_ns: int
    duration_ns: int
    is_error: bool
    units: int
    peer: Node | None = None
    fetches: bool = False
    is_local: bool = False
    links: tuple[tuple[bytes, bytes], ...] = ()
    waiting: int = 0
    called: Call | None = None
    unpaired: Call | None = None
    is_answered: bool = False
    is_settled: bool = False
    row: int | None = None
    is_changed: bool = False

    @property
    def has_own_peer(self) -> bool:
        """Whether what it talks to is a node by itself: nobody else has to be found for it."""
        return self.peer is not None and self.peer.kind in (NodeKind.DATABASE, NodeKind.QUEUE)

    @property
    def awaits_callee(self) -> bool:
        return bool(self.waiting & CALLEE)

    @property
    def awaits_caller(self) -> bool:
        return bool(self.waiting & CALLER)


@dataclass(slots=True)
class Outcome:
    """`kept` are new or changed ends that wait on, `done` the rows of those that need not.

    `ids_are_shared` says whether halves were seen that share an id, now or before.
    """

    calls: list[Call] = field(default_factory=list)
    kept: list[End] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    ids_are_shared: bool = False


def pair(new: Iterable[End], waiting: Iterable[End], *, ids_are_shared: bool = False) -> Outcome:
    """What new spans, each once, mean, given the ends that wait in their traces and in those that they link to.

    Where clients and servers are known to share ids, as Zipkin's do, a pair waits on until it is settled: a server's
    parent id is then its client's, and who its caller is may only turn out later.
    """
    outcome = Outcome(ids_are_shared=ids_are_shared)
    ends = _without_repetitions(new, waiting)
    ids: dict[tuple[bytes, bytes], list[End]] = defaultdict(list)
    for end in ends:
        ids[end.trace_id, end.span_id].append(end)
    outcome.ids_are_shared |= any(len(halves) > 1 for halves in ids.values())
    for end in ends:
        if end.row is None:
            _begin(end, outcome)
    for end in ends:
        if end.awaits_caller:
            _find_callers(end, ids, outcome)
    for end in ends:
        _keep(end, outcome)
    return outcome


def settle(end: End, found: Mapping[tuple[bytes, bytes], list[End]]) -> Outcome:
    """Count an end that has waited long enough. `found` are spans that are stored, by trace and span id.

    What is counted now stays for a while, in case the partner comes after all. So does a child whose parent is found
    only here: that parent may still have to pass through `pair`.
    """
    outcome = Outcome()
    if end.is_settled:
        return outcome
    if end.awaits_caller:
        if end.called is not None:
            end.waiting = end.waiting & ~CALLER
        elif call := _late_call(end, found):
            end.called = call
            outcome.calls.append(call)
    if end.awaits_callee and (end.is_answered or _has_server_half(end, found)):
        # That is counted as a call of its own, by its parent.
        end.waiting = end.waiting & ~CALLEE
    elif end.awaits_callee:
        end.unpaired = _unpaired(end)
        outcome.calls.append(end.unpaired)
    end.is_settled = end.is_changed = True
    _keep(end, outcome)
    return outcome


def _late_call(end: End, found: Mapping[tuple[bytes, bytes], list[End]]) -> Call | None:
    shared = _shared_client(end, found)
    if parent := shared or _parent(end, found) or _linked(end, found):
        return _call_between(parent, end, is_shared=shared is not None)
    return _call_from_outside(end) if end.kind == _SERVER else None


def wanted_by(end: End) -> Iterator[tuple[bytes, bytes]]:
    """The spans (trace, span) that `settle` looks for."""
    if end.awaits_caller and end.called is None:
        yield from callers_of(end)
    if end.awaits_callee and end.kind == _CLIENT:
        yield end.trace_id, end.span_id


def callers_of(end: End) -> Iterator[tuple[bytes, bytes]]:
    """The spans (trace, span) that may have called it."""
    if end.parent_id:
        yield end.trace_id, end.parent_id
    if end.kind == _CONSUMER and not end.has_own_peer:
        yield from end.links
    if end.kind == _SERVER:
        yield end.trace_id, end.span_id


def _without_repetitions(new: Iterable[End], waiting: Iterable[End]) -> list[End]:
    """One that waits already was met before."""
    known = {_identity(end): end for end in waiting}
    return [*known.values(), *((end for end in new if _identity(end) not in known) if known else new)]


def _identity(end: End) -> tuple[object, ...]:
    return end.trace_id, end.span_id, end.kind, end.service.name, end.start_ns, end.duration_ns


def _begin(end: End, outcome: Outcome) -> None:
    """Count what a span says by itself; what it cannot know it begins to wait for."""
    awaits_callee = awaits_caller = False
    if end.peer is not None and end.has_own_peer:
        is_query = end.peer.kind == NodeKind.DATABASE
        connection = Connection.QUERY if is_query else Connection.MESSAGE
        caller, callee = (end.peer, end.service) if end.fetches else (end.service, end.peer)
        outcome.calls.append(_call(caller, callee, connection, end, None))
    elif end.kind in _CALLERS:
        awaits_callee = True
    if end.parent_id:
        # A child in its parent's process matters only where both are callers: then the inner one calls.
        awaits_caller = not end.is_local or end.kind in _CALLERS
    elif end.kind == _SERVER or (end.kind == _CONSUMER and end.links and not end.has_own_peer):
        awaits_caller = True
    end.waiting = awaits_caller * CALLER + awaits_callee * CALLEE


def _find_callers(end: End, ids: Mapping[tuple[bytes, bytes], list[End]], outcome: Outcome) -> None:
    """Pair an end with its caller, if that is among `ids`."""
    shared = _shared_client(end, ids)
    parent = shared or _parent(end, ids)
    if parent is not None and outcome.ids_are_shared and not end.is_settled and _may_have_another_half(parent, end):
        # Only `settle` knows whether a server shares the client's id; somebody answered it in any case.
        _note_answer(parent, outcome)
    elif parent is not None:
        _meet(parent, end, outcome, is_shared=shared is not None)
    elif end.called is None and (producer := _linked(end, ids)):
        _meet(producer, end, outcome)
    elif end.called is None and end.kind == _SERVER and not end.parent_id:
        # A root is called from outside, unless a client that shares its id comes later.
        end.called = _call_from_outside(end)
        end.is_changed = True
        outcome.calls.append(end.called)


def _may_have_another_half(parent: End, child: End) -> bool:
    return parent.kind == _CLIENT and child.kind not in _SERVED and parent.service != child.service


def _linked(end: End, ids: Mapping[tuple[bytes, bytes], list[End]]) -> End | None:
    """The producer that a consumer links to, where no queue is named that stands between them."""
    if end.kind != _CONSUMER or end.has_own_peer:
        return None
    return next((found for key in end.links for found in ids.get(key, ()) if found.kind in _CALLERS), None)


def _shared_client(end: End, ids: Mapping[tuple[bytes, bytes], list[End]]) -> End | None:
    """The client half of a server that shares its span id: Zipkin's B3."""
    if end.kind != _SERVER:
        return None
    return next((found for found in ids.get((end.trace_id, end.span_id), ()) if found.kind == _CLIENT), None)


def _has_server_half(end: End, ids: Mapping[tuple[bytes, bytes], list[End]]) -> bool:
    halves = ids.get((end.trace_id, end.span_id), ())
    return end.kind == _CLIENT and any(half.kind == _SERVER for half in halves)


def _parent(end: End, ids: Mapping[tuple[bytes, bytes], list[End]]) -> End | None:
    """Of two halves that share an id, a child belongs to the one in its own service, else a server to the client."""
    if not end.parent_id:
        return None
    halves = [found for found in ids.get((end.trace_id, end.parent_id), ()) if found is not end]
    if not halves:
        return None
    wanted = _CLIENT if end.kind == _SERVER else _SERVER
    return min(halves, key=lambda half: (half.service != end.service, half.kind != wanted, half.service, half.kind))


def _meet(parent: End, child: End, outcome: Outcome, *, is_shared: bool = False) -> None:
    """`parent` is what `child` was called by, or at least is its parent."""
    call = _call_between(parent, child, is_shared=is_shared)
    if call != child.called:
        if child.called is not None:
            outcome.calls.append(child.called.taken_back())
        if call is not None:
            outcome.calls.append(call)
        child.called, child.is_changed = call, True
    if parent.kind in _CALLERS and call is not None:
        _pair_callee(parent, outcome)
    elif parent.kind in _CALLERS and child.kind in _CALLERS:
        _note_answer(parent, outcome)
    # Where ids are shared another half may come, of its parent's id or its own, that says more.
    if not outcome.ids_are_shared or (call is None and child.kind != _SERVER):
        child.waiting, child.is_changed = child.waiting & ~CALLER, True


def _call_between(parent: End, child: End, *, is_shared: bool) -> Call | None:
    if child.kind == _CONSUMER and child.peer is not None and child.has_own_peer:
        names_no_queue = parent.kind == _PRODUCER and not parent.has_own_peer
        return _call(parent.service, child.peer, Connection.MESSAGE, child, parent) if names_no_queue else None
    if child.kind == _CONSUMER and parent.kind == _PRODUCER:
        caller = parent.peer if parent.peer is not None and parent.has_own_peer else parent.service
        return _call(caller, child.service, Connection.MESSAGE, child, None)
    is_loop = parent.kind == _CLIENT and child.kind == _SERVER
    if parent.service == child.service and not is_loop and not is_shared:
        return None
    connection = Connection.MESSAGE if child.kind == _CONSUMER else Connection.CALL
    return _call(parent.service, child.service, connection, child, parent)


def _pair_callee(parent: End, outcome: Outcome) -> None:
    """It called somebody who is known now."""
    if parent.awaits_callee:
        _note_answer(parent, outcome)
        if not outcome.ids_are_shared:
            parent.waiting = parent.waiting & ~CALLEE


def _note_answer(parent: End, outcome: Outcome) -> None:
    """It is no call to nobody, whoever it called."""
    if parent.unpaired is not None:
        outcome.calls.append(parent.unpaired.taken_back())
        parent.unpaired = None
    parent.is_answered = parent.is_changed = True


def _call_from_outside(end: End) -> Call:
    return _call(end.peer or USER, end.service, Connection.CALL, end, None)


def _unpaired(end: End) -> Call:
    if end.kind == _PRODUCER:
        peer, connection = end.peer or Node(NodeKind.QUEUE, UNKNOWN), Connection.MESSAGE
    else:
        peer, connection = end.peer or Node(NodeKind.EXTERNAL, UNKNOWN), Connection.CALL
    edge = Edge(end.service, peer, connection)
    return Call(
        edge=edge, start_ns=end.start_ns, duration_ns=end.duration_ns, is_error=end.is_error, units=end.units,
        trace_id=end.trace_id, span_id=end.span_id, is_unpaired=True,
    )  # fmt: skip


def _call(caller: Node, callee: Node, connection: Connection, span: End, client: End | None) -> Call:
    """A call, filed at the callee's start. Its duration is the caller's where a client span measured it."""
    is_measured = client is not None and client.kind in _CALLERS
    return Call(
        edge=Edge(caller, callee, connection),
        start_ns=span.start_ns,
        duration_ns=client.duration_ns if client is not None and is_measured else span.duration_ns,
        is_error=span.is_error or (client is not None and is_measured and client.is_error),
        units=span.units,
        trace_id=span.trace_id,
        span_id=span.span_id,
    )


def _keep(end: End, outcome: Outcome) -> None:
    if not end.waiting:
        if end.row is not None:
            outcome.done.append(end.row)
    elif end.row is None or end.is_changed:
        outcome.kept.append(end)
