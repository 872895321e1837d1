"""A block: one commit group of one project, as the rows that the store writes. Pure: bytes in, rows out.

Spans are sorted by trace, so that a trace's part of a block is a range of rows. Row ids are relative here; the
writer adds `block * 2^20`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, repeat
from operator import itemgetter
from typing import TypeVar

from traces.domain.ids import NO_SPAN_ID
from traces.domain.query import Place
from traces.domain.span import MAX_NS, SpanFlag, StatusCode, measure_duration_ns
from traces.storage.tokens import EVENT_NAME, Document, TokenForm, inspect_attribute, seed_for
from traces.wire import otlp_pb2 as wire

ROW_BITS = 20
MAX_BLOCK_SPANS = 4_096
MAX_BLOCK_BYTES = 16 * 1024 * 1024
# A start before the year 2000 or more than an hour after arrival is a broken clock, not a time.
EARLIEST_NS = 946_684_800 * 10**9
MAX_AHEAD_NS = 3_600 * 10**9

_PLACES = (Place.SPAN, Place.EVENT, Place.LINK)
IS_REMOTE_MASK = 0x300  # https://github.com/open-telemetry/opentelemetry-proto: HAS_IS_REMOTE | IS_REMOTE
_ERROR = StatusCode.ERROR.value

_Item = TypeVar("_Item")

# Sorted by its first three: trace_id, start_ns, ordinal; then span_id, parent_span_id, operation, resource, scope,
# duration_ns, status, flags and the document of its tokens.
SpanRow = tuple[bytes, int, int, bytes, bytes | None, int, int, int, int, int, int, Document]


@dataclass(frozen=True, slots=True)
class Names:
    """Ids of names: resource (message, schema URL) → (resource, service); scope → id; (service, name, kind) →
    operation. A name that it does not have raises KeyError.
    """

    resources: dict[tuple[bytes, bytes], tuple[int, int]]
    scopes: dict[tuple[bytes, bytes], int]
    operations: dict[tuple[int, bytes, int], int]


@dataclass(slots=True)
class TracePart:
    """What a block holds of one trace: rows `first_row` to `first_row + span_count - 1`."""

    trace_id: bytes
    first_row: int
    span_count: int
    start_ns: int
    end_ns: int
    error_count: int
    root_operation: int | None
    root_start_ns: int | None


@dataclass(slots=True)
class OperationCount:
    span_count: int = 0
    error_count: int = 0
    min_start_ns: int = MAX_NS
    max_start_ns: int = 0
    max_duration_ns: int = 0


@dataclass(slots=True, kw_only=True)
class Block:
    """Everything to write for one block. `body` is its OTLP, uncompressed."""

    project: int
    received_ns: int
    body: bytes
    rows: list[SpanRow]
    parts: list[TracePart]
    operations: dict[int, OperationCount]
    resources: set[int]
    scopes: set[int]
    keys: set[tuple[Place, bytes]]
    links: list[tuple[int, bytes, bytes]]  # (ordinal, linked trace, linked span)
    cuts: dict[bytes, str] = field(default_factory=dict)

    @property
    def min_start_ns(self) -> int:
        return min(count.min_start_ns for count in self.operations.values())

    @property
    def max_start_ns(self) -> int:
        return max(count.max_start_ns for count in self.operations.values())

    @property
    def max_duration_ns(self) -> int:
        return max(count.max_duration_ns for count in self.operations.values())

    @property
    def error_count(self) -> int:
        return sum(count.error_count for count in self.operations.values())


def build_block(
    project: int,
    seed: int,
    received_ns: int,
    body: bytes,
    envelope: wire.Envelope,
    names: Names,
    cuts: dict[bytes, str],
    form: TokenForm,
    received_ns_of: Iterable[int] | None = None,
) -> Block:
    """The block of a validated OTLP `body`, already parsed as `envelope`. Raises KeyError for a name not in `names`.

    `received_ns_of` says for each of its resources when that arrived; all at `received_ns` unless it is given.
    """
    index = _AttributeIndex(seed, form)
    rows, links = _read_spans(envelope, names, received_ns_of or repeat(received_ns), index)
    keys = index.take_stock(rows, envelope)
    rows.sort()
    return Block(
        project=project,
        received_ns=received_ns,
        body=body,
        rows=rows,
        parts=_parts(rows),
        operations=_count_operations(rows),
        resources={row[6] for row in rows},
        scopes={row[7] for row in rows},
        keys=keys,
        links=links,
        # Its own: every block of a large request would repeat them all.
        cuts={key: cuts[key] for row in rows if (key := row[0] + row[3]) in cuts} if cuts else {},
    )


def _read_spans(
    envelope: wire.Envelope, names: Names, received_ns_of: Iterable[int], index: "_AttributeIndex"
) -> tuple[list[SpanRow], list[tuple[int, bytes, bytes]]]:
    """One loop over all spans: the hot path. A call a span costs more than its length here."""
    rows: list[SpanRow] = []
    links: list[tuple[int, bytes, bytes]] = []
    append, operations, status_of = rows.append, names.operations, StatusCodes()
    piece_of, join = index.pieces[Place.SPAN].__getitem__, index.join
    ordinal = -1
    for of_resource, received_ns in zip(envelope.resource_spans, received_ns_of, strict=False):
        latest_ns = received_ns + MAX_AHEAD_NS
        resource, service = names.resources[of_resource.resource, of_resource.schema_url]
        for of_scope in of_resource.scope_spans:
            scope = names.scopes[of_scope.scope, of_scope.schema_url]
            for span in of_scope.spans:
                ordinal += 1
                start, end = span.start_time_unix_nano, span.end_time_unix_nano
                flags = SpanFlag.PARENT_IS_REMOTE.value if span.flags & IS_REMOTE_MASK == IS_REMOTE_MASK else 0
                if start and start <= end <= MAX_NS:
                    duration = end - start
                else:
                    duration = measure_duration_ns(start, end)
                    if not end:
                        flags |= SpanFlag.UNFINISHED.value
                    elif end < start:
                        flags |= SpanFlag.ENDS_BEFORE_START.value
                if not EARLIEST_NS <= start <= latest_ns:
                    start = received_ns
                    flags |= SpanFlag.CLOCK_IMPLAUSIBLE.value
                document = join(map(piece_of, span.attributes[:]))
                if span.events or span.links:
                    more, targets, found = index.look_into(span.events[:], span.links[:])
                    flags |= found
                    document = join([document, *more] if document else more)
                    links.extend([(ordinal, *target) for target in targets])
                parent = span.parent_span_id
                if parent == NO_SPAN_ID:
                    parent = b""
                append(
                    (
                        span.trace_id, start, ordinal, span.span_id, parent or None,
                        operations[service, span.name, span.kind], resource, scope,
                        duration, status_of[span.status], flags, document,
                    )
                )  # fmt: skip
    return rows, links


class StatusCodes(dict[bytes, int]):
    """`Status` messages to codes; few are distinct."""

    def __missing__(self, message: bytes) -> int:
        code = self[message] = wire.Status.FromString(message).code if message else StatusCode.UNSET.value
        return code


class _Pieces(dict[bytes, Document]):
    """The attributes of one place, each with its token; most come again and again."""

    def __init__(self, form: TokenForm, seed: int) -> None:
        super().__init__()
        self._piece_of, self._seed = form.piece_of, seed

    def __missing__(self, attribute: bytes) -> Document:
        piece = self[attribute] = self._piece_of(attribute, self._seed)
        return piece


class _AttributeIndex:
    """The tokens of a block's spans, and the keys they have."""

    def __init__(self, seed: int, form: TokenForm) -> None:
        self.join = form.join
        self.pieces = {place: _Pieces(form, seed_for(seed, place)) for place in _PLACES}
        self._event_names = _Pieces(form, seed_for(seed, EVENT_NAME))

    def look_into(
        self, events: Sequence[bytes], links: Sequence[bytes]
    ) -> tuple[list[Document], list[tuple[bytes, bytes]], int]:
        """The tokens of a span's events and links, (trace, span) of what it links to, and its flags for them."""
        found: list[Document] = []
        targets: list[tuple[bytes, bytes]] = []
        flags = SpanFlag.HAS_EVENTS.value if events else 0
        for message in events:
            event = wire.EventEnvelope.FromString(message)
            found.append(self._event_names[event.name])
            found.extend(map(self.pieces[Place.EVENT].__getitem__, event.attributes[:]))
            if event.name == b"exception":
                flags |= SpanFlag.HAS_EXCEPTION.value
        for message in links:
            link = wire.LinkEnvelope.FromString(message)
            found.extend(map(self.pieces[Place.LINK].__getitem__, link.attributes[:]))
            targets.append((link.trace_id, link.span_id))
            flags |= SpanFlag.HAS_LINKS.value
        return found, targets, flags

    def take_stock(self, rows: list[SpanRow], envelope: wire.Envelope) -> set[tuple[Place, bytes]]:
        """The keys of all attributes seen. Adds the tokens of arrays' elements and the like to `rows`, in their order.

        Most blocks have nothing of the kind, and their spans are not looked at again.
        """
        keys: set[tuple[Place, bytes]] = set()
        further: dict[tuple[Place, bytes], list[Document]] = {}
        for place, pieces in self.pieces.items():
            names = set()
            for attribute in list(pieces):
                key, forms = inspect_attribute(attribute)
                names.add(key)
                if forms:
                    further[place, attribute] = [pieces[form] for form in forms]
            keys.update([(place, name) for name in names])
        if further:
            self._add_further_forms(rows, envelope, further)
        return keys

    def _add_further_forms(
        self, rows: list[SpanRow], envelope: wire.Envelope, further: dict[tuple[Place, bytes], list[Document]]
    ) -> None:
        spans = (span for group in envelope.resource_spans for scope in group.scope_spans for span in scope.spans)
        for index, span in enumerate(spans):
            more = [piece for attribute in _attributes_of(span) for piece in further.get(attribute, ())]
            if more:
                row = rows[index]
                rows[index] = (*row[:11], self.join([row[11], *more]))


