"""An invented landscape of services: who they are, what they do, whom they call. The same numbers give the same one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count as count_from
from itertools import islice

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from traces.domain.span import SpanKind

_NAMES = (
    "storefront", "checkout", "orders", "payments", "catalogue", "search", "cart", "shipping", "accounts", "pricing",
    "stock", "mail", "invoices", "reviews", "recommendations", "fraud", "warehouse", "returns", "currency", "coupons",
    "images", "audit", "sessions", "geography", "taxes", "loyalty", "subscriptions", "notifications", "reports", "ads",
)  # fmt: skip
_THINGS = ("orders", "items", "customers", "addresses", "prices", "baskets", "labels", "receipts", "offers", "photos")
_WORK = (
    ("GET /{thing}", SpanKind.SERVER),
    ("GET /{thing}/{{id}}", SpanKind.SERVER),
    ("POST /{thing}", SpanKind.SERVER),
    ("SELECT {thing}", SpanKind.CLIENT),
    ("validate {thing}", SpanKind.INTERNAL),
    ("PUT /{thing}/{{id}}", SpanKind.SERVER),
    ("{thing} process", SpanKind.CONSUMER),
    ("render {thing}", SpanKind.INTERNAL),
    ("DELETE /{thing}/{{id}}", SpanKind.SERVER),
    ("{thing} publish", SpanKind.PRODUCER),
)
_DATABASES = ("shop (postgresql)", "sessions (redis)", "search (elasticsearch)")
_QUEUES = ("order-events (kafka)", "mail-jobs (rabbitmq)")
_EXTERNALS = ("api.bank.example", "maps.example.com", "smtp.example.org:587")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedService:
    """`tier` 0 stands in front; every service has at least one operation."""

    name: str
    tier: int
    operations: tuple[tuple[str, SpanKind], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLink:
    """`share` is its traffic, measured by that of a service's busiest operation."""

    edge: Edge
    share: float
    is_unpaired: bool


def plan_services(count: int, operations: int) -> list[PlannedService]:
    """So many services, and about so many operations of all together, at least one each."""
    each, more = divmod(max(count, operations), count)
    return [
        PlannedService(
            name=_NAMES[n % len(_NAMES)] + (f"-{n // len(_NAMES) + 1}" if n >= len(_NAMES) else ""),
            tier=min(4, (n * 5) // count) if n else 0,
            operations=tuple(islice(_list_work(), each + (n < more))),
        )
        for n in range(count)
    ]


def _list_work() -> Iterator[tuple[str, SpanKind]]:
    """As many as anybody asks for, each once."""
    for thing in _THINGS:
        for pattern, kind in _WORK:
            yield pattern.format(thing=thing), kind
    for number in count_from(1):
        yield f"GET /legacy/{number}", SpanKind.SERVER


def plan_links(services: Sequence[PlannedService]) -> list[PlannedLink]:
    """Calls from tier to tier, and into databases, queues, other people's systems; users in front."""
    nodes = [Node(NodeKind.SERVICE, service.name) for service in services]
    found: list[PlannedLink] = []
    for number, service in enumerate(services):
        if service.tier == 0:
            found.append(_link(USER, nodes[number], Connection.CALL, 1.0))
        for step, share in ((1, 0.9), (3, 0.4), (7, 0.15)):
            if number + step < len(services):
                found.append(_link(nodes[number], nodes[number + step], Connection.CALL, share))
        if number % 2:
            database = Node(NodeKind.DATABASE, _DATABASES[number // 2 % len(_DATABASES)])
            found.append(_link(nodes[number], database, Connection.QUERY, 1.5))
        if number % 5 == 2:
            queue = Node(NodeKind.QUEUE, _QUEUES[number // 5 % len(_QUEUES)])
            found.append(_link(nodes[number], queue, Connection.MESSAGE, 0.3))
            if number + 2 < len(services):
                found.append(_link(queue, nodes[number + 2], Connection.MESSAGE, 0.3))
        if number % 7 == 3:
            external = Node(NodeKind.EXTERNAL, _EXTERNALS[number // 7 % len(_EXTERNALS)])
            found.append(_link(nodes[number], external, Connection.CALL, 0.2))
    return found


def _link(caller: Node, callee: Node, connection: Connection, share: float) -> PlannedLink:
    is_unpaired = callee.kind != NodeKind.SERVICE
    return PlannedLink(edge=Edge(caller, callee, connection), share=share, is_unpaired=is_unpaired)
