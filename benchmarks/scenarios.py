"""The ways in which `benchmarks.ingest` sends spans, by the names that commands know them by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A way to send. `share` is the part of the usual number of spans that is enough for it."""

    title: str
    # One of `benchmarks.formats`.
    protocol: str = "http"
    batch: int = 512
    connections: int = 16
    share: float = 1.0
    is_gathered: bool = False


SCENARIOS = {
    "http": Scenario(title="OTLP/HTTP protobuf, 512 spans a request, 16 connections"),
    "small": Scenario(title="OTLP/HTTP protobuf, 32 spans a request, 64 connections", batch=32, connections=64),
    "grpc": Scenario(title="OTLP/gRPC, 512 spans a call, 16 at once", protocol="grpc"),
    "json": Scenario(title="OTLP/HTTP JSON, 512 spans a request, 16 connections", protocol="json", share=0.25),
    "gathered": Scenario(title="OTLP/HTTP protobuf, 512 spans a request, through one Collector", is_gathered=True),
    "zipkin": Scenario(title="Zipkin v2 protobuf, 512 spans a request, 16 connections", protocol="zipkin", share=0.5),
    "zipkin-json": Scenario(
        title="Zipkin v2 JSON, 512 spans a request, 16 connections", protocol="zipkin-json", share=0.5
    ),
    "thrift": Scenario(
        title="Jaeger's binary Thrift over HTTP, 512 spans a request, 16 connections", protocol="thrift", share=0.5
    ),
}
# The doors of other protocols.
FOREIGN = ("zipkin", "zipkin-json", "thrift")
OTLP = tuple(name for name in SCENARIOS if name not in FOREIGN)
