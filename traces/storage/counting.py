"""The spans of a block as roll-ups count them, from its OTLP alone. Pure: bytes in, columns out."""

from collections.abc import Collection, Iterable, Mapping
from itertools import compress, repeat
from operator import le, sub
from types import MappingProxyType
from typing import Protocol

from traces.domain.attributes import AttributeValue
from traces.domain.ids import NO_SPAN_ID
from traces.domain.span import MAX_NS, SpanFlag, measure_duration_ns
from traces.storage.blocks import EARLIEST_NS, IS_REMOTE_MASK, MAX_AHEAD_NS, StatusCodes
from traces.storage.counted import CountedSpans, QueuedBlock
from traces.storage.decode import decode_value
from traces.wire import otlp_pb2 as wire

_NO_ATTRIBUTES: Mapping[str, AttributeValue] = MappingProxyType({})
_NO_LINKS: tuple[tuple[bytes, bytes], ...] = ()
_MAX_REMEMBERED = 50_000
_HEAD_BYTES = 16
_REMOTE = SpanFlag.PARENT_IS_REMOTE.value
_IMPLAUSIBLE = SpanFlag.CLOCK_IMPLAUSIBLE.value


class Numbers(Protocol):
    """The ids of names, as `blocks.Names` has them. A name that it does not have raises KeyError."""

    @property
    def resources(self) -> Mapping[tuple[bytes, bytes], tuple[int, int]]: ...
    @property
    def operations(self) -> Mapping[tuple[int, bytes, int], int]: ...


class WantedAttributes(dict[bytes, tuple[str, AttributeValue] | None]):
    """Attributes by their bytes: key and value of those that are wanted, None for the others. Most come again."""

    def __init__(self, keys: Collection[str]) -> None:
        super().__init__()
        self._keys = {key.encode(): key for key in keys}
        self._heads = _Heads(self._keys)

    def __missing__(self, attribute: bytes) -> tuple[str, AttributeValue] | None:
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
        message = wire.KeyValue.FromString(attribute)
        key = self._keys.get(message.key)
        found = self[attribute] = None if key is None else (key, decode_value(message.value))
        return found

    def pick(self, spans: Iterable[wire.SpanEnvelope]) -> list[Mapping[str, AttributeValue]]:
        """What is wanted of each span. Most attributes are not, and are told by how they begin."""
        may_be_wanted, piece_of = self._heads.__getitem__, self.__getitem__
        return [
            dict(filter(None, map(piece_of, some)))
            if (some := [piece for piece in span.attributes[:] if may_be_wanted(piece[:_HEAD_BYTES])])
            else _NO_ATTRIBUTES
            for span in spans
        ]


