"""OTLP in protobuf: already what we keep, made canonical.

https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md
"""

from traces.ingest.canonical import canonicalise, parse_request
from traces.ingest.limits import Limits
from traces.ingest.message_count import refuse_too_many_messages
from traces.ingest.result import Translated
from traces.wire import otlp_pb2 as wire


def translate_otlp(body: bytes, limits: Limits | None = None) -> Translated:
    """Raises PayloadRejected if no part of the body is a request, or it holds too much. An empty body is empty."""
    refuse_too_many_messages(body, wire.Request)
    request, rejected = parse_request(body)
    return canonicalise(request, rejected, limits)
