"""Very many services, each with calls in every minute, without a single span: for pages that must hold them all."""

from collections.abc import Iterator

import numpy as np

from services_map.domain.latency.cells import CELL, make_key
from services_map.domain.latency.levels import MINUTE, TEN_MINUTES
from services_map.models import Subject
from tests.services_map.rows import Row, insert_rows, learn_operation, raise_generation
from traces.models import Service
from traces.storage.base import DEFAULT_PROJECT


def add_services(count: int) -> dict[str, int]:
    """The ids of services `s0`, `s1`, …"""
    learn_operation("s0")
    others = [(f"s{n}", n % 12, n.to_bytes(16, "big")) for n in range(1, count)]
    Service.objects.bulk_create(
        Service(project_id=DEFAULT_PROJECT, name=name, slot=slot, name_hash=hash_) for name, slot, hash_ in others
    )
    return dict(Service.objects.order_by("pk").values_list("name", "pk"))


def write_busy_minutes(services: dict[str, int], first_s: int, minutes: int) -> None:
    """The same for the same numbers. `first_s` is the start of ten minutes."""
    generator = np.random.default_rng(7)
    for level_s in (MINUTE, TEN_MINUTES):
        slots = range(first_s, first_s + minutes * MINUTE, level_s)
        insert_rows(row for service in services.values() for row in _make_rows(generator, service, level_s, slots))
    raise_generation(DEFAULT_PROJECT)


def _make_rows(generator: np.random.Generator, service: int, level_s: int, slots: range) -> Iterator[Row]:
    usual = int(generator.integers(600, 1_000))
    for start_s in slots:
        buckets = np.unique(generator.normal(usual, 40, 20).astype(np.int64))
        cells = np.empty(buckets.size, CELL)
        cells["key"] = [make_key(0, 0, is_root=False, is_entry=True, bucket=int(bucket)) for bucket in buckets]
        cells["key"][-1] = make_key(0, 2, is_root=False, is_entry=True, bucket=int(buckets[-1]))
        cells["count"] = generator.integers(1, 9, buckets.size)
        yield DEFAULT_PROJECT, Subject.SERVICE, level_s, service, start_s, cells.tobytes(), b"", b""
