"""The instrumentation libraries that make the spans, by language."""

from dataclasses import dataclass
from functools import cache

from tracing_ui.demo.fleet import Service

SCHEMA_URL = "https://opentelemetry.io/schemas/1.40.0"


@dataclass(frozen=True, slots=True)
class Scope:
    """An instrumentation scope."""

    name: str
    version: str


_GO = "go.opentelemetry.io/contrib/instrumentation"
_PYTHON = "opentelemetry.instrumentation"
_LIBRARIES = {
    ("go", "http"): (f"{_GO}/net/http/otelhttp", "0.63.0"),
    ("go", "grpc"): (f"{_GO}/google.golang.org/grpc/otelgrpc", "0.63.0"),
    ("go", "sql"): ("github.com/XSAM/otelsql", "0.40.0"),
    ("go", "redis"): ("github.com/redis/go-redis/extra/redisotel/v9", "9.14.0"),
    ("go", "kafka"): ("github.com/twmb/franz-go/plugin/kotel", "1.6.0"),
    ("java", "http"): ("io.opentelemetry.tomcat-10.0", "2.21.0-alpha"),
    ("java", "grpc"): ("io.opentelemetry.grpc-1.6", "2.21.0-alpha"),
    ("java", "sql"): ("io.opentelemetry.jdbc", "2.21.0-alpha"),
    ("java", "redis"): ("io.opentelemetry.lettuce-5.1", "2.21.0-alpha"),
    ("java", "kafka"): ("io.opentelemetry.kafka-clients-2.6", "2.21.0-alpha"),
    ("java", "elasticsearch"): ("io.opentelemetry.elasticsearch-api-client-7.16", "2.21.0-alpha"),
    ("python", "http"): (f"{_PYTHON}.fastapi", "0.58b0"),
    ("python", "grpc"): (f"{_PYTHON}.grpc", "0.58b0"),
    ("python", "sql"): (f"{_PYTHON}.psycopg", "0.58b0"),
    ("python", "redis"): (f"{_PYTHON}.redis", "0.58b0"),
    ("python", "kafka"): (f"{_PYTHON}.confluent_kafka", "0.58b0"),
    ("python", "gen_ai"): (f"{_PYTHON}.openai_v2", "2.2b0"),
    ("nodejs", "http"): ("@opentelemetry/instrumentation-http", "0.207.0"),
    ("nodejs", "redis"): ("@opentelemetry/instrumentation-ioredis", "0.54.0"),
    ("nodejs", "kafka"): ("@opentelemetry/instrumentation-kafkajs", "0.15.0"),
    ("dotnet", "http"): ("Microsoft.AspNetCore", "9.0.9"),
    ("dotnet", "grpc"): ("OpenTelemetry.Instrumentation.GrpcNetClient", "1.12.0-beta.1"),
    ("dotnet", "redis"): ("OpenTelemetry.Instrumentation.StackExchangeRedis", "1.12.0-beta.2"),
    ("rust", "http"): ("axum-tracing-opentelemetry", "0.31.0"),
    ("rust", "grpc"): ("tonic-tracing-opentelemetry", "0.31.0"),
    ("webjs", "http"): ("@opentelemetry/instrumentation-fetch", "0.207.0"),
    ("webjs", "app"): ("@opentelemetry/instrumentation-document-load", "0.52.0"),
}


@cache
def scope_of(service: Service, library: str) -> Scope:
    """The library's scope in this service's language; the service's own code is a scope of its own."""
    own = (f"shop.{service.name}", service.versions[0][0])
    return Scope(*_LIBRARIES.get((service.language, library), own))
