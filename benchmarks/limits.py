"""`python -m benchmarks.limits`: how far ingest is from what the machine and our servers could do at most.

Two bounds, with the same bytes on the same disk: compressing and appending them to a file with an fdatasync, and a
server that keeps request bodies in SQLite without looking into them (`benchmarks.spool`).
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import zstandard

from benchmarks import ours
from benchmarks.bodies import BodyFile, make_bodies, read_records
from benchmarks.load import Load, run_load
from benchmarks.places import REPOSITORY, fresh_directory
from benchmarks.report import format_number, markdown_table, publish
from benchmarks.systems import Running, System, answers, measure_directory, start_program, stop_program
from tests.services.ports import find_free_port

_BATCH, _CONNECTIONS = 512, 16
_APPEND = "zstd-1, append, fdatasync every {} spans"
_GROUPS = (1, 8)


def append(bodies: BodyFile, group: int) -> float:
    """Spans a second that can be compressed and appended to a file, `group` requests to an fdatasync."""
    compressor = zstandard.ZstdCompressor(level=1)
    contents = [body.content for body in read_records(bodies.path)]
    with fresh_directory("append") as directory, (directory / "log").open("wb", buffering=0) as file:
        started = time.perf_counter()
        for first in range(0, len(contents), group):
            file.write(compressor.compress(b"".join(contents[first : first + group])))
            os.fdatasync(file.fileno())
        return bodies.count * bodies.batch / (time.perf_counter() - started)


@contextmanager
def start_spool(directory: Path) -> Iterator[Running]:
    """`benchmarks.spool` with an empty file."""
    port = find_free_port()
    command = [sys.executable, "-m", "benchmarks.spool", str(port), str(directory / "spool.sqlite3")]
    environment = {"PYTHONPATH": str(REPOSITORY)}
    url = f"http://127.0.0.1:{port}/healthz"
    with start_program(command, directory, environment, lambda: answers(url)) as process:
        yield Running(
            http_ports=[port],
            ingest_pids=[process.pid],
            count_trace_spans=lambda trace_id: 0,
            search_url=url,
            stop=lambda: stop_program(process),
            measure_disk=lambda: measure_directory(directory, "spool.sqlite3*"),
        )


SPOOL = System(name="bodies kept in SQLite, not looked into", note="", start=start_spool)


def send(system: System, bodies: BodyFile) -> float:
    """Spans a second that the system takes after a warm-up with a tenth of them."""
    warm = bodies.count // 10
    with fresh_directory("limits") as directory, system.start(directory) as running:

        def load(first: int, count: int) -> Load:
            path, ports = str(bodies.path), running.http_ports
            return Load(path=path, ports=ports, first=first, count=count, connections=_CONNECTIONS)

        run_load(load(0, warm))
        rate = run_load(load(warm, bodies.count - warm)).rate
        running.stop()
    return rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--spans", type=int, default=200_000)
    options = parser.parse_args()
    bodies = make_bodies(options.spans, _BATCH)
    rates: dict[str, list[float]] = {}
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for group in _GROUPS:
            rates.setdefault(_APPEND.format(group * _BATCH), []).append(append(bodies, group))
        for system in (SPOOL, ours.ON_SQLITE):
            rates.setdefault(system.name, []).append(send(system, bodies))
    reached = median(rates[ours.ON_SQLITE.name])
    rows = [
        [
            name,
            median(measured),
            f"{format_number(min(measured))}–{format_number(max(measured))}",
            f"{reached / median(measured):.1%}",
        ]
        for name, measured in rates.items()
    ]
    table = markdown_table(["bound", "spans/s", "lowest–highest", "our share of it"], rows)
    publish("limits", {"Distance from the limit": table}, rates)


if __name__ == "__main__":
    main()
