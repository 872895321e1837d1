"""Services, operations and their examples, read from rows whose every cell is known. Both engines."""

import math
from typing import Any

import numpy as np
import pytest

from services_map import reading
from services_map.domain.errors import OperationNotFound, ServiceNotFound, VersionNotFound
from services_map.domain.latency.buckets import BUCKETS_A_ROW, buckets_of
from services_map.domain.latency.levels import DAY, HOUR, LEVELS, MINUTE, TEN_MINUTES
from services_map.domain.summary import Figures, OperationsPage, SubjectDetail
from services_map.models import LatencyHistogram, Subject
from tests.builders import MS, NOW_NS, SECOND, span_id, trace_id
from tests.services_map.rows import Call, add_version, learn_operation, write_calls
from traces.domain.query import Window
from traces.storage.base import DEFAULT_PROJECT, ProjectId

pytestmark = pytest.mark.django_db
# NOW_NS is 13 minutes and 20 seconds after an hour.
NOW_S = NOW_NS // SECOND
LAST_HOUR = Window(start_ns=NOW_NS - HOUR * SECOND, end_ns=NOW_NS)
HOUR_BEFORE = Window(start_ns=NOW_NS - 2 * HOUR * SECOND, end_ns=NOW_NS - HOUR * SECOND)


def near(duration_ns: float) -> Any:
    """Within the promised 1 %."""
    return pytest.approx(duration_ns, rel=0.01)


def operations(service: str = "shop", limit: int = 200) -> OperationsPage:
    return reading.load_operations(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, service, limit, NOW_NS)


def subject(
    service: str,
    operation: str | None = None,
    kind: int | None = None,
    version: str | None = None,
    window: Window = LAST_HOUR,
) -> SubjectDetail:
    names = (service, operation, kind, version)
    return reading.load_subject(DEFAULT_PROJECT, window, HOUR_BEFORE, *names, now_ns=NOW_NS)


def test_the_calls_of_a_service_are_those_that_entered_it() -> None:
    service, _ = learn_operation("shop")
    calls = (Call(duration_ns=10 * MS, count=9), Call(duration_ns=80 * MS, is_failed=True))
    write_calls(Subject.SERVICE, service, NOW_S - 90, *calls, Call(duration_ns=MS, count=50, is_entry=False))
    [summary] = reading.load_services(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, NOW_NS).services
    figures = summary.figures
    assert (summary.service.name, summary.uses_entries, figures.count, figures.weight) == ("shop", True, 10, 10.0)
    assert (figures.error_share, figures.p50_ns, figures.p95_ns) == (0.1, near(10 * MS), near(80 * MS))
    assert figures.failed.count == 1
    assert figures.failed.percentile_ns(0.5) == near(80 * MS)


def test_a_service_nobody_calls_is_summed_from_all_of_its_spans() -> None:
    service, _ = learn_operation("cron", "sweep", kind=1)
    write_calls(Subject.SERVICE, service, NOW_S - 90, Call(duration_ns=MS, count=3, is_entry=False))
    [summary] = reading.load_services(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, NOW_NS).services
    assert (summary.uses_entries, summary.figures.count) == (False, 3)


def test_a_service_that_fell_silent_is_compared_with_the_calls_it_had() -> None:
    service, _ = learn_operation("shop")
    slot_s = NOW_S - HOUR - 30 * MINUTE
    write_calls(Subject.SERVICE, service, slot_s, Call(duration_ns=MS, count=4), Call(duration_ns=MS, is_entry=False))
    [summary] = reading.load_services(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, NOW_NS).services
    assert (summary.figures.count, summary.figures.p95_ns, summary.figures.error_share) == (0, None, None)
    assert (summary.before.count, summary.uses_entries) == (4, True)
    assert summary.last_seen_s == slot_s - slot_s % MINUTE
    assert set(summary.series.weights) == {0.0}
    assert set(summary.series.p95_ns) == {None}


