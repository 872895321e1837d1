"""Loading a trace again: what is remembered is never older than what is stored. Run on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import MS, NOW_NS, SECOND, make_request, make_span, span_id, trace_id, write_request, write_spans
from traces import reading
from traces.domain.clock import Clock
from traces.domain.errors import TraceNotFound
from traces.domain.trace import Trace
from traces.models import Organization, Project
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, ProjectId

pytestmark = pytest.mark.django_db(transaction=True)


def load(clock: Clock = Clock.CORRECTED) -> Trace:
    return reading.load_trace(DEFAULT_PROJECT, trace_id(1), clock)


def test_a_trace_is_read_once() -> None:
    write_spans(make_span(1, 1))
    first = load()
    with CaptureQueriesContext(connection) as queries:
        assert load() is first
    assert not any("ordinal" in query["sql"] for query in queries)


def test_new_spans_are_seen_at_once() -> None:
    write_spans(make_span(1, 1))
    first = load()
    write_spans(make_span(1, 2, 1))
    assert (len(first.rows), len(load().rows)) == (1, 2)


def test_spans_of_other_traces_change_nothing() -> None:
    write_spans(make_span(1, 1))
    first = load()
    write_spans(make_span(2, 1))
    assert load() is first


def test_whole_spans_are_found_after_a_merge_moved_them(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 2
    write_spans(make_span(1, 1))
    write_spans(make_span(1, 2, 1))
    load()
    write_spans(make_span(2, 1))
    get_store().seal_partitions()
    spans = reading.load_spans(DEFAULT_PROJECT, load())
    assert [span.span_id for span in spans] == [span_id(1), span_id(2)]


def test_a_deleted_trace_is_not_found() -> None:
    write_spans(make_span(1, 1))
    load()
    get_store().delete_older_than(timedelta(0), datetime.fromtimestamp(NOW_NS / 1e9 + 1, tz=UTC))
    with pytest.raises(TraceNotFound):
        load()


def test_each_project_has_its_own_trace() -> None:
    other = ProjectId(Project.objects.create(organization=Organization.objects.get(pk=1), slug="other").pk)
    write_spans(make_span(1, 1))
    write_request(make_request(make_span(1, 1, name="another")), other)
    assert load().root.span.operation.name == "GET /"
    assert reading.load_trace(other, trace_id(1)).root.span.operation.name == "another"


def test_each_clock_has_its_own_trace() -> None:
    start_ns = NOW_NS - SECOND
    write_spans(make_span(1, 1, kind=3, start_ns=start_ns, duration_ns=20 * MS))
    write_spans(make_span(1, 2, 1, kind=2, start_ns=start_ns - SECOND, duration_ns=10 * MS), service="payment")
    starts = {clock: load(clock).rows[1].span.start_ns for clock in Clock}
    assert starts == {Clock.CORRECTED: start_ns + 5 * MS, Clock.SENT: start_ns - SECOND}
    assert (load() is load(), load(Clock.SENT) is load(Clock.SENT), load() is load(Clock.SENT)) == (True, True, False)
