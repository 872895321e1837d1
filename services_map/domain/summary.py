"""What pages and answers say of services, operations and links in a window: figures, series, heatmaps.

Everything is summed from `cells`. A service's or operation's figures are of its ENTRY cells where it has any in the
window, else of all of them; a link's are of all of its cells. Lists of a series or heatmap have one entry a step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from services_map.domain.calls.nodes import Edge, Node
from services_map.domain.latency.histogram import Histogram
from traces.domain.query import Window
from traces.domain.span import Operation, Service


@dataclass(frozen=True, kw_only=True, eq=False)
class Figures:
    """Of one subject in one window. `seconds` is how much time was summed, without what lies in the future."""

    seconds: float
    durations: Histogram
    #: Those with status error.
    failed: Histogram

    @classmethod
    def nothing(cls, seconds: float) -> "Figures":
        """Figures of a window in which nothing happened."""
        return cls(seconds=seconds, durations=Histogram.empty(), failed=Histogram.empty())

    @classmethod
    def sum(cls, figures: Sequence["Figures"], seconds: float) -> "Figures":
        """Of several subjects in one window together."""
        return cls(
            seconds=seconds,
            durations=Histogram.sum(part.durations for part in figures),
            failed=Histogram.sum(part.failed for part in figures),
        )

    @cached_property
    def count(self) -> int:
        """How many spans are kept of it."""
        return self.durations.count

    @cached_property
    def weight(self) -> float:
        """How many calls those stand for."""
        return self.durations.weight

    @cached_property
    def is_weighted(self) -> bool:
        """Whether the figures are estimated from sampled spans."""
        return self.durations.is_weighted

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.weight / self.seconds

    @cached_property
    def error_share(self) -> float | None:
        """The share of calls that failed, 0 to 1; None of nothing."""
        return self.failed.weight / self.weight if self.weight else None

    def percentile_ns(self, share: float) -> float | None:
        """The duration that `share` (0.95: 95 %) of the calls do not exceed, within 1 %; None of nothing."""
        return self.durations.percentile_ns(share)

    @cached_property
    def p50_ns(self) -> float | None:
        return self.percentile_ns(0.5)

    @cached_property
    def p95_ns(self) -> float | None:
        return self.percentile_ns(0.95)

    @cached_property
    def p99_ns(self) -> float | None:
        return self.percentile_ns(0.99)

    @cached_property
    def max_ns(self) -> int | None:
        """The longest duration, at most 2 % too long; None of nothing."""
        return self.durations.max_ns

    @cached_property
    def total_ns(self) -> float:
        """The time all calls took together, within 1 %."""
        return self.durations.total_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One entry a step, also for steps without spans: those have weight 0 and None for durations.

    `weights` and `failed` are calls in the step, not a second.
    """

    step_s: int
    #: Of each step, since 1970 in UTC.
    starts_s: list[int]
    weights: list[float]
    failed: list[float]
    p50_ns: list[float | None]
    p95_ns: list[float | None]
    p99_ns: list[float | None]
    max_ns: list[float | None]
    #: How much time of each step was summed: the last may be shorter, or not over yet. Empty: all of it.
    lengths_s: list[float] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        """Calls a second."""
        return self._a_second(self.weights)

    @property
    def failed_rates(self) -> list[float]:
        """Failed calls a second."""
        return self._a_second(self.failed)

    @property
    def error_shares(self) -> list[float | None]:
        """The share of calls that failed, 0 to 1; None in a step without calls."""
        return [failed / weight if weight else None for failed, weight in zip(self.failed, self.weights, strict=True)]

    def _a_second(self, values: list[float]) -> list[float]:
        lengths_s = self.lengths_s or [self.step_s] * len(values)
        return [value / length_s for value, length_s in zip(values, lengths_s, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heatmap:
    """Calls by slot and duration: `weights[i][j]` are those of row `first_row + i` in slot j, lowest durations first.

    Row r holds the durations of `buckets.row_bounds_ns(r)`. Rows below and above all spans are left out; without
    spans there is no row.
    """

    step_s: int
    starts_s: list[int]
    first_row: int
    weights: list[list[float]]
    #: Those that failed, of the same shape.
    failed: list[list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSeen:
    """A `service.version`; `version` is empty, and `number` 0, for spans that gave none.

    The starts are those of the first and last span ever counted with it, None where that is not known (number 0).
    """

    number: int
    version: str
    first_start_ns: int | None
    last_start_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ServiceSummary:
    """A line of the list of services. `before` is the window before."""

    service_id: int
    service: Service
    figures: Figures
    before: Figures
    series: Series
    #: Whether the figures are of requests to the service only; False: it has none, so they are of all of its spans.
    uses_entries: bool
    #: The start of the last slot with spans, in this window or the one before.
    last_seen_s: int
    #: Seen in this window, the latest first; spans without one are not in it.
    versions: list[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PeerSummary:
    """A database, queue or external system as those who call it see it: the sum of the links into it."""

    node: Node
    figures: Figures
    before: Figures
    series: Series
    #: The names of those who call it, by name.
    callers: list[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OperationSummary:
    """A line of the list of a service's operations."""

    operation_id: int
    operation: Operation
    figures: Figures
    before: Figures
    series: Series
    uses_entries: bool
    #: Its share of the time that all operations of the service took in the window, 0 to 1.
    total_share: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinkSummary:
    """A dependency link: all calls from one node to another in one way. It is kept under these ids."""

    link_ids: tuple[int, ...]
    edge: Edge
    figures: Figures
    before: Figures
    #: How many of the calls the callee sent no span of its own for.
    unpaired: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was really summed: windows aligned outwards to whole slots of `level_s` seconds."""

    covered: Window
    covered_before: Window
    level_s: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ServicesOverview:
    """Services with spans in the window or the one before, by name; peers by kind and name.

    `service_count` and `peer_count` count all of them: of very many only the busiest are here.
    """

    services: list[ServiceSummary]
    peers: list[PeerSummary]
    service_count: int
    peer_count: int
    coverage: Coverage

    @property
    def covered(self) -> Window:
        return self.coverage.covered

    @property
    def level_s(self) -> int:
        return self.coverage.level_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OperationsPage:
    """Operations of a service with spans in the window or the one before; those with the most total time first.

    `count` counts all of them; those beyond the limit are summed in `left_out` (None where there are none).
    """

    service_id: int
    service: Service
    operations: list[OperationSummary]
    count: int
    left_out: Figures | None
    coverage: Coverage

    @property
    def covered(self) -> Window:
        return self.coverage.covered

    @property
    def level_s(self) -> int:
        return self.coverage.level_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SubjectDetail:
    """All of one service, or of one of its operations."""

    service_id: int
    service: Service
    #: The operations that are meant: of one name there may be one of each kind. Empty where it is the whole service.
    operations: list[Operation]
    figures: Figures
    before: Figures
    series: Series
    heatmap: Heatmap
    uses_entries: bool
    #: Those in the window (of all versions, whichever is looked at), the latest first.
    versions: list[VersionSeen]
    coverage: Coverage

    @property
    def covered(self) -> Window:
        return self.coverage.covered

    @property
    def level_s(self) -> int:
        return self.coverage.level_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapFigures:
    """The dependency map of a window: links that were used in it or in the one before, and what stands at their ends.

    A service's figures are its own; those of other nodes, and of services that sent no span in the window, are the sum
    of the links into them; None where nobody calls them (USER). Services without links are nodes too. `link_count`
    counts all links: of very many only the busiest are here.
    """

    nodes: dict[Node, Figures | None]
    links: list[LinkSummary]
    link_count: int
    #: The colour of each service, by name. Callers and callees that never sent a span themselves have none.
    slots: dict[str, int]
    coverage: Coverage

    @property
    def covered(self) -> Window:
        return self.coverage.covered

    @property
    def level_s(self) -> int:
        return self.coverage.level_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbours:
    """Links into a service and out of it, the most called first."""

    callers: list[LinkSummary]
    callees: list[LinkSummary]
    slots: dict[str, int]
    coverage: Coverage

    @property
    def covered(self) -> Window:
        return self.coverage.covered

    @property
    def level_s(self) -> int:
        return self.coverage.level_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How long calls of an operation usually take, to hold a span against. `count` 0: there were none, and no figures.

    `p50_ns` and `p95_ns` are within 1 %.
    """

    service: str
    operation: str
    kind: int
    count: int
    weight: float
    p50_ns: float | None
    p95_ns: float | None
