"""Reads the times and names of events out of a block's OTLP. Pure; no attribute is decoded but to find a text in it."""

from collections.abc import Callable, Iterator

from traces.storage.attribute_scan import walk
from traces.wire import otlp_pb2 as wire

# Index of the span, number of the event in it, its time, the start of its span, its name.
FoundEvent = tuple[int, int, int, int, bytes]


def scan_events(
    body: bytes, index_of: dict[int, int], is_wanted: Callable[[bytes], bool] | None = None
) -> Iterator[FoundEvent]:
    """The events of the spans of a block, by ordinal in `index_of`, as sent. Raises DecodeError."""
    for _, _, indexes, messages in walk(body, index_of):
        for index, message in zip(indexes, messages, strict=True):
            span = wire.SpanEnvelope.FromString(message)
            start_ns = span.start_time_unix_nano
            for ordinal, piece in enumerate(span.events[:]):
                if is_wanted is None or is_wanted(piece):
                    event = wire.EventEnvelope.FromString(piece)
                    yield index, ordinal, event.time_unix_nano, start_ns, event.name
