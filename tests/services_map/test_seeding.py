"""Seeded roll-ups are what rolling up would have written: otherwise tests and benchmarks of pages say little."""

import pytest

from services_map import reading
from services_map.domain.latency.cells import read_cells, read_examples
from services_map.domain.latency.levels import HOUR, LEVELS
from services_map.models import LatencyHistogram, ServiceVersion, Subject
from tests.builders import NOW_NS, SECOND
from tests.services_map.seeding import seed
from traces.domain.query import Window
from traces.storage.base import DEFAULT_PROJECT

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine]
END_NS = NOW_NS


def test_every_level_counts_the_same_spans() -> None:
    seed(services=4, operations=8, hours=3, end_ns=END_NS)
    for kind in Subject:
        sums = set()
        for level_s in LEVELS:
            rows = LatencyHistogram.objects.filter(subject_kind=kind, level_s=level_s)
            cells = [read_cells(bytes(row.cells), bytes(row.weights)) for row in rows]
            sums.add((sum(int(cell.counts.sum()) for cell in cells), sum(float(cell.weights.sum()) for cell in cells)))
        assert len(sums) == 1


def test_the_same_numbers_make_the_same_rows() -> None:
    def read() -> list[tuple[object, ...]]:
        columns = ("subject_kind", "level_s", "subject", "start_s", "cells", "weights", "examples")
        rows = LatencyHistogram.objects.order_by(*columns[:4]).values_list(*columns)
        return [(*row[:4], *map(bytes, row[4:])) for row in rows]

    seed(services=2, operations=3, hours=1, end_ns=END_NS)
    once = read()
    LatencyHistogram.objects.all().delete()
    ServiceVersion.objects.all().delete()
    seed(services=2, operations=3, hours=1, end_ns=END_NS)
    assert read() == once
    assert len(once) > 300


def test_there_is_an_incident_to_see_and_examples_lead_to_real_spans() -> None:
    seeded = seed(services=4, operations=8, hours=3, end_ns=END_NS)
    incident = Window(start_ns=seeded.incident_s * SECOND, end_ns=END_NS)
    before = Window(start_ns=incident.start_ns - HOUR * SECOND, end_ns=incident.start_ns)
    overview = reading.load_services(DEFAULT_PROJECT, incident, before, END_NS)
    figures = {item.service.name: (item.figures, item.before, item.versions) for item in overview.services}
    assert sorted(figures) == sorted(seeded.services)
    now, then, versions = figures[seeded.troubled]
    assert now.p95_ns is not None
    assert then.p95_ns is not None
    assert now.p95_ns > 2 * then.p95_ns
    assert (now.error_share or 0) > 0.1 > (then.error_share or 0)
    assert versions[0] == "1.5.0"
    [example, *_] = reading.find_examples(DEFAULT_PROJECT, incident, seeded.troubled, only_failed=True, now_ns=END_NS)
    from traces.reading import load_trace

    assert load_trace(DEFAULT_PROJECT, example.trace_id).root is not None
    assert read_examples(b"") == []
