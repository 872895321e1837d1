"""Searches by what conditions cannot say: judges of spans and traces, roots, traces by id. On both engines."""

from typing import Any

import pytest

from tests.builders import LAST_DAY, MS, NOW_NS, SECOND, make_span, span_id, trace_id, write_spans
from traces import reading
from traces.domain.query import (
    And,
    Comparison,
    Condition,
    InTraces,
    Intrinsic,
    IsRoot,
    Judge,
    Or,
    Place,
    TracePage,
    TraceQuery,
    Window,
)
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.django_db(transaction=True)

FAILED = Condition(place=Place.INTRINSIC, key=Intrinsic.STATUS, comparison=Comparison.EQUAL, value=2)


def find(**more: Any) -> TracePage:
    return reading.search(DEFAULT_PROJECT, TraceQuery(**({"window": LAST_DAY} | more)))


def list_found(page: TracePage) -> dict[int, list[int]]:
    """The numbers of the matched spans of each trace, in order."""
    return {
        int.from_bytes(trace.trace_id, "big"): [int.from_bytes(each, "big") for each in trace.matched_span_ids]
        for trace in page.traces
    }


@pytest.mark.parametrize("is_usual", [True, False])
def test_a_span_must_satisfy_the_judge_beside_all_conditions(is_usual: bool) -> None:
    write_spans(make_span(1, 1, attributes={"n": 5}), make_span(1, 2, 1, attributes={"n": 5}, status=2))
    write_spans(make_span(2, 1, attributes={"n": 5}), make_span(2, 2, 1, attributes={"n": 4}, status=2))
    write_spans(make_span(3, 1, attributes={"n": 5}, status=2), service="pay")
    judge = Judge(holds=lambda span, service: span.attributes["n"] == 5 and service == "shop", is_usual=is_usual)

    page = find(where=FAILED, judge=judge)

    assert list_found(page) == {1: [2]}
    assert (page.total, page.is_total_exact) == (1, True)
    assert list_found(find(judge=judge)) == {2: [1], 1: [1, 2]}


def test_a_trace_must_satisfy_its_judge_as_a_whole() -> None:
    write_spans(make_span(1, 1, name="a"), make_span(1, 2, 1, name="b", status=2))
    write_spans(make_span(2, 1, name="b"), make_span(2, 2, 1, name="a", status=2))

    page = find(where=FAILED, judge_trace=lambda trace: trace.root_operation == "b" and trace.span_count == 2)

    assert list_found(page) == {2: [2]}
    assert (page.total, page.is_total_exact) == (1, True)


def test_a_trace_overlaps_a_window_from_before_its_end_to_after_its_start() -> None:
    write_spans(make_span(1, 1, start_ns=NOW_NS - 60 * SECOND, duration_ns=10 * SECOND))
    begins, ends = NOW_NS - 60 * SECOND, NOW_NS - 50 * SECOND

    for start_ns, end_ns, is_found in [
        (begins - 1, begins, False),
        (begins - 1, begins + 1, True),
        (ends, ends + 1, True),
        (ends + 1, ends + 2, False),
    ]:
        page = find(overlapping=Window(start_ns=start_ns, end_ns=end_ns))
        assert (page.total, page.is_total_exact) == (int(is_found), True)


def test_roots_are_found_by_their_columns() -> None:
    write_spans(make_span(1, 1), make_span(1, 2, 1))
    write_spans(make_span(2, 2, 1))
    write_spans(make_span(3, 1, status=2), make_span(3, 2, 1, status=2, duration_ns=5 * MS))

    assert list_found(find(where=IsRoot())) == {3: [1], 1: [1]}
    assert list_found(find(where=And((IsRoot(), FAILED)))) == {3: [1]}
    assert list_found(find(where=Or((IsRoot(), FAILED)))) == {3: [1, 2], 1: [1]}


def test_traces_are_found_by_their_ids() -> None:
    for number in range(1, 6):
        write_spans(make_span(number, 1), make_span(number, 2, 1, status=2))
    ids = InTraces((trace_id(2), trace_id(4), trace_id(99)))

    assert list_found(find(where=ids)) == {4: [1, 2], 2: [1, 2]}
    assert list_found(find(where=And((ids, FAILED)))) == {4: [2], 2: [2]}
    assert find(where=InTraces(())).traces == ()
    assert find(where=ids).traces[0].matched_span_ids == (span_id(1), span_id(2))
