"""Percentiles of two real systems as roll-ups give them, against numpy's of the raw durations."""

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services_map.domain.statistics.intervals import percentile_interval
from tests.services_map.distributions import make_histogram
from tests.shared_data import find_shared_data

#: Operations in each: two minutes around the injection of a fault, and one without.
FILES = {
    "onlineboutique_2022-08-22_03_53_trace.csv": 55,
    "trainticket_2023-01-29_08_43_trace.csv": 223,
    "trainticket_2023-01-29_08_50_normal_trace.csv": 199,
}
SHARES = (0.5, 0.75, 0.9, 0.95, 0.99)


def read_durations(path: Path) -> dict[tuple[str, str], list[int]]:
    """Nanoseconds by service and span name. A pod is `service-replicaset-pod`."""
    found = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            service = row["PodName"].rsplit("-", 2)[0]
            found[service, row["OperationName"]].append(int(row["EndTimeUnixNano"]) - int(row["StartTimeUnixNano"]))
    return found


@pytest.mark.parametrize("name", FILES)
def test_percentiles_of_real_operations_are_within_1_percent(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    operations = read_durations(find_shared_data("nezha") / name)
    assert len(operations) == FILES[name]
    worst, within, asked = 0.0, 0, 0
    for durations in operations.values():
        histogram = make_histogram(durations)
        for share in SHARES:
            true_ns = int(np.quantile(durations, share, method="inverted_cdf"))
            found_ns, interval = histogram.percentile_ns(share), percentile_interval(histogram, share)
            assert found_ns is not None
            assert interval is not None
            worst = max(worst, abs(found_ns - true_ns) / true_ns)
            within += interval.low_ns <= true_ns and (interval.high_ns is None or true_ns <= interval.high_ns)
            asked += 1
    record_property(
        "nezha", f"{name}: {len(operations)} operations, at most {worst:.3%} off, {within} of {asked} within"
    )
    assert worst <= 0.01
    assert within == asked
