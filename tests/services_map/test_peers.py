"""Whom a span talks to, as its attributes say."""

import pytest

from services_map.domain.calls.nodes import Node, NodeKind
from services_map.domain.calls.peers import read_peer, remember_peers
from traces.domain.attributes import Attributes, AttributeValue
from traces.domain.span import SpanKind

DATABASE, QUEUE, EXTERNAL = NodeKind.DATABASE, NodeKind.QUEUE, NodeKind.EXTERNAL


@pytest.mark.parametrize(
    ("kind", "attributes", "node", "fetches"),
    [
        (
            SpanKind.CLIENT,
            {"db.system.name": "postgresql", "db.namespace": "orders"},
            (DATABASE, "postgresql/orders"),
            False,
        ),
        (SpanKind.CLIENT, {"db.system": "redis", "net.peer.name": "cache-1"}, (DATABASE, "redis/cache-1"), False),
        (SpanKind.CLIENT, {"db.system": "redis"}, (DATABASE, "redis"), False),
        (SpanKind.UNSPECIFIED, {"db.system": "mysql", "db.name": "a"}, (DATABASE, "mysql/a"), False),
        (
            SpanKind.PRODUCER,
            {"messaging.system": "kafka", "messaging.destination.name": "orders"},
            (QUEUE, "kafka/orders"),
            False,
        ),
        (
            SpanKind.CONSUMER,
            {"messaging.system": "kafka", "messaging.destination": "orders"},
            (QUEUE, "kafka/orders"),
            True,
        ),
        (SpanKind.CONSUMER, {"messaging.system": "sqs"}, (QUEUE, "sqs"), True),
        (
            SpanKind.CONSUMER,
            {"messaging.destination.name": "q1", "messaging.destination.temporary": True},
            (QUEUE, "queue/(temporary)"),
            True,
        ),
        (
            SpanKind.CLIENT,
            {"messaging.system": "sqs", "messaging.destination.name": "a", "messaging.operation.type": "receive"},
            (QUEUE, "sqs/a"),
            True,
        ),
        (
            SpanKind.CLIENT,
            {"messaging.system": "sqs", "messaging.destination.name": "a", "messaging.operation.type": "send"},
            (QUEUE, "sqs/a"),
            False,
        ),
        (SpanKind.CLIENT, {"peer.service": "bank", "server.address": "10.0.0.1"}, (EXTERNAL, "bank"), False),
        (
            SpanKind.CLIENT,
            {"server.address": "api.example.com", "server.port": 443},
            (EXTERNAL, "api.example.com"),
            False,
        ),
        (SpanKind.CLIENT, {"http.host": "shop.example:8443"}, (EXTERNAL, "shop.example"), False),
        (SpanKind.CLIENT, {"url.full": "https://u:p@api.example.com:1/x?y"}, (EXTERNAL, "api.example.com"), False),
        (SpanKind.SERVER, {"peer.service": "gateway"}, (EXTERNAL, "gateway"), True),
    ],
)
def test_a_peer_is_what_its_attributes_name(
    kind: int, attributes: Attributes, node: tuple[NodeKind, str], fetches: bool
) -> None:
    assert read_peer(kind, attributes) == (Node(*node), fetches)


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        (SpanKind.CLIENT, {}),
        (SpanKind.CLIENT, {"server.address": ""}),
        (SpanKind.CLIENT, {"url.full": "http://[broken"}),
        (SpanKind.CLIENT, {"http.host": "[broken"}),
        (SpanKind.INTERNAL, {"db.system": "postgresql"}),
        (SpanKind.SERVER, {"server.address": "me.example.com"}),
        (SpanKind.PRODUCER, {"server.address": "broker-1"}),
    ],
)
def test_without_a_name_there_is_no_peer(kind: int, attributes: Attributes) -> None:
    assert read_peer(kind, attributes)[0] is None


def test_names_are_cut_and_cleaned() -> None:
    node, _ = read_peer(SpanKind.CLIENT, {"peer.service": "a\0" + "b" * 500})
    assert node == Node(EXTERNAL, "a\ufffd" + "b" * 198)


def test_remembering_changes_nothing() -> None:
    read = remember_peers()
    names: list[AttributeValue] = ["a", "b", "a", ["a"]]
    everything: list[Attributes] = [{}, *({"peer.service": name} for name in names)]
    for attributes in everything:
        assert read(SpanKind.CLIENT, attributes) == read_peer(SpanKind.CLIENT, attributes)
