"""What is counted in the store and not in a process: roll-ups, background tasks, what was deleted. For /metrics."""

import time
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services_map.domain.sampling.adaptive import Reason
from services_map.sampling.adapted import count_by_reason
from traces.domain.errors import StoreUnavailable
from traces.storage import get_store
from tracing_ui.models import TaskRun
from tracing_ui.task_log import list_task_runs

_TALLIES = {
    "spans_dropped": "Spans of partitions that retention dropped.",
    "spans_withdrawn": "Spans that were deleted by their trace, and are counted in no roll-up any more.",
    "spans_not_rolled_up": "Spans that were dropped before a roll-up had counted them.",
}


def spell_store_metrics() -> bytes:
    """In the text format of Prometheus. `tracing_ui_store_up` is 0, and all others missing, without the store."""
    figures = CollectorRegistry()
    figures.register(_StoreMetrics())
    return generate_latest(figures)


class _StoreMetrics(Collector):
    def collect(self) -> Iterable[Metric]:
        try:
            found = [*_measure_queue(), *_count_tasks(list_task_runs()), *_count_spans(), *_count_sampled()]
        except StoreUnavailable:
            found = []
        yield GaugeMetricFamily("tracing_ui_store_up", "Whether the store answers.", float(bool(found)))
        yield from found


def _measure_queue() -> Iterator[Metric]:
    backlog = get_store().read_backlog()
    oldest_ns = backlog.oldest_received_ns
    lag = 0.0 if oldest_ns is None else max(0.0, (time.time_ns() - oldest_ns) / 1e9)
    yield GaugeMetricFamily("tracing_ui_roll_up_lag_seconds", "Age of the oldest spans not rolled up yet.", lag)
    yield GaugeMetricFamily("tracing_ui_roll_up_queue_blocks", "Blocks to be rolled up.", backlog.blocks)
    yield GaugeMetricFamily("tracing_ui_roll_up_queue_spans", "Spans to be rolled up.", backlog.spans)


def _count_tasks(runs: Iterable[TaskRun]) -> Iterator[Metric]:
    """Names of tasks are ours: few, and none from outside."""
    done = CounterMetricFamily("tracing_ui_task_runs", "Runs of a background task that ended.", labels=["task"])
    failed = CounterMetricFamily("tracing_ui_task_failures", "Runs of a background task that failed.", labels=["task"])
    succeeded = GaugeMetricFamily(
        "tracing_ui_task_last_success_timestamp_seconds", "When a background task last succeeded.", labels=["task"]
    )
    for run in runs:
        done.add_metric([run.name], run.runs)
        failed.add_metric([run.name], run.failures)
        if run.succeeded_at is not None:
            succeeded.add_metric([run.name], run.succeeded_at.timestamp())
    yield from (done, failed, succeeded)


def _count_spans() -> Iterator[Metric]:
    tallies = get_store().read_tallies()
    for name, help_ in _TALLIES.items():
        yield CounterMetricFamily(f"tracing_ui_{name}", help_, tallies[name])


def _count_sampled() -> Iterator[Metric]:
    found = GaugeMetricFamily(
        "tracing_ui_sampled_operations", "Operations whose sampling follows the load, by why.", labels=["reason"]
    )
    counts = count_by_reason()
    for reason in Reason:
        found.add_metric([reason.name.lower()], counts.get(reason, 0))
    yield found
