"""Tracing UI under test: everything that `manage.py up` starts, on SQLite or on a PostgreSQL of its own."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import psycopg

from benchmarks.scenarios import FOREIGN, OTLP
from benchmarks.systems import Running, System, get_json, measure_directory
from tests.services.ports import find_free_port
from tests.services.postgres import run_postgres
from tests.services.processes import TracingUI, start_tracing_ui

# What somebody who runs it for load would set. It commits to disk before it answers, as by default.
POSTGRES_OPTIONS = ("shared_buffers=2GB", "max_wal_size=8GB", "wal_compression=lz4", "maintenance_work_mem=256MB")


# The doors of other protocols that are measured.
_DOORS = {"zipkin": "ZIPKIN_PORT", "thrift": "JAEGER_HTTP_PORT"}


@contextmanager
def start_on_sqlite(writers: str, directory: Path) -> Iterator[Running]:
    """Collector with so many writers, gateway, web and worker."""
    with start_tracing_ui(directory / "var", INGEST_WRITERS=writers, **_free_doors()) as server:
        yield _describe(server, partial(_measure_sqlite, directory / "var"))


@contextmanager
def start_on_postgres(writers: str, directory: Path) -> Iterator[Running]:
    """The same on a PostgreSQL beside them."""
    with run_postgres(durable=True, options=POSTGRES_OPTIONS) as postgres:
        url = postgres.create_database()
        with start_tracing_ui(directory / "var", url, INGEST_WRITERS=writers, **_free_doors()) as server:
            empty_bytes = _measure_database(url)
            running = _describe(server, lambda: _measure_database(url) - empty_bytes)
            if postgres.process is not None:
                running.other_pids["PostgreSQL"] = [postgres.process.pid]
            yield running


_NOTE = "committed with an fsync before the answer"
ON_SQLITE = System(
    name="Tracing UI, SQLite", note=_NOTE, start=partial(start_on_sqlite, "2"), scenarios=(*OTLP, *FOREIGN)
)
ON_SQLITE_ALONE = System(
    name="Tracing UI, SQLite, 1 writer",
    note=_NOTE,
    start=partial(start_on_sqlite, "1"),
    scenarios=("http",),
)
ON_POSTGRES = System(name="Tracing UI, PostgreSQL", note=_NOTE, start=partial(start_on_postgres, "2"))
ON_POSTGRES_ALONE = System(
    name="Tracing UI, PostgreSQL, 1 writer",
    note=_NOTE,
    start=partial(start_on_postgres, "1"),
    scenarios=("http",),
)


def _free_doors() -> dict[str, str]:
    return {port: str(find_free_port()) for port in _DOORS.values()}


def _describe(server: TracingUI, measure_disk: Callable[[], int]) -> Running:
    return Running(
        http_ports=[int(server.environment["OTLP_HTTP_PORT"])],
        grpc_ports=[int(server.environment["OTLP_GRPC_PORT"])],
        foreign_ports={door: int(server.environment[port]) for door, port in _DOORS.items()},
        ingest_pids=server.find_pids("collector")[:1],
        other_pids={"web": server.find_pids("web")[:1], "worker": server.find_pids("worker")[:1]},
        gateway_pids=server.find_pids("gateway")[:1],
        count_trace_spans=partial(_count_trace_spans, server.url),
        search_url=server.url,
        stop=server.stop,
        measure_disk=measure_disk,
        database_url=server.environment["DATABASE_URL"],
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
