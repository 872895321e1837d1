"""Zipkin's annotations are a text and a time; exporters of OpenTelemetry write an event's attributes into the text.

Four forms are known: the specification's `"name": {…}`
(https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/#events), Go's `name: {…}`, Python's
`{"name": {…}}` and the Collector's `name|{…}|0`, which ends in the number of dropped attributes.
"""

from typing import Any, NamedTuple

import orjson

# A longer text is nobody's event: it stays the name that it is.
_MAX_CHARS = 256 * 1024
_MAX_COUNT_DIGITS = 9


class Event(NamedTuple):
    """An event's name and attributes, and how many the sender had dropped."""

    name: str
    attributes: dict[str, Any]
    dropped_count: int


def read_event(text: str) -> Event:
    """A text in none of the forms is a name."""
    found = None
    if len(text) <= _MAX_CHARS:
        if text[-1:] == "}":
            found = _read_json_event(text) if text[0] in ("{", '"') else _read_named_event(text)
        elif "|{" in text:
            name, _, rest = text.partition("|{")
            found = _read_with_count(name, "{" + rest)
    return found or Event(text, {}, 0)


def read_attributes(text: str) -> tuple[dict[str, Any], int] | None:
    """The Collector's `{…}|0`: attributes and the number of those that were dropped."""
    written, _, count = text.rpartition("|")
    if not (count.isascii() and count.isdecimal() and len(count) <= _MAX_COUNT_DIGITS):
        return None
    attributes = _read_object(written)
    return None if attributes is None else (attributes, int(count))


def _read_with_count(name: str, rest: str) -> Event | None:
    found = read_attributes(rest)
    return found and Event(name, *found)


def _read_named_event(text: str) -> Event | None:
    """`name: {…}`."""
    name, separator, rest = text.partition(": {")
    attributes = _read_object("{" + rest) if separator else None
    return None if attributes is None else Event(name, attributes, 0)


def _read_json_event(text: str) -> Event | None:
    """`{"name": {…}}`, with or without its braces."""
    found = _read_object(text if text[0] == "{" else f"{{{text}}}")
    if found is None or len(found) != 1:
        return None
    [(name, attributes)] = found.items()
    return Event(name, attributes, 0) if isinstance(attributes, dict) else None


def _read_object(text: str) -> dict[str, Any] | None:
    try:
        found = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None
    return found if isinstance(found, dict) and _is_shallow(found) else None


def _is_shallow(found: dict[str, Any]) -> bool:
    """Attributes may hold lists and objects, but no more of them inside each other than OTLP's readers like."""
    level: list[Any] = [found]
    for _ in range(16):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return True
    return False


def _inside(item: Any) -> Any:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()
