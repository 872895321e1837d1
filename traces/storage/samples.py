"""What completion offers as the values of an attribute: those of the newest spans that have it."""

from collections.abc import Iterator

from traces.domain.attributes import AttributeValue
from traces.domain.deadline import check_time
from traces.domain.query import Place
from traces.domain.span import Span
from traces.storage import partitions
from traces.storage.layout import Tables
from traces.storage.names import NameBook
from traces.storage.rows import decode_block, query, read_body

# How much of the newest data is looked at.
_SAMPLE_BLOCKS = 8
_SAMPLE_SPANS = 2_000


def newest_values(names: NameBook, place: Place, key: str) -> Iterator[AttributeValue]:
    """The values of a key in the newest spans, or in all resources or scopes."""
    if place in (Place.RESOURCE, Place.SCOPE):
        holders = names.resources if place is Place.RESOURCE else names.scopes
        yield from (item.attributes[key] for item in holders.values() if key in item.attributes)
        return
    numbers = [pk for pk, name in names.keys.items() if name == (place, key)]
    looked_at = 0
    for block in _newest_blocks_with_key(numbers[0]) if numbers else ():
        for span in _spans_of_project(names.project, block):
            check_time()
            looked_at += 1
            yield from _values_of(span, place, key)
            if looked_at >= _SAMPLE_SPANS:
                return


def _newest_blocks_with_key(number: int) -> Iterator[int]:
    left = _SAMPLE_BLOCKS
    for stretch in partitions.list_stretches():
        rows = query(
            f"SELECT block FROM {Tables(stretch.id).key_block} WHERE attribute_key = %s"
            f" ORDER BY block DESC LIMIT {left}",
            [number],
        )
        yield from (block for (block,) in rows)
        left -= len(rows)
        if left <= 0:
            return


def _spans_of_project(project: int, block: int) -> Iterator[Span]:
    rows = query(
        f"SELECT project, span_count FROM {Tables(partitions.partition_of(block)).block} WHERE id = %s", [block]
    )
    if rows and rows[0][0] == project and read_body(block) is not None:
        yield from (span for _, span in decode_block(block, range(rows[0][1])))


def _values_of(span: Span, place: Place, key: str) -> Iterator[AttributeValue]:
    sets = {
        Place.SPAN: [span.attributes],
        Place.EVENT: [event.attributes for event in span.events],
        Place.LINK: [link.attributes for link in span.links],
    }[place]
    yield from (attributes[key] for attributes in sets if key in attributes)
