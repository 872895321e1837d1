"""Which calls the spans of traces amount to, in whatever order they arrive."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.domain.calls.pairing import CALLER, Call, End, Outcome, pair, settle, wanted_by
from tests.services_map.plain_links import Key, count_links
from traces.domain.span import SpanKind

SERVER, CLIENT, INTERNAL = SpanKind.SERVER, SpanKind.CLIENT, SpanKind.INTERNAL
PRODUCER, CONSUMER = SpanKind.PRODUCER, SpanKind.CONSUMER


def service(name: str) -> Node:
    return Node(NodeKind.SERVICE, name)


def end(span: int, parent: int | None, name: str, kind: int, *, trace: int = 1, **more: Any) -> End:
    values: dict[str, Any] = {"start_ns": 1_000 * span, "duration_ns": 10 * span, "is_error": False, "units": 1}
    return End(
        trace_id=trace.to_bytes(16),
        span_id=span.to_bytes(8),
        parent_id=None if parent is None else parent.to_bytes(8),
        service=service(name),
        kind=kind,
        **(values | more),
    )


def edge(caller: str | Node, callee: str | Node, connection: Connection = Connection.CALL) -> Edge:
    ends = [service(node) if isinstance(node, str) else node for node in (caller, callee)]
    return Edge(ends[0], ends[1], connection)


class Tables:
    """What rolling up keeps, in memory: spans that were stored, ends that wait, and the sum of all calls."""

    def __init__(self) -> None:
        self.stored: dict[tuple[bytes, bytes], list[End]] = defaultdict(list)
        self.waiting: dict[int, End] = {}
        self.calls: Counter[Key] = Counter()
        self._rows = 0
        self.ids_are_shared = False

    def store(self, ends: Iterable[End]) -> None:
        for one in ends:
            self.stored[one.trace_id, one.span_id].append(copy(one))

    def roll_up(self, ends: Iterable[End]) -> None:
        waiting = [copy(one, row) for row, one in self.waiting.items()]
        outcome = pair(list(ends), waiting, ids_are_shared=self.ids_are_shared)
        self.ids_are_shared = outcome.ids_are_shared
        self._apply(outcome)

    def settle(self) -> None:
        for row, one in list(self.waiting.items()):
            mine = copy(one, row)
            found = {key: self.stored[key] for key in wanted_by(mine) if key in self.stored}
            self._apply(settle(mine, {key: [copy(span) for span in spans] for key, spans in found.items()}))

    def _apply(self, outcome: Outcome) -> None:
        for call in outcome.calls:
            self.calls[identify(call)] += call.times
        for one in outcome.kept:
            if one.row is None:
                self._rows += 1
            self.waiting[one.row or self._rows] = one
        for row in outcome.done:
            del self.waiting[row]

    def totals(self) -> Counter[Key]:
        assert all(count >= 0 for count in self.calls.values())
        return +self.calls


def copy(one: End, row: int | None = None) -> End:
    fields = {name: getattr(one, name) for name in End.__slots__}
    return End(**(fields | {"row": row, "is_changed": False}))


def identify(call: Call) -> Key:
    return call.edge, call.start_ns, call.duration_ns, call.is_error, call.is_unpaired


def edges_of(*spans: End) -> dict[Edge, int]:
    tables = Tables()
    tables.store(spans)
    tables.roll_up(spans)
    tables.settle()
    counts: Counter[Edge] = Counter()
    for key, count in tables.totals().items():
        counts[key[0]] += count
    return dict(counts)


def test_a_client_and_its_server_are_one_call() -> None:
    spans = [end(1, None, "web", SERVER), end(2, 1, "web", CLIENT), end(3, 2, "cart", SERVER)]
    assert edges_of(*spans) == {edge(USER, "web"): 1, edge("web", "cart"): 1}


def test_a_call_takes_as_long_as_its_client_waited_and_fails_with_either_side() -> None:
    outcome = pair([end(2, None, "web", CLIENT, is_error=True), end(3, 2, "cart", SERVER)], [])
    assert [(call.duration_ns, call.is_error, call.start_ns) for call in outcome.calls] == [(20, True, 3_000)]


def test_a_server_below_a_span_of_another_service_is_a_call_without_a_client() -> None:
    outcome = pair([end(1, None, "web", INTERNAL), end(2, 1, "cart", SERVER, is_error=True)], [])
    assert [(call.edge, call.duration_ns, call.is_error) for call in outcome.calls] == [(edge("web", "cart"), 20, True)]


def test_spans_without_kinds_are_calls_where_the_service_changes() -> None:
    spans = [end(1, None, "web", 0), end(2, 1, "web", 0), end(3, 2, "cart", 0), end(4, 3, "cart", 0)]
    assert edges_of(*spans) == {edge("web", "cart"): 1}


def test_a_service_may_call_itself() -> None:
    assert edges_of(end(1, None, "web", CLIENT), end(2, 1, "web", SERVER)) == {edge("web", "web"): 1}


def test_a_database_is_a_node_of_its_own() -> None:
    database = Node(NodeKind.DATABASE, "postgresql/orders")
    spans = [end(1, None, "web", SERVER), end(2, 1, "web", CLIENT, peer=database)]
    assert edges_of(*spans) == {edge(USER, "web"): 1, edge("web", database, Connection.QUERY): 1}


def test_a_queue_stands_between_its_producer_and_its_consumer() -> None:
    queue = Node(NodeKind.QUEUE, "kafka/orders")
    spans = [end(1, None, "web", PRODUCER, peer=queue), end(2, 1, "mail", CONSUMER, peer=queue, fetches=True)]
    message = Connection.MESSAGE
    assert edges_of(*spans) == {edge("web", queue, message): 1, edge(queue, "mail", message): 1}


def test_a_producer_and_a_consumer_that_name_no_queue_are_linked_directly() -> None:
    spans = [end(1, None, "web", PRODUCER), end(2, 1, "mail", CONSUMER)]
    assert edges_of(*spans) == {edge("web", "mail", Connection.MESSAGE): 1}


def test_one_side_that_names_the_queue_is_enough() -> None:
    queue, message = Node(NodeKind.QUEUE, "q"), Connection.MESSAGE
    ours = [end(1, None, "web", PRODUCER, peer=queue), end(2, 1, "mail", CONSUMER)]
    theirs = [end(1, None, "web", PRODUCER), end(2, 1, "mail", CONSUMER, peer=queue, fetches=True)]
    both = {edge("web", queue, message): 1, edge(queue, "mail", message): 1}
    assert edges_of(*ours) == edges_of(*theirs) == both


def test_a_consumer_that_links_to_its_producer_in_another_trace_is_paired() -> None:
    producer = end(1, None, "web", PRODUCER)
    consumer = end(2, None, "mail", CONSUMER, trace=2, links=((producer.trace_id, producer.span_id),))
    assert edges_of(producer, consumer) == {edge("web", "mail", Connection.MESSAGE): 1}


def test_a_client_nobody_answers_calls_something_outside() -> None:
    bank = Node(NodeKind.EXTERNAL, "bank.example")
    assert edges_of(end(1, None, "web", CLIENT, peer=bank)) == {edge("web", bank): 1}
    assert edges_of(end(1, None, "web", CLIENT)) == {edge("web", Node(NodeKind.EXTERNAL, "unknown")): 1}


def test_of_clients_in_each_other_the_inner_one_calls() -> None:
    bank = Node(NodeKind.EXTERNAL, "bank.example")
    assert edges_of(end(1, None, "web", CLIENT), end(2, 1, "web", CLIENT, peer=bank)) == {edge("web", bank): 1}


def test_a_server_whose_caller_never_arrives_was_called_from_outside() -> None:
    assert edges_of(end(2, 1, "cart", SERVER)) == {edge(USER, "cart"): 1}
    gateway = Node(NodeKind.EXTERNAL, "gateway")
    assert edges_of(end(2, 1, "cart", SERVER, peer=gateway)) == {edge(gateway, "cart"): 1}


def test_halves_that_share_an_id_are_one_call_and_children_belong_to_the_server() -> None:
    spans = [
        end(1, None, "web", SERVER),
        end(2, 1, "web", CLIENT),
        end(2, 1, "cart", SERVER, start_ns=2_001),
        end(3, 2, "cart", INTERNAL),
        end(4, 2, "cart", CLIENT),
        end(5, 4, "price", SERVER),
    ]
    assert edges_of(*spans) == {edge(USER, "web"): 1, edge("web", "cart"): 1, edge("cart", "price"): 1}


def test_a_root_that_shares_its_id_with_a_client_is_called_by_it() -> None:
    client, server = end(1, None, "web", CLIENT), end(1, None, "cart", SERVER, start_ns=1_001)
    for first, second in ((client, server), (server, client)):
        tables = Tables()
        tables.roll_up([copy(first)])
        tables.roll_up([copy(second)])
        tables.settle()
        assert [key[0] for key in tables.totals()] == [edge("web", "cart")]


def test_what_was_counted_alone_is_taken_back_when_the_partner_comes_late() -> None:
    client, server = end(1, None, "web", CLIENT), end(2, 1, "cart", SERVER)
    for first, second in ((client, server), (server, client)):
        tables = Tables()
        tables.store([first])
        tables.roll_up([copy(first)])
        tables.settle()
        assert [key[0] for key in tables.totals()] != [edge("web", "cart")]
        tables.store([second])
        tables.roll_up([copy(second)])
        tables.settle()
        assert [key[0] for key in tables.totals()] == [edge("web", "cart")]


def test_a_span_that_comes_again_while_it_waits_is_one_span() -> None:
    tables, client = Tables(), end(1, None, "web", CLIENT)
    tables.roll_up([copy(client)])
    tables.roll_up([copy(client)])
    tables.roll_up([end(2, 1, "cart", SERVER)])
    tables.settle()
    assert [(key[0], count) for key, count in tables.totals().items()] == [(edge("web", "cart"), 1)]


def test_a_span_that_is_its_own_parent_and_a_circle_are_no_calls() -> None:
    assert edges_of(end(1, 1, "web", INTERNAL)) == {}
    assert edges_of(end(1, 2, "web", INTERNAL), end(2, 1, "web", INTERNAL)) == {}


def test_a_local_parent_is_not_waited_for() -> None:
    outcome = pair([end(2, 1, "web", INTERNAL, is_local=True)], [])
    assert outcome.kept == []
    outcome = pair([end(2, 1, "web", INTERNAL)], [])
    assert [one.waiting for one in outcome.kept] == [CALLER]


KINDS = st.sampled_from([0, INTERNAL, SERVER, SERVER, CLIENT, CLIENT, PRODUCER, CONSUMER])
PEERS = [Node(NodeKind.DATABASE, "db"), Node(NodeKind.QUEUE, "q"), Node(NodeKind.EXTERNAL, "x"), None, None, None]


@st.composite
def traces(draw: st.DrawFn) -> list[End]:
    """A trace with spans that are missing, halves that share an id, and any kinds below each other.

    But where halves share an id, no third span answers the call: nobody sends that.
    """
    spans: list[End] = []
    served: set[int] = set()
    for span in range(1, draw(st.integers(1, 9)) + 1):
        parent = draw(st.sampled_from([None, 99]) if span == 1 else st.integers(1, span - 1))
        name, kind, peer = draw(st.sampled_from("abc")), draw(KINDS), draw(st.sampled_from(PEERS))
        if kind in (SERVER, CONSUMER) and parent in served:
            kind = INTERNAL
        if kind in (INTERNAL, SERVER) or (kind in (PRODUCER, CONSUMER) and peer and peer.kind != NodeKind.QUEUE):
            peer = None
        more: dict[str, Any] = {"peer": peer, "fetches": kind == CONSUMER, "is_error": draw(st.booleans())}
        spans.append(end(span, parent, name, kind, **more))
        if kind == CLIENT and peer is None and draw(st.booleans()):
            served.add(span)
            other = draw(st.sampled_from([letter for letter in "abc" if letter != name]))
            spans.append(end(span, parent, other, SERVER))
    missing = draw(st.sets(st.integers(1, 9), max_size=2))
    return [span for span in spans if int.from_bytes(span.span_id) not in missing]


@settings(max_examples=400, deadline=None)
@given(spans=traces(), data=st.data())
def test_the_order_of_arrival_does_not_matter(spans: list[End], data: st.DataObject) -> None:
    """However spans are spread over blocks, and whenever ends are settled, the sum is that of a plain computation.

    But halves that share an id have to come before their ends are settled, and not as the first of their project.
    """
    tables, is_simple = Tables(), len({span.span_id for span in spans}) == len(spans)
    tables.ids_are_shared = not is_simple
    rest = data.draw(st.permutations(spans))
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        batch, rest = rest[:size], rest[size:]
        tables.store(batch)
        tables.roll_up([copy(span) for span in batch])
        if is_simple and data.draw(st.booleans()):
            tables.settle()
    tables.settle()
    expected = count_links(spans)
    assert by_edge(tables.totals()) == by_edge(expected)
    if is_simple:
        assert tables.totals() == expected


def by_edge(calls: Counter[Key]) -> Counter[tuple[Edge, bool]]:
    """Without durations: of a call whose client half comes after it was counted, that of the server is kept."""
    counts: Counter[tuple[Edge, bool]] = Counter()
    for key, count in calls.items():
        counts[key[0], key[4]] += count
    return counts
