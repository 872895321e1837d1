"""The load client: sends recorded bodies over many connections and measures every answer.

A process of its own, which `run_load` starts. Only success counts. What is refused or breaks off is sent again, which
is counted.
"""

import json
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from importlib import import_module

from benchmarks.places import REPOSITORY
from benchmarks.statistics import quantile, rates_by_part

RETRY_AFTER_SECONDS = 0.2
GIVE_UP_AFTER_SECONDS = 60.0


class LoadFailed(Exception):
    """Nothing was accepted any more, or the client ended otherwise; says what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send where. `first` and `count` choose requests of the file; a `rate` in spans/s paces them."""

    path: str
    ports: list[int]
    first: int
    count: int
    connections: int
    protocol: str = "http"
    address: str = "/v1/traces"
    media_type: str = "application/x-protobuf"
    rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What came of it. `rates` are spans/s in each tenth of the spans, in order."""

    span_count: int
    seconds: float
    request_count: int
    statuses: dict[str, int]
    reconnects: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    rates: list[float]
    client_cpu_seconds: float

    @property
    def rate(self) -> float:
        """Accepted spans a second."""
        return self.span_count / self.seconds

    @property
    def refusals(self) -> int:
        """Answers other than success."""
        return sum(count for status, count in self.statuses.items() if status not in ("200", "202", "OK"))


@dataclass(slots=True)
class Tally:
    """Answers as they come."""

    started: float = field(default_factory=time.perf_counter)
    statuses: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    progress: list[tuple[float, int]] = field(default_factory=list)
    reconnects: int = 0

    @property
    def seconds_since_progress(self) -> float:
        """How long ago something was accepted, or all began."""
        return time.perf_counter() - self.started - (self.progress[-1][0] if self.progress else 0)

    def accept(self, seconds: float, spans: int) -> None:
        self.latencies.append(seconds)
        self.progress.append((time.perf_counter() - self.started, spans))

    def result(self) -> LoadResult:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        sorted_ms = sorted(1_000 * seconds for seconds in self.latencies)
        return LoadResult(
            span_count=sum(spans for _, spans in self.progress),
            seconds=self.progress[-1][0],
            request_count=len(self.latencies),
            statuses=dict(self.statuses),
            reconnects=self.reconnects,
            p50_ms=quantile(sorted_ms, 0.5),
            p95_ms=quantile(sorted_ms, 0.95),
            p99_ms=quantile(sorted_ms, 0.99),
            max_ms=sorted_ms[-1],
            rates=rates_by_part(self.progress, 10),
            client_cpu_seconds=usage.ru_utime + usage.ru_stime,
        )


def run_load(load: Load) -> LoadResult:
    """Send in a process of its own and wait for it. Raises LoadFailed."""
    with start_load(load) as process:
        return finish_load(process)


def start_load(load: Load) -> subprocess.Popen[str]:
    """The same without waiting; SIGTERM has it end with what is under way, and `finish_load` waits."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load", json.dumps(asdict(load))],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish_load(process: subprocess.Popen[str]) -> LoadResult:
    """What came of a load that was started. Raises LoadFailed."""
    said, complaint = process.communicate()
    if process.returncode:
        raise LoadFailed(complaint.strip()[-2_000:])
    return LoadResult(**json.loads(said))


def main(argument: str) -> None:
    load = Load(**json.loads(argument))
    # Only what is needed: the other's import costs CPU time, which is measured.
    sender = import_module(f"benchmarks.load_{load.protocol}")
    tally: Tally = sender.send(load)
    print(json.dumps(asdict(tally.result())))


if __name__ == "__main__":
    main(sys.argv[1])
