"""`python -m benchmarks.ingest`: how fast spans are taken in, what that costs, and whether they are there afterwards.

Over OTLP, and over the protocols of other backends beside these backends themselves.

Every round starts each system anew in an empty directory, one after the other, and sends the same requests; figures
are medians over the rounds.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks import ingest_report
from benchmarks.bodies import BodyFile, make_bodies
from benchmarks.contenders import SYSTEMS
from benchmarks.formats import FORMATS
from benchmarks.load import Load, LoadResult, run_load
from benchmarks.measured import Measured
from benchmarks.places import fresh_directory
from benchmarks.processes import Watch
from benchmarks.report import publish
from benchmarks.scenarios import FOREIGN, OTLP, SCENARIOS, Scenario
from benchmarks.systems import FAILURES, Running, System, measure_readable, say_failure, stop_on_sigterm

_READABLE_SAMPLES = 100
_READABLE_WITHIN_SECONDS = 30.0
# Systems whose rate must stay the same over a long run.
LASTING = ("sqlite", "postgresql")


def measure(system: System, scenario: Scenario, spans: int) -> Measured:
    """Start the system, warm it up with a tenth of the spans, send the rest, look for them, stop it, weigh its disk."""
    bodies = _bodies_of(scenario, spans)
    warm = bodies.count // 11
    with fresh_directory("ingest") as directory, system.start(directory) as running:
        load = _load(scenario, bodies, running)
        run_load(load(0, warm))
        takers, others = _pids(scenario, running)
        with Watch(takers) as ingest, Watch(others) as other:
            sent = run_load(load(warm, bodies.count - warm))
        samples = bodies.samples_within(0, bodies.count)
        step = max(1, len(samples) // _READABLE_SAMPLES)
        readable = measure_readable(running, samples[::step], _READABLE_WITHIN_SECONDS)
        running.stop()
        disk_bytes = running.measure_disk()
    return _measured(sent, ingest, other, readable, disk_bytes / (bodies.count * bodies.batch))


def _bodies_of(scenario: Scenario, spans: int) -> BodyFile:
    return make_bodies(int(spans * 1.1 * scenario.share), scenario.batch, is_gathered=scenario.is_gathered)


def _pids(scenario: Scenario, running: Running) -> tuple[list[int], list[int]]:
    """Who takes the spans of this scenario, and all others."""
    others = [pid for pids in running.other_pids.values() for pid in pids]
    if FORMATS[scenario.protocol].door:
        return [*running.ingest_pids, *running.gateway_pids], others
    return running.ingest_pids, [*others, *running.gateway_pids]


def _ports(scenario: Scenario, running: Running) -> list[int]:
    if scenario.protocol == "grpc":
        return running.grpc_ports
    door = FORMATS[scenario.protocol].door
    return [running.foreign_ports[door]] if door else running.http_ports


def _load(scenario: Scenario, bodies: BodyFile, running: Running) -> Callable[[int, int], Load]:
    form = FORMATS[scenario.protocol]
    path = form.write(bodies)

    def load(first: int, count: int) -> Load:
        return Load(
            path=str(path),
            ports=_ports(scenario, running),
            first=first,
            count=count,
            connections=scenario.connections,
            protocol="grpc" if scenario.protocol == "grpc" else "http",
            address=form.address,
            media_type=form.media_type,
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
    for name in dict.fromkeys(name for _, name in cases):
        FORMATS[SCENARIOS[name].protocol].write(_bodies_of(SCENARIOS[name], spans))
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
            except FAILURES as problem:
                failures[system, scenario] = say_failure(f"{name}, {scenario},", problem)
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
    stop_on_sigterm()
    _publish_otlp(options)
    cases = list_cases(options.systems, [name for name in options.scenarios if name in FOREIGN])
    if cases:
        runs, remarks = run(cases, options.rounds, options.spans)
        publish("doors", ingest_report.describe_runs(runs), {"rounds": _figures(runs)}, remarks)


def _publish_otlp(options: argparse.Namespace) -> None:
    cases = list_cases(options.systems, [name for name in options.scenarios if name in OTLP])
    if not cases:
        return
    runs, remarks = run(cases, options.rounds, options.spans)
    long_spans = 5_000_000 if options.full else options.long_spans
    lasting = [(system, "http") for system in options.systems if system in LASTING and long_spans]
    long_runs, more_remarks = run(lasting, 1, long_spans)
    sections = ingest_report.describe(runs, long_runs, long_spans)
    figures = {"rounds": _figures(runs), "long": _figures(long_runs)}
    publish("ingest", sections, figures, [*remarks, *more_remarks])


def _figures(runs: ingest_report.Runs) -> list[dict[str, Any]]:
    return [
        {"system": system, "scenario": scenario, "runs": list(map(asdict, measured))}
        for (system, scenario), measured in runs.items()
    ]


if __name__ == "__main__":
    main()
