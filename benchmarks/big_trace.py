"""`python -m benchmarks.big_trace`: reading one trace of 100,000 spans, the first time and again.

The trace is that of a job which calls the shop 5,000 times. Every one of several such traces is read for the first
time by a web process that has never seen it, then again and again.
"""

import argparse
import http.client
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlsplit

from benchmarks.bodies import write_records
from benchmarks.contenders import SYSTEMS
from benchmarks.load import Load, run_load
from benchmarks.places import fresh_directory
from benchmarks.processes import Watch, read_memory
from benchmarks.report import Target, markdown_table, publish, targets_table
from benchmarks.spans import START_NS, Batcher, Body, SpanShape, encode_trace, make_shape
from benchmarks.systems import stop_on_sigterm

OURS = ("sqlite", "postgresql")
COLUMNS, PAGES = "columns for drawing", "pages of 10,000 whole spans"
_BATCH = 512
_REPEATS = 10
_CALL_EVERY_NS = 20_000_000
_PAGE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading one trace took: the first time, then the median of several."""

    system: str
    what: str
    first_ms: float
    again_ms: float
    byte_count: int
    # Of the web process: before anything was read, and the most while the trace was.
    idle_bytes: int
    peak_bytes: int


def make_big_shape(span_count: int, random: Random) -> list[SpanShape]:
    """One root and below it the patterns of ordinary traces, one after the other."""
    first = make_shape(random)[0]
    spans = [replace(first, duration_ns=span_count // 20 * _CALL_EVERY_NS)]
    while len(spans) < span_count:
        base = len(spans)
        start_ns = base // 20 * _CALL_EVERY_NS
        spans += [
            replace(span, parent=span.parent + base if span.parent >= 0 else 0, offset_ns=span.offset_ns + start_ns)
            for span in make_shape(random)
        ]
    return spans[:span_count]


def make_trace(span_count: int, number: int) -> tuple[str, Iterator[Body]]:
    """The id of a big trace, and the requests that bring it."""
    random = Random(number)
    trace_id = random.randbytes(16)
    spans = encode_trace(make_big_shape(span_count, random), trace_id, f"{number:012}", START_NS, random)

    def bodies() -> Iterator[Body]:
        batcher = Batcher(_BATCH, is_gathered=False)
        yield from batcher.add(spans, None)
        yield from batcher.rest()

    return trace_id.hex(), bodies()


def measure(system: str, span_count: int, traces: int, what: str) -> list[Reading]:
    """Send the traces and read each; empty if this version has no such address."""
    with fresh_directory("big-trace") as directory, SYSTEMS[system].start(directory) as running:
        ids = [send_trace(directory, span_count, number, running.http_ports) for number in range(traces)]
        web, host = running.other_pids["web"], urlsplit(running.search_url).netloc
        try:
            readings = [_read(system, what, host, addresses_of(what, each, span_count), web) for each in ids]
        except LookupError:
            readings = []
        running.stop()
    return readings


def addresses_of(what: str, trace_id: str, span_count: int) -> list[str]:
    """What is asked for to have the whole trace."""
    address = f"/api/v1/traces/{trace_id}"
    if what == COLUMNS:
        return [f"{address}/columns"]
    return [f"{address}?count={_PAGE}&first={first}" for first in range(0, span_count, _PAGE)]


def send_trace(directory: Path, span_count: int, number: int, ports: list[int]) -> str:
    """The id of the trace, which is stored."""
    trace_id, bodies = make_trace(span_count, number)
    path = directory / f"{trace_id}.otlp"
    write_records(path, bodies)
    run_load(Load(path=str(path), ports=ports, first=0, count=sys.maxsize, connections=16))
    return trace_id


def _read(system: str, what: str, host: str, addresses: Sequence[str], web: Sequence[int]) -> Reading:
    """Raises LookupError where an address is unknown."""
    connection = http.client.HTTPConnection(host, timeout=120)
    idle_bytes = read_memory(web)
    with Watch(web, every_seconds=0.02) as watch:
        first_ms, byte_count = get_all(connection, addresses)
        again = [get_all(connection, addresses)[0] for _ in range(_REPEATS if what == COLUMNS else 1)]
    connection.close()
    return Reading(
        system=system,
        what=what,
        first_ms=first_ms,
        again_ms=median(again),
        byte_count=byte_count,
        idle_bytes=idle_bytes,
        peak_bytes=watch.peak_bytes,
    )


def get_all(connection: http.client.HTTPConnection, addresses: Sequence[str]) -> tuple[float, int]:
    """Milliseconds and bytes of several answers, one after the other."""
    started, byte_count = time.perf_counter(), 0
    for address in addresses:
        connection.request("GET", address, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        content = answer.read()
        byte_count += len(content)
        if answer.status == 404:
            raise LookupError(address)
        if answer.status != 200:
            raise RuntimeError(content[:500])
    return 1_000 * (time.perf_counter() - started), byte_count


def describe(readings: Sequence[Reading], span_count: int) -> dict[str, str]:
    """Sections of Markdown by their titles."""
    columns = ["system", "what", "first ms", "slowest first", "again ms", "kB sent", "web idle MB", "web peak MB"]
    groups: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        groups.setdefault((reading.system, reading.what), []).append(reading)
    rows = [
        [
            SYSTEMS[system].name,
            what,
            median(each.first_ms for each in group),
            max(each.first_ms for each in group),
            median(each.again_ms for each in group),
            group[0].byte_count / 1e3,
            group[0].idle_bytes / 1e6,
            max(each.peak_bytes for each in group) / 1e6,
        ]
        for (system, what), group in groups.items()
    ]
    return {
        "Targets": targets_table(make_targets(groups)),
        f"One trace of {span_count:,} spans": markdown_table(columns, rows),
    }


def make_targets(groups: dict[tuple[str, str], list[Reading]]) -> list[Target]:
    """Of the columns block on SQLite."""
    group = groups.get(("sqlite", COLUMNS), [])
    first = median(each.first_ms for each in group) if group else None
    again = median(each.again_ms for each in group) if group else None
    peak = max((each.peak_bytes / 1e6 for each in group), default=None)
    return [
        Target(text="columns, first time", figure=first, wanted=400, unit=" ms", is_at_most=True),
        Target(text="columns, again", figure=again, wanted=60, unit=" ms", is_at_most=True),
        Target(text="memory of the web process", figure=peak, wanted=300, unit=" MB", is_at_most=True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", nargs="+", default=list(OURS), choices=OURS)
    parser.add_argument("--spans", type=int, default=100_000)
    parser.add_argument("--traces", type=int, default=3)
    options = parser.parse_args()
    stop_on_sigterm()
    readings: list[Reading] = []
    remarks = []
    for system in options.systems:
        for what in (COLUMNS, PAGES):
            print(f"{SYSTEMS[system].name}, {what}", file=sys.stderr)
            found = measure(system, options.spans, options.traces, what)
            readings += found
            if not found:
                remarks.append(f"{SYSTEMS[system].name}: this version does not serve {what}.")
    sections = describe(readings, options.spans)
    publish("big-trace", sections, [asdict(reading) for reading in readings], remarks)


if __name__ == "__main__":
    main()
