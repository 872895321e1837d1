"""What a search by TraceQL finds, on SQLite and on PostgreSQL."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.builders import LAST_DAY, NOW_NS, SECOND, make_span, span_request, trace_id, write_spans
from tests.traces.traceql.generated import decode, make_filter, make_traces
from tests.traces.traceql.naive import NaiveTrace
from traces import matched_spans, reading, traceql_search
from traces.domain.query import Window
from traces.domain.traceql.comparing import Verdict
from traces.domain.traceql.judging import make_judge
from traces.domain.traceql.subject import Subject
from traces.domain.traceql.tree import (
    Attribute,
    Compare,
    Condition,
    Field,
    Filter,
    Intrinsic,
    Literal,
    Not,
    Scope,
    ValueType,
)
from traces.matched_spans import find_matches
from traces.models import Partition, Project
from traces.storage import get_store, scan
from traces.storage.base import DEFAULT_PROJECT, ProjectId
from traces.storage.postgresql import PostgresqlEngine
from traces.traceql_search import REACH_NS, FoundPage, search

pytestmark = pytest.mark.django_db(transaction=True)

HAS_A = Compare("=", Attribute(Scope.SPAN, "a"), Literal(ValueType.TEXT, "x"))


def find(condition: Condition | None, window: Window = LAST_DAY, **more: Any) -> FoundPage:
    return search(DEFAULT_PROJECT, Filter(condition), window, **more)


def list_numbers(page: FoundPage) -> list[int]:
    return [int.from_bytes(trace.summary.trace_id, "big") for trace in page.traces]


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    """A small store is read as a large one is: many partitions, indexes, portions and pages."""
    settings.PARTITION_MAX_SPANS = 8
    monkeypatch.setattr(scan, "FIRST_SPANS", 2)
    monkeypatch.setattr(scan, "FIRST_HITS", 2)
    monkeypatch.setattr(scan, "MOST_HITS", 2)
    monkeypatch.setattr(PostgresqlEngine, "rows_before_index", 2)
    monkeypatch.setattr(traceql_search, "_CANDIDATES_A_PAGE", 2)
    monkeypatch.setattr(matched_spans, "_ROWS_A_TURN", 2)


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(0, 2**32))
def test_any_filter_finds_what_it_holds_of_by_the_rules(small_portions: None, seed: int) -> None:
    """A store of its own, and 30 filters."""
    dice = Random(seed)
    project = ProjectId(Project.objects.create(organization_id=1, slug=f"of-{Project.objects.count()}").pk)
    requests = make_traces(dice, 6)
    get_store().write([span_request(request, project) for request in requests[::2]])
    Partition.objects.filter(closed_at=None).update(opened_at=timezone.now() - timedelta(hours=1))
    get_store().seal_partitions()
    get_store().write([span_request(request, project) for request in requests[1::2]])
    traces = {found: NaiveTrace(spans) for found, spans in decode(requests).items()}

    for _ in range(30):
        wanted, limit = make_filter(dice), dice.choice([1, 2, 20])
        end_ns = NOW_NS - dice.choice([0, 0, 60, 150]) * SECOND
        window = Window(start_ns=end_ns - dice.choice([30, 100, 400]) * SECOND, end_ns=end_ns)

        page = search(project, wanted, window, limit=limit, spans_per_trace=2)

        expected = find_naively(traces, wanted, window)
        assert page.is_complete
        assert [found.summary.trace_id for found in page.traces] == expected[:limit], wanted
        for found in page.traces:
            matching = [span.span_id for span in traces[found.summary.trace_id].matches(wanted)]
            assert found.matched_count == len(matching) or not found.is_count_exact
            assert {each.span.span_id for each in found.spans} <= set(matching)
            assert len(found.spans) == min(2, found.matched_count)


def find_naively(traces: dict[bytes, NaiveTrace], wanted: Filter, window: Window) -> list[bytes]:
    """All traces that overlap the window and have a span, not too far outside, which the filter holds of."""
    found = []
    for number, trace in traces.items():
        near = range(window.start_ns - REACH_NS, window.end_ns + REACH_NS)
        is_overlapping = trace.start_ns < window.end_ns and trace.end_ns >= window.start_ns
        if is_overlapping and any(span.start_time_unix_nano in near for span in trace.matches(wanted)):
            found.append((trace.start_ns, number))
    return [number for _, number in sorted(found, reverse=True)]


def test_the_newest_traces_come_with_the_spans_that_match() -> None:
    write_spans(make_span(1, 1, attributes={"a": "x"}, start_ns=NOW_NS - 9 * SECOND))
    write_spans(make_span(2, 1), make_span(2, 2, 1, attributes={"a": "x"}), make_span(2, 3, 1, attributes={"a": "x"}))
    write_spans(make_span(3, 1, attributes={"a": "y"}))

    assert list_numbers(find(HAS_A)) == [2, 1]
    newest = find(HAS_A, spans_per_trace=1).traces[0]
    assert (newest.matched_count, newest.is_count_exact) == (2, True)
    assert [(each.outline.start_ns, each.span.attributes) for each in newest.spans] == [(NOW_NS - SECOND, {"a": "x"})]
    assert [(share.service.name, share.span_count) for share in newest.services] == [("shop", 3)]


def test_a_trace_that_reaches_into_the_window_is_found_by_a_span_outside_of_it() -> None:
    write_spans(
        make_span(1, 1, start_ns=NOW_NS - 90 * SECOND, duration_ns=60 * SECOND, attributes={"a": "x"}),
        make_span(2, 1, start_ns=NOW_NS - 90 * SECOND, duration_ns=10 * SECOND, attributes={"a": "x"}),
    )
    last_minute = Window(start_ns=NOW_NS - 60 * SECOND, end_ns=NOW_NS)

    assert list_numbers(find(HAS_A, last_minute)) == [1]


def test_a_trace_by_its_id_is_found_under_either_half_of_its_services() -> None:
    number = (7 << 64) + 9
    write_spans(make_span(number, 1))
    write_spans(make_span(9, 2, 1), service="old")
    by_id = Compare("=", Intrinsic(Field.TRACE_ID), Literal(ValueType.TEXT, f"{number:x}"))

    page = find(by_id)

    assert list_numbers(page) == [number]
    assert page.traces[0].matched_count == 2


def test_matches_in_a_large_trace_are_counted_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matched_spans, "_ROWS_A_TURN", 2)
    monkeypatch.setattr(matched_spans, "_MOST_DECODED", 2)
    write_spans(*(make_span(1, number, attributes={"a": "x"} if number > 4 else {}) for number in range(1, 9)))

    found = find(HAS_A).traces[0]

    assert (found.matched_count, found.is_count_exact) == (2, False)


def test_a_search_that_runs_out_of_time_says_so(settings: LazySettings) -> None:
    settings.SEARCH_TIMEOUT_SECONDS = 0.0
    write_spans(make_span(1, 1, attributes={"a": "y"}), make_span(2, 1, attributes={"a": "x"}))

    page = find(Not(HAS_A))

    assert not page.is_complete
    assert list_numbers(page) in ([], [1])


def test_spans_that_were_judged_are_not_kept() -> None:
    write_spans(make_span(1, 1, attributes={"a": "y"}), make_span(1, 2, parent=1))
    trace = reading.load_trace(DEFAULT_PROJECT, trace_id(1))
    seen: list[Subject] = []
    judge = make_judge(Filter(HAS_A))

    def remember(subject: Subject) -> Verdict:
        seen.append(subject)
        return judge(subject)

    assert find_matches(DEFAULT_PROJECT, trace, remember, ()).rows == []
    assert (len(seen), {subject.span for subject in seen}) == (4, {None})
