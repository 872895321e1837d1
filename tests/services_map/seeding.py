"""Plausible roll-ups of an invented landscape, at all levels, written natively: for tests of pages and for benchmarks.

`python -m tests.services_map.seeding --services 40 --operations 500 --hours 168` fills the database that the settings
name, so that the pages of a development server have something to show. The same numbers give the same rows.

One service (`Seeded.troubled`) is four times as slow and fails often in the last minutes, since it has a new version;
the spans of the last service are a tenth of its calls, sampled.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import django
import numpy as np
from django.apps import apps
from numpy.typing import NDArray

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracing_ui.settings")
    django.setup()

from services_map.domain.calls.nodes import NodeKind
from services_map.domain.latency.buckets import BUCKETS_A_ROW, UPPER_NS, buckets_of
from services_map.domain.latency.cells import (
    CELL,
    ENTRY,
    EXAMPLE,
    FAILED,
    STATUS_SHIFT,
    UNPAIRED,
    VERSION_SHIFT,
    WEIGHT_UNIT,
)
from services_map.domain.latency.levels import DAY, HOUR, LEVELS, MINUTE, TEN_MINUTES, align_down, align_up
from services_map.models import LatencyHistogram, Subject
from tests.builders import MS, SECOND, make_request, make_span, span_request
from tests.services_map.landscape import PlannedLink, PlannedService, plan_links, plan_services
from tests.services_map.rows import Row, add_link, add_version, insert_rows, raise_generation
from traces.domain.span import SpanKind
from traces.models import Operation, Service
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, ProjectId

# So many real spans of each operation, for examples to lead to.
_SPANS = 4
_SPANS_A_REQUEST = 2_000
_MINUTES_KEPT_S = 48 * HOUR
_INCIDENT_S = 25 * MINUTE
_ENTRIES = (SpanKind.SERVER, SpanKind.CONSUMER)
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What there is to see. `troubled` is the service of the incident, which began at `incident_s`."""

    services: list[str]
    troubled: str
    start_s: int
    end_s: int
    incident_s: int
    service_ids: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How often something is called, and how long it takes. `bits` are those of all its keys."""

    kind: Subject
    subject: int
    #: The service that it counts for too; 0 for a link.
    service: int
    calls_a_minute: float
    median_ns: float
    spread: float
    error_share: float
    bits: int
    weight: int
    is_troubled: bool
    has_versions: bool
    first_trace: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Columns: what was counted, by second and key."""

    seconds: Numbers
    keys: Numbers
    counts: Numbers


