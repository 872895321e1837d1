"""`python -m benchmarks.ingest`: how fast spans are taken in, what that costs, and whether they are there afterwards.

Every round starts each system anew in an empty directory, one after the other, and sends the same requests; figures
are medians over the rounds.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import ingest_report
from benchmarks.bodies import BodyFile, make_bodies, transcribe_bodies
from benchmarks.contenders import SYSTEMS
from benchmarks.load import Load, LoadFailed, LoadResult, run_load
from benchmarks.measured import Measured
from benchmarks.places import fresh_directory
from benchmarks.processes import Watch
from benchmarks.report import publish
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.systems import Running, System, Unavailable, measure_readable
from benchmarks.transcribe import to_json, to_zipkin

_READABLE_SAMPLES = 100
_READABLE_WITHIN_SECONDS = 30.0
# Systems whose rate must stay the same over a long run.
LASTING = ("sqlite", "postgresql")


def measure(system: System, scenario: Scenario, spans: int) -> Measured:
    """Start the system, warm it up with a tenth of the spans, send the rest, look for them, stop it, weigh its disk."""
    bodies = _bodies_of(scenario, spans)
    warm = bodies.count // 11
    with fresh_directory("ingest") as directory, system.start(directory) as running:
        load = _load(system, scenario, bodies, running)
        run_load(load(0, warm))
        others = [pid for pids in running.other_pids.values() for pid in pids]
        with Watch(running.ingest_pids) as ingest, Watch(others) as other:
            sent = run_load(load(warm, bodies.count - warm))
        samples = bodies.samples_within(0, bodies.count)
        step = max(1, len(samples) // _READABLE_SAMPLES)
        readable = measure_readable(running, samples[::step], _READABLE_WITHIN_SECONDS)
        running.stop()
        disk_bytes = running.measure_disk()
    return _measured(sent, ingest, other, readable, disk_bytes / (bodies.count * bodies.batch))


def _bodies_of(scenario: Scenario, spans: int) -> BodyFile:
    return make_bodies(int(spans * 1.1 * scenario.share), scenario.batch, is_gathered=scenario.is_gathered)


def _path_of(system: System, scenario: Scenario, bodies: BodyFile) -> Path:
    if scenario.protocol == "json":
        return transcribe_bodies(bodies, "otlp-json", to_json)
    return transcribe_bodies(bodies, "zipkin", to_zipkin) if system.is_zipkin else bodies.path


def _load(system: System, scenario: Scenario, bodies: BodyFile, running: Running) -> Callable[[int, int], Load]:
    path = _path_of(system, scenario, bodies)
    media_type = "application/json" if scenario.protocol == "json" else "application/x-protobuf"

    def load(first: int, count: int) -> Load:
        is_grpc = scenario.protocol == "grpc"
        return Load(
            path=str(path),
            ports=running.grpc_ports if is_grpc else running.http_ports,
            first=first,
            count=count,
            connections=scenario.connections,
            protocol="grpc" if is_grpc else "http",
            address=system.address,
            media_type=media_type,
        )

    return load


def _measured(sent: LoadResult, ingest: Watch, other: Watch, readable: float, disk_bytes_per_span: float) -> Measured:
    us_per_span = 1e6 / sent.span_count
    return Measured(
        rate=sent.rate,
        rates=sent.rates,
        p50_ms=sent.p50_ms,
        p99_ms=sent.p99_ms,
        refusals=sent.refusals,
        readable=readable,
        ingest_cpu_us_per_span=ingest.cpu_seconds * us_per_span,
        other_cpu_us_per_span=other.cpu_seconds * us_per_span,
        client_cpu_us_per_span=sent.client_cpu_seconds * us_per_span,
        peak_bytes=ingest.peak_bytes,
        steady_bytes=ingest.steady_bytes,
        disk_bytes_per_span=disk_bytes_per_span,
    )


def run(cases: Sequence[tuple[str, str]], rounds: int, spans: int) -> tuple[ingest_report.Runs, list[str]]:
    """Measure every case (system, scenario) in every round; what was measured, and why what is missing is missing."""
    for system, scenario in cases:
        _path_of(SYSTEMS[system], SCENARIOS[scenario], _bodies_of(SCENARIOS[scenario], spans))
    # What was just written must not be on its way to the disk while a database writes.
    os.sync()
    runs: ingest_report.Runs = {}
    failures: dict[tuple[str, str], str] = {}
    for number in range(rounds):
        for system, scenario in cases:
            if (system, scenario) in failures:
                continue
            name = SYSTEMS[system].name
            print(f"round {number + 1} of {rounds}: {name}, {scenario}", file=sys.stderr, end=" ", flush=True)
            try:
                measured = measure(SYSTEMS[system], SCENARIOS[scenario], spans)
            except (Unavailable, LoadFailed) as problem:
                failures[system, scenario] = f"{name} was not measured in {scenario}: {problem}"
                print(problem, file=sys.stderr)
            else:
                runs.setdefault((system, scenario), []).append(measured)
                print(f"{measured.rate:,.0f} spans/s", file=sys.stderr)
    return runs, list(failures.values())


def list_cases(systems: Sequence[str], scenarios: Sequence[str]) -> list[tuple[str, str]]:
    """Every system in every scenario that it takes part in; those to be compared follow each other."""
    return [(system, name) for name in scenarios for system in systems if name in SYSTEMS[system].scenarios]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=list(SYSTEMS))
    parser.add_argument("--scenarios", nargs="+", default=list(SCENARIOS), choices=list(SCENARIOS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--spans", type=int, default=200_000, help="measured in one run")
    parser.add_argument("--long-spans", type=int, default=500_000, help="in the run that shows whether the rate stays")
    parser.add_argument("--full", action="store_true", help="5,000,000 in the long run")
    options = parser.parse_args()
    runs, remarks = run(list_cases(options.systems, options.scenarios), options.rounds, options.spans)
    long_spans = 5_000_000 if options.full else options.long_spans
    lasting = [(system, "http") for system in options.systems if system in LASTING and long_spans]
    long_runs, more_remarks = run(lasting, 1, long_spans)
    sections = ingest_report.describe(runs, long_runs, long_spans)
    figures = {
        name: [
            {"system": system, "scenario": scenario, "runs": list(map(asdict, measured))}
            for (system, scenario), measured in part.items()
        ]
        for name, part in (("rounds", runs), ("long", long_runs))
    }
    publish("ingest", sections, figures, [*remarks, *more_remarks])


if __name__ == "__main__":
    main()
