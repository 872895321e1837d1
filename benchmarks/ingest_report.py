"""The tables of `benchmarks.ingest`."""

from collections.abc import Sequence
from operator import attrgetter

from benchmarks.contenders import SYSTEMS
from benchmarks.measured import Measured, middle
from benchmarks.report import Target, format_number, markdown_table, targets_table
from benchmarks.scenarios import SCENARIOS

# By system and scenario, the runs of all rounds.
Runs = dict[tuple[str, str], list[Measured]]

_RATE_COLUMNS = ("scenario", "system", "spans/s", "lowest–highest", "p50 ms", "p99 ms", "refusals", "found afterwards")
_COST_COLUMNS = (
    "scenario",
    "system",
    "ingest CPU µs/span",
    "other CPU µs/span",
    "client CPU µs/span",
    "memory MB",
    "peak MB",
    "disk B/span",
)
_MB = 1e6


def describe(runs: Runs, long_runs: Runs, long_spans: int) -> dict[str, str]:
    """Sections of Markdown by their titles."""
    sections = {"Targets": targets_table(make_targets(runs, long_runs)), **describe_runs(runs)}
    if long_runs:
        title = f"{long_spans:,} spans in one go: thousands of spans/s in each tenth"
        rows = [[SYSTEMS[system].name, *_tenths(measured[0])] for (system, _), measured in long_runs.items()]
        sections[title] = markdown_table(["system", *map(str, range(1, 11)), "last : first"], rows)
    return sections


def describe_runs(runs: Runs) -> dict[str, str]:
    """What was measured, without a word on what it should be."""
    return {
        "Rates": markdown_table(_RATE_COLUMNS, [_rate_row(*case, measured) for case, measured in runs.items()]),
        "Costs": markdown_table(_COST_COLUMNS, [_cost_row(*case, measured) for case, measured in runs.items()]),
        "Scenarios": "\n".join(
            f"* {name}: {SCENARIOS[name].title}." for name in dict.fromkeys(name for _, name in runs)
        ),
        "Who promises what": "\n".join(f"* {SYSTEMS[name].name}: {SYSTEMS[name].note}." for name in _systems_in(runs)),
    }


def make_targets(runs: Runs, long_runs: Runs) -> list[Target]:
    """What ingest should reach; a figure is None where its systems were not measured."""

    def rate(system: str, scenario: str) -> float | None:
        return _middle(runs, system, scenario, "rate")

    sqlite = rate("sqlite", "http")
    badger, one, two = rate("jaeger-badger", "http"), rate("postgresql-alone", "http"), rate("postgresql", "http")
    return [
        Target(text="SQLite : Jaeger with Badger", figure=_ratio(sqlite, badger), wanted=4, unit="×"),
        Target(text="SQLite, protobuf over HTTP", figure=sqlite, wanted=60_000, unit=" spans/s"),
        Target(text="SQLite, last tenth : first tenth", figure=_flatness(long_runs, "sqlite"), wanted=0.85, unit="×"),
        Target(text="PostgreSQL, 2 writers : 1", figure=_ratio(two, one), wanted=1.3, unit="×"),
        Target(text="PostgreSQL, last : first", figure=_flatness(long_runs, "postgresql"), wanted=0.85, unit="×"),
        Target(
            text="32-span : 512-span requests", figure=_ratio(rate("sqlite", "small"), sqlite), wanted=0.4, unit="×"
        ),
        Target(text="gRPC : HTTP", figure=_ratio(rate("sqlite", "grpc"), sqlite), wanted=0.8, unit="×"),
        Target(text="SQLite, JSON", figure=rate("sqlite", "json"), wanted=15_000, unit=" spans/s"),
        *_disk_targets(runs),
        Target(text="a collector's memory", figure=_peak_mb(runs), wanted=400, unit=" MB", is_at_most=True),
    ]


def _disk_targets(runs: Runs) -> list[Target]:
    return [
        Target(
            text=f"{SYSTEMS[system].name}, disk",
            figure=_middle(runs, system, "gathered", "disk_bytes_per_span"),
            wanted=wanted,
            unit=" B/span",
            is_at_most=True,
        )
        for system, wanted in (("sqlite", 160), ("postgresql", 290))
    ]


def _rate_row(system: str, scenario: str, runs: Sequence[Measured]) -> list[object]:
    rates = [run.rate for run in runs]
    return [
        scenario,
        SYSTEMS[system].name,
        middle(runs, attrgetter("rate")),
        f"{format_number(min(rates))}–{format_number(max(rates))}",
        middle(runs, attrgetter("p50_ms")),
        middle(runs, attrgetter("p99_ms")),
        sum(run.refusals for run in runs),
        f"{min(run.readable for run in runs):.1%}",
    ]


def _cost_row(system: str, scenario: str, runs: Sequence[Measured]) -> list[object]:
    return [
        scenario,
        SYSTEMS[system].name,
        middle(runs, attrgetter("ingest_cpu_us_per_span")),
        middle(runs, attrgetter("other_cpu_us_per_span")),
        middle(runs, attrgetter("client_cpu_us_per_span")),
        middle(runs, attrgetter("steady_bytes")) / _MB,
        max(run.peak_bytes for run in runs) / _MB,
        middle(runs, attrgetter("disk_bytes_per_span")),
    ]


def _tenths(run: Measured) -> list[object]:
    return [*(f"{rate / 1_000:.0f}" for rate in run.rates), f"{run.flatness:.0%}"]


def _systems_in(runs: Runs) -> list[str]:
    return list(dict.fromkeys(system for system, _ in runs))


def _middle(runs: Runs, system: str, scenario: str, figure: str) -> float | None:
    measured = runs.get((system, scenario))
    return middle(measured, attrgetter(figure)) if measured else None


def _ratio(figure: float | None, other: float | None) -> float | None:
    return None if figure is None or not other else figure / other


def _flatness(runs: Runs, system: str) -> float | None:
    measured = runs.get((system, "http"))
    return measured[0].flatness if measured else None


def _peak_mb(runs: Runs) -> float | None:
    ours = ("sqlite", "postgresql")
    return max(
        (run.peak_bytes / _MB for (system, _), all in runs.items() if system in ours for run in all), default=None
    )
