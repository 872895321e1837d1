"""Jaeger's model to OTLP, as the OpenTelemetry Collector maps it; what the Collector drops is kept in attributes.

https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/pkg/translator/jaeger
"""

from traces.ingest.result import Translated
from traces.ingest.translate.jaeger.span import JaegerSpan, Process
from traces.wire import otlp_pb2 as wire


class Request:
    """One OTLP request in the making."""

    def add(self, process: Process, span: JaegerSpan) -> None:
        """Add a span; one with an impossible id is counted and left out."""
        raise NotImplementedError

    def finish(self) -> Translated:
        raise NotImplementedError


def translate_span(process: Process, span: JaegerSpan) -> wire.ResourceSpans:
    """One span by itself. Raises Unreadable for an impossible id."""
    raise NotImplementedError
