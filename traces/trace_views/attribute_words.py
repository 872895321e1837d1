"""Attributes as addresses of views name them: `span.http.route`, `resource.host.name`."""

from collections.abc import Collection

from traces import reading
from traces.domain.errors import StoreUnavailable
from traces.domain.query import ATTRIBUTE_PLACES, Place
from traces.storage.base import DEFAULT_PROJECT, AttributeKey

# More suggestions, or longer ones, would be a download.
_MAX_SUGGESTIONS, _MAX_KEY_CHARS = 500, 250


def write_key(key: AttributeKey) -> str:
    """`span.http.route`"""
    return f"{key.place}.{key.key}"


def read_key(text: str, places: Collection[Place] = ATTRIBUTE_PLACES) -> AttributeKey | None:
    """A key without one of these places is one of the span's own; None of nothing."""
    text = text.strip()
    place, dot, key = text.partition(".")
    if dot and key and place in places:
        return AttributeKey(place=Place(place), key=key)
    return AttributeKey(place=Place.SPAN, key=text) if text else None


def suggest_keys(places: Collection[Place] = ATTRIBUTE_PLACES, besides: Collection[AttributeKey] = ()) -> list[str]:
    """What can be named, as it is typed, but for some; none where the store has no time to say."""
    try:
        keys = reading.list_attribute_keys(DEFAULT_PROJECT)
    except StoreUnavailable:
        return []
    short = [key for key in keys if key.place in places and key not in besides and len(key.key) <= _MAX_KEY_CHARS]
    return [write_key(key) for key in short[:_MAX_SUGGESTIONS]]
