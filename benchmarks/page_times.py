"""`python -m benchmarks.page_times`: what pages and answers of roll-ups cost in one process, as JSON.

`benchmarks.rollup_pages` starts it on each engine: it needs an empty database in DATABASE_URL and fills it.
"""

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracing_ui.settings")
    django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.statistics import quantile
from services_map.models import LatencyHistogram
from services_map.rows_cache import get_rows_cache
from tests.services_map.seeding import Seeded, seed
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

WINDOWS = ("1h", "24h", "7d", "30d")


def make_requests(seeded: Seeded) -> dict[str, str]:
    """What is asked, by what it is called; `lookback` is added."""
    service = {"service": seeded.troubled}
    operation = {**service, "operation": _find_operation(seeded.troubled)}
    return {
        "services": _address("/services"),
        "service": _address("/service", service),
        "service, operations": _address("/service", {**service, "tab": "operations"}),
        "operation": _address("/service", operation),
        "compare": _address("/service/compare", service),
        "map": _address("/map"),
        "map, one service": _address("/map", {"focus": f"service:{seeded.troubled}"}),
        "examples": _address("/service/examples", service),
        "API services/figures": _address("/api/v1/services/figures"),
        "API operations/figures": _address("/api/v1/operations/figures", service),
        "API figures": _address("/api/v1/figures", operation),
        "API dependencies": _address("/api/v1/dependencies"),
        "API examples": _address("/api/v1/examples", service),
    }


def _find_operation(service: str) -> str:
    """One that is a request."""
    operations = get_store().list_operations(DEFAULT_PROJECT, service)
    return next(operation.name for operation in operations if operation.kind == 2)


def _address(path: str, words: Mapping[str, str] = {}) -> str:  # noqa: B006
    return f"{path}?{urlencode(words)}" if words else f"{path}?"


def measure(client: Client, address: str, rounds: int) -> dict[str, float]:
    """Milliseconds of wall and processor, with nothing remembered and with the rows of the window in memory."""
    _ask(client, address)
    with CaptureQueriesContext(connection) as queries:
        byte_count = len(_ask(client, address).content)
    cold = [_time(client, address, get_rows_cache.cache_clear) for _ in range(rounds)]
    warm = [_time(client, address, lambda: None) for _ in range(rounds)]
    walls, processor = (sorted(part) for part in zip(*cold, strict=True))
    return {
        "queries": len(queries),
        "kB": byte_count / 1e3,
        "wall_ms": quantile(walls, 0.5),
        "wall_p95_ms": quantile(walls, 0.95),
        "cpu_ms": quantile(processor, 0.5),
        "cpu_p95_ms": quantile(processor, 0.95),
        "warm_cpu_ms": quantile(sorted(cpu for _, cpu in warm), 0.5),
    }


def _ask(client: Client, address: str) -> object:
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    return answer


def _time(client: Client, address: str, prepare: Callable[[], None]) -> tuple[float, float]:
    prepare()
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    _ask(client, address)
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3
