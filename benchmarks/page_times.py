"""`python -m benchmarks.page_times`: what pages and answers of roll-ups cost in one process, as JSON.

`benchmarks.rollup_pages` starts it on each engine: it needs an empty database in DATABASE_URL and fills it.
"""

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

# It sets Django up, which the others below need.
from tests.services_map.seeding import Seeded, seed  # isort: split

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.statistics import quantile
from services_map.models import LatencyHistogram
from services_map.reading.rows_cache import get_rows_cache
from traces.domain.span import kind_name
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

WINDOWS = ("1h", "24h", "7d", "30d")
# Operations whose baselines are asked for at once: those of a large trace.
BASELINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A GET, or a POST of a body."""

    address: str
    body: Mapping[str, Any] | None = None

    def ask(self, client: Client) -> bytes:
        if self.body is None:
            answer = client.get(self.address)
        else:
            answer = client.post(self.address, self.body, content_type="application/json")
        if answer.status_code != 200:
            raise SystemExit(f"{self.address}: {answer.status_code}")
        return answer.content


def make_questions(seeded: Seeded) -> dict[str, Question]:
    """What is asked, by what it is called and the window."""
    pages = {
        f"{name}, {window}": Question(address=f"{path}?{urlencode({**words, 'lookback': window})}")
        for name, (path, words) in _list_addresses(seeded).items()
        for window in WINDOWS
    }
    body = {"operations": _list_operations(), "window": {"lookback": "24h"}}
    return {**pages, "API baseline, 24h": Question(address="/api/v1/baseline", body=body)}


def _list_addresses(seeded: Seeded) -> dict[str, tuple[str, Mapping[str, str]]]:
    service = {"service": seeded.troubled}
    operations = get_store().list_operations(DEFAULT_PROJECT, seeded.troubled)
    operation = {**service, "operation": next(item.name for item in operations if kind_name(item.kind) == "server")}
    return {
        "services": ("/services", {}),
        "service": ("/service", service),
        "operation": ("/service", operation),
        "comparison": ("/service/compare", service),
        "examples": ("/service/examples", service),
        "map": ("/map", {}),
        "API services/figures": ("/api/v1/services/figures", {}),
        "API operations/figures": ("/api/v1/operations/figures", service),
        "API figures": ("/api/v1/figures", operation),
        "API dependencies": ("/api/v1/dependencies", {}),
        "API examples": ("/api/v1/examples", service),
    }


def _list_operations() -> list[dict[str, str]]:
    return [
        {"service": item.service.name, "operation": item.name, "kind": kind_name(item.kind)}
        for item in get_store().list_operations(DEFAULT_PROJECT)[:BASELINES]
    ]


def measure(client: Client, question: Question, rounds: int) -> dict[str, float]:
    """Milliseconds of wall and processor, with nothing remembered; of processor also with all rows in memory."""
    question.ask(client)
    with CaptureQueriesContext(connection) as queries:
        get_rows_cache.cache_clear()
        byte_count = len(question.ask(client))
        query_count = len(queries)
    cold = [_time(client, question, get_rows_cache.cache_clear) for _ in range(rounds)]
    warm = [_time(client, question, lambda: None) for _ in range(rounds)]
    walls, processor = (sorted(part) for part in zip(*cold, strict=True))
    return {
        "queries": query_count,
        "kilobytes": byte_count / 1e3,
        "wall_ms": quantile(walls, 0.5),
        "wall_p95_ms": quantile(walls, 0.95),
        "cpu_ms": quantile(processor, 0.5),
        "cpu_p95_ms": quantile(processor, 0.95),
        "warm_cpu_ms": quantile(sorted(cpu for _, cpu in warm), 0.5),
    }


def _time(client: Client, question: Question, prepare: Callable[[], None]) -> tuple[float, float]:
    prepare()
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    question.ask(client)
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("services", "operations", "hours", "rounds"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    seeded = seed(services=options.services, operations=options.operations, hours=options.hours)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE latency_histogram" if connection.vendor == "postgresql" else "PRAGMA optimize")
    client = Client(headers={"host": "localhost"})
    times = {name: measure(client, question, options.rounds) for name, question in make_questions(seeded).items()}
    json.dump({"rows": LatencyHistogram.objects.count(), "times": times}, sys.stdout)


if __name__ == "__main__":
    main()
