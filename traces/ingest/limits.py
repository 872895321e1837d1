"""How much one span may hold: what is beyond is cut from it, said and counted; the span itself is kept.

The limits are those of an SDK, set where no honest sender comes: https://opentelemetry.io/docs/specs/otel/common/#attribute-limits
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from traces.wire import otlp_pb2 as wire

_MAX_NOTES = 3
_MAX_LABEL = 80
_MAX_UINT32 = 2**32 - 1
# An entry of an array or map is written with at most this many bytes around it.
_ENTRY_BYTES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`attributes` of a span, event, link, resource or scope; `events` and `links` of a span; `text_bytes` of one text.

    A text is a name, a key or a message; an attribute's value of any type counts as one, an array with all it holds.
    """

    attributes: int
    events: int
    links: int
    text_bytes: int

    @property
    def harmless_bytes(self) -> int:
        """What is written in so few bytes meets no limit: an entry of a list takes two at least."""
        return min(2 * self.attributes, 2 * self.events, 2 * self.links, self.text_bytes)


@dataclass(slots=True)
class Cuts:
    """What was cut: a sentence by trace id + span id, and how many things by limit (`attributes`, …, `text`)."""

    notes: dict[bytes, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def cut_to_limits(request: wire.Request, body: bytes, limits: Limits) -> Cuts:
    """Cut from `request`, in place, what is beyond the limits; `body` is the same request as bytes.

    What a resource or scope lost is said on each of its spans. Only what is long enough to meet a limit is looked at:
    the bytes tell how long each span is at a twentieth of the cost of a look at it.
    """
    cuts = Cuts()
    if len(body) <= limits.harmless_bytes:
        return cuts
    shell = wire.Shell.FromString(body)
    for of_resource, resource_bytes in zip(request.resource_spans, shell.resource_spans, strict=True):
        above = [*_cut_above(of_resource, of_resource.resource, len(resource_bytes.resource), limits, cuts)]
        for of_scope, scope_bytes in zip(of_resource.scope_spans, resource_bytes.scope_spans, strict=True):
            scope = [*above, *_cut_above(of_scope, of_scope.scope, len(scope_bytes.scope), limits, cuts)]
            _cut_spans(of_scope, list(map(len, scope_bytes.spans)), scope, limits, cuts)
    return cuts


def _cut_above(
    holder: wire.ResourceSpans | wire.ScopeSpans, named: Message, size: int, limits: Limits, cuts: Cuts
) -> Iterator[str]:
    """Cut a resource or scope, and the schema's address beside it; what is to be said on their spans."""
    if len(holder.schema_url) > limits.text_bytes:
        yield _cut_field(holder, "schema_url", limits, cuts)
    if size > limits.harmless_bytes:
        yield from _cut_message(named, size, limits, cuts)


def _cut_spans(of_scope: wire.ScopeSpans, sizes: list[int], above: list[str], limits: Limits, cuts: Cuts) -> None:
    harmless = limits.harmless_bytes
    if max(sizes, default=0) <= harmless and not above:
        return
    for span, size in zip(of_scope.spans, sizes, strict=True):
        notes = [*above, *_cut_message(span, size, limits, cuts)] if size > harmless else above
        if notes:
            cuts.notes[span.trace_id + span.span_id] = _sentence(notes)


def _sentence(notes: list[str]) -> str:
    more = len(notes) - _MAX_NOTES
    return "; ".join(notes[:_MAX_NOTES]) + (f"; and {more:,} more" if more > 0 else "")


def _cut_message(message: Any, size: int, limits: Limits, cuts: Cuts) -> Iterator[str]:
    """Cut a span, resource or scope of `size` bytes; what is to be said."""
    yield from _cut_lists(message, limits, cuts)
    if isinstance(message, wire.Span):
        for inner in (*message.events, *message.links):
            yield from _cut_lists(inner, limits, cuts)
    if size > limits.text_bytes:
        yield from _cut_texts(message, limits, cuts)


def _cut_lists(message: Any, limits: Limits, cuts: Cuts) -> Iterator[str]:
    """Keep the first entries of each list, and count the others as an SDK does."""
    for name in ("attributes", "events", "links") if isinstance(message, wire.Span) else ("attributes",):
        entries, most = getattr(message, name), getattr(limits, name)
        count = len(entries)
        if count > most:
            del entries[most:]
            counter = f"dropped_{name}_count"
            setattr(message, counter, min(_MAX_UINT32, getattr(message, counter) + count - most))
            cuts.counts[name] += count - most
            yield f"{count:,} {name}, the first {most:,} kept (INGEST_MAX_{name.upper()})"


def _cut_texts(message: Message, limits: Limits, cuts: Cuts) -> Iterator[str]:
    """Cut every text in a message, at whatever depth."""
    for described, value in message.ListFields():
        if isinstance(value, bytes):
            if len(value) > limits.text_bytes:
                yield _cut_field(message, described.name, limits, cuts)
        elif described.message_type:
            for inner in value if described.is_repeated else (value,):
                if isinstance(inner, wire.KeyValue):
                    yield from _cut_attribute(inner, limits, cuts)
                elif inner.ByteSize() > limits.text_bytes:
                    yield from _cut_texts(inner, limits, cuts)


def _cut_field(message: Message, name: str, limits: Limits, cuts: Cuts) -> str:
    text = getattr(message, name)
    setattr(message, name, cut_text(text, limits.text_bytes))
    cuts.counts["text"] += 1
    return _cut_note(name, len(text), limits)


def _cut_attribute(attribute: wire.KeyValue, limits: Limits, cuts: Cuts) -> Iterator[str]:
    size = attribute.ByteSize()
    if size <= limits.text_bytes:
        return
    label = attribute.key[:_MAX_LABEL].decode("utf-8", "replace")
    if len(attribute.key) > limits.text_bytes:
        yield _cut_field(attribute, "key", limits, cuts)
    if _shorten(attribute.value, limits.text_bytes):
        cuts.counts["text"] += 1
        yield _cut_note(label, size, limits)


def _cut_note(label: str, size: int, limits: Limits) -> str:
    return f"“{label}” of {size:,} bytes, cut to {limits.text_bytes:,} (INGEST_MAX_TEXT_BYTES)"


def _shorten(value: wire.AnyValue, room: int) -> bool:
    """Cut a value to about `room` bytes; whether it had to be. An array or map keeps its first entries."""
    kind = value.WhichOneof("value")
    if kind in ("string_value", "bytes_value"):
        text = getattr(value, kind)
        if len(text) > room:
            setattr(value, kind, cut_text(text, room) if kind == "string_value" else text[:room])
        return len(text) > room
    if kind not in ("array_value", "kvlist_value"):
        return False
    entries = getattr(value, kind).values
    for index, entry in enumerate(entries):
        size = entry.ByteSize() + _ENTRY_BYTES
        if size > room:
            is_last = index + 1 == len(entries)
            del entries[index + 1 :]
            return _shorten_entry(entry, room) or not is_last
        room -= size
    return False


def _shorten_entry(entry: wire.AnyValue | wire.KeyValue, room: int) -> bool:
    if isinstance(entry, wire.AnyValue):
        return _shorten(entry, room)
    length = len(entry.key)
    entry.key = cut_text(entry.key, room)
    return _shorten(entry.value, room - len(entry.key)) or len(entry.key) < length


def cut_text(text: bytes, most: int) -> bytes:
    """The first `most` bytes, or up to three fewer: a character of UTF-8 is never cut in two."""
    if len(text) <= most:
        return text
    end = most
    while end > max(0, most - 3) and text[end] & 0xC0 == 0x80:
        end -= 1
    return text[:end]
