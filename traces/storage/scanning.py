"""Attributes and events of a trace's spans, from the blocks they are in. A block at a time, each read once."""

from collections.abc import Callable, Sequence
from itertools import repeat

import structlog
from google.protobuf.message import DecodeError

from traces.domain.columns import SpanColumns
from traces.domain.event_columns import EventColumns
from traces.domain.finding import Needle
from traces.domain.query import Place
from traces.domain.span import SpanFlag
from traces.domain.values import ValueBook, Values
from traces.storage.attribute_scan import AttributeColumn, scan_attributes
from traces.storage.event_scan import scan_events
from traces.storage.finding import find_places
from traces.storage.mentions import make_event_finder
from traces.storage.rows import read_bodies

_LONGEST_NAME = 250
log = structlog.get_logger(__name__)


def read_attributes(spans: SpanColumns, keys: Sequence[tuple[Place, str]], longest: int) -> list[Values]:
    """See `SpanStore.read_attributes`. Raises PartitionGone."""
    columns = [AttributeColumn(place, key, len(spans), longest) for place, key in keys]
    if columns:
        _read(find_places(spans, repeat(True, len(spans))), lambda body, of: scan_attributes(body, of, columns))
    return [column.values for column in columns]


def read_events(spans: SpanColumns, limit: int, needle: Needle | None) -> EventColumns:
    """See `SpanStore.read_events`. Raises PartitionGone."""
    found, names = EventColumns(), ValueBook(_LONGEST_NAME)
    is_wanted = None if needle is None else make_event_finder(needle)
    is_complete = True

    def add(body: bytes, index_of: dict[int, int]) -> None:
        nonlocal is_complete
        for index, ordinal, time_ns, span_start_ns, name in scan_events(body, index_of, is_wanted):
            if len(found) == limit:
                is_complete = False
                return
            found.indexes.append(index)
            found.ordinals.append(ordinal)
            found.times_ns.append(time_ns)
            found.span_starts_ns.append(span_start_ns)
            found.name_numbers.append(names.number(name.decode("utf-8", "replace")))

    has_events = SpanFlag.HAS_EVENTS.value
    _read(find_places(spans, (flags & has_events != 0 for flags in spans.flags)), add)
    return EventColumns(
        indexes=found.indexes,
        ordinals=found.ordinals,
        times_ns=found.times_ns,
        span_starts_ns=found.span_starts_ns,
        name_numbers=found.name_numbers,
        names=[str(name) for name in names.distinct],
        is_complete=is_complete,
    )


def _read(places: dict[int, dict[int, int]], scan: Callable[[bytes, dict[int, int]], None]) -> None:
    for block, body in read_bodies(places):
        index_of = places[block]
        try:
            scan(body, index_of)
        except (DecodeError, IndexError, ValueError) as problem:
            log.error("a block cannot be read", block=block, spans=len(index_of), problem=str(problem))
