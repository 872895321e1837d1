"""Finding spans of a trace by what they mention: names in the columns, everything else in the blocks."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import compress
from operator import not_

import structlog
from google.protobuf.message import DecodeError

from traces.domain.columns import SpanColumns
from traces.domain.finding import Needle
from traces.storage.blocks import ROW_BITS
from traces.storage.mentions import find_in_body
from traces.storage.rows import read_bodies

log = structlog.get_logger(__name__)


def find_mentions(spans: SpanColumns, needle: Needle) -> list[int]:
    """See `SpanStore.find_mentions`. A block at a time: memory does not grow with the trace. Raises PartitionGone."""
    is_named = _find_names(spans, needle)
    found = list(compress(range(len(spans)), is_named))
    places = find_places(spans, map(not_, is_named))
    for block, body in read_bodies(places):
        index_of = places[block]
        try:
            found.extend(map(index_of.__getitem__, find_in_body(body, sorted(index_of), needle)))
        except DecodeError as problem:
            log.error("a block cannot be read", block=block, spans=len(index_of), problem=str(problem))
    return sorted(found)


def _find_names(spans: SpanColumns, needle: Needle) -> list[bool]:
    """Whether the name or the service of each span has the needle in it."""
    is_named = {}
    for operation_id in set(spans.operation_ids):
        operation = spans.operations[operation_id]
        is_named[operation_id] = needle.is_in(operation.name) or needle.is_in(operation.service.name)
    return list(map(is_named.__getitem__, spans.operation_ids))


def find_places(spans: SpanColumns, wanted: Iterable[bool]) -> dict[int, dict[int, int]]:
    """By block, the ordinals of the spans that have to be looked at, and the index of each."""
    places: dict[int, dict[int, int]] = defaultdict(dict)
    for index, (row_id, ordinal, is_wanted) in enumerate(zip(spans.row_ids, spans.ordinals, wanted, strict=True)):
        if is_wanted:
            places[row_id >> ROW_BITS][ordinal] = index
    return places
