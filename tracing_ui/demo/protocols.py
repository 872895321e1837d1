"""Calls from service to service and to stores, named as OpenTelemetry's semantic conventions name them.

https://opentelemetry.io/docs/specs/semconv/
"""

import json
from collections.abc import Sequence
from typing import Any

from tracing_ui.demo.calls import Call, Kind, Link, Moment
from tracing_ui.demo.values import Value
from tracing_ui.demo.world import World

_HTTP_TEXTS = {404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
)


def serve(
    world: World,
    service: str,
    method: str,
    route: str,
    calls: Sequence[Call] = (),
    *,
    own_ms: float,
    path: str = "",
    status: int = 200,
    **more: Any,
) -> Call:
    """An HTTP request as its server sees it. `more` are fields of `Call`; its `attributes` come on top."""
    extra: dict[str, Value] = more.pop("attributes", {})
    attributes: dict[str, Value] = {
        "http.request.method": method,
        "http.route": route,
        "url.scheme": "http",
        "url.path": path or route,
        "http.response.status_code": status,
        "server.address": service,
        "server.port": 8080,
        "network.protocol.version": "1.1",
    }
    call = Call(
        service=service,
        name=f"{method} {route}",
        kind=Kind.SERVER,
        library="http",
        own_ms=own_ms,
        calls=list(calls),
        attributes=attributes | extra,
        **more,
    )
    if status >= 500:
        call.fail(_HTTP_TEXTS.get(status, ""), error__type=str(status))
    return call


def visit(world: World, method: str, route: str, calls: Sequence[Call], **more: Any) -> Call:
    """What a visitor asks of the storefront: the root of most traces."""
    extra: dict[str, Value] = more.pop("attributes", {})
    visitor: dict[str, Value] = {
        "client.address": f"203.0.113.{world.number(1, 254)}",
        "user_agent.original": world.pick(_AGENTS),
        "session.id": f"s-{world.number(10**7, 10**8)}",
    }
    if world.chance(0.6):
        visitor["user.id"] = f"u-{world.number(1, 900):04}"
    more.setdefault("own_ms", world.ms(7))
    return serve(world, "storefront", method, route, calls, attributes=visitor | extra, **more)


def fetch(world: World, caller: str, server: Call, **more: Any) -> Call:
    """An HTTP request as its client sees it, around the server's span."""
    asked = server.attributes
    status = asked["http.response.status_code"]
    host = f"{server.service}.{'svc.cluster.local' if caller != 'browser' else 'shop.example'}"
    extra: dict[str, Value] = more.pop("attributes", {})
    more.setdefault("own_ms", world.ms(0.9, 0.5))
    call = Call(
        service=caller,
        name=str(asked["http.request.method"]),
        kind=Kind.CLIENT,
        library="http",
        calls=[server],
        attributes={
            "http.request.method": asked["http.request.method"],
            "url.full": f"http://{host}:8080{asked['url.path']}",
            "server.address": host,
            "server.port": 8080,
            "http.response.status_code": status,
            "network.protocol.version": "1.1",
        }
        | extra,
        **more,
    )
    if isinstance(status, int) and status >= 400:
        call.fail(_HTTP_TEXTS.get(status, ""), error__type=str(status))
    return call


def call_grpc(
    world: World,
    caller: str,
    service: str,
    method: str,
    calls: Sequence[Call] = (),
    *,
    own_ms: float,
    attributes: dict[str, Value] | None = None,
) -> Call:
    """A gRPC call, client's and server's span: `method` is `shop.v1.Currency/Convert`."""
    shared: dict[str, Value] = {"rpc.system.name": "grpc", "rpc.method": method, "rpc.response.status_code": "OK"}
    server = Call(
        service=service,
        name=method,
        kind=Kind.SERVER,
        library="grpc",
        own_ms=own_ms,
        calls=list(calls),
        attributes=shared | {"server.address": service, "server.port": 9090} | (attributes or {}),
    )
    return Call(
        service=caller,
        name=method,
        kind=Kind.CLIENT,
        library="grpc",
        own_ms=world.ms(0.7, 0.5),
        calls=[server],
        attributes=shared | {"server.address": f"{service}.svc.cluster.local", "server.port": 9090},
    )


