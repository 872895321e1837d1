"""The shop that the generated spans come from: eight services, their operations and what a span of each says.

What does not vary from span to span is encoded once; what varies is drawn from tables of encoded attributes, whose
lengths (powers of two) are the cardinalities: a handful, tens, hundreds, thousands, tens of thousands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks.encode import Scalar, attribute, delimited, whole

SERVICES = ("frontend", "cart", "checkout", "payment", "inventory", "shipping", "recommend", "user")
INSTANCES = 3
SERVER, CLIENT, INTERNAL = 2, 3, 1
# Attributes that many spans have, and which never meet on one span: the first marks served requests, the other
# queries of a database.
COMMON_ON_SERVERS = ("http.request.method", "GET")
COMMON_ON_CLIENTS = ("db.system.name", "postgresql")
FAILED = ("http.response.status_code", 500)
# Unique to a trace, on those of its spans that serve a request.
ORDER_KEY = "order.id"
ORDER_DIGITS = 12
_SPAN_ATTRIBUTES = 9
_REGIONS = ("eu-west-1", "us-east-1", "ap-south-1")
_SERVED = (("GET", "list"), ("POST", "item"), ("PUT", "price"), ("DELETE", "stock"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One varying attribute: `fragments[draw >> shift & mask]`."""

    fragments: Sequence[bytes]
    shift: int
    mask: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationTemplate:
    """What spans of one operation have in common."""

    name: str
    kind: int
    name_and_kind: bytes
    constant: bytes
    tables: tuple[Table, ...]
    # Follows on spans that failed, and on those that did not; servers answer with another status.
    succeeded: bytes
    failed: bytes

    @property
    def serves(self) -> bool:
        """Whether its spans carry ORDER_KEY."""
        return self.kind == SERVER


@cache
def operations_of(service: int) -> tuple[OperationTemplate, ...]:
    """The operations of a service: four that serve, two databases, a cache, a computation."""
    name = SERVICES[service]
    serving = [_server(name, method, noun) for method, noun in _SERVED]
    querying = [_database(name, table) for table in ("main", "history")]
    return (*serving, *querying, _redis(name), _computation(name))


@cache
def resource_of(service: int, instance: int) -> bytes:
    """The `Resource` of one process: seven attributes."""
    name = SERVICES[service]
    attributes: dict[str, Scalar] = {
        "service.name": name,
        "service.version": f"1.{service}.{instance}",
        "service.instance.id": f"{name}-{instance}-7f9c5b",
        "host.name": f"node-{(service * 3 + instance) % 12}.cluster.local",
        "deployment.environment.name": "production",
        "telemetry.sdk.language": "go" if service % 2 else "python",
        "cloud.region": _REGIONS[instance % len(_REGIONS)],
    }
    return b"".join(attribute(1, key, value) for key, value in attributes.items())


@cache
def scope_of(service: int) -> bytes:
    """The `InstrumentationScope` of a service."""
    return delimited(1, f"instrumentation.{SERVICES[service]}".encode()) + delimited(2, b"0.45.1")


def _server(service: str, method: str, noun: str) -> OperationTemplate:
    route = f"/api/{service}/{{id}}/{noun}"
    status, code = FAILED
    return _operation(
        f"{method} {route}",
        SERVER,
        {
            "http.request.method": method,
            "http.route": route,
            "server.address": f"{service}.svc.local",
            "network.protocol.version": "1.1",
        },
        (
            _table("url.path", 4096, 0, f"/api/{service}/{{}}/{noun}"),
            _table("client.address", 1024, 12, "2001:db8::{:x}"),
            _table("user_agent.original", 16, 22, "Mozilla/5.0 (X11; Linux) rv:1{:02}"),
            _table("http.response.body.size", 2048, 26, int),
            _table("user.id", 65536, 37, "u{}"),
        ),
        succeeded=attribute(_SPAN_ATTRIBUTES, status, 200),
        failed=attribute(_SPAN_ATTRIBUTES, status, code),
    )


def _database(service: str, table: str) -> OperationTemplate:
    statement = f"SELECT id, name, price FROM {service}.{table} WHERE tenant = $1 AND id = $2"
    return _operation(
        f"SELECT {service}.{table}",
        CLIENT,
        {
            "db.system.name": "postgresql",
            "db.namespace": service,
            "db.operation.name": "SELECT",
            "db.query.text": statement,
            "db.user": f"app_{service}",
            "server.address": f"db-{len(service) % 3}.svc.local",
            "server.port": 5432,
            "component": service,
        },
        (
            _table("db.response.returned_rows", 256, 0, int),
            _table("thread.id", 64, 8, int),
            _table("db.client.connection.id", 512, 14, f"{service}-pool-{{}}"),
        ),
    )


def _redis(service: str) -> OperationTemplate:
    return _operation(
        "HGETALL",
        CLIENT,
        {
            "db.system.name": "redis",
            "db.namespace": "0",
            "db.operation.name": "HGETALL",
            "server.address": "redis.svc.local",
            "server.port": 6379,
            "network.peer.address": f"10.9.0.{len(service)}",
            "component": service,
            "peer.service": "redis",
        },
        (
            _table("db.query.text", 8192, 0, f"HGETALL {service}:session:{{:06}}"),
            _table("thread.id", 64, 13, int),
            _table("db.response.returned_rows", 64, 19, int),
        ),
    )


def _computation(service: str) -> OperationTemplate:
    return _operation(
        f"{service}.compute",
        INTERNAL,
        {"code.function.name": f"{service}.compute", "code.line.number": 117, "component": service},
        (
            _table("thread.id", 64, 0, int),
            _table("thread.name", 64, 0, "worker-{}"),
            _table("cache.hit", 2, 6, bool),
            _table("feature_flag.key", 64, 7, "experiment-{}"),
            _table("score", 128, 13, float),
            _table("queue.depth", 128, 20, int),
            _table("batch.id", 8192, 27, "batch-{:05}"),
            _table("retry.count", 4, 40, int),
        ),
    )


def _operation(
    name: str,
    kind: int,
    constant: dict[str, Scalar],
    tables: tuple[Table, ...],
    succeeded: bytes = b"",
    failed: bytes = b"",
) -> OperationTemplate:
    return OperationTemplate(
        name=name,
        kind=kind,
        name_and_kind=delimited(5, name.encode()) + whole(6, kind),
        constant=b"".join(attribute(_SPAN_ATTRIBUTES, key, value) for key, value in constant.items()),
        tables=tables,
        succeeded=succeeded,
        failed=failed,
    )


@cache
def _table(key: str, count: int, shift: int, form: str | type[int] | type[bool] | type[float]) -> Table:
    """Values 0 to `count - 1`, each as text in a form or as another type."""
    make = form.format if isinstance(form, str) else form
    fragments = tuple(attribute(_SPAN_ATTRIBUTES, key, make(number)) for number in range(count))
    return Table(fragments=fragments, shift=shift, mask=count - 1)
