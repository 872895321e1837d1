"""Tags with which OpenTelemetry's exporters carry what Zipkin has no field for, and `error`, which is a status.

https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/; links and scope as the Collector writes them.
What is put into a field of OTLP is taken out of the tags, but for `error`; what cannot be read stays a tag.
"""

from typing import Any, NamedTuple

from traces.ingest.translate.zipkin.annotations import read_attributes
from traces.ingest.translate.zipkin.values import encode_text, format_value, write_attribute
from traces.wire import otlp_pb2 as wire

OK, ERROR = 1, 2
_ERROR = "error"
_CODE, _DESCRIPTION = "otel.status_code", "otel.status_description"
_KIND, _INTERNAL = "span.kind", "internal"
_TRACE_STATE = "w3c.tracestate"
_LINK = "otlp.link."
_SCOPE_NAMES = ("otel.scope.name", "otel.library.name")
_SCOPE_VERSIONS = ("otel.scope.version", "otel.library.version")
# A dictionary without one of these has nothing to be taken out.
_KEYS = frozenset((_ERROR, _CODE, _KIND, _TRACE_STATE, f"{_LINK}0", *_SCOPE_NAMES, *_SCOPE_VERSIONS))
# A link has no attributes of its own that are longer.
_MAX_LINK_CHARS = 256 * 1024


class Specials(NamedTuple):
    """What was found in the tags; `tags` are the others."""

    tags: dict[str, Any]
    is_internal: bool = False
    status_code: int = 0
    status_message: str = ""
    trace_state: str = ""
    scope_name: str = ""
    scope_version: str = ""
    links: tuple[bytes, ...] = ()


def find_specials(tags: dict[str, Any], *, has_kind: bool) -> Specials:
    """The tags of a span that may have a kind already; they are not changed."""
    if _KEYS.isdisjoint(tags):
        return Specials(tags)
    rest = dict(tags)
    code, message = _take_status(rest)
    return Specials(
        is_internal=not has_kind and _take_kind(rest),
        status_code=code,
        status_message=message,
        trace_state=_take(rest, _TRACE_STATE),
        scope_name=_take(rest, *_SCOPE_NAMES),
        scope_version=_take(rest, *_SCOPE_VERSIONS),
        links=tuple(_take_links(rest)),
        tags=rest,
    )


def _take_status(rest: dict[str, Any]) -> tuple[int, str]:
    """Whatever its value, `error` means an error: its presence counts for Zipkin."""
    code = format_value(rest.get(_CODE)).upper().removeprefix("STATUS_CODE_")
    if _ERROR in rest or code == "ERROR":
        if code == "ERROR":
            del rest[_CODE]
        message = format_value(rest.get(_ERROR))
        return ERROR, _take(rest, _DESCRIPTION) or ("" if message.lower() == "true" else message)
    if code == "OK":
        del rest[_CODE]
        return OK, ""
    return 0, ""


def _take_kind(rest: dict[str, Any]) -> bool:
    if rest.get(_KIND) != _INTERNAL:
        return False
    del rest[_KIND]
    return True


def _take(rest: dict[str, Any], *keys: str) -> str:
    """The text of the first of these keys that has one; those that say the same are taken, too."""
    texts = [rest[key] for key in keys if isinstance(rest.get(key), str)]
    for key in keys:
        if texts and rest.get(key) == texts[0]:
            del rest[key]
    return texts[0] if texts else ""


def _take_links(rest: dict[str, Any]) -> "list[bytes]":
    """`trace|span|state|{…}|0` in otlp.link.0, otlp.link.1, …"""
    links: list[bytes] = []
    for number in range(len(rest)):
        key = f"{_LINK}{number}"
        if key not in rest:
            break
        link = _read_link(rest[key])
        if link is not None:
            links.append(link)
            del rest[key]
    return links


def _read_link(text: Any) -> bytes | None:
    if not isinstance(text, str) or len(text) > _MAX_LINK_CHARS:
        return None
    head, brace, rest = text.partition("|{")
    parts = head.split("|", 2)
    found = read_attributes(brace[1:] + rest)
    if len(parts) < 3 or found is None:
        return None
    try:
        link = wire.Link(trace_id=bytes.fromhex(parts[0]), span_id=bytes.fromhex(parts[1]))
    except ValueError:
        return None
    attributes, dropped_count = found
    link.trace_state = encode_text(parts[2])
    link.dropped_attributes_count = dropped_count
    written = [write_attribute(b"\x22", key, value) for key, value in attributes.items()]
    return link.SerializeToString() + b"".join(written)
