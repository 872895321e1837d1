"""Tracing UI under test: everything that `manage.py up` starts, on SQLite or on a PostgreSQL of its own."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg

from benchmarks.places import REPOSITORY
from benchmarks.systems import Running, System, get_json, measure_directory, stop_program
from tests.services.ports import find_free_port, wait_until_open
from tests.services.postgres import run_postgres
from tests.services.processes import TracingUI, start_tracing_ui

# What somebody who runs it for load would set. It commits to disk before it answers, as by default.
POSTGRES_OPTIONS = ("shared_buffers=2GB", "max_wal_size=8GB", "wal_compression=lz4", "maintenance_work_mem=256MB")


@contextmanager
def start_on_sqlite(directory: Path) -> Iterator[Running]:
    """One collector, web and worker."""
    with start_tracing_ui(directory / "var") as server:
        yield _describe(server, partial(_measure_sqlite, directory / "var"))


@contextmanager
def start_on_postgres(collectors: int, directory: Path) -> Iterator[Running]:
    """So many collectors, web and worker; a PostgreSQL beside them."""
    with run_postgres(durable=True, options=POSTGRES_OPTIONS) as postgres:
        url = postgres.create_database()
        with start_tracing_ui(directory / "var", url) as server, _start_collectors(server, collectors - 1) as more:
            empty_bytes = _measure_database(url)
            running = _describe(server, lambda: _measure_database(url) - empty_bytes, more)
            if postgres.process is not None:
                running.other_pids["PostgreSQL"] = [postgres.process.pid]
            yield running


ON_SQLITE = System(
    name="Tracing UI, SQLite",
    note="committed with an fsync before the answer",
    start=start_on_sqlite,
)
ON_POSTGRES = System(
    name="Tracing UI, PostgreSQL",
    note="committed with an fsync before the answer; one collector",
    start=partial(start_on_postgres, 1),
)
ON_POSTGRES_TWICE = System(
    name="Tracing UI, PostgreSQL, 2 collectors",
    note="committed with an fsync before the answer",
    start=partial(start_on_postgres, 2),
)


@dataclass(frozen=True, slots=True)
class _Collector:
    process: subprocess.Popen[bytes]
    http_port: int
    grpc_port: int


@contextmanager
def _start_collectors(server: TracingUI, count: int) -> Iterator[list[_Collector]]:
    with ExitStack() as stack:
        yield [stack.enter_context(_start_collector(server)) for _ in range(count)]


@contextmanager
def _start_collector(server: TracingUI) -> Iterator[_Collector]:
    http_port, grpc_port = find_free_port(), find_free_port()
    environment = {**server.environment, "OTLP_HTTP_PORT": str(http_port), "OTLP_GRPC_PORT": str(grpc_port)}
    process = subprocess.Popen([sys.executable, "manage.py", "collector"], cwd=REPOSITORY, env=environment)
    try:
        wait_until_open(http_port, 30)
        yield _Collector(process, http_port, grpc_port)
    finally:
        process.kill()
        process.wait()


def _describe(server: TracingUI, measure_disk: Callable[[], int], more: Sequence[_Collector] = ()) -> Running:
    def stop() -> None:
        for collector in more:
            stop_program(collector.process)
        server.stop()

    return Running(
        http_ports=[int(server.environment["OTLP_HTTP_PORT"]), *(collector.http_port for collector in more)],
        grpc_ports=[int(server.environment["OTLP_GRPC_PORT"]), *(collector.grpc_port for collector in more)],
        ingest_pids=[server.find_pids("collector")[0], *(collector.process.pid for collector in more)],
        other_pids={"web": server.find_pids("web")[:1], "worker": server.find_pids("worker")[:1]},
        count_trace_spans=partial(_count_trace_spans, server.url),
        search_url=server.url,
        stop=stop,
        measure_disk=measure_disk,
    )


def _count_trace_spans(url: str, trace_id: str) -> int:
    answer = get_json(f"{url}/api/v1/traces/{trace_id}?count=1")
    return 0 if answer is None else int(answer["span_count"])


def _measure_sqlite(directory: Path) -> int:
    """The files, once the write-ahead log is written back: its size is bounded and says nothing of the spans."""
    with closing(sqlite3.connect(directory / "tracing.sqlite3")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return measure_directory(directory, "tracing.sqlite3*")


def _measure_database(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])