def test_where_minutes_are_gone_a_service_was_seen_in_the_last_slot_that_is_kept() -> None:
    service, _ = learn_operation("shop")
    slot_s = NOW_S - 3 * DAY
    write_calls(Subject.SERVICE, service, slot_s, Call(duration_ns=MS), levels=[TEN_MINUTES, HOUR, DAY])
    window = Window(start_ns=NOW_NS - 4 * DAY * SECOND, end_ns=NOW_NS)
    before = Window(start_ns=NOW_NS - 8 * DAY * SECOND, end_ns=window.start_ns)
    [summary] = reading.load_services(DEFAULT_PROJECT, window, before, NOW_NS).services
    assert summary.last_seen_s == slot_s - slot_s % DAY


def test_services_stand_by_name_and_only_with_spans_in_the_windows() -> None:
    for name in ("web", "api", "old"):
        service, _ = learn_operation(name)
        write_calls(Subject.SERVICE, service, NOW_S - (5 * HOUR if name == "old" else 60), Call(duration_ns=MS))
    overview = reading.load_services(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, NOW_NS)
    assert [summary.service.name for summary in overview.services] == ["api", "web"]
    assert (overview.service_count, overview.peers) == (2, [])


def test_a_window_is_aligned_outwards_and_said() -> None:
    overview = reading.load_services(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, NOW_NS)
    start_s, end_s = NOW_S - NOW_S % MINUTE - HOUR, NOW_S - NOW_S % MINUTE + MINUTE
    assert overview.covered == Window(start_ns=start_s * SECOND, end_ns=end_s * SECOND)
    assert overview.coverage.covered_before == Window(start_ns=(start_s - HOUR) * SECOND, end_ns=start_s * SECOND)
    assert overview.level_s == MINUTE


def test_a_series_has_a_point_for_every_slot() -> None:
    service, _ = learn_operation("shop")
    for minutes, count in ((3, 7), (1, 2)):
        write_calls(Subject.SERVICE, service, NOW_S - minutes * MINUTE, Call(duration_ns=minutes * MS, count=count))
    write_calls(Subject.SERVICE, service, NOW_S - MINUTE, Call(duration_ns=9 * MS, count=2, is_failed=True))
    series = subject("shop").series
    assert (len(series.starts_s), series.step_s, series.starts_s[-1]) == (61, 60, NOW_S - NOW_S % MINUTE)
    assert series.weights[-4:] == [7.0, 0.0, 4.0, 0.0]
    assert series.failed[-4:] == [0.0, 0.0, 2.0, 0.0]
    assert series.p50_ns[-4:] == [near(3 * MS), None, near(MS), None]
    assert series.p99_ns[-4:] == [near(3 * MS), None, near(9 * MS), None]
    assert series.max_ns[-4:] == [pytest.approx(3 * MS, rel=0.02), None, pytest.approx(9 * MS, rel=0.02), None]
    assert series.error_shares[-4:] == [0.0, None, 0.5, None]
    assert series.rates[-4] == pytest.approx(7 / 60)


