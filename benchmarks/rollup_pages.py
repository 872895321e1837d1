"""`python -m benchmarks.rollup_pages`: how long the server takes for pages and answers that are read from roll-ups.

Seven days of 500 operations of 40 services are written as rolling up would leave them, on SQLite and on PostgreSQL;
then every page is asked for with nothing remembered, as if something had just been rolled up, and again with all rows
in memory. Wall time is what a reader waits for; processor time (without the database server's) tells what is left of it
on a machine that does nothing else.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.places import REPOSITORY, fresh_directory
from benchmarks.report import Target, markdown_table, publish, targets_table
from benchmarks.systems import stop_on_sigterm
from tests.services.postgres import run_postgres

ENGINES = ("sqlite", "postgresql")
TARGET_MS = 200
Times = Mapping[str, Mapping[str, float]]


@contextmanager
def provide_database(engine: str, directory: Path) -> Iterator[str]:
    """The address of an empty database."""
    if engine == "sqlite":
        yield f"sqlite:///{directory / 'tracing.sqlite3'}"
    else:
        with run_postgres() as server:
            yield server.create_database()


def measure(engine: str, options: argparse.Namespace) -> dict[str, Any]:
    """What `benchmarks.page_times` says of an engine."""
    numbers = [f"--{name}={getattr(options, name)}" for name in ("services", "operations", "hours", "rounds")]
    with fresh_directory("rollup-pages") as directory, provide_database(engine, directory) as url:
        environment = {**os.environ, "VAR_DIR": str(directory), "DATABASE_URL": url, "LOG_LEVEL": "ERROR"}
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.page_times", *numbers]
        done = subprocess.run(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def describe(results: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Sections of Markdown by their titles."""
    targets = [target for engine, result in results.items() for target in make_targets(engine, result["times"])]
    tables = {f"On {engine}, {result['rows']:,} rows": _table(result["times"]) for engine, result in results.items()}
    return {"Targets": targets_table(targets), **tables}


def make_targets(engine: str, times: Times) -> list[Target]:
    """The slowest page and the slowest answer of an engine."""
    pages = {name: time["wall_ms"] for name, time in times.items() if not name.startswith("API ")}
    answers = {name: time["wall_ms"] for name, time in times.items() if name.startswith("API ")}
    return [
        _target(f"slowest {what} on {engine}", figures)
        for what, figures in (("page", pages), ("answer", answers))
        if figures
    ]


def _target(text: str, figures: Mapping[str, float]) -> Target:
    slowest = max(figures, key=lambda name: figures[name])
    return Target(text=f"{text} ({slowest})", figure=figures[slowest], wanted=TARGET_MS, unit=" ms", is_at_most=True)


def _table(times: Times) -> str:
    columns: Sequence[str] = (
        "page or answer, window", "queries", "kB", "ms", "p95 ms", "processor ms", "p95 ms", "processor ms, rows known",
    )  # fmt: skip
    fields = ("queries", "kilobytes", "wall_ms", "wall_p95_ms", "cpu_ms", "cpu_p95_ms", "warm_cpu_ms")
    return markdown_table(columns, [[name, *(time[field] for field in fields)] for name, time in times.items()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=40)
    parser.add_argument("--operations", type=int, default=500)
    parser.add_argument("--hours", type=int, default=7 * 24)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    options = parser.parse_args()
    stop_on_sigterm()
    results = {}
    for engine in options.engines:
        print(engine, file=sys.stderr)
        results[engine] = measure(engine, options)
    remarks = [
        f"{options.hours} hours of {options.operations} operations of {options.services} services; medians of "
        f"{options.rounds} requests one after the other, in one process without a network.",
        "A window of 1h is read from minutes, 24h from ten minutes, 7d from hours and 30d from days.",
    ]
    publish("rollup-pages", describe(results), results, remarks)


if __name__ == "__main__":
    main()
