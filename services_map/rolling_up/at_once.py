"""Most calls have both sides in the blocks that are rolled up together: they are counted at once, from the columns.

The rules are those of `domain.calls.pairing`, for the cases in which nothing can come that changes what is known. All
other spans become ends, which `pairing.pair` is given.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.domain.calls.pairing import Call, End
from services_map.domain.calls.peers import remember_peers
from services_map.rolling_up.gathering import Gathered
from traces.domain.attributes import AttributeValue
from traces.domain.span import Service, SpanKind, StatusCode

_SERVER: Final = SpanKind.SERVER.value
_CLIENT: Final = SpanKind.CLIENT.value
_CALLERS: Final = (SpanKind.CLIENT.value, SpanKind.PRODUCER.value)
_CONSUMER: Final = SpanKind.CONSUMER.value
_PRODUCER: Final = SpanKind.PRODUCER.value
#: What a caller as parent matters to, within one service.
_PAIRED: Final = (_SERVER, *_CALLERS)
_NODES_OF_THEIR_OWN: Final = (NodeKind.DATABASE, NodeKind.QUEUE)
# https://github.com/open-telemetry/opentelemetry-proto: whether the parent is remote is known, and it is not.
_PARENT_MASK: Final = 0x300
_PARENT_IS_LOCAL: Final = 0x100
Peer = tuple[Node | None, bool]


def sort_out(
    spans: Gathered,
    services: Mapping[int, Service],
    wanted: Collection[tuple[bytes, bytes]] = (),
    *,
    ids_are_shared: bool = False,
) -> tuple[list[Call], list[End]]:
    """The calls that are certain, and the spans that pairing has to see.

    Ends that wait already may concern the spans that are `wanted`, by trace and span id. Where clients and servers are
    known to share ids nothing is certain.
    """
    return _Sorter(spans, services).sort_out(wanted, ids_are_shared)


class _Sorter:
    """The spans of some blocks by their place in the columns."""

    def __init__(self, spans: Gathered, services: Mapping[int, Service]) -> None:
        self._spans = spans
        self._nodes = {number: Node(NodeKind.SERVICE, service.name) for number, service in services.items()}
        self._read_peer: Callable[[int, Mapping[str, AttributeValue]], Peer] = remember_peers()
        self._places: dict[tuple[bytes, bytes], list[int]] = {}
        for index, key in enumerate(zip(spans.trace_ids, spans.span_ids, strict=True)):
            self._places.setdefault(key, []).append(index)
        self._calls: list[Call] = []
        #: Spans that pairing has to see; callers whose callee is known; spans whose parent plays no part.
        self._open: set[int] = set()
        self._answered: set[int] = set()
        self._without_caller: set[int] = set()

    def sort_out(self, wanted: Collection[tuple[bytes, bytes]], ids_are_shared: bool) -> tuple[list[Call], list[End]]:
        places = self._places
        uncertain = {index for key in wanted for index in places.get(key, ())}
        uncertain.update(index for halves in places.values() if len(halves) > 1 for index in halves)
        callers = []
        columns = zip(self._spans.trace_ids, self._spans.parent_ids, self._spans.kinds, strict=True)
        for index, (trace_id, parent_id, kind) in enumerate(columns):
            parents: Sequence[int] = places.get((trace_id, parent_id), ()) if parent_id is not None else ()
            is_open = ids_are_shared or index in uncertain or any(parent in uncertain for parent in parents)
            if is_open or not self._is_certain(index, parent_id, parents, kind):
                self._open.add(index)
                self._open.update(parents)
            elif kind in _CALLERS:
                callers.append(index)
        self._open.update(index for index in callers if index not in self._answered and not self._has_own_peer(index))
        return self._calls, list(self._make_ends())

    def _is_certain(self, index: int, parent_id: bytes | None, parents: Sequence[int], kind: int) -> bool:
        """Count what a span and its parent say together. False where that is not certain; nothing is counted then."""
        spans = self._spans
        if parent_id is None:
            if kind == _CONSUMER and not self._has_own_peer(index):
                return False
            if kind == _SERVER:
                self._count(index, self._peer(index)[0] or USER, self._node(index), Connection.CALL)
        elif len(parents) != 1 or parents[0] == index:
            return False
        elif spans.services[parents[0]] != spans.services[index]:
            above = spans.kinds[parents[0]]
            if kind == _CONSUMER or above == _PRODUCER:
                return False
            self._count(index, self._node(parents[0]), self._node(index), Connection.CALL, parents[0])
            if above == _CLIENT:
                self._answered.add(parents[0])
        elif kind == _CONSUMER or (kind in _PAIRED and spans.kinds[parents[0]] in _CALLERS):
            return False
        self._without_caller.add(index)
        self._count_own_peer(index)
        return True

    def _count_own_peer(self, index: int) -> None:
        peer, fetches = self._peer(index)
        if peer is not None and peer.kind in _NODES_OF_THEIR_OWN:
            caller, callee = (peer, self._node(index)) if fetches else (self._node(index), peer)
            self._count(
                index, caller, callee, Connection.QUERY if peer.kind == NodeKind.DATABASE else Connection.MESSAGE
            )

    def _count(self, index: int, caller: Node, callee: Node, connection: Connection, parent: int | None = None) -> None:
        spans = self._spans
        duration_ns, is_error = spans.durations_ns[index], spans.statuses[index] == StatusCode.ERROR
        if parent is not None and spans.kinds[parent] == _CLIENT:
            duration_ns = spans.durations_ns[parent]
            is_error = is_error or spans.statuses[parent] == StatusCode.ERROR
        self._calls.append(
            Call(
                Edge(caller, callee, connection), spans.starts_ns[index], duration_ns, is_error, spans.units[index],
                spans.trace_ids[index], spans.span_ids[index],
            )
        )  # fmt: skip

    def _node(self, index: int) -> Node:
        return self._nodes[self._spans.services[index]]

    def _peer(self, index: int) -> Peer:
        attributes = self._spans.attributes[index]
        return self._read_peer(self._spans.kinds[index], attributes) if attributes else (None, False)

    def _has_own_peer(self, index: int) -> bool:
        peer = self._peer(index)[0]
        return peer is not None and peer.kind in _NODES_OF_THEIR_OWN

    def _make_ends(self) -> Iterator[End]:
        spans = self._spans
        for index in sorted(self._open):
            peer, fetches = self._peer(index)
            yield End(
                trace_id=spans.trace_ids[index],
                span_id=spans.span_ids[index],
                parent_id=spans.parent_ids[index],
                service=self._node(index),
                kind=spans.kinds[index],
                start_ns=spans.starts_ns[index],
                duration_ns=spans.durations_ns[index],
                is_error=spans.statuses[index] == StatusCode.ERROR,
                units=spans.units[index],
                peer=peer,
                fetches=fetches,
                is_local=spans.wire_flags[index] & _PARENT_MASK == _PARENT_IS_LOCAL,
                links=spans.links[index],
                is_counted=index in self._without_caller,
                is_answered=index in self._answered,
            )
