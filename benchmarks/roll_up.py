"""`python -m benchmarks.roll_up`: how fast spans are rolled up, and how soon after they came they are counted.

A Tracing UI takes spans as fast as it can. What then still waits is rolled up while nothing comes; afterwards spans
come at half of that speed for a while, and every block's way through the queue is watched.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from benchmarks.bodies import make_bodies
from benchmarks.contenders import SYSTEMS
from benchmarks.load import Load, run_load
from benchmarks.places import fresh_directory
from benchmarks.queue_watch import QueueWatch, count_queued, count_rolled_up, watch_queue
from benchmarks.report import Target, markdown_table, publish, targets_table
from benchmarks.statistics import quantile
from benchmarks.systems import FAILURES, Running, say_failure, stop_on_sigterm

OURS = ("sqlite", "postgresql")
_BATCH, _CONNECTIONS = 512, 16
_GIVES_UP_AFTER_SECONDS = 600.0
# Fewer than so many that wait say little of how fast they go.
_FEWEST_SPANS = 20_000
_FRESH_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUpFigures:
    """Of one system; rates are spans a second. `alone` is None where too few waited to tell."""

    system: str
    full_rate: float
    left_after_full: int
    alone: float | None
    half_rate: float
    beside: float
    p50_seconds: float
    p95_seconds: float
    max_seconds: float
    largest_backlog: int


def measure(system: str, spans: int, seconds: int) -> RollUpFigures:
    """Fill the system with `spans`, wait for its roll-ups, and go on at half speed for so long."""
    # As many as one can send in that time, whatever the speed turns out to be.
    more = spans + 100_000 * seconds // 2
    bodies = make_bodies(more, _BATCH)
    os.sync()
    filled = spans // _BATCH
    with fresh_directory("roll-up") as directory, SYSTEMS[system].start(directory) as running:
        load = Load(path=str(bodies.path), ports=running.http_ports, first=0, count=filled, connections=_CONNECTIONS)
        full_rate = run_load(load).rate
        left, alone = _roll_up_the_rest(running)
        half = min(int(full_rate / 2 * seconds) // _BATCH, bodies.count - filled)
        before, started = count_rolled_up(running.database_url), time.monotonic()
        with watch_queue(running.database_url) as watch:
            sent = run_load(replace(load, first=filled, count=half, rate=full_rate / 2))
            beside = (count_rolled_up(running.database_url) - before) / (time.monotonic() - started)
            _wait_for_the_rest(running)
            time.sleep(1)
        running.stop()
    return _figures(system, full_rate, left, alone, sent.rate, beside, watch)


def _figures(
    system: str, full_rate: float, left: int, alone: float | None, half_rate: float, beside: float, watch: QueueWatch
) -> RollUpFigures:
    waits = sorted(seconds for seconds, spans in watch.waits for _ in range(spans))
    return RollUpFigures(
        system=system,
        full_rate=full_rate,
        left_after_full=left,
        alone=alone,
        half_rate=half_rate,
        beside=beside,
        p50_seconds=quantile(waits, 0.5),
        p95_seconds=quantile(waits, 0.95),
        max_seconds=waits[-1],
        largest_backlog=watch.largest_backlog,
    )


def _roll_up_the_rest(running: Running) -> tuple[int, float | None]:
    """How many spans wait, and how many of them are rolled up a second."""
    left, started = count_queued(running.database_url), time.monotonic()
    _wait_for_the_rest(running)
    seconds = time.monotonic() - started
    return left, left / seconds if left >= _FEWEST_SPANS else None


def _wait_for_the_rest(running: Running) -> None:
    deadline = time.monotonic() + _GIVES_UP_AFTER_SECONDS
    while count_queued(running.database_url):
        if time.monotonic() > deadline:
            raise TimeoutError("Spans are still not rolled up.")
        time.sleep(0.1)


def describe(figures: Sequence[RollUpFigures]) -> dict[str, str]:
    """Sections of Markdown by their titles."""
    columns = ["system", "spans/s taken in", "waiting then", "spans/s rolled up alone"]
    rows = [
        [SYSTEMS[each.system].name, each.full_rate, each.left_after_full, "–" if each.alone is None else each.alone]
        for each in figures
    ]
    beside_columns = [
        "system", "spans/s coming in", "spans/s rolled up", "p50 s", "p95 s", "max s", "most spans waiting",
    ]  # fmt: skip
    beside = [
        [
            SYSTEMS[each.system].name, each.half_rate, each.beside, each.p50_seconds, each.p95_seconds,
            each.max_seconds, each.largest_backlog,
        ]
        for each in figures
    ]  # fmt: skip
    return {
        "Targets": targets_table(make_targets(figures)),
        "At full speed, and what is left": markdown_table(columns, rows),
        "At half speed, from arrival to counted": markdown_table(beside_columns, beside),
    }


def make_targets(figures: Sequence[RollUpFigures]) -> list[Target]:
    """How soon a span is counted while others come in at half speed."""
    found = {each.system: each.p95_seconds for each in figures}
    return [
        Target(
            text=f"{SYSTEMS[system].name}, from arrival to counted, p95",
            figure=found.get(system),
            wanted=_FRESH_SECONDS,
            unit=" s",
            is_at_most=True,
        )
        for system in OURS
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", nargs="+", default=list(OURS), choices=OURS)
    parser.add_argument("--spans", type=int, default=500_000, help="taken in at full speed")
    parser.add_argument("--seconds", type=int, default=60, help="at half speed")
    options = parser.parse_args()
    stop_on_sigterm()
    figures: list[RollUpFigures] = []
    remarks: list[str] = []
    for system in options.systems:
        print(SYSTEMS[system].name, file=sys.stderr, end=" ", flush=True)
        try:
            measured = measure(system, options.spans, options.seconds)
        except (*FAILURES, TimeoutError) as problem:
            remarks.append(say_failure(SYSTEMS[system].name, problem))
            print(problem, file=sys.stderr)
        else:
            figures.append(measured)
            print(f"counted after {measured.p95_seconds:.1f} s (p95)", file=sys.stderr)
    publish("roll-up", describe(figures), [asdict(each) for each in figures], remarks)


if __name__ == "__main__":
    main()