def _attributes_of(span: wire.SpanEnvelope) -> Iterator[tuple[Place, bytes]]:
    for attribute in span.attributes:
        yield Place.SPAN, attribute
    for event in span.events:
        for attribute in wire.EventEnvelope.FromString(event).attributes:
            yield Place.EVENT, attribute
    for link in span.links:
        for attribute in wire.LinkEnvelope.FromString(link).attributes:
            yield Place.LINK, attribute


def _parts(rows: list[SpanRow]) -> list[TracePart]:
    """One part a trace; `rows` are sorted by trace, then start."""
    parts: list[TracePart] = []
    first_row = 0
    for trace_id, group in groupby(rows, key=itemgetter(0)):
        spans = list(group)
        root = next((row for row in spans if row[4] is None), None)
        parts.append(
            TracePart(
                trace_id=trace_id,
                first_row=first_row,
                span_count=len(spans),
                start_ns=spans[0][1],
                end_ns=min(MAX_NS, max(row[1] + row[8] for row in spans)),
                error_count=sum(row[9] == _ERROR for row in spans),
                root_operation=root[5] if root else None,
                root_start_ns=root[1] if root else None,
            )
        )
        first_row += len(spans)
    return parts


def _count_operations(rows: list[SpanRow]) -> dict[int, OperationCount]:
    counts: dict[int, OperationCount] = {}
    for row in rows:
        count = counts.get(row[5])
        if count is None:
            count = counts[row[5]] = OperationCount()
        count.span_count += 1
        count.error_count += row[9] == _ERROR
        start, duration = row[1], row[8]
        if start < count.min_start_ns:
            count.min_start_ns = start
        if start > count.max_start_ns:
            count.max_start_ns = start
        if duration > count.max_duration_ns:
            count.max_duration_ns = duration
    return counts


