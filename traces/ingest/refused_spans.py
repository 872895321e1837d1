"""Counting the spans that were taken out of a request."""

from collections import Counter

from traces.ingest import canonical, metrics

_LABELS = {
    canonical.BAD_TRACE_ID: "trace_id",
    canonical.BAD_SPAN_ID: "span_id",
    canonical.BAD_PARENT_ID: "parent_span_id",
    canonical.UNREADABLE: "unreadable",
}


def count_refused(rejected: Counter[str]) -> None:
    """By reason, on /metrics. Few fixed labels: reasons that quote a field are one."""
    for reason, count in rejected.items():
        metrics.SPANS_REFUSED.labels(_LABELS.get(reason, "field")).inc(count)
