"""The figures of one run of one system, and the middle of several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run of one system."""

    rate: float
    rates: list[float]
    p50_ms: float
    p99_ms: float
    refusals: int
    # The share of sampled traces' spans that a reader found.
    readable: float
    ingest_cpu_us_per_span: float
    other_cpu_us_per_span: float
    client_cpu_us_per_span: float
    peak_bytes: int
    steady_bytes: int
    disk_bytes_per_span: float

    @property
    def flatness(self) -> float:
        """The last tenth's rate as a share of the first's."""
        return self.rates[-1] / self.rates[0]


def middle(runs: Sequence[Measured], figure_of: Callable[[Measured], float]) -> float:
    """The median of a figure over several runs."""
    return median(map(figure_of, runs))
