"""The spans of a trace in groups."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.traces.outlines import make_outline, make_trace
from traces.domain.attributes import AttributeValue
from traces.domain.row_lists import spell_rows
from traces.domain.span import SpanKind, StatusCode
from traces.domain.summing.grouping import By, group_by, group_by_value
from traces.domain.summing.sums import Meter, Sums, gather
from traces.domain.trace import Trace

# A shop's request of 100 ns asks a database three times, the last two at once.
SPANS = [
    make_outline(1, None, "shop", 0, 100, "GET /", SpanKind.SERVER),
    make_outline(2, 1, "shop", 10, 20, "SELECT", SpanKind.CLIENT),
    make_outline(3, 1, "shop", 40, 30, "SELECT", SpanKind.CLIENT),
    make_outline(4, 1, "shop", 41, 49, "SELECT", SpanKind.CLIENT),
    make_outline(5, 4, "db", 45, 40, "SELECT", SpanKind.SERVER),
]


def sum_up(trace: Trace, by: By) -> dict[str, Sums]:
    grouping, meter = group_by(trace.rows, by), Meter(trace)
    return {grouping.find_label(number).text: meter.measure(rows) for number, rows in gather(grouping.numbers).items()}


def test_a_group_adds_up_what_its_spans_take() -> None:
    summed = sum_up(make_trace(SPANS), By.SERVICE)
    assert list(summed) == ["shop", "db"]
    assert summed["shop"] == Sums(
        rows=[0, 1, 2, 3],
        error_count=0,
        total_ns=199,
        # 30 of the request, 20 and 30 of the first two queries, 9 of the third.
        self_ns=89,
        # All but the 40 ns of the database.
        critical_ns=60,
        median_row=2,
        p95_row=0,
        slowest_row=0,
    )
    assert summed["db"].critical_ns == 40


def test_spans_of_one_name_are_one_operation_only_within_a_service_and_a_kind() -> None:
    trace = make_trace(SPANS)
    grouping = group_by(trace.rows, By.OPERATION)
    found = {
        (label.service.name, label.text): rows
        for number, rows in gather(grouping.numbers).items()
        if (label := grouping.find_label(number)).service
    }
    assert found == {("shop", "GET /"): [0], ("shop", "SELECT"): [1, 2, 3], ("db", "SELECT"): [4]}


def test_kinds_and_statuses_are_groups() -> None:
    trace = make_trace([*SPANS[:4], replace(SPANS[4], status=StatusCode.ERROR)])
    assert {name: list(group.rows) for name, group in sum_up(trace, By.KIND).items()} == {
        "server": [0, 4],
        "client": [1, 2, 3],
    }
    by_status = sum_up(trace, By.STATUS)
    assert {name: (list(group.rows), group.error_count) for name, group in by_status.items()} == {
        "unset": ([0, 1, 2, 3], 0),
        "error": ([4], 1),
    }


def test_values_are_groups_and_so_is_their_absence() -> None:
    values: list[AttributeValue] = ["1", 1, True]
    grouping = group_by_value(values, [0, -1, 1, 2, -1])
    found = [
        (
            grouping.find_label(number).text,
            grouping.find_label(number).type_name,
            grouping.find_label(number).is_absent,
            rows,
        )
        for number, rows in gather(grouping.numbers).items()
    ]
    assert found == [
        ("1", "string", False, [0]),
        ("", "", True, [1, 4]),
        ("1", "int", False, [2]),
        ("true", "bool", False, [3]),
    ]


@pytest.mark.parametrize(
    ("percent", "durations_ns", "expected_ns"),
    [(50, [5], 5), (50, [9, 1], 1), (50, [9, 1, 4], 4), (95, list(range(1, 21)), 19), (100, [3, 8, 2], 8)],
)
def test_a_percentile_is_the_duration_of_a_span(percent: int, durations_ns: list[int], expected_ns: int) -> None:
    trace = make_trace([make_outline(n, None, duration_ns=ns) for n, ns in enumerate(durations_ns, 1)])
    meter = Meter(trace)
    assert meter.durations_ns[meter.find_percentile(range(len(trace.rows)), percent)] == expected_ns


@given(some.integers(0, 2**32))
def test_the_groups_of_a_trace_are_all_of_it(seed: int) -> None:
    chance = random.Random(seed)
    services = ["a", "b", "c"]
    trace = make_trace(
        [
            make_outline(
                n,
                chance.randint(0, n - 1) or None,
                chance.choice(services),
                chance.randint(0, 50),
                chance.randint(0, 50),
                kind=chance.choice([SpanKind.SERVER, SpanKind.CLIENT]),
            )
            for n in range(1, chance.randint(2, 20))
        ]
    )
    for by in By:
        groups = [Meter(trace).measure(rows) for rows in gather(group_by(trace.rows, by).numbers).values()]
        assert sorted(row for group in groups for row in group.rows) == list(range(len(trace.rows)))
        assert sum(group.critical_ns for group in groups) == sum(trace.critical_path.own_ns)
        assert sum(group.self_ns for group in groups) == sum(trace.self_times_ns)
        assert sum(group.total_ns for group in groups) == sum(trace.rows.spans.durations_ns)


@given(some.sets(some.integers(0, 60)))
def test_a_list_of_rows_says_which_they_are(rows: set[int]) -> None:
    read: list[int] = []
    for part in filter(None, spell_rows(sorted(rows)).split(",")):
        first, _, last = part.partition("-")
        read += range(int(first), int(last or first) + 1)
    assert read == sorted(rows)


def test_rows_that_follow_each_other_are_a_range() -> None:
    assert spell_rows([0, 1, 2, 4, 6, 7]) == "0-2,4,6-7"
