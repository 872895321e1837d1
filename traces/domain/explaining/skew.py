"""Clocks that are visibly wrong: what was moved, or would be, to put it right."""

from traces.domain.clock import Clock
from traces.domain.explaining.by_row import ByRow
from traces.domain.explaining.findings import Finding, Rule
from traces.domain.explaining.main_path import MainPath
from traces.domain.span import SpanFlag

MOST_FINDINGS = 5


def find(spans: ByRow, path: MainPath) -> list[Finding]:
    """One a service whose spans move, MOST_FINDINGS at most.

    `lowest_ns` and `highest_ns` are by how much, `spans` how many; `is_measured` and `is_moved` are 0 or 1. `others`
    is how many more services there are, said by the last. `rows` are the spans that were moved; where times are shown
    as sent, all of the service.
    """
    corrections = spans.trace.clock_corrections
    others = len(corrections) - MOST_FINDINGS
    found = []
    for place, correction in enumerate(corrections[:MOST_FINDINGS], 1):
        of_service = {id_ for id_, each in spans.operations.items() if each.service == correction.service}
        rows = [row for row, id_ in enumerate(spans.operation_ids) if id_ in of_service]
        if spans.trace.clock is Clock.CORRECTED:
            order, flags = spans.trace.rows.order, spans.trace.rows.spans.flags
            rows = [row for row in rows if flags[order[row]] & SpanFlag.CLOCK_CORRECTED]
        offsets_ns = correction.lowest_offset_ns, correction.highest_offset_ns
        found.append(
            Finding(
                rule=Rule.SKEW,
                row=rows[0],
                rows=rows,
                weight=path.share(max(map(abs, offsets_ns))),
                numbers={
                    "lowest_ns": offsets_ns[0],
                    "highest_ns": offsets_ns[1],
                    "spans": correction.span_count,
                    "is_measured": int(correction.is_measured),
                    "is_moved": int(spans.trace.clock is Clock.CORRECTED),
                    "others": others if others > 0 and place == MOST_FINDINGS else 0,
                },
            )
        )
    return found