def test_a_heatmap_sorts_calls_by_slot_and_duration() -> None:
    service, _ = learn_operation("shop")
    write_calls(Subject.SERVICE, service, NOW_S - MINUTE, Call(duration_ns=MS, count=5))
    write_calls(Subject.SERVICE, service, NOW_S, Call(duration_ns=SECOND, count=2, is_failed=True))
    heatmap = subject("shop").heatmap
    low, high = (int(bucket) // BUCKETS_A_ROW for bucket in buckets_of_durations(MS, SECOND))
    assert (heatmap.first_row, len(heatmap.weights), len(heatmap.weights[0])) == (low, high - low + 1, 61)
    assert (heatmap.weights[0][-2], heatmap.weights[-1][-1], heatmap.failed[-1][-1]) == (5.0, 2.0, 2.0)
    assert (sum(map(sum, heatmap.weights)), sum(map(sum, heatmap.failed))) == (7.0, 2.0)


def buckets_of_durations(*durations_ns: int) -> list[int]:
    found: list[int] = buckets_of(np.array(durations_ns)).tolist()
    return found


def test_sampled_spans_count_for_what_they_stand_for() -> None:
    service, _ = learn_operation("shop")
    write_calls(Subject.SERVICE, service, NOW_S - 90, Call(duration_ns=MS, count=2, weight=50.0))
    write_calls(Subject.SERVICE, service, NOW_S - 30, Call(duration_ns=SECOND, count=3))
    figures = subject("shop").figures
    assert (figures.count, figures.weight, figures.is_weighted) == (5, 103.0, True)
    assert figures.p95_ns == near(MS)
    assert figures.rate == pytest.approx(103 / (HOUR + 20))


def test_an_operation_takes_a_share_of_the_time_of_its_service() -> None:
    _, slow = learn_operation("shop", "GET /slow")
    _, fast = learn_operation("shop", "GET /fast")
    write_calls(Subject.OPERATION, fast, NOW_S - 90, Call(duration_ns=10 * MS, count=10))
    write_calls(Subject.OPERATION, slow, NOW_S - 90, Call(duration_ns=300 * MS))
    page = operations()
    assert [item.operation.name for item in page.operations] == ["GET /slow", "GET /fast"]
    assert [item.total_share for item in page.operations] == [near(0.75), near(0.25)]
    assert (page.count, page.left_out) == (2, None)


def test_operations_beyond_the_limit_are_summed_as_one() -> None:
    for n in range(6):
        _, operation = learn_operation("shop", f"GET /{n}")
        write_calls(Subject.OPERATION, operation, NOW_S - 90, Call(duration_ns=(n + 1) * MS, count=2))
        write_calls(Subject.OPERATION, operation, NOW_S - HOUR - 90, Call(duration_ns=(n + 1) * MS))
    page = operations(limit=2)
    assert [item.operation.name for item in page.operations] == ["GET /5", "GET /4"]
    assert [item.before.count for item in page.operations] == [1, 1]
    assert [sum(item.series.weights) for item in page.operations] == [2.0, 2.0]
    assert page.count == 6
    assert page.left_out is not None
    assert (page.left_out.count, page.left_out.p50_ns) == (8, near(2 * MS))
    assert page.left_out.max_ns == pytest.approx(4 * MS, rel=0.02)


def test_an_operation_of_several_kinds_is_one_unless_a_kind_is_named() -> None:
    _, server = learn_operation("shop", "GET /", kind=2)
    _, client = learn_operation("shop", "GET /", kind=3)
    write_calls(Subject.OPERATION, server, NOW_S - 90, Call(duration_ns=MS, is_entry=False))
    write_calls(Subject.OPERATION, client, NOW_S - 90, Call(duration_ns=5 * MS, is_entry=False))
    assert subject("shop", "GET /").figures.count == 2
    assert subject("shop", "GET /", kind=3).figures.p50_ns == near(5 * MS)
    assert [operation.kind for operation in subject("shop", "GET /").operations] == [2, 3]


def test_figures_of_one_version_leave_the_others_out() -> None:
    service, _ = learn_operation("shop")
    add_version(service, 1, "1.0", NOW_NS - 2 * HOUR * SECOND, NOW_NS - HOUR * SECOND)
    add_version(service, 2, "2.0", NOW_NS - 300 * SECOND, NOW_NS)
    add_version(service, 3, "0.1", 1, 2)
    write_calls(Subject.SERVICE, service, NOW_S - 400, Call(duration_ns=MS, count=5, version=1))
    write_calls(Subject.SERVICE, service, NOW_S - 90, Call(duration_ns=9 * MS, count=2, version=2))
    write_calls(Subject.SERVICE, service, NOW_S - 90, Call(duration_ns=9 * MS))
    detail = subject("shop", version="2.0")
    assert (detail.figures.count, detail.figures.p50_ns) == (2, near(9 * MS))
    assert [(version.number, version.version) for version in detail.versions] == [(2, "2.0"), (1, "1.0"), (0, "")]
    assert subject("shop", version="").figures.count == 1
    [summary] = reading.load_services(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, NOW_NS).services
    assert summary.versions == ["2.0", "1.0"]


def test_what_is_not_there_is_said() -> None:
    learn_operation("shop", "GET /")
    with pytest.raises(ServiceNotFound, match="“stop”"):
        subject("stop")
    with pytest.raises(ServiceNotFound):
        operations("stop")
    with pytest.raises(OperationNotFound, match="has no operation “GET /x”"):
        subject("shop", "GET /x")
    with pytest.raises(OperationNotFound, match="of kind client"):
        subject("shop", "GET /", kind=3)
    with pytest.raises(VersionNotFound, match="“9”"):
        subject("shop", version="9")


def test_another_project_sees_nothing_of_it() -> None:
    service, _ = learn_operation("shop")
    write_calls(Subject.SERVICE, service, NOW_S - 90, Call(duration_ns=MS))
    other = reading.load_services(ProjectId(2), LAST_HOUR, HOUR_BEFORE, NOW_NS)
    assert (other.services, other.peers) == ([], [])


@pytest.mark.parametrize(
    ("hours", "ago_hours", "level_s", "points"),
    [
        (1, 0, MINUTE, 61),
        (3, 0, MINUTE, 91),
        (1, 47, TEN_MINUTES, 7),
        (1, 24, MINUTE, 61),
        (1, 24 * 13, TEN_MINUTES, 7),
        (6, 24 * 20, HOUR, 7),
        (6, 24 * 100, DAY, 1),
        (24, 0, TEN_MINUTES, 73),
        (168, 0, HOUR, 85),
        (24 * 30, 0, DAY, 31),
        (24 * 3_650, 0, DAY, 99),
    ],
)
def test_a_chart_takes_the_finest_level_that_is_kept_and_not_too_long(
    hours: int, ago_hours: int, level_s: int, points: int
) -> None:
    service, _ = learn_operation("shop")
    end_ns = NOW_NS - ago_hours * HOUR * SECOND
    window = Window(start_ns=end_ns - hours * HOUR * SECOND, end_ns=end_ns)
    before = Window(start_ns=window.start_ns - hours * HOUR * SECOND, end_ns=window.start_ns)
    levels = [level for level in LEVELS if level >= level_s]
    write_calls(Subject.SERVICE, service, end_ns // SECOND - 1, Call(duration_ns=MS, count=3), levels=levels)
    detail = reading.load_subject(DEFAULT_PROJECT, window, before, "shop", now_ns=NOW_NS)
    assert (detail.level_s, len(detail.series.weights), detail.figures.count) == (level_s, points, 3)
    assert detail.covered.start_ns <= window.start_ns < window.end_ns <= detail.covered.end_ns
    assert detail.coverage.covered_before.end_ns == detail.covered.start_ns
    assert sum(detail.series.weights) == 3.0


@pytest.mark.parametrize(
    "window",
    [
        Window(start_ns=NOW_NS + DAY * SECOND, end_ns=NOW_NS + 2 * DAY * SECOND),
        Window(start_ns=0, end_ns=1),
        Window(start_ns=0, end_ns=2**63 - 1),
        Window(start_ns=-5, end_ns=2**64),
        Window(start_ns=NOW_NS, end_ns=NOW_NS + 1),
    ],
    ids=["tomorrow", "1970", "ever", "beyond ever", "a nanosecond"],
)
def test_a_strange_window_is_empty_and_no_error(window: Window) -> None:
    learn_operation("shop")
    before = Window(start_ns=2 * window.start_ns - window.end_ns, end_ns=window.start_ns)
    overview = reading.load_services(DEFAULT_PROJECT, window, before, NOW_NS)
    assert (overview.services, overview.peers) == ([], [])
    detail = reading.load_subject(DEFAULT_PROJECT, window, before, "shop", now_ns=NOW_NS)
    assert (detail.figures.count, detail.figures.rate, detail.heatmap.weights, detail.versions) == (0, 0.0, [], [])
    assert 1 <= len(detail.series.weights) <= 100
    page = reading.load_operations(DEFAULT_PROJECT, window, before, "shop", now_ns=NOW_NS)
    assert (page.operations, page.count, page.left_out) == ([], 0, None)
    assert reading.load_links(DEFAULT_PROJECT, window, before, NOW_NS).nodes == {}
    assert reading.find_examples(DEFAULT_PROJECT, window, "shop", now_ns=NOW_NS) == []


def test_the_part_of_a_window_that_has_not_come_yet_does_not_lower_the_rate() -> None:
    service, _ = learn_operation("shop")
    window = Window(start_ns=NOW_NS - 600 * SECOND, end_ns=NOW_NS + HOUR * SECOND)
    write_calls(Subject.SERVICE, service, NOW_S - 90, Call(duration_ns=MS, count=620))
    figures = subject("shop", window=window).figures
    assert figures.seconds == 620.0
    assert figures.rate == 1.0


def test_examples_are_of_the_row_that_is_asked_for_and_of_different_traces() -> None:
    service, operation = learn_operation("shop", "GET /")
    for trace, duration_ns, is_failed in ((1, MS, False), (1, 2 * MS, False), (2, MS, True), (3, SECOND, False)):
        call = Call(duration_ns=duration_ns, is_failed=is_failed, trace_id=trace_id(trace), span_id=span_id(trace))
        write_calls(Subject.SERVICE, service, NOW_S - 90, call)
        write_calls(Subject.OPERATION, operation, NOW_S - 90, call)

    def find(**more: object) -> list[tuple[int, int]]:
        found = reading.find_examples(DEFAULT_PROJECT, LAST_HOUR, "shop", now_ns=NOW_NS, **more)  # type: ignore[arg-type]
        return [(int.from_bytes(example.trace_id), example.duration_ns) for example in found]

    row = buckets_of_durations(MS)[0] // BUCKETS_A_ROW
    assert find() == [(3, SECOND), (1, 2 * MS), (2, MS)]
    assert find(operation="GET /", row=row) == [(1, MS), (2, MS)]
    assert find(only_failed=True) == [(2, MS)]
    assert find(limit=1) == [(3, SECOND)]


def test_a_histogram_is_of_the_same_calls_as_the_figures() -> None:
    service, _ = learn_operation("shop")
    calls = (Call(duration_ns=MS, count=3, version=1), Call(duration_ns=MS, count=8, is_entry=False))
    write_calls(Subject.SERVICE, service, NOW_S - 90, *calls, Call(duration_ns=SECOND, is_failed=True))
    every, failed = reading.load_histogram(DEFAULT_PROJECT, LAST_HOUR, "shop", now_ns=NOW_NS)
    assert (every.count, failed.count, every.percentile_ns(0.5)) == (4, 1, near(MS))
    of_none, _ = reading.load_histogram(DEFAULT_PROJECT, LAST_HOUR, "shop", version="", now_ns=NOW_NS)
    assert of_none.count == 1


def test_baselines_come_in_the_order_that_is_asked_for() -> None:
    _, operation = learn_operation("shop", "GET /")
    write_calls(
        Subject.OPERATION, operation, NOW_S - 5 * HOUR, Call(duration_ns=MS, count=19), Call(duration_ns=SECOND)
    )
    day = Window(start_ns=NOW_NS - DAY * SECOND, end_ns=NOW_NS)
    names = [("shop", "GET /x", 2), ("shop", "GET /", 2), ("shop", "GET /", 2)]
    unknown, known, again = reading.load_baselines(DEFAULT_PROJECT, day, names, NOW_NS)
    assert (unknown.count, unknown.p50_ns) == (0, None)
    assert (known.count, known.p50_ns, known.p95_ns) == (20, near(MS), near(MS))
    assert again == known


def test_what_was_read_is_read_again_after_something_was_rolled_up() -> None:
    service, _ = learn_operation("shop")
    write_calls(Subject.SERVICE, service, NOW_S - 90, Call(duration_ns=MS))
    assert subject("shop").figures.count == 1
    LatencyHistogram.objects.all().delete()
    assert subject("shop").figures.count == 1
    write_calls(Subject.SERVICE, service, NOW_S - 90, Call(duration_ns=MS, count=5))
    assert subject("shop").figures.count == 5


def test_a_window_is_the_same_whether_summed_by_minutes_or_by_hours() -> None:
    """Totals come from as few rows as possible, series from slots of one level: both are of the same spans."""
    service, _ = learn_operation("shop")
    for n in range(0, 40):
        write_calls(Subject.SERVICE, service, NOW_S - n * 17 * MINUTE, Call(duration_ns=(n + 1) * MS, count=n + 1))
    window = Window(start_ns=NOW_NS - 11 * HOUR * SECOND, end_ns=NOW_NS)
    every, _ = reading.load_histogram(DEFAULT_PROJECT, window, "shop", now_ns=NOW_NS)
    figures: Figures = subject("shop", window=window).figures
    assert every.counts.tolist() == figures.durations.counts.tolist()
    assert math.isclose(every.weight, sum(subject("shop", window=window).series.weights))