class _Heads(dict[bytes, bool]):
    """Whether an attribute that begins so may be wanted: in canonical OTLP the length of its key comes first."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        super().__init__()
        self._wanted = [wire.KeyValue(key=key).SerializeToString() for key in keys]

    def __missing__(self, head: bytes) -> bool:
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
        may_be = self[head] = any(head.startswith(key[:_HEAD_BYTES]) for key in self._wanted)
        return may_be


def no_spans(queued: QueuedBlock) -> CountedSpans:
    """Of a block that cannot be read."""
    return CountedSpans(
        queued=queued, trace_ids=[], span_ids=[], parent_span_ids=[], operation_ids=[], service_ids=[], resource_ids=[],
        kinds=[], starts_ns=[], durations_ns=[], statuses=[], flags=[], wire_flags=[], trace_states=[], attributes=[],
        links=[],
    )  # fmt: skip


def count_spans(
    queued: QueuedBlock, otlp: bytes, numbers: Numbers, wanted: WantedAttributes, filed_ns: Mapping[int, int]
) -> CountedSpans:
    """The spans of a block; `filed_ns` says by ordinal where spans are filed if not at `queued.received_ns`, in a block
    whose spans did not arrive together.

    Raises KeyError for a name not in `numbers`, DecodeError where the block is damaged.
    """
    columns = no_spans(queued)
    for of_resource in wire.Envelope.FromString(otlp).resource_spans:
        resource, service = numbers.resources[of_resource.resource, of_resource.schema_url]
        for of_scope in of_resource.scope_spans:
            count = len(of_scope.spans)
            columns.resource_ids += repeat(resource, count)
            columns.service_ids += repeat(service, count)
            _add_spans(columns, of_scope.spans[:], service, numbers, wanted)
    for ordinal, start_ns in filed_ns.items():
        columns.starts_ns[ordinal] = start_ns
        columns.flags[ordinal] |= _IMPLAUSIBLE
    return _without_earlier(columns) if queued.from_ns else columns


def _add_spans(
    columns: CountedSpans, spans: list[wire.SpanEnvelope], service: int, numbers: Numbers, wanted: WantedAttributes
) -> None:
    """One pass a column: a loop over spans with a step a column takes twice as long."""
    kinds, wire_flags = [span.kind for span in spans], [span.flags for span in spans]
    names = [span.name for span in spans]
    columns.kinds += kinds
    columns.wire_flags += wire_flags
    columns.operation_ids += map(numbers.operations.__getitem__, zip(repeat(service), names, kinds))
    columns.trace_ids += [span.trace_id for span in spans]
    columns.span_ids += [span.span_id for span in spans]
    columns.parent_span_ids += [
        parent if parent and parent != NO_SPAN_ID else None for parent in [span.parent_span_id for span in spans]
    ]
    columns.statuses += map(StatusCodes().__getitem__, [span.status for span in spans])
    columns.trace_states += [span.trace_state for span in spans]
    columns.attributes += wanted.pick(spans)
    columns.links += [_links_of(span.links[:]) if len(span.links) else _NO_LINKS for span in spans]
    flags = [_REMOTE if sent & IS_REMOTE_MASK == IS_REMOTE_MASK else 0 for sent in wire_flags]
    starts_ns = [span.start_time_unix_nano for span in spans]
    ends_ns = [span.end_time_unix_nano for span in spans]
    _add_times(columns, starts_ns, ends_ns, flags)


def _links_of(messages: Iterable[bytes]) -> tuple[tuple[bytes, bytes], ...]:
    links = map(wire.LinkEnvelope.FromString, messages)
    return tuple((link.trace_id, link.span_id) for link in links)


def _add_times(columns: CountedSpans, starts_ns: list[int], ends_ns: list[int], flags: list[int]) -> None:
    """Where all is as it should be, which is usual, at once; else span by span, as `build_block` files them."""
    received_ns = columns.queued.received_ns
    latest_ns = received_ns + MAX_AHEAD_NS
    if _are_usual(starts_ns, ends_ns, latest_ns):
        columns.starts_ns += starts_ns
        columns.durations_ns += map(sub, ends_ns, starts_ns)
        columns.flags += flags
        return
    for start, end, flag in zip(starts_ns, ends_ns, flags, strict=True):
        is_plausible = EARLIEST_NS <= start <= latest_ns
        columns.starts_ns.append(start if is_plausible else received_ns)
        columns.durations_ns.append(measure_duration_ns(start, end))
        columns.flags.append(flag | _flags_of(start, end, is_plausible))


def _are_usual(starts_ns: list[int], ends_ns: list[int], latest_ns: int) -> bool:
    """Whether all times are believed, and no span ends before it starts."""
    if not starts_ns:
        return True
    are_in_bounds = min(starts_ns) >= EARLIEST_NS and max(starts_ns) <= latest_ns and max(ends_ns) <= MAX_NS
    return are_in_bounds and all(map(le, starts_ns, ends_ns))


def _flags_of(start: int, end: int, is_plausible: bool) -> int:
    flags = 0 if is_plausible else _IMPLAUSIBLE
    if not end:
        flags |= SpanFlag.UNFINISHED.value
    elif end < start:
        flags |= SpanFlag.ENDS_BEFORE_START.value
    return flags


def _without_earlier(columns: CountedSpans) -> CountedSpans:
    """Without the spans that are filed before `from_ns`."""
    from_ns = columns.queued.from_ns
    kept = [start_ns >= from_ns for start_ns in columns.starts_ns]
    if not all(kept):
        for name in CountedSpans.__slots__:
            if name != "queued":
                setattr(columns, name, list(compress(getattr(columns, name), kept)))
    return columns
