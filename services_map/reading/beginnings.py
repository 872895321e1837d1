"""Where traces begin, and what each brings: what sampling is decided about, and what it costs."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services_map.domain.calls.nodes import Edge
from services_map.domain.latency import summing
from services_map.domain.latency.cells import ENTRY, ROOT, UNPAIRED
from services_map.domain.sampling.forecast import Counted
from services_map.domain.sampling.trace_sizes import ServiceSpans, measure_trace_sizes, trace_calls
from services_map.domain.summary import Coverage
from services_map.models import Subject
from services_map.reading.frame import Frame, open_frame
from services_map.reading.links import MOST_LINKS
from services_map.reading.subjects import MOST_SERVICES
from services_map.storage.topology import read_links
from traces.domain.query import Window
from traces.domain.span import Service
from traces.storage import get_store
from traces.storage.base import ProjectId

#: In a smaller store the room of its empty tables counts more than that of spans.
_LEAST_SPANS: Final = 20_000
#: What a span takes as measured in docs/performance.md, where the store is too small to say.
_USUAL_SPAN_BYTES: Final = 250.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTraffic:
    """A service in a window: its spans, the traces that began in it, and how many spans of all services each has."""

    service: Service
    spans: ServiceSpans
    begun: Counted
    spans_a_trace: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """By the name of the service: those with spans in the window, of very many the busiest."""

    services: Mapping[str, ServiceTraffic]
    seconds: float
    coverage: Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanBytes:
    """What a kept span takes on disk; measured here, or as elsewhere where the store is too small to say."""

    size: float
    is_measured: bool


def load_traffic(project: ProjectId, window: Window, now_ns: int) -> Traffic:
    """What all services sent in a window."""
    frame = open_frame(project, window, now_ns=now_ns)
    names = get_store().read_service_ids(project)
    counted = frame.load_whole(Subject.SERVICE, sorted(names))
    ids = sorted(summing.choose_busiest(summing.list_subjects(counted), [counted], MOST_SERVICES))
    cells = summing.tally(counted, [[id_] for id_ in ids])
    every = _count(cells, 0)
    entries = _count(cells, ENTRY)
    begun = _count_beginnings(cells)
    spans = {
        names[id_].name: ServiceSpans(spans=int(every[at]), entries=int(entries[at]), roots=begun[at].count)
        for at, id_ in enumerate(ids)
    }
    sizes = measure_trace_sizes(spans, trace_calls(_count_calls(frame), spans))
    found = {
        (service := names[id_]).name: ServiceTraffic(
            service=service,
            spans=spans[service.name],
            begun=begun[at],
            spans_a_trace=sizes[service.name],
        )
        for at, id_ in enumerate(ids)
    }
    return Traffic(services=found, seconds=frame.seconds, coverage=frame.coverage)


def load_beginnings(
    project: ProjectId, window: Window, services: Collection[str], now_ns: int
) -> tuple[Mapping[str, Mapping[str, Counted]], float]:
    """The traces that began with each operation of these services, by service and operation, and in how many seconds.

    Spans of one name are one operation, whatever their kind: who samples knows nothing but the name.
    """
    frame = open_frame(project, window, now_ns=now_ns)
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for id_, operation in get_store().read_operations(project).items():
        if operation.service.name in services:
            groups[operation.service.name, operation.name].append(id_)
    counted = frame.load_whole(Subject.OPERATION, sorted(id_ for ids in groups.values() for id_ in ids))
    cells = summing.tally(counted, list(groups.values()))
    found: dict[str, dict[str, Counted]] = {service: {} for service in services}
    for (service, name), counts in zip(groups, _count_beginnings(cells), strict=True):
        if counts.count:
            found[service][name] = counts
    return found, frame.seconds


def measure_span_bytes() -> SpanBytes:
    """Of all that is kept, with its indexes."""
    size = get_store().measure()
    if size.spans < _LEAST_SPANS:
        return SpanBytes(size=_USUAL_SPAN_BYTES, is_measured=False)
    return SpanBytes(size=size.byte_count / size.spans, is_measured=True)


def _count(cells: summing.Tally, bit: int) -> Sequence[float]:
    kept = cells.select(cells.has_bits(bit, bit))
    found: list[float] = np.bincount(kept.subjects, kept.counts, kept.size).tolist()
    return found


def _count_beginnings(cells: summing.Tally) -> list[Counted]:
    roots = cells.select(cells.has_bits(ROOT, ROOT))
    failed = roots.select(roots.are_failed)
    sums = (
        np.bincount(roots.subjects, roots.counts, roots.size),
        np.bincount(roots.subjects, roots.weights, roots.size),
        np.bincount(failed.subjects, failed.counts, failed.size),
    )
    return [
        Counted(count=int(count), weight=float(weight), failed=int(of_failed))
        for count, weight, of_failed in zip(*sums, strict=True)
    ]


def _count_calls(frame: Frame) -> dict[Edge, float]:
    """The calls of each link that brought a span of the callee."""
    edges = read_links(frame.project)
    counted = frame.load_whole(Subject.LINK, sorted(edges))
    ids = summing.choose_busiest(summing.list_subjects(counted), [counted], MOST_LINKS)
    cells = summing.tally(counted, [[id_] for id_ in ids])
    paired = cells.select(cells.has_bits(UNPAIRED, 0))
    counts = np.bincount(paired.subjects, paired.counts, paired.size).tolist()
    return {edges[id_]: count for id_, count in zip(ids, counts, strict=True)}