def pack(
    items: Iterable[_Item], weigh: Callable[[_Item], tuple[int, ...]], limits: tuple[int, ...]
) -> Iterator[list[_Item]]:
    """Items in their order in portions, none of which weighs more than the limits, unless it is a single item."""
    portion: list[_Item] = []
    total = (0,) * len(limits)
    for item in items:
        weight = weigh(item)
        together = tuple(map(sum, zip(total, weight, strict=True)))
        if portion and any(weight > limit for weight, limit in zip(together, limits, strict=True)):
            yield portion
            portion, together = [], weight
        portion.append(item)
        total = together
    if portion:
        yield portion


def join_requests(bodies: Sequence[bytes]) -> bytes:
    """Concatenated OTLP requests are one OTLP request: fields repeat. Each must have been parsed alone before."""
    return bodies[0] if len(bodies) == 1 else b"".join(bodies)


def split_request(body: bytes, max_spans: int = MAX_BLOCK_SPANS) -> Iterator[bytes]:
    """A request as requests of at most `max_spans` spans each, in order."""
    shell = wire.Shell.FromString(body)
    piece, room = wire.Shell(), max_spans
    for of_resource in shell.resource_spans:
        for of_scope in of_resource.scope_spans:
            taken = 0
            while taken < len(of_scope.spans):
                batch = of_scope.spans[taken : taken + room]
                target = piece.resource_spans.add(resource=of_resource.resource, schema_url=of_resource.schema_url)
                target.scope_spans.add(scope=of_scope.scope, schema_url=of_scope.schema_url, spans=batch)
                taken += len(batch)
                room -= len(batch)
                if not room:
                    yield piece.SerializeToString()
                    piece, room = wire.Shell(), max_spans
    if piece.resource_spans:
        yield piece.SerializeToString()
