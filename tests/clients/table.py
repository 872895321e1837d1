"""Which clients there are: one line each, with the door it knocks at and the toolbox it runs in."""

from dataclasses import dataclass
from enum import Enum


class Door(Enum):
    """Where spans come in: the name in tables, and the setting of its port."""

    OTLP_HTTP = ("OTLP over HTTP", "OTLP_HTTP_PORT")
    OTLP_GRPC = ("OTLP over gRPC", "OTLP_GRPC_PORT")
    ZIPKIN = ("Zipkin", "ZIPKIN_PORT")
    JAEGER_HTTP = ("Jaeger Thrift over HTTP", "JAEGER_HTTP_PORT")
    JAEGER_GRPC = ("Jaeger gRPC", "JAEGER_GRPC_PORT")
    JAEGER_COMPACT = ("Jaeger UDP, compact", "JAEGER_COMPACT_PORT")
    JAEGER_BINARY = ("Jaeger UDP, binary", "JAEGER_BINARY_PORT")

    @property
    def title(self) -> str:
        return self.value[0]

    @property
    def port_setting(self) -> str:
        return self.value[1]

    @property
    def transport(self) -> str:
        """What a recorder listens with: `http`, `grpc` or `udp`."""
        if self in (Door.OTLP_GRPC, Door.JAEGER_GRPC):
            return "grpc"
        return "udp" if self in (Door.JAEGER_COMPACT, Door.JAEGER_BINARY) else "http"


@dataclass(frozen=True, slots=True)
class Client:
    """A real client of a door. `body` says in which form the spans go over the line."""

    name: str
    toolbox: str
    door: Door
    library: str
    body: str


