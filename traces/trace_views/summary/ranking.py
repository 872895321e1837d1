"""The groups of a summary in the order asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from traces.domain.explaining.unusual import FEWEST_SPANS
from traces.domain.span import Operation
from traces.domain.summing.grouping import Grouping, Label
from traces.domain.summing.sums import Meter, gather
from traces.domain.usual import Usual
from traces.trace_views.summary.asked import Asked

#: More groups are summed up in one line.
MAX_GROUPS = 200

Usuals = Mapping[Operation, Usual]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """`shown` in the order asked for; `others` are the rows of the groups that come after MAX_GROUPS."""

    shown: Sequence[tuple[Label, Sequence[int]]]
    others: Sequence[Sequence[int]]


def rank(grouping: Grouping, meter: Meter, asked: Asked, usuals: Usuals) -> Ranked:
    """The groups in order; equal ones by their first row."""
    groups = list(gather(grouping.numbers).items())
    groups.sort(key=_sorter(asked.sort, grouping, meter, usuals), reverse=asked.is_descending)
    shown = [(grouping.find_label(number), rows) for number, rows in groups[:MAX_GROUPS]]
    return Ranked(shown=shown, others=[rows for _, rows in groups[MAX_GROUPS:]])


def _sorter(
    sort: str, grouping: Grouping, meter: Meter, usuals: Usuals
) -> Callable[[tuple[int, list[int]]], float | tuple[bool, str, str]]:
    measures: Mapping[str, Callable[[Sequence[int]], float]] = {
        "spans": len,
        "critical": meter.sum_critical_ns,
        "self": meter.sum_self_ns,
        "total": meter.sum_durations_ns,
        "errors": meter.count_errors,
        "median": lambda rows: meter.durations_ns[meter.find_percentile(rows, 50)],
        "p95": lambda rows: meter.durations_ns[meter.find_percentile(rows, 95)],
        "max": lambda rows: max(map(meter.durations_ns.__getitem__, rows)),
    }

    def read_name(group: tuple[int, list[int]]) -> tuple[bool, str, str]:
        label = grouping.find_label(group[0])
        return label.is_absent, label.text.casefold(), label.text

    def read_ratio(group: tuple[int, list[int]]) -> float:
        return compare(grouping.find_label(group[0]), measures["median"](group[1]), usuals)[0]

    if sort == "name":
        return read_name
    if sort == "usual":
        return read_ratio
    measure = measures[sort]
    return lambda group: measure(group[1])


def compare(label: Label, median_ns: float, usuals: Usuals) -> tuple[float, Usual | None]:
    """How many times the usual median a median is; 0 where too little is known to say."""
    usual = usuals.get(label.operation) if label.operation else None
    usual_ns = usual.find_percentile_ns(0.5) if usual and usual.span_count >= FEWEST_SPANS else None
    return (median_ns / usual_ns, usual) if usual_ns else (0.0, None)
