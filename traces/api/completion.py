"""The values of an attribute wherever it stands: what completing a word asks for."""

from collections.abc import Iterable

from traces import reading
from traces.domain.attributes import AttributeValue, format_value, type_name
from traces.domain.query import ATTRIBUTE_PLACES, Place
from traces.storage.base import ProjectId, ValueCount


def count_values(project: ProjectId, place: Place, key: str, limit: int) -> list[ValueCount]:
    """The most frequent values at a place; for ANY those of all places together."""
    places = ATTRIBUTE_PLACES if place is Place.ANY else (place,)
    counts = [count for each in places for count in reading.count_attribute_values(project, each, key, limit)]
    return add_up(counts)[:limit]


def add_up(counts: Iterable[ValueCount]) -> list[ValueCount]:
    """Equal values of one type as one, most frequent first; among equals the first met."""
    sums: dict[tuple[str, str], int] = {}
    values: dict[tuple[str, str], AttributeValue] = {}
    for found in counts:
        identity = (type_name(found.value), format_value(found.value))
        sums[identity] = sums.get(identity, 0) + found.count
        values.setdefault(identity, found.value)
    summed = [ValueCount(value=values[identity], count=count) for identity, count in sums.items()]
    return sorted(summed, key=lambda found: -found.count)
