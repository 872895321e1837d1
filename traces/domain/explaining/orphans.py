"""Spans that name a parent that is not here."""

from traces.domain.explaining.by_row import ByRow
from traces.domain.explaining.findings import Finding, Rule


def find(spans: ByRow) -> list[Finding]:
    """At most one; `spans` is how many, `rows` are those."""
    trace = spans.trace
    if not trace.missing_parent_count:
        return []
    rows = [row for row, depth in enumerate(trace.rows.depths) if depth == 0 and trace.rows.is_missing_parent(row)]
    return [Finding(rule=Rule.ORPHANS, row=rows[0], rows=rows, weight=1.0, numbers={"spans": len(rows)})]
