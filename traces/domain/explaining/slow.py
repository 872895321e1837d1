"""Spans on the critical path that took longer than 19 of 20 of their operation, and are themselves the reason."""

from collections.abc import Iterator, Mapping

from traces.domain.explaining.by_row import ByRow
from traces.domain.explaining.findings import Finding, Rule
from traces.domain.explaining.main_path import MainPath, OnPath
from traces.domain.explaining.unusual import is_unusual, list_usual_numbers
from traces.domain.span import Operation
from traces.domain.usual import Usual

LEAST_SHARE = 0.1
OWN_SHARE = 0.5


def find(spans: ByRow, path: MainPath, usual: Mapping[Operation, Usual]) -> list[Finding]:
    """One an operation, of its span that lost most; not of the longest on the path, of which `dominant` speaks.

    A span lost what it took beyond the median of its operation. That has to be LEAST_SHARE of the root's time, and
    OWN_SHARE of it its own time on the path: a caller of something slow is slow as well, and no news. `span_ns` is its
    duration.
    """
    return [finding for each in path.operations[1:] for finding in _find(spans, path, each, usual.get(each.key))]


def _find(spans: ByRow, path: MainPath, each: OnPath[Operation], usual: Usual | None) -> Iterator[Finding]:
    numbers = list_usual_numbers(usual)
    if not numbers:
        return
    own_ns = spans.trace.critical_path.own_ns
    slow = []
    for row in each.rows:
        lost_ns = spans.duration_ns(row) - numbers["usual_ns"]
        if path.share(lost_ns) < LEAST_SHARE or own_ns[row] < OWN_SHARE * lost_ns:
            continue
        if is_unusual(usual, spans.duration_ns(row)):
            slow.append(row)
    if not slow:
        return
    row = max(slow, key=spans.duration_ns)
    span_ns = spans.duration_ns(row)
    yield Finding(
        rule=Rule.SLOW,
        row=row,
        rows=slow,
        weight=0.5 + path.share(span_ns - numbers["usual_ns"]),
        numbers={"span_ns": span_ns, **numbers},
    )
