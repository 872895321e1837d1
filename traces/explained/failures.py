"""What a span says of its failure, and of whom it waits for, in few words. Pure."""

from traces.domain.attributes import Attributes, format_value
from traces.domain.span import Span
from traces.words import visible

_MAX_CHARS = 120
# https://opentelemetry.io/docs/specs/semconv/registry/attributes/, and what older instrumentations write.
_CODES = (
    "http.response.status_code",
    "http.status_code",
    "rpc.grpc.status_code",
    "db.response.status_code",
    "error.type",
)
_PEERS = ("peer.service", "server.address", "net.peer.name")


def describe_failure(span: Span) -> str:
    """`ValueError: declined` of the exception that was thrown last; else its status's message, or a code; or empty."""
    thrown = [event for event in span.events if event.name == "exception"]
    last = max(thrown, key=lambda event: event.time_ns).attributes if thrown else span.attributes
    words = ": ".join(filter(None, (_read(last, "exception.type"), _read(last, "exception.message"))))
    return _shorten(words or span.status_message or find_code(span))


def find_code(span: Span) -> str:
    """`503`"""
    return next(filter(None, (_read(span.attributes, key) for key in _CODES)), "")


def find_peer(span: Span) -> str:
    """Whom a client says it calls; empty if it does not."""
    return _shorten(next(filter(None, (_read(span.attributes, key) for key in _PEERS)), ""))


def _read(attributes: Attributes, key: str) -> str:
    return format_value(attributes.get(key)).strip()


def _shorten(text: str) -> str:
    line = (text.splitlines() or [""])[0].strip()
    return visible(line if len(line) <= _MAX_CHARS else f"{line[:_MAX_CHARS].rstrip()}…")
