"""From the spans of blocks to the columns that are counted and the ends that are paired."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services_map.domain.counting import Counted
from services_map.domain.nodes import Edge, Node, NodeKind
from services_map.domain.pairing import Call, End
from services_map.domain.peers import PEER_KEYS, remember_peers
from services_map.domain.weights import read_weight
from traces.domain.attributes import format_value
from traces.domain.span import Resource, Service, SpanFlag, SpanKind, StatusCode, clean_name
from traces.storage.base import CountedSpans

KEYS = PEER_KEYS
_SERVED = (SpanKind.SERVER, SpanKind.CONSUMER)
_ROOT, _ENTRY = 1, 2
# https://github.com/open-telemetry/opentelemetry-proto: whether the parent is remote is known, and it is not.
_PARENT_MASK, _PARENT_IS_LOCAL = 0x300, 0x100
_RANDOM_TRACE_ID = 0x2
_RANDOM_BITS = (1 << 56) - 1


@dataclass(slots=True)
class Gathered:
    """The spans of some blocks, each once."""

    operations: list[int] = field(default_factory=list)
    services: list[int] = field(default_factory=list)
    resources: list[int] = field(default_factory=list)
    starts_ns: list[int] = field(default_factory=list)
    durations_ns: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    units: list[int] = field(default_factory=list)
    trace_ids: list[bytes] = field(default_factory=list)
    span_ids: list[bytes] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.starts_ns)


def gather(blocks: Iterable[CountedSpans], services: Mapping[int, Service]) -> Gathered:
    """Every span of the blocks that starts where its block is to be counted from on. A repetition counts once."""
    gathered = Gathered()
    weigh, read_peer = _Weights(), remember_peers()
    nodes = {number: Node(NodeKind.SERVICE, service.name) for number, service in services.items()}
    seen: set[tuple[bytes, bytes, int, int, int]] = set()
    for spans in blocks:
        from_ns = spans.queued.from_ns
        columns = zip(
            spans.trace_ids, spans.span_ids, spans.parent_span_ids, spans.operation_ids, spans.service_ids,
            spans.kinds, spans.resource_ids, spans.starts_ns, spans.durations_ns, spans.statuses, spans.flags,
            spans.wire_flags, spans.trace_states, spans.attributes, spans.links,
            strict=True,
        )  # fmt: skip
        # One loop over all spans: a call a span costs more than its length here.
        for (
            trace_id, span_id, parent_id, operation, service, kind, resource, start_ns, duration_ns, status, flags,
            wire_flags, trace_state, attributes, links,
        ) in columns:  # fmt: skip
            identity = (trace_id, span_id, operation, start_ns, duration_ns)
            if start_ns < from_ns or identity in seen:
                continue
            seen.add(identity)
            units = weigh.default if not trace_state else weigh.read(trace_state, wire_flags, trace_id)
            gathered.operations.append(operation)
            gathered.services.append(service)
            gathered.resources.append(resource)
            gathered.starts_ns.append(start_ns)
            gathered.durations_ns.append(duration_ns)
            gathered.statuses.append(status)
            is_entry = parent_id is None or kind in _SERVED or flags & SpanFlag.PARENT_IS_REMOTE.value
            gathered.marks.append((parent_id is None) * _ROOT + bool(is_entry) * _ENTRY)
            gathered.units.append(units)
            gathered.trace_ids.append(trace_id)
            gathered.span_ids.append(span_id)
            peer, fetches = read_peer(kind, attributes) if attributes else (None, False)
            gathered.ends.append(
                End(
                    trace_id=trace_id, span_id=span_id, parent_id=parent_id, service=nodes[service], kind=kind,
                    start_ns=start_ns, duration_ns=duration_ns, is_error=status == StatusCode.ERROR, units=units,
                    peer=peer, fetches=fetches, is_local=wire_flags & _PARENT_MASK == _PARENT_IS_LOCAL, links=links,
                )
            )  # fmt: skip
    return gathered


class _Weights:
    """Weights by tracestate; few are distinct, but for those that carry randomness of their own."""

    default = read_weight(b"")

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, int | None], int] = {}

    def read(self, trace_state: bytes, wire_flags: int, trace_id: bytes) -> int:
        if wire_flags & _RANDOM_TRACE_ID:
            return read_weight(trace_state, int.from_bytes(trace_id) & _RANDOM_BITS)
        weight = self._known.get((trace_state, None))
        if weight is None:
            weight = self._known[trace_state, None] = read_weight(trace_state)
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
    marks = np.array(gathered.marks, np.int64)
    return Counted(
        subjects=np.array(gathered.operations, np.int64),
        starts_ns=np.array(gathered.starts_ns, np.int64),
        durations_ns=np.array(gathered.durations_ns, np.int64),
        statuses=np.array(gathered.statuses, np.int64),
        are_roots=(marks & _ROOT).astype(np.bool_),
        are_entries=(marks & _ENTRY).astype(np.bool_),
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
