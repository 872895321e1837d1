"""OTLP in protobuf: already what we keep, made canonical.

https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md
"""

from traces.ingest.canonical import canonicalise, parse_request
from traces.ingest.result import Translated


def translate_otlp(body: bytes) -> Translated:
    """Raises PayloadRejected if no part of the body is a request; an empty body is an empty request."""
    request, rejected = parse_request(body)
    return canonicalise(request, rejected)
