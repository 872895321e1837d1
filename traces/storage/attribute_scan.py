"""Reads some attributes of many spans out of a block's OTLP without decoding spans. Pure.

A span is looked into only if an attribute of the wanted key may be in its bytes. Most attributes come again and again:
each distinct one is decoded once.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from traces.domain.attributes import Attributes
from traces.domain.columns import INTEGER
from traces.domain.query import Place
from traces.domain.values import ABSENT, ValueBook, Values
from traces.storage.decode import decode_resource, decode_scope, decode_value
from traces.storage.hopping import find_last
from traces.wire import otlp_pb2 as wire

_SPAN_ATTRIBUTE = 9 << 3 | 2
_MAX_REMEMBERED = 50_000
_LONGEST_REMEMBERED_BYTES = 200
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class AttributeColumn:
    """One attribute of `span_count` spans, filled block by block."""

    def __init__(self, place: Place, key: str, span_count: int, longest: int) -> None:
        self.place = place
        # How the attribute begins. A key that is not UTF-8 is shown with U+FFFD: its bytes are not known.
        self.head = b"" if _REPLACEMENT in key else wire.KeyValue(key=key.encode()).SerializeToString()
        self._key = key
        self._book = ValueBook(longest)
        self._numbers = array(INTEGER, [ABSENT]) * span_count
        self._known: dict[bytes, int] = {}

    @property
    def values(self) -> Values:
        return Values(distinct=self._book.distinct, numbers=self._numbers)

    def put_all(self, indexes: Iterable[int], attributes: Attributes) -> None:
        """All these spans have these attributes."""
        if self._key in attributes:
            number = self._book.number(attributes[self._key])
            for index in indexes:
                self._numbers[index] = number

    def put(self, index: int, attribute: bytes) -> bool:
        """The span has this attribute, which begins with `head`; whether it is the one that is wanted."""
        number = self._known.get(attribute)
        if number is None:
            number = self._read(attribute)
        if number == ABSENT:
            return False
        self._numbers[index] = number
        return True

    def _read(self, attribute: bytes) -> int:
        """In canonical OTLP the key comes first, but for an empty one: that has no bytes."""
        if len(self._known) >= _MAX_REMEMBERED:
            self._known.clear()
        message = wire.KeyValue.FromString(attribute)
        is_it = message.key.decode("utf-8", "replace") == self._key
        number = self._book.number(decode_value(message.value)) if is_it else ABSENT
        if len(attribute) <= _LONGEST_REMEMBERED_BYTES:
            self._known[attribute] = number
        return number


def scan_attributes(body: bytes, index_of: dict[int, int], columns: Sequence[AttributeColumn]) -> None:
    """Fill columns with what the spans of a block have; `index_of` says by ordinal where each stands in them.

    Raises DecodeError, or what `find_last` raises.
    """
    of_spans = [column for column in columns if column.place in _ENVELOPES]
    of_resources = [column for column in columns if column.place is Place.RESOURCE]
    of_scopes = [column for column in columns if column.place is Place.SCOPE]
    for resource, scope, indexes, messages in walk(body, index_of):
        if of_resources:
            attributes = decode_resource(resource, b"").attributes
            for column in of_resources:
                column.put_all(indexes, attributes)
        if of_scopes:
            attributes = decode_scope(scope, b"").attributes
            for column in of_scopes:
                column.put_all(indexes, attributes)
        for column in of_spans:
            _scan_spans(indexes, messages, column)


def walk(body: bytes, index_of: dict[int, int]) -> Iterator[tuple[bytes, bytes, list[int], list[bytes]]]:
    """(resource, scope, indexes, messages) of the wanted spans of each scope that has any. Raises DecodeError."""
    wanted = sorted(index_of)
    position = base = 0
    for of_resource in wire.Shell.FromString(body).resource_spans:
        for of_scope in of_resource.scope_spans:
            end = base + len(of_scope.spans)
            after = bisect_left(wanted, end, position)
            if here := wanted[position:after]:
                spans = of_scope.spans
                messages = spans[:] if len(here) == len(spans) else [spans[ordinal - base] for ordinal in here]
                yield of_resource.resource, of_scope.scope, [index_of[ordinal] for ordinal in here], messages
            position, base = after, end


def _scan_spans(indexes: Sequence[int], messages: Sequence[bytes], column: AttributeColumn) -> None:
    head, put = column.head, column.put
    if column.place is Place.SPAN and head:
        for index, message in zip(indexes, messages, strict=True):
            if head in message and (attribute := find_last(message, _SPAN_ATTRIBUTE, head)):
                put(index, attribute)
        return
    for index, message in zip(indexes, messages, strict=True):
        if head in message:
            for attributes in _ENVELOPES[column.place](wire.SpanEnvelope.FromString(message)):
                # Where the key repeats, the last one counts.
                if sum(put(index, attribute) for attribute in attributes if attribute.startswith(head)):
                    break


def _of_events(span: wire.SpanEnvelope) -> Iterator[Sequence[bytes]]:
    return (event.attributes[:] for event in map(wire.EventEnvelope.FromString, span.events))


def _of_links(span: wire.SpanEnvelope) -> Iterator[Sequence[bytes]]:
    return (link.attributes[:] for link in map(wire.LinkEnvelope.FromString, span.links))


# Groups of attributes, the first of which that has the key counts.
_ENVELOPES: Mapping[Place, Callable[[wire.SpanEnvelope], Iterable[Sequence[bytes]]]] = {
    Place.SPAN: lambda span: (span.attributes[:],),
    Place.EVENT: _of_events,
    Place.LINK: _of_links,
}
