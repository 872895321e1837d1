"""What every store promises about links: who points at a trace. Run on SQLite and on PostgreSQL."""

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    MS,
    NOW_NS,
    SECOND,
    make_link,
    make_request,
    make_span,
    span_id,
    trace_id,
    write_request,
    write_spans,
)
from traces import reading
from traces.domain.links import InboundLink, InboundLinks, SpanLink, TraceFacts
from traces.models import Organization, Project
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, ProjectId

pytestmark = pytest.mark.django_db(transaction=True)


def find(trace: int, limit: int = 100, project: ProjectId = DEFAULT_PROJECT) -> list[tuple[int, int, int]]:
    """Trace, span and linked span of each link."""
    links = get_store().find_links_to(project, trace_id(trace), limit)
    return [
        (
            int.from_bytes(link.trace_id, "big"),
            int.from_bytes(link.span_id, "big"),
            int.from_bytes(link.linked_span_id, "big"),
        )
        for link in links
    ]


def links_to(trace: int) -> InboundLinks:
    return reading.find_links_to(DEFAULT_PROJECT, reading.load_trace(DEFAULT_PROJECT, trace_id(trace)))


def test_the_links_to_a_trace_are_found_the_newest_first() -> None:
    write_spans(make_span(1, 1), make_span(1, 2, 1))
    assert find(1) == []

    write_spans(make_span(2, 1, links=[make_link(1, 2), make_link(7, 7)]))
    write_spans(make_span(3, 5, 9, links=[make_link(1, 1), make_link(1, 2)]))

    assert sorted(find(1)[:2]) == [(3, 5, 1), (3, 5, 2)]
    assert find(1)[2:] == [(2, 1, 2)]
    assert find(7) == [(2, 1, 7)]


def test_a_link_within_a_trace_is_one() -> None:
    write_spans(make_span(1, 1), make_span(1, 2, 1, links=[make_link(1, 1)]))
    assert find(1) == [(1, 2, 1)]


def test_a_link_that_arrived_twice_is_one(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 2
    for name in ("once", "again", "and again"):
        write_spans(make_span(2, 1, name=name, links=[make_link(1, 1), make_link(1, 1)]), make_span(2, 2))
    assert find(1) == [(2, 1, 1)]


def test_links_of_many_partitions_are_found_the_newest_first(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 1
    for number in range(1, 8):
        write_spans(make_span(10 + number, 1, links=[make_link(1, number)]))
    assert find(1) == [(10 + number, 1, number) for number in range(7, 0, -1)]
    assert find(1, limit=3) == [(17, 1, 7), (16, 1, 6), (15, 1, 5)]


def test_no_more_links_are_found_than_asked_for() -> None:
    write_spans(*(make_span(2, number, links=[make_link(1, number)]) for number in range(1, 31)))
    assert len(find(1, limit=12)) == 12
    assert sorted(find(1, limit=31)) == [(2, number, number) for number in range(1, 31)]


def test_links_of_another_project_are_nobody_elses() -> None:
    other = ProjectId(Project.objects.create(organization=Organization.objects.get(pk=1), slug="other").pk)
    write_request(make_request(make_span(2, 1, links=[make_link(1, 1)])), other)
    write_spans(make_span(3, 1, links=[make_link(1, 1)]))
    assert find(1) == [(3, 1, 1)]
    assert find(1, project=other) == [(2, 1, 1)]
    assert get_store().describe_traces(DEFAULT_PROJECT, [trace_id(2)]) == {}


def test_links_survive_sealing(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 4
    for number in range(1, 5):
        write_spans(make_span(10 + number, 1, links=[make_link(1, number)]))
    write_spans(make_span(9, 9))
    get_store().seal_partitions()
    assert sorted(find(1)) == [(10 + number, 1, number) for number in range(1, 5)]


def test_traces_are_described_as_a_result_list_would() -> None:
    write_spans(
        make_span(1, 1, name="buy", duration_ns=20 * MS),
        make_span(1, 2, 1, status=2, start_ns=NOW_NS - SECOND + 15 * MS),
    )
    write_spans(make_span(2, 5, 4), service="mailer")

    assert reading.describe_traces(DEFAULT_PROJECT, [trace_id(2), trace_id(1), trace_id(1), trace_id(3)]) == {
        trace_id(1): TraceFacts(
            trace_id=trace_id(1),
            start_ns=NOW_NS - SECOND,
            duration_ns=25 * MS,
            span_count=2,
            error_count=1,
            root_service="shop",
            root_slot=0,
            root_operation="buy",
        ),
        trace_id(2): TraceFacts(
            trace_id=trace_id(2),
            start_ns=NOW_NS - SECOND,
            duration_ns=10 * MS,
            span_count=1,
            error_count=0,
            root_service=None,
            root_slot=None,
            root_operation=None,
        ),
    }
    with CaptureQueriesContext(connection) as queries:
        assert reading.describe_traces(DEFAULT_PROJECT, []) == {}
    assert len(queries) == 0


def test_the_links_to_a_trace_know_their_row_and_where_they_come_from() -> None:
    write_spans(make_span(1, 1), make_span(1, 2, 1))
    write_spans(make_span(2, 1, name="retry", links=[make_link(1, 2)]))
    write_spans(make_span(2, 3, 1, links=[make_link(1, 99)]))

    found = links_to(1)

    source = reading.describe_traces(DEFAULT_PROJECT, [trace_id(2)])[trace_id(2)]
    assert source.root_operation == "retry"
    assert found == InboundLinks(
        links=(
            InboundLink(
                link=SpanLink(trace_id=trace_id(2), span_id=span_id(3), linked_span_id=span_id(99)),
                row=None,
                source=source,
            ),
            InboundLink(
                link=SpanLink(trace_id=trace_id(2), span_id=span_id(1), linked_span_id=span_id(2)),
                row=1,
                source=source,
            ),
        ),
        is_complete=True,
    )


def test_of_very_many_links_the_newest_are_shown() -> None:
    write_spans(make_span(1, 1))
    write_spans(*(make_span(2, number, links=[make_link(1, 1)]) for number in range(1, 501)))
    assert (len(links_to(1).links), links_to(1).is_complete) == (500, True)

    write_spans(make_span(3, 1, links=[make_link(1, 1)]))

    found = links_to(1)
    assert (len(found.links), found.is_complete) == (500, False)
    assert found.links[0].link.trace_id == trace_id(3)
