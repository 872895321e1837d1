"""What the spans of a group take together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

from traces.domain.columns import picker
from traces.domain.span import StatusCode
from traces.domain.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Of the rows `rows`, ascending, one at least. `median_row`, `p95_row` and `slowest_row` are among them.

    `total_ns` adds up their durations: what runs inside or beside each other counts more than once. `self_ns` is what
    they ran while none of their children did, `critical_ns` what the ends of their roots waited for them.
    """

    rows: Sequence[int]
    error_count: int
    total_ns: int
    self_ns: int
    critical_ns: int
    median_row: int
    p95_row: int
    slowest_row: int


class Meter:
    """Measures groups of rows of one trace. Each figure costs O(rows), percentiles O(rows log rows)."""

    def __init__(self, trace: Trace) -> None:
        in_order = picker(trace.rows.order)
        self.durations_ns: Sequence[int] = in_order(trace.rows.spans.durations_ns)
        self.critical_ns = trace.critical_path.own_ns
        self._self_times_ns = trace.self_times_ns
        statuses: Sequence[int] = in_order(trace.rows.spans.statuses)
        self._is_error = bytearray(map(StatusCode.ERROR.value.__eq__, statuses))

    def count_errors(self, rows: Iterable[int]) -> int:
        return sum(map(self._is_error.__getitem__, rows))

    def find_errors(self, rows: Sequence[int]) -> list[int]:
        return list(compress(rows, map(self._is_error.__getitem__, rows)))

    def find_critical(self, rows: Sequence[int]) -> list[int]:
        """Those that are on the critical path."""
        return list(compress(rows, map(self.critical_ns.__getitem__, rows)))

    def sum_durations_ns(self, rows: Iterable[int]) -> int:
        return sum(map(self.durations_ns.__getitem__, rows))

    def sum_self_ns(self, rows: Iterable[int]) -> int:
        return sum(map(self._self_times_ns.__getitem__, rows))

    def sum_critical_ns(self, rows: Iterable[int]) -> int:
        return sum(map(self.critical_ns.__getitem__, rows))

    def find_percentile(self, rows: Sequence[int], percent: int) -> int:
        """The row whose duration `percent` % of the rows do not exceed: of a nearest rank, so it is one of them."""
        return self._find_ranked(sorted(rows, key=self.durations_ns.__getitem__), percent)

    def measure(self, rows: Sequence[int]) -> Sums:
        ranked = sorted(rows, key=self.durations_ns.__getitem__)
        return Sums(
            rows=rows,
            error_count=self.count_errors(rows),
            total_ns=self.sum_durations_ns(rows),
            self_ns=self.sum_self_ns(rows),
            critical_ns=self.sum_critical_ns(rows),
            median_row=self._find_ranked(ranked, 50),
            p95_row=self._find_ranked(ranked, 95),
            slowest_row=self._find_ranked(ranked, 100),
        )

    def _find_ranked(self, ranked: Sequence[int], percent: int) -> int:
        return ranked[-(-percent * len(ranked) // 100) - 1]


def gather(numbers: Sequence[int]) -> dict[int, list[int]]:
    """The rows of each group, ascending; groups in the order of their first row."""
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for row, number in enumerate(numbers):
        groups[number].append(row)
    return groups
