"""Roll-ups computed plainly from spans: what the tables must end equal to."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.domain.calls.pairing import End
from services_map.domain.calls.peers import read_peer
from services_map.domain.latency.buckets import UPPER_NS
from services_map.domain.latency.cells import WEIGHT_UNIT, make_key, read_cells
from services_map.domain.latency.levels import LEVELS
from services_map.models import LatencyHistogram, MapLink, ServiceVersion, Subject
from tests.services_map.plain_links import count_links
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT
from traces.storage.decode import decode_attributes
from traces.wire import otlp_pb2 as wire

SECOND = 10**9
EDGES = UPPER_NS.tolist()
#: What a row is of: ("operation", service, name, kind), ("service", name) or ("link", edge).
Named = tuple[Any, ...]
Tables = dict[tuple[Named, int, int], Counter[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A span, who sent it, and how many it stands for."""

    service: str
    span: Span
    version: str = ""
    weight: int = 1


def compute_tables(sent: Iterable[Sent]) -> Tables:
    """(subject, level, slot) → how much of each (key of a cell, weight of a span), of spans that are each once."""
    tables: Tables = {}
    everything = list(sent)
    versions = _number_versions()
    for item in everything:
        span = item.span
        is_root = not span.parent_span_id
        key = make_key(
            versions.get((item.service, item.version), 0),
            span.status.code,
            is_root=is_root,
            is_entry=is_root or span.kind in (2, 5) or span.flags & 0x300 == 0x300,
            bucket=_bucket(span.end_time_unix_nano - span.start_time_unix_nano),
        )
        for name in (("operation", item.service, span.name, span.kind), ("service", item.service)):
            _add(tables, name, span.start_time_unix_nano, key, item.weight, 1)
    weights = {item.span.span_id: item.weight for item in everything}
    starts = {item.span.start_time_unix_nano: item.span.span_id for item in everything}
    for (edge, start_ns, duration_ns, is_error, is_unpaired), count in count_links(_ends(everything)).items():
        key = make_key(0, is_error * 2, is_root=is_unpaired, is_entry=False, bucket=_bucket(duration_ns))
        _add(tables, ("link", edge), start_ns, key, weights[starts[start_ns]], count)
    return tables


def _add(tables: Tables, name: Named, start_ns: int, key: int, weight: int, count: int) -> None:
    for level_s in LEVELS:
        slot_s = start_ns // SECOND // level_s * level_s
        tables.setdefault((name, level_s, slot_s), Counter())[key, weight] += count


def _bucket(duration_ns: int) -> int:
    return bisect_left(EDGES, duration_ns)


def _ends(sent: Iterable[Sent]) -> list[End]:
    return [_end(item) for item in sent]


def _end(item: Sent) -> End:
    span = item.span
    attributes = decode_attributes(wire.KeyValue.FromString(one.SerializeToString()) for one in span.attributes)
    peer, fetches = read_peer(span.kind, attributes)
    return End(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_id=span.parent_span_id or None,
        service=Node(NodeKind.SERVICE, item.service),
        kind=span.kind,
        start_ns=span.start_time_unix_nano,
        duration_ns=span.end_time_unix_nano - span.start_time_unix_nano,
        is_error=span.status.code == 2,
        units=item.weight * WEIGHT_UNIT,
        peer=peer,
        fetches=fetches,
        links=tuple((link.trace_id, link.span_id) for link in span.links),
    )


def summarise(tables: Tables) -> dict[tuple[Named, int, int], dict[int, tuple[int, float]]]:
    """Of each row and key how many spans, and how many those stand for."""
    rows = {}
    for row, counts in tables.items():
        cells: dict[int, tuple[int, float]] = {}
        for (key, weight), count in counts.items():
            spans, total = cells.get(key, (0, 0.0))
            cells[key] = (spans + count, total + weight * count)
        rows[row] = cells
    return rows


def read_tables() -> dict[tuple[Named, int, int], dict[int, tuple[int, float]]]:
    """What is stored, as `summarise` has it."""
    names = _names()
    rows = {}
    for row in LatencyHistogram.objects.filter(project_id=DEFAULT_PROJECT):
        cells = read_cells(bytes(row.cells), bytes(row.weights))
        counts = zip(cells.keys.tolist(), cells.counts.tolist(), cells.weights.tolist(), strict=True)
        rows[names[Subject(row.subject_kind)][row.subject], row.level_s, row.start_s] = {
            key: (count, weight) for key, count, weight in counts
        }
    return rows


def _names() -> Mapping[Subject, Mapping[int, Named]]:
    store = get_store()
    links = MapLink.objects.select_related("caller", "callee")
    return {
        Subject.OPERATION: {
            number: ("operation", operation.service.name, operation.name, operation.kind)
            for number, operation in store.read_operations(DEFAULT_PROJECT).items()
        },
        Subject.SERVICE: {
            number: ("service", service.name) for number, service in store.read_service_ids(DEFAULT_PROJECT).items()
        },
        Subject.LINK: {
            link.pk: (
                "link",
                Edge(
                    Node(NodeKind(link.caller.kind), link.caller.name),
                    Node(NodeKind(link.callee.kind), link.callee.name),
                    Connection(link.connection),
                ),
            )
            for link in links
        },
    }


def _number_versions() -> dict[tuple[str, str], int]:
    services = get_store().read_service_ids(DEFAULT_PROJECT)
    return {(services[row.service].name, row.version): row.number for row in ServiceVersion.objects.all()}