def fail_grpc(call: Call, code: str, message: str) -> Call:
    """Let a gRPC call fail at its server, and so at its client. Returns it."""
    for side in (call, *call.calls):
        side.fail(message, error__type=code, rpc__response__status_code=code)
    return call


def ask_database(service: str, summary: str, text: str, own_ms: float, rows: int | None = None, **more: Any) -> Call:
    """A statement to PostgreSQL: `summary` is `SELECT product`."""
    operation, _, table = summary.partition(" ")
    extra: dict[str, Value] = more.pop("attributes", {})
    attributes: dict[str, Value] = {
        "db.system.name": "postgresql",
        "db.namespace": service,
        "db.operation.name": operation,
        "db.query.summary": summary,
        "db.query.text": text,
        "server.address": f"pg-{service}.internal",
        "server.port": 5432,
    }
    if table:
        attributes["db.collection.name"] = table
    if rows is not None:
        attributes["db.response.returned_rows"] = rows
    return Call(
        service=service,
        name=summary,
        kind=Kind.CLIENT,
        library="sql",
        own_ms=own_ms,
        attributes=attributes | extra,
        **more,
    )


def ask_redis(world: World, service: str, command: str, key: str) -> Call:
    """A command to Redis. A few of them take too long, and their caller goes on without."""
    call = Call(
        service=service,
        name=command,
        kind=Kind.CLIENT,
        library="redis",
        own_ms=world.ms(0.5, 0.5),
        attributes={
            "db.system.name": "redis",
            "db.namespace": "0",
            "db.operation.name": command,
            "db.query.text": f"{command} {key}",
            "server.address": "redis.internal",
            "server.port": 6379,
        },
    )
    if world.chance(0.004):
        call.own_ms = 50.0 + world.ms(1)
        call.fail("i/o timeout", error__type="timeout")
    return call


def send_message(world: World, service: str, topic: str, key: str, body: dict[str, Value]) -> Call:
    """A message to Kafka."""
    text = json.dumps(body, separators=(",", ":"))
    return Call(
        service=service,
        name=f"send {topic}",
        kind=Kind.PRODUCER,
        library="kafka",
        own_ms=world.ms(2.5, 0.5),
        attributes=_messaging(world, topic, "send")
        | {"messaging.kafka.message.key": key, "messaging.message.body.size": len(text), "app.message.body": text},
    )


def process_message(
    world: World, service: str, topic: str, sent: Call, calls: Sequence[Call], *, own_ms: float, **more: Any
) -> Call:
    """What a consumer does with one message, in a trace of its own that links to where it was sent."""
    key = sent.attributes["messaging.kafka.message.key"]
    return Call(
        service=service,
        name=f"process {topic}",
        kind=Kind.CONSUMER,
        library="kafka",
        own_ms=own_ms,
        calls=list(calls),
        attributes=_messaging(world, topic, "process")
        | {"messaging.consumer.group.name": service, "messaging.kafka.message.key": key},
        links=[Link(to=sent, attributes={"messaging.kafka.message.key": key})],
        **more,
    )


def receive_batch(world: World, service: str, topic: str, sent: Sequence[Call], calls: Sequence[Call]) -> Call:
    """What a consumer does with many messages at once: one span that links to all of them."""
    return Call(
        service=service,
        name=f"receive {topic}",
        kind=Kind.CONSUMER,
        library="kafka",
        own_ms=world.ms(20),
        calls=list(calls),
        attributes=_messaging(world, topic, "receive")
        | {"messaging.consumer.group.name": service, "messaging.batch.message_count": len(sent)},
        links=[
            Link(to=call, attributes={"messaging.kafka.message.key": call.attributes["messaging.kafka.message.key"]})
            for call in sent
        ],
    )


def _messaging(world: World, topic: str, operation: str) -> dict[str, Value]:
    return {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.partition.id": str(world.number(0, 11)),
        "messaging.kafka.offset": world.number(40_000_000, 41_000_000),
        "server.address": "kafka.internal",
        "server.port": 9092,
    }


def exception(at: float, type_name: str, message: str, stacktrace: str) -> Moment:
    """An exception as SDKs record it."""
    return Moment(
        at=at,
        name="exception",
        attributes={
            "exception.type": type_name,
            "exception.message": message,
            "exception.stacktrace": stacktrace,
        },
    )
