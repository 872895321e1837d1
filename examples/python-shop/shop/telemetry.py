"""Spans: where they go, and one for each request that is answered and each call that is made.

Nothing here knows a tracing backend: the standard variables OTEL_TRACES_EXPORTER and OTEL_EXPORTER_* say where spans
go, and how.
"""

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

tracer = trace.get_tracer("shop", "1.0.0")


class SeededIdGenerator(IdGenerator):
    """The same ids in every run with the same seed."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def generate_span_id(self) -> int:
        return self.random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        return self.random.getrandbits(128) or 1


def start_tracing(service: str, seed: int | None) -> TracerProvider:
    """Record spans as `service`. Shut the provider down to send the last of them."""
    provider = TracerProvider(
        resource=Resource.create(
            {"service.name": service, "service.version": "1.0.0", "deployment.environment.name": "example"}
        ),
        id_generator=RandomIdGenerator() if seed is None else SeededIdGenerator(f"{seed} {service}"),
    )
    provider.add_span_processor(BatchSpanProcessor(make_exporter(), schedule_delay_millis=500))
    trace.set_tracer_provider(provider)
    return provider


def make_exporter() -> SpanExporter:
    """The exporter that OTEL_TRACES_EXPORTER names; each reads its endpoint from the environment itself."""
    return EXPORTERS[os.environ.get("OTEL_TRACES_EXPORTER", "otlp")]()


def make_otlp_exporter() -> SpanExporter:
    if os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf") == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter

        return GrpcExporter()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter

    return HttpExporter()


def make_zipkin_exporter() -> SpanExporter:
    """JSON to OTEL_EXPORTER_ZIPKIN_ENDPOINT, http://localhost:9411/api/v2/spans without it."""
    from opentelemetry.exporter.zipkin.json import ZipkinExporter

    return ZipkinExporter()


def make_jaeger_exporter() -> SpanExporter:
    """Thrift over HTTP; the exporter itself would rather send datagrams to an agent, which lose spans unnoticed."""
    from opentelemetry.exporter.jaeger.thrift import JaegerExporter

    collector = "http://localhost:14268/api/traces?format=jaeger.thrift"
    return JaegerExporter(collector_endpoint=os.environ.get("OTEL_EXPORTER_JAEGER_ENDPOINT", collector))


EXPORTERS = {"otlp": make_otlp_exporter, "zipkin": make_zipkin_exporter, "jaeger": make_jaeger_exporter}


@contextmanager
def serving(method: str, path: str, headers: Mapping[str, str], port: int) -> Iterator[Span]:
    """The span of a request being answered: a child of the caller's, which its headers name. Baggage comes along."""
    token = context.attach(propagate.extract({name.lower(): value for name, value in headers.items()}))
    try:
        with tracer.start_as_current_span(
            f"{method} {path}",
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": method,
                "http.route": path,
                "url.path": path,
                "url.scheme": "http",
                "server.address": "127.0.0.1",
                "server.port": port,
            },
        ) as span:
            yield span
    finally:
        context.detach(token)


@contextmanager
def calling(method: str, url: str, headers: dict[str, str]) -> Iterator[Span]:
    """The span of a call being made; `headers` are completed so that the callee continues the trace."""
    with tracer.start_as_current_span(
        method, kind=SpanKind.CLIENT, attributes={"http.request.method": method, "url.full": url}
    ) as span:
        propagate.inject(headers)
        yield span


def note_response(span: Span, status: int, fails_from: int) -> None:
    """The response's status; from `fails_from` on (500 for who answers, 400 for who asked) the span is an error."""
    span.set_attribute("http.response.status_code", status)
    if status >= fails_from:
        span.set_attribute("error.type", str(status))
        span.set_status(Status(StatusCode.ERROR))