CLIENTS = (
    Client("python-otlp-http", "python", Door.OTLP_HTTP, "opentelemetry-python 1.45", "protobuf"),
    Client("python-otlp-http-gzip", "python", Door.OTLP_HTTP, "opentelemetry-python 1.45", "protobuf, gzip"),
    Client("python-otlp-grpc", "python", Door.OTLP_GRPC, "opentelemetry-python 1.45", "protobuf"),
    Client("python-zipkin-json", "python", Door.ZIPKIN, "opentelemetry-python 1.45", "v2 JSON"),
    Client("python-zipkin-proto", "python-zipkin", Door.ZIPKIN, "opentelemetry-python 1.45", "v2 protobuf"),
    Client("python-jaeger-http", "python-jaeger", Door.JAEGER_HTTP, "opentelemetry-python 1.21", "binary Thrift"),
    Client("python-jaeger-udp", "python-jaeger", Door.JAEGER_COMPACT, "opentelemetry-python 1.21", "compact Thrift"),
    Client("python-jaeger-grpc", "python-jaeger", Door.JAEGER_GRPC, "opentelemetry-python 1.21", "protobuf"),
    Client("python-jaeger-client", "python-jaeger-client", Door.JAEGER_COMPACT, "jaeger-client 4.8", "compact Thrift"),
    Client("py-zipkin-v1-json", "python-py-zipkin", Door.ZIPKIN, "py_zipkin 0.20", "v1 JSON"),
    Client("py-zipkin-v1-thrift", "python-py-zipkin", Door.ZIPKIN, "py_zipkin 0.20", "v1 Thrift"),
    Client("py-zipkin-v2-json", "python-py-zipkin", Door.ZIPKIN, "py_zipkin 0.20", "v2 JSON"),
    Client("py-zipkin-v2-proto", "python-py-zipkin", Door.ZIPKIN, "py_zipkin 0.20", "v2 protobuf"),
    Client("go-otlp-http", "go", Door.OTLP_HTTP, "opentelemetry-go 1.47", "protobuf, gzip"),
    Client("go-otlp-grpc", "go", Door.OTLP_GRPC, "opentelemetry-go 1.47", "protobuf, gzip"),
    Client("go-otel-zipkin", "go", Door.ZIPKIN, "opentelemetry-go 1.47", "v2 JSON"),
    Client("go-otel-jaeger-http", "go", Door.JAEGER_HTTP, "opentelemetry-go 1.17", "binary Thrift"),
    Client("go-otel-jaeger-udp", "go", Door.JAEGER_COMPACT, "opentelemetry-go 1.17", "compact Thrift"),
    Client("go-zipkin-json", "go", Door.ZIPKIN, "zipkin-go 0.4", "v2 JSON"),
    Client("go-zipkin-proto", "go", Door.ZIPKIN, "zipkin-go 0.4", "v2 protobuf"),
    Client("go-zipkin-64", "go", Door.ZIPKIN, "zipkin-go 0.4", "v2 JSON, 64-bit trace id"),
    Client("go-jaeger-client-http", "go", Door.JAEGER_HTTP, "jaeger-client-go 2.30", "binary Thrift"),
    Client("go-jaeger-client-udp", "go", Door.JAEGER_COMPACT, "jaeger-client-go 2.30", "compact Thrift"),
    Client("go-jaeger-client-v1", "go", Door.ZIPKIN, "jaeger-client-go 2.30", "v1 Thrift"),
    Client("node-otlp-http", "node", Door.OTLP_HTTP, "opentelemetry-js 2.2", "JSON"),
    Client("node-otlp-proto", "node", Door.OTLP_HTTP, "opentelemetry-js 2.2", "protobuf, chunked"),
    Client("node-otlp-grpc", "node", Door.OTLP_GRPC, "opentelemetry-js 2.2", "protobuf"),
    Client("node-zipkin", "node", Door.ZIPKIN, "opentelemetry-js 2.2", "v2 JSON"),
    Client("node-otel-jaeger-http", "node", Door.JAEGER_HTTP, "opentelemetry-js 2.2", "binary Thrift"),
    Client("node-otel-jaeger-udp", "node", Door.JAEGER_BINARY, "opentelemetry-js 2.2", "binary Thrift"),
    Client("node-jaeger-client-http", "node", Door.JAEGER_HTTP, "jaeger-client 3.19", "binary Thrift"),
    Client("node-jaeger-client-udp", "node", Door.JAEGER_BINARY, "jaeger-client 3.19", "binary Thrift"),
    Client("java-otlp-http", "java", Door.OTLP_HTTP, "opentelemetry-java 1.34", "protobuf, gzip, chunked"),
    Client("java-otlp-grpc", "java", Door.OTLP_GRPC, "opentelemetry-java 1.34", "protobuf"),
    Client("java-otel-zipkin", "java", Door.ZIPKIN, "opentelemetry-java 1.34", "v2 JSON, gzip"),
    Client("java-otel-jaeger-grpc", "java", Door.JAEGER_GRPC, "opentelemetry-java 1.34", "protobuf"),
    Client("java-brave-json", "java", Door.ZIPKIN, "Brave 5.18", "v2 JSON, gzip"),
    Client("java-brave-proto", "java", Door.ZIPKIN, "Brave 5.18", "v2 protobuf, gzip"),
    Client("java-brave-v1-json", "java", Door.ZIPKIN, "Brave 5.18", "v1 JSON, gzip"),
    Client("java-brave-v1-thrift", "java", Door.ZIPKIN, "Brave 5.18", "v1 Thrift, gzip"),
    Client("java-jaeger-client-http", "java", Door.JAEGER_HTTP, "jaeger-client-java 1.8", "binary Thrift"),
    Client("java-jaeger-client-udp", "java", Door.JAEGER_COMPACT, "jaeger-client-java 1.8", "compact Thrift"),
)


def find_clients(names: list[str]) -> list[Client]:
    """Those named, or whose toolbox is named; all where nothing is. Raises ValueError for a name that nobody has."""
    unknown = set(names) - {name for client in CLIENTS for name in (client.name, client.toolbox)}
    if unknown:
        raise ValueError(f"no client is called {', '.join(sorted(unknown))}")
    return [client for client in CLIENTS if not names or {client.name, client.toolbox} & set(names)]