def seed(
    project: ProjectId = DEFAULT_PROJECT,
    *,
    services: int = 8,
    operations: int = 40,
    hours: int = 3,
    seed: int = 7,
    end_ns: int | None = None,
) -> Seeded:
    """Writes roll-ups of the hours before `end_ns` (now), minutes for the last 48 of them, and a few real spans."""
    end_s = (time.time_ns() if end_ns is None else end_ns) // SECOND
    planned = plan_services(services, operations)
    numbers = _write_spans(project, planned, end_s)
    service_ids = dict(Service.objects.filter(project=project).values_list("name", "pk"))
    troubled = planned[min(1, len(planned) - 1)].name
    seeded = Seeded(
        services=[service.name for service in planned],
        troubled=troubled,
        start_s=end_s - hours * HOUR,
        end_s=end_s,
        incident_s=end_s - min(_INCIDENT_S, hours * HOUR // 4),
        service_ids={service.name: service_ids[service.name] for service in planned},
    )
    _write_versions(project, planned, seeded)
    generator = np.random.default_rng(seed)
    traffic = [
        *_plan_operations(generator, planned, seeded, numbers),
        *_plan_links(generator, plan_links(planned), seeded, project),
    ]
    for start_s, length_s in _days(seeded):
        step_s = MINUTE if start_s + length_s > end_s - _MINUTES_KEPT_S else TEN_MINUTES
        insert_rows(_make_rows(generator, project, traffic, seeded, start_s, length_s, step_s))
    raise_generation(project)
    return seeded


def _write_spans(project: ProjectId, planned: Iterable[PlannedService], end_s: int) -> dict[tuple[str, str, int], int]:
    """Spans of every operation, so that names and ids exist; the number of the first trace of each."""
    numbers: dict[tuple[str, str, int], int] = {}
    for service in planned:
        spans = []
        for name, kind in service.operations:
            first = numbers[service.name, name, kind] = 1_000_000 + len(numbers) * _SPANS
            for n in range(first, first + _SPANS):
                start_ns = (end_s - 60 - n % 2_400) * SECOND
                spans.append(make_span(n, n, name=name, kind=kind, start_ns=start_ns, duration_ns=(20 + n % 90) * MS))
        for at in range(0, len(spans), _SPANS_A_REQUEST):
            some = spans[at : at + _SPANS_A_REQUEST]
            request = make_request(*some, service=service.name, resource={"service.version": "1.4.0"})
            get_store().write([span_request(request, project, end_s * SECOND)])
    return numbers


def _write_versions(project: ProjectId, planned: list[PlannedService], seeded: Seeded) -> None:
    for number, service in enumerate(planned):
        subject = seeded.service_ids[service.name]
        start_ns, end_ns, moment_ns = (s * SECOND for s in (seeded.start_s, seeded.end_s, seeded.incident_s))
        if _has_versions(number, service.name, seeded):
            add_version(subject, 1, "1.4.0", start_ns, moment_ns, project)
            add_version(subject, 2, "1.5.0", moment_ns, end_ns, project)
        else:
            add_version(subject, 1, "1.4.0", start_ns, end_ns, project)


def _has_versions(number: int, name: str, seeded: Seeded) -> bool:
    """Whether a service was deployed when the incident began."""
    return name == seeded.troubled or number % 6 == 4


def _plan_operations(
    generator: np.random.Generator,
    planned: list[PlannedService],
    seeded: Seeded,
    numbers: dict[tuple[str, str, int], int],
) -> Iterator[Traffic]:
    ids = {
        (service, name, kind): pk
        for pk, service, name, kind in Operation.objects.filter(service__in=seeded.service_ids.values()).values_list(
            "pk", "service", "name", "kind"
        )
    }
    for number, service in enumerate(planned):
        for place, (name, kind) in enumerate(service.operations):
            subject = seeded.service_ids[service.name]
            yield Traffic(
                kind=Subject.OPERATION,
                subject=ids[subject, name, kind],
                service=subject,
                calls_a_minute=24 / (1 + place) / (1 + service.tier / 2),
                median_ns=float(generator.lognormal(np.log(12 * MS), 1.0)),
                spread=float(generator.uniform(0.4, 0.9)),
                error_share=float(generator.choice([0.0, 0.002, 0.01])),
                bits=ENTRY if kind in _ENTRIES else 0,
                weight=10 if number == len(planned) - 1 else 1,
                is_troubled=service.name == seeded.troubled,
                has_versions=_has_versions(number, service.name, seeded),
                first_trace=numbers[service.name, name, kind],
            )


def _plan_links(
    generator: np.random.Generator, planned: Iterable[PlannedLink], seeded: Seeded, project: ProjectId
) -> Iterator[Traffic]:
    for link in planned:
        callee = link.edge.callee
        is_troubled = callee.kind == NodeKind.SERVICE and callee.name == seeded.troubled
        yield Traffic(
            kind=Subject.LINK,
            subject=add_link(link.edge, project),
            service=0,
            calls_a_minute=24 * link.share,
            median_ns=float(generator.lognormal(np.log(15 * MS), 0.8)),
            spread=0.7,
            error_share=float(generator.choice([0.0, 0.005])),
            bits=UNPAIRED if link.is_unpaired else 0,
            weight=1,
            is_troubled=is_troubled,
            has_versions=False,
            first_trace=1_000_000,
        )


def _days(seeded: Seeded) -> Iterator[tuple[int, int]]:
    """The days (UTC) from start to end, cut off at both: (start, seconds)."""
    start_s = align_down(seeded.start_s, TEN_MINUTES)
    while start_s < seeded.end_s:
        next_s = min(align_down(start_s, DAY) + DAY, align_up(seeded.end_s, MINUTE))
        yield start_s, next_s - start_s
        start_s = next_s


def _make_rows(
    generator: np.random.Generator,
    project: ProjectId,
    traffic: list[Traffic],
    seeded: Seeded,
    start_s: int,
    length_s: int,
    step_s: int,
) -> list[Row]:
    """All rows of one day, in the order of time as rolling up writes them."""
    rows: list[Row] = []
    services: dict[int, list[tuple[Traffic, Calls]]] = {}
    for item in traffic:
        calls = _make_calls(generator, item, seeded, start_s, length_s, step_s)
        rows.extend(_pack_levels(project, item, calls, step_s))
        if item.service:
            services.setdefault(item.service, []).append((item, calls))
    for service, parts in services.items():
        whole = replace(parts[0][0], kind=Subject.SERVICE, subject=service)
        columns = [np.concatenate([getattr(calls, name) for _, calls in parts]) for name in Calls.__slots__]
        together = Calls(**dict(zip(Calls.__slots__, columns, strict=True)))
        rows.extend(_pack_levels(project, whole, together, step_s))
    return sorted(rows, key=lambda row: row[4])


def _make_calls(
    generator: np.random.Generator, traffic: Traffic, seeded: Seeded, start_s: int, length_s: int, step_s: int
) -> Calls:
    slots = start_s + step_s * np.arange(-(-length_s // step_s))
    slots = slots[slots < seeded.end_s]
    waves = 1 + 0.4 * np.sin(2 * np.pi * slots / DAY)
    # The last slot ends now, not when it is over.
    lengths = np.minimum(seeded.end_s - slots, step_s) / MINUTE
    numbers = generator.poisson(traffic.calls_a_minute * waves * lengths)
    seconds = np.repeat(slots, numbers)
    is_new = seconds >= align_down(seeded.incident_s, MINUTE)
    is_hit = is_new & traffic.is_troubled
    durations = traffic.median_ns * np.exp(traffic.spread * generator.standard_normal(seconds.size))
    buckets = buckets_of((durations * np.where(is_hit, 4, 1)).astype(np.int64))
    failed = generator.random(seconds.size) < np.where(is_hit, 0.2, traffic.error_share)
    versions = np.where(is_new, 2, 1) if traffic.has_versions else np.full(seconds.size, int(traffic.service > 0))
    keys = buckets | failed * (2 << STATUS_SHIFT) | traffic.bits | versions << VERSION_SHIFT
    return _sum_up(seconds, keys, np.ones(seconds.size, np.int64), step_s)


def _sum_up(seconds: Numbers, keys: Numbers, counts: Numbers, level_s: int) -> Calls:
    """Counts by slot and key, in that order."""
    together, inverse = np.unique(seconds // level_s << 32 | keys, return_inverse=True)
    return Calls(
        seconds=(together >> 32) * level_s,
        keys=together & (2**32 - 1),
        counts=np.bincount(inverse, counts, together.size).astype(np.int64),
    )


def _pack_levels(project: int, traffic: Traffic, calls: Calls, step_s: int) -> Iterator[Row]:
    for level_s in LEVELS:
        if level_s >= step_s:
            calls = _sum_up(calls.seconds, calls.keys, calls.counts, level_s)
            yield from _pack(project, traffic, calls, level_s)


def _pack(project: int, traffic: Traffic, calls: Calls, level_s: int) -> Iterator[Row]:
    """A row a slot."""
    if not calls.seconds.size:
        return
    slots, begins = np.unique(calls.seconds, return_index=True)
    ends = [*begins[1:].tolist(), calls.seconds.size]
    cells = np.empty(calls.keys.size, CELL)
    cells["key"], cells["count"] = calls.keys, calls.counts
    weights = (calls.counts * traffic.weight * WEIGHT_UNIT).astype("<u8").tobytes() if traffic.weight > 1 else b""
    packed, examples = cells.tobytes(), _pack_examples(traffic, calls)
    for slot, begin, end in zip(slots.tolist(), begins.tolist(), ends, strict=True):
        yield (
            project, int(traffic.kind), level_s, traffic.subject, slot,
            packed[begin * 8 : end * 8], weights[begin * 8 : end * 8], examples.get(slot, b""),
        )  # fmt: skip


def _pack_examples(traffic: Traffic, calls: Calls) -> dict[int, bytes]:
    """By slot: a span for each row of a heatmap, and for those that failed."""
    buckets = calls.keys & 4095
    rows = buckets // BUCKETS_A_ROW | ((calls.keys >> STATUS_SHIFT & 3) == 2) * FAILED
    _, first = np.unique(calls.seconds << 16 | rows, return_index=True)
    found = np.zeros(first.size, EXAMPLE)
    found["key"], found["duration_ns"] = rows[first], UPPER_NS[buckets[first]]
    numbers = traffic.first_trace + (calls.seconds[first] // MINUTE + rows[first]) % _SPANS
    found["trace_id"][:, 8:] = found["span_id"] = numbers.astype(">u8").view("u1").reshape(-1, 8)
    slots, begins = np.unique(calls.seconds[first], return_index=True)
    parts = np.split(found, begins[1:])
    return {slot: part.tobytes() for slot, part in zip(slots.tolist(), parts, strict=True)}


def main() -> None:
    from django.core.management import call_command

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=40)
    parser.add_argument("--operations", type=int, default=500)
    parser.add_argument("--hours", type=int, default=168)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    if LatencyHistogram.objects.exists():
        raise SystemExit("This database has roll-ups already: name an empty one (DATABASE_URL, VAR_DIR).")
    begun = time.monotonic()
    seeded = seed(services=options.services, operations=options.operations, hours=options.hours, seed=options.seed)
    sys.stdout.write(
        f"{LatencyHistogram.objects.count():,} rows in {time.monotonic() - begun:.0f} s;"
        f" trouble in “{seeded.troubled}” since {seeded.incident_s}.\n"
    )


if __name__ == "__main__":
    main()
