"""From the spans of blocks to the columns that are counted and the ends that are paired."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from services_map.domain.calls.nodes import Edge
from services_map.domain.calls.pairing import Call
from services_map.domain.calls.peers import PEER_KEYS
from services_map.domain.latency.cells import WEIGHT_UNIT
from services_map.domain.latency.counting import Counted
from services_map.domain.latency.weights import read_weight
from traces.domain.attributes import AttributeValue, format_value
from traces.domain.span import Resource, SpanFlag, SpanKind, StatusCode, clean_name
from traces.storage.base import CountedSpans

KEYS = PEER_KEYS
_SERVED = (SpanKind.SERVER.value, SpanKind.CONSUMER.value)
_RANDOM_TRACE_ID = 0x2
_RANDOM_BITS = (1 << 56) - 1


@dataclass(slots=True)
class Gathered:
    """The spans of some blocks, each once, as columns."""

    trace_ids: list[bytes] = field(default_factory=list)
    span_ids: list[bytes] = field(default_factory=list)
    parent_ids: list[bytes | None] = field(default_factory=list)
    operations: list[int] = field(default_factory=list)
    services: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    resources: list[int] = field(default_factory=list)
    starts_ns: list[int] = field(default_factory=list)
    durations_ns: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    wire_flags: list[int] = field(default_factory=list)
    units: list[int] = field(default_factory=list)
    attributes: list[Mapping[str, AttributeValue]] = field(default_factory=list)
    links: list[tuple[tuple[bytes, bytes], ...]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.trace_ids)

    def keep(self, indexes: Sequence[int]) -> None:
        """Only these spans."""
        for column in fields(self):
            values = getattr(self, column.name)
            setattr(self, column.name, [values[index] for index in indexes])


def gather(blocks: Iterable[CountedSpans]) -> Gathered:
    """Every span of the blocks that starts where its block is to be counted from on. A repetition counts once."""
    gathered, weights = Gathered(), _Weights()
    for spans in blocks:
        one = Gathered(
            trace_ids=spans.trace_ids,
            span_ids=spans.span_ids,
            parent_ids=spans.parent_span_ids,
            operations=spans.operation_ids,
            services=spans.service_ids,
            kinds=spans.kinds,
            resources=spans.resource_ids,
            starts_ns=spans.starts_ns,
            durations_ns=spans.durations_ns,
            statuses=spans.statuses,
            flags=spans.flags,
            wire_flags=spans.wire_flags,
            units=weights.of(spans),
            attributes=spans.attributes,
            links=spans.links,
        )
        if from_ns := spans.queued.from_ns:
            one.keep([index for index, start_ns in enumerate(one.starts_ns) if start_ns >= from_ns])
        for column in fields(gathered):
            getattr(gathered, column.name).extend(getattr(one, column.name))
    _drop_repetitions(gathered)
    return gathered


def _drop_repetitions(spans: Gathered) -> None:
    identities = list(
        zip(spans.trace_ids, spans.span_ids, spans.operations, spans.starts_ns, spans.durations_ns, strict=True)
    )
    if len(set(identities)) < len(identities):
        firsts: dict[object, int] = {}
        for index, identity in enumerate(identities):
            firsts.setdefault(identity, index)
        spans.keep(list(firsts.values()))


class _Weights:
    """Weights by tracestate; few are distinct, but for those that carry randomness of their own."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}

    def of(self, spans: CountedSpans) -> list[int]:
        if not any(spans.trace_states):
            return [WEIGHT_UNIT] * len(spans)
        columns = zip(spans.trace_states, spans.wire_flags, spans.trace_ids, strict=True)
        return [self._read(trace_state, wire_flags, trace_id) for trace_state, wire_flags, trace_id in columns]

    def _read(self, trace_state: bytes, wire_flags: int, trace_id: bytes) -> int:
        if wire_flags & _RANDOM_TRACE_ID:
            return read_weight(trace_state, int.from_bytes(trace_id) & _RANDOM_BITS)
        weight = self._known.get(trace_state)
        if weight is None:
            weight = self._known[trace_state] = read_weight(trace_state)
        return weight


def versions_of(gathered: Gathered, resources: Mapping[int, Resource]) -> dict[int, tuple[int, str]]:
    """The (service, version) of each resource that names one."""
    found = {}
    for resource, service in set(zip(gathered.resources, gathered.services, strict=True)):
        version = resources[resource].attributes.get("service.version")
        if version is not None and (text := clean_name(format_value(version)).strip()[:200]):
            found[resource] = (service, text)
    return found


def count_of_operations(gathered: Gathered, versions: Mapping[int, int], times: int) -> Counted:
    """The spans by operation, each `times`; `versions` are numbers by resource."""
    are_roots = np.array([parent is None for parent in gathered.parent_ids], np.bool_)
    is_remote = (np.array(gathered.flags, np.int64) & SpanFlag.PARENT_IS_REMOTE.value).astype(np.bool_)
    return Counted(
        subjects=np.array(gathered.operations, np.int64),
        starts_ns=np.array(gathered.starts_ns, np.int64),
        durations_ns=np.array(gathered.durations_ns, np.int64),
        statuses=np.array(gathered.statuses, np.int64),
        are_roots=are_roots,
        are_entries=are_roots | is_remote | np.isin(np.array(gathered.kinds, np.int64), _SERVED),
        versions=np.array([versions.get(resource, 0) for resource in gathered.resources], np.int64),
        units=np.array(gathered.units, np.int64),
        times=np.full(len(gathered), times, np.int64),
        trace_ids=_as_bytes(gathered.trace_ids, 16),
        span_ids=_as_bytes(gathered.span_ids, 8),
    )


def count_of_links(calls: Sequence[Call], numbers: Mapping[Edge, int]) -> Counted:
    """Calls by link: what is counted less what is taken back."""
    is_error = np.array([call.is_error for call in calls], np.bool_)
    return Counted(
        subjects=np.array([numbers[call.edge] for call in calls], np.int64),
        starts_ns=np.array([call.start_ns for call in calls], np.int64),
        durations_ns=np.array([call.duration_ns for call in calls], np.int64),
        statuses=np.where(is_error, StatusCode.ERROR.value, StatusCode.UNSET.value).astype(np.int64),
        are_roots=np.array([call.is_unpaired for call in calls], np.bool_),
        are_entries=np.zeros(len(calls), np.bool_),
        versions=np.zeros(len(calls), np.int64),
        units=np.array([call.units for call in calls], np.int64),
        times=np.array([call.times for call in calls], np.int64),
        trace_ids=_as_bytes([call.trace_id for call in calls], 16),
        span_ids=_as_bytes([call.span_id for call in calls], 8),
    )


def _as_bytes(ids: Sequence[bytes], length: int) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(ids), np.uint8).reshape(-1, length)


def seen_versions(counted: Counted, services: Sequence[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """The first and last start of each (service, number of a version), in nanoseconds."""
    packed = np.array(services, np.int64) << 16 | counted.versions
    pairs, place = np.unique(packed, return_inverse=True)
    first = np.full(pairs.size, np.iinfo(np.int64).max)
    last = np.zeros(pairs.size, np.int64)
    np.minimum.at(first, place, counted.starts_ns)
    np.maximum.at(last, place, counted.starts_ns)
    rows = zip(pairs.tolist(), first.tolist(), last.tolist(), strict=True)
    return {(pair >> 16, pair & 0xFFFF): (begin, end) for pair, begin, end in rows if pair & 0xFFFF}
