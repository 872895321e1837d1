"""What roll-ups say as JSON can say it. serializers.py declares the same shapes for the schema.

Times and durations are integer nanoseconds as decimal strings, as everywhere in the API.
"""

from collections.abc import Iterable
from typing import Any

from services_map.domain.calls.nodes import Node, NodeKind
from services_map.domain.latency.buckets import row_bounds_ns
from services_map.domain.latency.cells import Example
from services_map.domain.statistics import intervals
from services_map.domain.summary import (
    Baseline,
    Coverage,
    Figures,
    Heatmap,
    LinkSummary,
    MapFigures,
    OperationsPage,
    OperationSummary,
    PeerSummary,
    Series,
    ServicesOverview,
    ServiceSummary,
    SubjectDetail,
    VersionSeen,
)
from traces.domain.query import Window
from traces.domain.search_text import NS_PER_SECOND
from traces.domain.span import Operation, kind_name

JsonObject = dict[str, Any]


def encode_overview(overview: ServicesOverview) -> JsonObject:
    return {
        **_coverage(overview.coverage),
        "services": [_service(summary) for summary in overview.services],
        "service_count": overview.service_count,
        "peers": [_peer(summary) for summary in overview.peers],
        "peer_count": overview.peer_count,
    }


def encode_operations(page: OperationsPage) -> JsonObject:
    return {
        **_coverage(page.coverage),
        "operations": [_operation(summary) for summary in page.operations],
        "operation_count": page.count,
        "left_out": None if page.left_out is None else _figures(page.left_out),
    }


def encode_subject(detail: SubjectDetail) -> JsonObject:
    return {
        **_coverage(detail.coverage),
        "service": detail.service.name,
        "slot": detail.service.slot,
        "operations": [_operation_names(operation) for operation in detail.operations],
        "is_of_requests": detail.uses_entries,
        "figures": _figures(detail.figures),
        "before": _figures(detail.before),
        "versions": [_version(version) for version in detail.versions],
        "series": _series(detail.series),
        "heatmap": _heatmap(detail.heatmap),
    }


def encode_map(found: MapFigures) -> JsonObject:
    return {
        **_coverage(found.coverage),
        "nodes": [
            {
                **_node(node),
                "slot": found.slots.get(node.name) if node.kind == NodeKind.SERVICE else None,
                "figures": None if figures is None else _figures(figures),
            }
            for node, figures in found.nodes.items()
        ],
        "links": [_link(link) for link in found.links],
        "link_count": found.link_count,
    }


def encode_examples(examples: Iterable[Example]) -> JsonObject:
    return {
        "examples": [
            {
                "trace_id": example.trace_id.hex(),
                "span_id": example.span_id.hex(),
                "duration_ns": str(example.duration_ns),
                "row": example.row,
                "is_error": example.is_error,
            }
            for example in examples
        ]
    }


def encode_baselines(baselines: Iterable[Baseline]) -> JsonObject:
    return {
        "operations": [
            {
                "service": baseline.service,
                "operation": baseline.operation,
                "kind": kind_name(baseline.kind),
                "span_count": baseline.count,
                "calls": baseline.weight,
                "p50_ns": _digits(baseline.p50_ns),
                "p95_ns": _digits(baseline.p95_ns),
            }
            for baseline in baselines
        ]
    }


def _coverage(coverage: Coverage) -> JsonObject:
    return {
        "covered": encode_window(coverage.covered),
        "covered_before": encode_window(coverage.covered_before),
        "level_ns": str(coverage.level_s * NS_PER_SECOND),
    }


def encode_window(window: Window) -> JsonObject:
    return {"start_ns": str(window.start_ns), "end_ns": str(window.end_ns)}


def _service(summary: ServiceSummary) -> JsonObject:
    return {
        "name": summary.service.name,
        "slot": summary.service.slot,
        "is_of_requests": summary.uses_entries,
        "last_seen_ns": str(summary.last_seen_s * NS_PER_SECOND),
        "versions": summary.versions,
        "figures": _figures(summary.figures),
        "before": _figures(summary.before),
    }


def _peer(summary: PeerSummary) -> JsonObject:
    return {
        **_node(summary.node),
        "callers": summary.callers,
        "figures": _figures(summary.figures),
        "before": _figures(summary.before),
    }


def _operation(summary: OperationSummary) -> JsonObject:
    return {
        **_operation_names(summary.operation),
        "is_of_requests": summary.uses_entries,
        "total_share": summary.total_share,
        "figures": _figures(summary.figures),
        "before": _figures(summary.before),
    }


def _operation_names(operation: Operation) -> JsonObject:
    return {"name": operation.name, "kind": kind_name(operation.kind)}


def _link(link: LinkSummary) -> JsonObject:
    return {
        "caller": _node(link.edge.caller),
        "callee": _node(link.edge.callee),
        "connection": link.edge.connection.name.lower(),
        "unpaired_calls": link.unpaired,
        "figures": _figures(link.figures),
        "before": _figures(link.before),
    }


def _node(node: Node) -> JsonObject:
    return {"kind": node.kind.name.lower(), "name": node.name}


def _figures(figures: Figures) -> JsonObject:
    return {
        "span_count": figures.count,
        "calls": figures.weight,
        "is_estimated": figures.is_weighted,
        "rate": _estimate(intervals.rate(figures.durations, figures.seconds)),
        "error_share": _estimate(intervals.error_share(figures.durations, figures.failed)),
        "p50": _percentile(figures, 0.5, figures.p50_ns),
        "p95": _percentile(figures, 0.95, figures.p95_ns),
        "p99": _percentile(figures, 0.99, figures.p99_ns),
        "max_ns": _digits(figures.max_ns),
    }


def _estimate(estimate: intervals.Estimate | None) -> JsonObject | None:
    return None if estimate is None else {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _percentile(figures: Figures, share: float, value_ns: float | None) -> JsonObject | None:
    interval = intervals.percentile_interval(figures.durations, share)
    if interval is None:
        return None
    return {
        "ns": _digits(value_ns),
        "low_ns": str(interval.low_ns),
        "high_ns": _digits(interval.high_ns),
        "is_reliable": interval.is_reliable,
    }


def _version(version: VersionSeen) -> JsonObject:
    return {
        "version": version.version if version.number else None,
        "first_start_ns": _digits(version.first_start_ns),
        "last_start_ns": _digits(version.last_start_ns),
    }


def _series(series: Series) -> JsonObject:
    return {
        **_steps(series.starts_s[0], series.step_s),
        "calls": series.weights,
        "failed": series.failed,
        "p50_ns": [_digits(value) for value in series.p50_ns],
        "p95_ns": [_digits(value) for value in series.p95_ns],
        "p99_ns": [_digits(value) for value in series.p99_ns],
        "max_ns": [_digits(value) for value in series.max_ns],
    }


def _heatmap(heatmap: Heatmap) -> JsonObject:
    rows = range(heatmap.first_row, heatmap.first_row + len(heatmap.weights))
    return {
        **_steps(heatmap.starts_s[0], heatmap.step_s),
        "rows": [
            {"row": row, "low_ns": str(low_ns), "high_ns": str(high_ns)}
            for row, (low_ns, high_ns) in ((row, row_bounds_ns(row)) for row in rows)
        ],
        "calls": heatmap.weights,
        "failed": heatmap.failed,
    }


def _steps(start_s: int, step_s: int) -> JsonObject:
    return {"start_ns": str(start_s * NS_PER_SECOND), "step_ns": str(step_s * NS_PER_SECOND)}


def _digits(value_ns: float | None) -> str | None:
    return None if value_ns is None else str(round(value_ns))
