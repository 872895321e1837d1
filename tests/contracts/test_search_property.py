"""Any search over any spans answers as looking at every span would. Run on SQLite and on PostgreSQL."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from tests.builders import span_request, trace_id
from tests.conftest import reset_store
from tests.contracts import brute_force
from tests.contracts.generated import TRACES, Step, scenarios
from traces import reading
from traces.domain.query import TracePage, TraceQuery, TraceSummary
from traces.models import Partition, Project, StoredRequest
from traces.storage import get_store, scan
from traces.storage.base import DEFAULT_PROJECT, ProjectId
from traces.storage.postgresql import PostgresqlEngine

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]

ANOTHER_PROJECT = ProjectId(2)
SEARCHES_A_STORE = 16
FOUND: Counter[str] = Counter()
# The database of one test is emptied for each example.
QUICK = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
ARGUMENTS = {
    "scenario": scenarios(SEARCHES_A_STORE),
    "partition_spans": st.sampled_from([6, 20, 60]),
    "portion": st.sampled_from([2, 2, 2, 4_096]),
}
Scenario = tuple[list[Step], list[TraceQuery]]


@pytest.fixture
def portions_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes a search read a small store as it reads a large one: from the attribute indexes, in many portions."""

    def set_size(spans: int) -> None:
        monkeypatch.setattr(scan, "FIRST_SPANS", spans)
        monkeypatch.setattr(scan, "FIRST_HITS", min(spans, 256))
        monkeypatch.setattr(scan, "MOST_HITS", spans)
        monkeypatch.setattr(PostgresqlEngine, "rows_before_index", spans)

    return set_size


@QUICK
@given(**ARGUMENTS)
def test_any_search_answers_as_looking_at_every_span_would(
    portions_of: Callable[[int], None],
    scenario: Scenario,
    partition_spans: int,
    portion: int,
) -> None:
    """12 stores, 16 searches in each."""
    portions_of(portion)
    check(scenario, partition_spans)


@pytest.mark.long
@settings(QUICK, max_examples=400, derandomize=False)
@given(**ARGUMENTS)
def test_thousands_of_searches_answer_as_looking_at_every_span_would(
    portions_of: Callable[[int], None],
    scenario: Scenario,
    partition_spans: int,
    portion: int,
) -> None:
    """400 stores, 16 searches in each, others every time."""
    portions_of(portion)
    check(scenario, partition_spans)


def check(scenario: Scenario, partition_spans: int) -> None:
    steps, asked = scenario
    reset_store()
    StoredRequest.objects.all().delete()
    # Undone each time: Django looks through all settings that were ever laid over others.
    with override_settings(PARTITION_MAX_SPANS=partition_spans):
        kept = write(steps)
    spans = brute_force.read_all(trace_id(number) for number in TRACES)
    assert {trace: len(of_trace) for trace, of_trace in spans.items() if of_trace} == kept
    spans = {trace: of_trace for trace, of_trace in spans.items() if of_trace}
    for number, query in enumerate(asked):
        note(f"search {query}")
        with override_settings(SEARCH_COUNT_SECONDS=60 * (number % 2)):
            check_search(query, spans, is_counted=bool(number % 2))


def write(steps: list[Step]) -> Counter[bytes]:
    """How many spans each trace has then."""
    Project.objects.get_or_create(pk=ANOTHER_PROJECT, organization_id=1, slug="another")
    kept: Counter[bytes] = Counter()
    written = set()
    for step in steps:
        project = ANOTHER_PROJECT if step.is_of_another_project else DEFAULT_PROJECT
        requests = [span_request(request, project) for request in step.requests]
        get_store().write(requests)
        for request, sent in zip(requests, step.requests, strict=True):
            if project == DEFAULT_PROJECT and request.body not in written:
                written.add(request.body)
                kept.update(span.trace_id for span in sent.resource_spans[0].scope_spans[0].spans)
        if step.is_sealed_after:
            # Not filled within a moment: what is full of it is indexed.
            Partition.objects.filter(closed_at=None).update(opened_at=timezone.now() - timedelta(hours=1))
            get_store().seal_partitions()
    return kept


def check_search(query: TraceQuery, spans: brute_force.Spans, *, is_counted: bool) -> None:
    expected = brute_force.find_traces(query, spans)
    FOUND["nothing" if not expected else "some" if len(expected) < len(spans) else "all"] += 1
    pages = read_pages(query, len(expected))

    shown = [trace for page in pages for trace in page.traces]
    assert [trace.trace_id for trace in shown] == expected
    for page in pages:
        assert page.is_complete
        assert (page.total == len(expected)) if page.is_total_exact else (page.total <= len(expected))
        assert page.is_total_exact or not is_counted
        for trace in page.traces:
            check_summary(trace, query, spans, has_all_ids=page.is_total_exact)


def read_pages(query: TraceQuery, expected: int) -> list[TracePage]:
    pages = [reading.search(DEFAULT_PROJECT, query)]
    while cursor := pages[-1].next_cursor:
        assert len(pages) <= expected
        pages.append(reading.search(DEFAULT_PROJECT, query.next_page(cursor)))
    return pages


def check_summary(trace: TraceSummary, query: TraceQuery, spans: brute_force.Spans, *, has_all_ids: bool) -> None:
    of_trace = spans[trace.trace_id]
    outlines = [outline for outline, _ in of_trace]
    satisfying = Counter(outline.span_id for outline, span in of_trace if brute_force.satisfies(outline, span, query))
    assert trace.start_ns == min(outline.start_ns for outline in outlines)
    assert trace.duration_ns == max(outline.end_ns for outline in outlines) - trace.start_ns
    assert (trace.span_count, trace.error_count) == (len(outlines), sum(outline.is_error for outline in outlines))
    services = Counter(outline.operation.service.name for outline in outlines)
    assert {name: count for name, _, count in trace.services} == services
    matched = Counter(trace.matched_span_ids)
    assert matched
    assert matched <= satisfying
    if has_all_ids:
        assert matched.total() == min(20, satisfying.total())
