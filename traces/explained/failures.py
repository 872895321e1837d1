"""What a span says of its failure, and of whom it waits for, in few words. Pure."""

from collections.abc import Sequence

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
    """`ValueError: declined` of the exception that was thrown last; else `503 Service Unavailable`; or empty."""
    thrown = [event for event in span.events if event.name == "exception"]
    last = max(thrown, key=lambda event: event.time_ns).attributes if thrown else span.attributes
    exception = ": ".join(filter(None, (_read(last, "exception.type"), _read(last, "exception.message"))))
    return _shorten(exception or _join_code(_read_first(span.attributes, _CODES), span.status_message))


def _join_code(code: str, message: str) -> str:
    """A code that is a word is one for programs."""
    return f"{code} {message}".strip() if code.isdecimal() and code not in message else message or code


def find_peer(span: Span) -> str:
    """Whom a client says it calls; empty if it does not."""
    return _shorten(_read_first(span.attributes, _PEERS))


def _read_first(attributes: Attributes, keys: Sequence[str]) -> str:
    return next(filter(None, (_read(attributes, key) for key in keys)), "")


def _read(attributes: Attributes, key: str) -> str:
    return format_value(attributes.get(key)).strip()


def _shorten(text: str) -> str:
    line = (text.splitlines() or [""])[0].strip()
    return visible(line if len(line) <= _MAX_CHARS else f"{line[:_MAX_CHARS].rstrip()}…")
