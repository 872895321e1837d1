"""What Jaeger's tags say that OTLP has a place for: kind, status, scope and trace state."""

from dataclasses import dataclass, field

from traces.ingest.translate.jaeger.span import Tag, Value

_KINDS = {b"internal": 1, b"server": 2, b"client": 3, b"producer": 4, b"consumer": 5}
_SERVER, _CLIENT = 2, 3
_UNSET, _OK, _ERROR = 0, 1, 2
_STATUS_CODES = {b"UNSET": _UNSET, b"OK": _OK, b"ERROR": _ERROR}
# OpenTelemetry's exporters wrote `library` before they wrote `scope`.
_SCOPE_TAGS = ((b"otel.scope.name", b"otel.scope.version"), (b"otel.library.name", b"otel.library.version"))
_HTTP_CODE, _HTTP_MESSAGE = b"http.status_code", b"http.status_message"
_TELLING = frozenset(
    (
        b"span.kind",
        b"error",
        b"otel.status_code",
        b"otel.status_description",
        _HTTP_CODE,
        _HTTP_MESSAGE,
        b"w3c.tracestate",
        *(key for pair in _SCOPE_TAGS for key in pair),
    )
)


@dataclass(slots=True)
class Told:
    """`done` are the keys of tags that say nothing more than what is here."""

    kind: int = 0
    status_code: int = _UNSET
    status_message: bytes = b""
    trace_state: bytes = b""
    scope: tuple[bytes, bytes] = (b"", b"")
    done: set[bytes] = field(default_factory=set)


def read_tags(tags: list[Tag]) -> Told:
    """The last of equal keys counts."""
    told = Told()
    found = {key: value for key, value in tags if key in _TELLING}
    if found:
        kind = found.get(b"span.kind")
        if kind in _KINDS:
            told.kind = _KINDS[kind]  # type: ignore[index]
            told.done.add(b"span.kind")
        told.trace_state = _take_text(found, b"w3c.tracestate", told)
        told.scope = _take_scope(found, told)
        _take_status(found, told)
    return told


def _take_scope(found: dict[bytes, Value], told: Told) -> tuple[bytes, bytes]:
    for name_key, version_key in _SCOPE_TAGS:
        if name := _take_text(found, name_key, told):
            return name, _take_text(found, version_key, told)
    return b"", b""


def _take_status(found: dict[bytes, Value], told: Told) -> None:
    """`error` decides, then `otel.status_code`, then the status code of HTTP."""
    error, sent_code = found.get(b"error"), found.get(b"otel.status_code")
    code = _STATUS_CODES.get(sent_code.upper()) if type(sent_code) is bytes else None
    # Jaeger's pages show the text "true" as an error, too.
    if error is True or error == b"true":
        told.status_code = _ERROR
        told.status_message = _take_text(found, b"otel.status_description", told) or _text(found, _HTTP_MESSAGE)
        if error is True:
            told.done.add(b"error")
    elif code is not None:
        told.status_code = code
        told.status_message = _take_text(found, b"otel.status_description", told)
    elif sent_code is None and _is_http_error(found.get(_HTTP_CODE), told.kind):
        told.status_code = _ERROR
        told.status_message = _text(found, _HTTP_MESSAGE)
    if code == told.status_code:
        told.done.add(b"otel.status_code")


def _is_http_error(sent: Value | None, kind: int) -> bool:
    """https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status: 4xx is the client's fault."""
    if type(sent) is bytes and len(sent) < 20 and sent.isdigit():
        sent = int(sent)
    if type(sent) is not int or (kind == _SERVER and 400 <= sent < 500):
        return False
    return not 100 <= sent < 400


def _take_text(found: dict[bytes, Value], key: bytes, told: Told) -> bytes:
    value = found.get(key)
    if type(value) is not bytes:
        return b""
    told.done.add(key)
    return value


def _text(found: dict[bytes, Value], key: bytes) -> bytes:
    value = found.get(key)
    return value if type(value) is bytes else b""
