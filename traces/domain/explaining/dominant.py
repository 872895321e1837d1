"""The operation that is longest on the critical path, against its usual time."""

from collections.abc import Mapping
from statistics import median_low

from traces.domain.explaining.by_row import ByRow
from traces.domain.explaining.findings import Finding, Rule
from traces.domain.explaining.main_path import MainPath
from traces.domain.explaining.unusual import is_short, is_unusual, list_usual_numbers
from traces.domain.span import Operation
from traces.domain.usual import Usual

LEAST_SHARE = 0.25


def find(spans: ByRow, path: MainPath, usual: Mapping[Operation, Usual]) -> list[Finding]:
    """At most one, of LEAST_SHARE of the root's time at least; none in a trace of a single span.

    `own_ns` is its time on the path, `span_ns` the median duration of its spans there, `longest_ns` the longest one's;
    `is_unusual` is whether the median is, `is_short` whether 19 of 20 take longer, 0 or 1; `usual_ns` and its like are
    left out where too little is known. `row` is its longest on the path.
    """
    if spans.trace.rows.subtree_sizes[path.root] == 1 or not path.operations:
        return []
    first = path.operations[0]
    share = path.share(first.own_ns)
    if share < LEAST_SHARE:
        return []
    span_ns = median_low(map(spans.duration_ns, first.rows))
    of_operation = usual.get(first.key)
    unusual = is_unusual(of_operation, span_ns)
    own_ns = spans.trace.critical_path.own_ns
    return [
        Finding(
            rule=Rule.DOMINANT,
            row=max(first.rows, key=own_ns.__getitem__),
            rows=first.rows,
            weight=share + 0.5 if unusual else 0.75 * share,
            numbers={
                "own_ns": first.own_ns,
                "span_ns": span_ns,
                "longest_ns": max(map(spans.duration_ns, first.rows)),
                "is_unusual": int(unusual),
                "is_short": int(is_short(of_operation, span_ns)),
            }
            | list_usual_numbers(of_operation),
        )
    ]
