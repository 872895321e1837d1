"""Spans as version 3 of Jaeger's API has them in gRPC: OTLP's `TracesData`, in chunks."""

from collections.abc import Iterable, Iterator

from traces.api.otlp_proto import encode_span, wrap_spans
from traces.domain.span import Span
from tracing_ui.compat.jaeger.portions import split_by_size


def encode_chunks(portions: Iterable[list[Span]]) -> Iterator[bytes]:
    """The chunks of portions of spans, each with the resources and scopes of its own spans."""
    for portion in portions:
        packed = ((span, encode_span(span).SerializeToString()) for span in portion)
        for pairs in split_by_size(packed, lambda pair: len(pair[1])):
            yield wrap_spans([span for span, _ in pairs], {id(span): body for span, body in pairs})
