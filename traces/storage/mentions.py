"""Which spans of a block mention what somebody looks for. Pure: the OTLP of a block in, places of spans out.

A span is parsed only where its bytes hold something that may be a hit, and then as far as a hit can be told from
the same bytes in a length or an id. Most attributes come again and again: each distinct one is looked at once.
"""

import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from traces.domain.attributes import format_value
from traces.domain.finding import Needle
from traces.storage.decode import decode_attributes, decode_resource, decode_scope
from traces.wire import otlp_pb2 as wire

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# A field of AnyValue begins with its number and type: https://protobuf.dev/programming-guides/encoding/
_BOOL, _INT, _DOUBLE = b"\x10", b"\x18", b"\x21"


def find_in_body(body: bytes, wanted: Sequence[int], needle: Needle) -> Iterator[int]:
    """Those of the spans at `wanted` (ascending ordinals) that mention the needle, name and service left aside.

    Of an attribute whose key repeats, every value counts. Raises DecodeError.
    """
    sieve, reader = Sieve(needle), _Reader(needle)
    # Folding as Unicode does takes a dozen times the memory of the text: that is done a span at a time.
    if needle.ascii is not None and not sieve.lets_through(body):
        return
    position = base = 0
    for of_resource in wire.Shell.FromString(body).resource_spans:
        is_in_resource = needle.is_in_attributes(decode_resource(of_resource.resource, b"").attributes)
        for of_scope in of_resource.scope_spans:
            end = base + len(of_scope.spans)
            after = bisect_left(wanted, end, position)
            here, position = wanted[position:after], after
            if here and (is_in_resource or reader.finds_in_scope(of_scope.scope)):
                yield from here
            else:
                for ordinal in here:
                    span = of_scope.spans[ordinal - base]
                    if sieve.lets_through(span) and reader.finds_in_span(span):
                        yield ordinal
            base = end


def make_event_finder(needle: Needle) -> Callable[[bytes], bool]:
    """Tells of an event of a span, as bytes, whether its name or its attributes mention the needle."""
    return _Reader(needle).finds_in_event


class Sieve:
    """Lets through every message that mentions the needle, and few others."""

    def __init__(self, needle: Needle) -> None:
        self._needle = needle
        self._pieces = [*_number_pieces(needle.text), *_id_pieces(needle)]

    def lets_through(self, message: bytes) -> bool:
        if self._needle.ascii is None:
            return self._may_be_in(message)
        return self._needle.ascii in message.lower() or any(piece in message for piece in self._pieces)

    def _may_be_in(self, message: bytes) -> bool:
        """A text follows its length, whose last byte is ASCII: what is around it does not change how it decodes.

        Only a text that is not UTF-8 to its end may become another one with the byte behind it.
        """
        text = self._needle.text
        return _REPLACEMENT in text or text in message.decode("utf-8", "ignore").casefold()


def _number_pieces(text: str) -> Iterator[bytes]:
    """The encoded forms of the values whose whole text this is."""
    if text in ("true", "false"):
        yield _BOOL + bytes([text == "true"])
    if text == "nan":
        # There are many.
        yield _DOUBLE
    try:
        number = float(text)
        if format_value(number) == text:
            yield _DOUBLE + struct.pack("<d", number)
        whole = int(text)
        if str(whole) == text and -(2**63) <= whole < 2**63:
            yield _INT + _varint(whole % 2**64)
    except ValueError:
        return


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def _id_pieces(needle: Needle) -> Iterator[bytes]:
    """The whole bytes in some digits of an id, which begin with a byte or in the middle of one."""
    if needle.is_like_an_id:
        for first in (0, 1):
            digits = needle.text[first:]
            yield bytes.fromhex(digits[: len(digits) // 2 * 2])


class _Reader:
    """Tells for certain whether a message mentions the needle."""

    def __init__(self, needle: Needle) -> None:
        self._needle = needle
        self._attributes = _Attributes(needle)

    def finds_in_scope(self, message: bytes) -> bool:
        scope, is_in = decode_scope(message, b""), self._needle.is_in
        return is_in(scope.name) or is_in(scope.version) or self._needle.is_in_attributes(scope.attributes)

    def finds_in_span(self, message: bytes) -> bool:
        span, is_in_id = wire.SpanEnvelope.FromString(message), self._needle.is_in_id
        return (
            any(map(self._attributes.__getitem__, span.attributes[:]))
            or any(map(self.finds_in_event, span.events[:]))
            or any(map(self._finds_in_link, span.links[:]))
            or (bool(span.status) and self._finds_in_status(span.status))
            or is_in_id(span.span_id)
            or is_in_id(span.parent_span_id)
        )

    def finds_in_event(self, message: bytes) -> bool:
        event = wire.EventEnvelope.FromString(message)
        return self._finds_in_text(event.name) or any(map(self._attributes.__getitem__, event.attributes[:]))

    def _finds_in_link(self, message: bytes) -> bool:
        link, is_in_id = wire.LinkEnvelope.FromString(message), self._needle.is_in_id
        has_it = is_in_id(link.trace_id) or is_in_id(link.span_id)
        return has_it or any(map(self._attributes.__getitem__, link.attributes[:]))

    def _finds_in_status(self, message: bytes) -> bool:
        return self._finds_in_text(wire.Status.FromString(message).message)

    def _finds_in_text(self, text: bytes) -> bool:
        return self._needle.is_in(text.decode("utf-8", "replace"))


class _Attributes(dict[bytes, bool]):
    """Whether an attribute, as bytes, mentions the needle."""

    def __init__(self, needle: Needle) -> None:
        super().__init__()
        self._needle, self._plain, self._lets_through = needle, needle.ascii, Sieve(needle).lets_through

    def __missing__(self, attribute: bytes) -> bool:
        """Most hits are in plain text, and told without decoding it."""
        found = False
        if self._lets_through(attribute):
            message = wire.KeyValue.FromString(attribute)
            found = (self._plain is not None and self._plain in message.value.string_value.lower()) or (
                self._needle.is_in_attributes(decode_attributes([message]))
            )
        self[attribute] = found
        return found
