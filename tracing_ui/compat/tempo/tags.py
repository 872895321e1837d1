"""The names of what can be asked for: attributes by where they stand, and what every span has."""

from collections.abc import Mapping, Sequence
from typing import Final

from traces import reading
from traces.domain.errors import InvalidQuery
from traces.domain.query import Place
from traces.storage.base import DEFAULT_PROJECT

#: The order in which scopes are answered.
PLACES: Final[Mapping[str, Place]] = {
    "event": Place.EVENT,
    "instrumentation": Place.SCOPE,
    "link": Place.LINK,
    "resource": Place.RESOURCE,
    "span": Place.SPAN,
}
INTRINSIC: Final = "intrinsic"
#: Those that a person may type, in both spellings. Ids and numbers of the nested set have no values to choose from.
INTRINSICS: Final = (
    "duration", "event:name", "event:timeSinceStart", "instrumentation:name", "instrumentation:version", "kind", "name",
    "rootName", "rootServiceName", "span:duration", "span:kind", "span:name", "span:status", "span:statusMessage",
    "status", "statusMessage", "trace:duration", "trace:rootName", "trace:rootService", "traceDuration",
)  # fmt: skip
# Every attribute; Tempo reads "none" so, too.
_ANY: Final = ("", "none")


def list_tags(scope: str, limit: int) -> dict[str, Sequence[str]]:
    """At most `limit` names of each scope that has any, by name. Raises InvalidQuery for a scope that nobody knows."""
    if scope not in (*_ANY, INTRINSIC, *PLACES):
        raise InvalidQuery(f"invalid scope: {scope[:80]}", "scope")
    wanted = [*PLACES, INTRINSIC] if scope in _ANY else [scope]
    keys = reading.list_attribute_keys(DEFAULT_PROJECT)
    found: dict[str, Sequence[str]] = {
        name: [item.key for item in keys if item.place is PLACES[name]] for name in wanted if name != INTRINSIC
    }
    if INTRINSIC in wanted:
        found[INTRINSIC] = INTRINSICS
    return {name: tags[:limit] for name, tags in found.items() if tags}
