"""A small map with known calls: user → shop → pay, orders, events. pay fails, and orders got slower."""

import time

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.models import Subject
from tests.services_map.rows import Call, add_link, calls_edge, learn_operation, write_calls
from traces.models import Service

MS = 1_000_000
#: A whole minute, so far back that the hour after it is over.
THEN_S = time.time_ns() // 1_000_000_000 // 60 * 60 - 7_200
WINDOW = f"start={THEN_S}&end={THEN_S + 3_600}"
SHOP = Node(NodeKind.SERVICE, "shop")
ORDERS = Node(NodeKind.DATABASE, "orders")
EVENTS = Node(NodeKind.QUEUE, "events")


def link(edge: Edge, *calls: Call, before: tuple[Call, ...] = (), at_s: int = THEN_S) -> int:
    """Calls over a link, in the hour from `at_s` on and in the hour before."""
    number = add_link(edge)
    write_calls(Subject.LINK, number, at_s, *calls)
    if before:
        write_calls(Subject.LINK, number, at_s - 3_600, *before)
    return number


def learn(name: str, *calls: Call, at_s: int = THEN_S) -> None:
    """Calls of a service, which is learned if it is new."""
    service = Service.objects.filter(name=name).values_list("pk", flat=True).first() or learn_operation(name)[0]
    write_calls(Subject.SERVICE, service, at_s, *calls)


def fill_map(at_s: int = THEN_S) -> None:
    """An hour of the shop."""
    learn("shop", Call(duration_ns=200 * MS, count=3_600), at_s=at_s)
    failed = Call(duration_ns=50 * MS, count=360, is_failed=True)
    learn("pay", Call(duration_ns=50 * MS, count=3_240), failed, at_s=at_s)
    link(Edge(USER, SHOP, Connection.CALL), Call(duration_ns=200 * MS, count=3_600), at_s=at_s)
    link(
        calls_edge("shop", "pay"),
        Call(duration_ns=60 * MS, count=3_240),
        Call(duration_ns=60 * MS, count=360, is_failed=True, is_root=True, trace_id=b"\x0a" * 16, span_id=b"\x0b" * 8),
        before=(Call(duration_ns=60 * MS, count=3_600),),
        at_s=at_s,
    )
    link(
        Edge(SHOP, ORDERS, Connection.QUERY),
        Call(duration_ns=90 * MS, count=36_000, trace_id=b"\x0c" * 16),
        before=(Call(duration_ns=30 * MS, count=36_000),),
        at_s=at_s,
    )
    link(Edge(SHOP, EVENTS, Connection.MESSAGE), Call(duration_ns=2 * MS, count=360), at_s=at_s)
