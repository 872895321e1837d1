"""How services ran, as Jaeger's metrics say it: a family of gauges, made of our roll-ups.

Latencies are milliseconds, calls are a second's, errors a fraction of 0 to 1. A point without calls has the latency and
error rate "NaN", which clients draw as a gap.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from services_map import reading
from services_map.domain.latency.levels import MINUTE
from services_map.domain.latency.rolling import Rolled
from services_map.reading.rolling import RolledSeries, RolledWindow
from traces.domain.attributes import Json
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.jaeger.model_json import JsonObject
from tracing_ui.compat.jaeger.parameters import MetricsAsked

_NS_PER_MS: Final = 1_000_000
_NS_PER_SECOND: Final = 1_000_000_000
#: Nothing is counted in shorter slots.
MIN_STEP_MS: Final = MINUTE * 1_000


class Metric(Enum):
    """The name of each family, without `service_` before it, and what it says of itself."""

    LATENCIES = "latencies", "{quantile:.2f}th quantile latency"
    CALLS = "call_rate", "calls/sec"
    ERRORS = "error_rate", "error rate, computed as a fraction of errors/sec over calls/sec"


def load_family(metric: Metric, asked: MetricsAsked | None, now_ns: int, quantile: float | None = None) -> JsonObject:
    """The whole answer; `asked` is None where the window has no length. `quantile` is needed for latencies."""
    if asked is None:
        return make_family(metric, [], quantile, is_by_operation=False)
    found = reading.load_rolled(
        DEFAULT_PROJECT,
        asked.window,
        step_ns=asked.step_ms * _NS_PER_MS,
        width_ns=asked.rate_per_ms * _NS_PER_MS,
        services=asked.services,
        kinds=asked.kinds,
        now_ns=now_ns,
        is_by_operation=asked.is_by_operation,
        share=quantile,
    )
    metrics: list[Json] = [_make_metric(metric, each, found) for each in found.series]
    return make_family(metric, metrics, quantile, is_by_operation=asked.is_by_operation)


def make_family(metric: Metric, metrics: list[Json], quantile: float | None, *, is_by_operation: bool) -> JsonObject:
    """`metrics` is there even when it is empty: Jaeger's UI needs it."""
    name, says = metric.value
    return {
        "name": f"service_{'operation_' if is_by_operation else ''}{name}",
        "type": "GAUGE",
        "help": f"{says.format(quantile=quantile)}, grouped by service{' & operation' if is_by_operation else ''}",
        "metrics": metrics,
    }


def _make_metric(metric: Metric, series: RolledSeries, found: RolledWindow) -> JsonObject:
    labels: list[Json] = [{"name": "service_name", "value": series.service}]
    if series.operation is not None:
        labels.insert(0, {"name": "operation", "value": series.operation})
    values = _list_values(metric, series.rolled, found.roll.lengths_s)
    points: list[Json] = [
        {"gaugeValue": {"doubleValue": "NaN" if value is None else value}, "timestamp": format_time(moment_ns)}
        for moment_ns, value in zip(found.roll.moments_ns, values, strict=True)
    ]
    return {"labels": labels, "metricPoints": points}


def _list_values(metric: Metric, rolled: Rolled, lengths_s: Sequence[float]) -> Iterable[float | None]:
    if metric is Metric.LATENCIES:
        return [None if found_ns is None else found_ns / _NS_PER_MS for found_ns in rolled.latencies_ns]
    if metric is Metric.CALLS:
        return [weight / length_s for weight, length_s in zip(rolled.weights, lengths_s, strict=True)]
    return [failed / weight if weight else None for failed, weight in zip(rolled.failed, rolled.weights, strict=True)]


def format_time(moment_ns: int) -> str:
    """`2026-11-22T03:10:00Z`, with milliseconds where there are some."""
    seconds, rest_ns = divmod(moment_ns, _NS_PER_SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    milliseconds = rest_ns // _NS_PER_MS
    return f"{text}.{milliseconds:03d}Z" if milliseconds else f"{text}Z"
