"""What is said of a file: before it is imported, and after."""

from dataclasses import dataclass

from traces.domain.errors import StoreUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a file that is left out, or kept with changes.

    `where` is “line 812”, “span 7”, “line 3, span 2”, or empty: the file. `reason` may quote the file.
    """

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}" if self.where else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file holds and an import would keep.

    `services`: name and spans of each, most first, at most 100 of `service_count`; a span without service.name has the
    name "", and one of a service beyond the first 10,000 the name "…". `start_ns`, `end_ns`: of the earliest and the
    latest span, 0 if none says when it was. `problems`: the first 100 of `problem_count`. `twin_count`: spans that the
    file holds more than once; they count in `span_count`. `trace_ids`: the first 20, 16 bytes each.
    """

    format: str
    trace_count: int
    span_count: int
    services: tuple[tuple[str, int], ...]
    service_count: int
    start_ns: int
    end_ns: int
    problems: tuple[Problem, ...]
    problem_count: int
    twin_count: int
    trace_ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import did. `spans_stored` of `spans_sent` are committed, the collector refused the others.

    `problems`: those of the preview and what the collector said, the first 100 of `problem_count`.
    """

    preview: Preview
    spans_sent: int
    spans_stored: int
    problems: tuple[Problem, ...]
    problem_count: int


class BrokenOff(StoreUnavailable):
    """The collector took `spans_stored` spans of a file, none or some, and then no more: `cause` says why."""

    def __init__(self, cause: StoreUnavailable, spans_stored: int, span_count: int) -> None:
        how_far = f" {spans_stored:,} of {span_count:,} spans are stored: import the file again for the others."
        super().__init__(f"{cause}{how_far if spans_stored else ''}", cause.retry_after_seconds)
        self.cause, self.spans_stored = cause, spans_stored
