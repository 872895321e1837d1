"""What every store promises of traces whose senders wrote their id with 64 and with 128 bits. On both engines."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.reading.links import load_links
from services_map.rolling_up.roller import SETTLE_AFTER_SECONDS, roll_up
from tests.builders import (
    LAST_DAY,
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
from traces.domain.errors import TraceNotFound
from traces.domain.query import TracePage, TraceQuery, Window
from traces.models import Organization, Project
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, ProjectId
from traces.trace_cache import get_trace_cache

pytestmark = pytest.mark.django_db(transaction=True)

NOW_S = NOW_NS // SECOND
BEFORE = Window(start_ns=LAST_DAY.start_ns - 86_400 * SECOND, end_ns=LAST_DAY.start_ns)
# The lower half of three traces' ids, and what stands before it where the id has 128 bits.
LOW, OTHER_LOW = 0xF00D_0000_0000_0007, 0xF00D_0000_0000_0008
HIGH = 0xAAAA << 112
LONG, OTHER_LONG = HIGH | LOW, HIGH | OTHER_LOW


@pytest.fixture
def mixed() -> None:
    """A client that knows 128 bits calls a server that keeps 64; beside it a trace of each kind by itself."""
    write_spans(make_span(LONG, 1, kind=3, name="call"), service="shop")
    write_spans(make_span(LOW, 1, kind=2, name="serve"), make_span(LOW, 2, 1, kind=1), service="db")
    write_spans(make_span(OTHER_LONG, 9))
    write_spans(make_span(0xBEEF, 9))


def names(trace: int) -> list[str]:
    rows = reading.load_trace(DEFAULT_PROJECT, trace_id(trace)).rows
    return [f"{'-' * row.depth}{row.span.operation.service.name} {row.span.span_id[-1]}" for row in rows]


def search(limit: int = 20) -> TracePage:
    return reading.search(DEFAULT_PROJECT, TraceQuery(window=LAST_DAY, limit=limit))


def numbers(trace_ids: Sequence[bytes]) -> list[int]:
    return [int.from_bytes(each, "big") for each in trace_ids]


def test_either_id_shows_every_span(mixed: None) -> None:
    for asked in (LONG, LOW):
        trace = reading.load_trace(DEFAULT_PROJECT, trace_id(asked))

        assert names(asked) == ["shop 1", "-db 1", "--db 2"]
        assert trace.trace_id == trace_id(asked)
        assert trace.version == reading.find_version(DEFAULT_PROJECT, trace_id(asked))
        assert reading.count_spans(DEFAULT_PROJECT, trace_id(asked)) == 3
        assert [span.name for span in reading.load_spans(DEFAULT_PROJECT, trace)] == ["call", "serve", "GET /"]
        assert reading.load_span(DEFAULT_PROJECT, trace, trace.rows.find_own_id(1)).name == "serve"
    assert names(OTHER_LONG) == names(0xBEEF) == ["shop 9"]
    with pytest.raises(TraceNotFound):
        reading.find_version(DEFAULT_PROJECT, trace_id(HIGH | 0xABC))


def test_the_version_changes_whichever_id_a_span_comes_with(mixed: None) -> None:
    versions = {asked: {reading.find_version(DEFAULT_PROJECT, trace_id(asked))} for asked in (LONG, LOW)}
    for number, sent in enumerate((LONG, LOW, LONG)):
        write_spans(make_span(sent, 20 + number, 1))
        for asked, seen in versions.items():
            seen.add(reading.find_version(DEFAULT_PROJECT, trace_id(asked)))

    assert [len(seen) for seen in versions.values()] == [4, 4]
    assert len(names(LONG)) == len(names(LOW)) == 6


def test_a_span_that_came_with_both_ids_is_shown_once() -> None:
    write_spans(make_span(LONG, 1))
    # No span has the 64-bit id yet, and it leads to the trace all the same.
    assert names(LOW) == ["shop 1"]
    write_spans(make_span(LOW, 1))

    assert names(LOW) == names(LONG) == ["shop 1"]
    with pytest.raises(TraceNotFound):
        reading.load_trace(DEFAULT_PROJECT, trace_id(OTHER_LOW))


def test_all_128_bit_ids_that_end_in_a_64_bit_one_are_shown_by_it_and_not_by_each_other(mixed: None) -> None:
    second = (0xBBBB << 112) | LOW
    write_spans(make_span(second, 5, 2), service="late")

    assert names(LOW) == ["shop 1", "-db 1", "--db 2", "---late 5"]
    assert names(second) == ["db 1", "-db 2", "--late 5"]
    assert names(LONG) == ["shop 1", "-db 1", "--db 2"]


def test_spans_are_found_in_partitions_of_their_time_sealed_or_not(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 2
    for number, sent in enumerate((LOW, LONG, LONG, LOW, LONG), 1):
        write_spans(make_span(sent, number, number - 1 or None), make_span(900 + number, 9))
    expected = [f"{'-' * depth}shop {depth + 1}" for depth in range(5)]

    assert names(LONG) == names(LOW) == expected
    get_store().seal_partitions()
    for _ in range(2):
        # What was looked up once is remembered of sealed partitions.
        get_trace_cache.cache_clear()
        assert names(LONG) == names(LOW) == expected


def test_another_projects_spans_stay_its_own() -> None:
    other = ProjectId(Project.objects.create(organization=Organization.objects.get(), slug="other").pk)
    write_spans(make_span(LONG, 1))
    write_request(make_request(make_span(LOW, 2)), other)

    assert names(LOW) == names(LONG) == ["shop 1"]
    assert len(get_store().read_trace(other, trace_id(LONG))) == 1


def test_of_a_128_bit_id_nothing_is_looked_through(mixed: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        reading.find_version(DEFAULT_PROJECT, trace_id(LONG))

    (looked,) = [query["sql"] for query in asked if "trace_part" in query["sql"]]
    assert "substr" not in looked


def test_links_to_either_id_are_links_to_the_trace(mixed: None) -> None:
    write_spans(make_span(70, 1, links=[make_link(LONG, 1)]), make_span(71, 2, links=[make_link(LOW, 1)]))

    for asked in (LONG, LOW):
        found = get_store().find_links_to(DEFAULT_PROJECT, trace_id(asked), 10)
        assert sorted(numbers([link.trace_id for link in found])) == [70, 71]


def test_a_list_says_of_a_128_bit_id_what_its_page_shows(mixed: None) -> None:
    facts = reading.describe_traces(DEFAULT_PROJECT, [trace_id(LONG), trace_id(OTHER_LONG), trace_id(5)])

    assert {number: facts[trace_id(number)].span_count for number in (LONG, OTHER_LONG)} == {LONG: 3, OTHER_LONG: 1}
    shapes = get_store().read_spans_standing_out(DEFAULT_PROJECT, [trace_id(LONG), trace_id(LOW)], 9, 9)
    assert {key: sorted(span.span_id for span in spans) for key, spans in shapes.items()} == {
        trace_id(LONG): [span_id(1), span_id(1), span_id(2)],
        trace_id(LOW): [span_id(1), span_id(2)],
    }


def test_a_search_shows_the_trace_once_with_the_facts_of_all_its_spans(mixed: None) -> None:
    write_spans(
        make_span(LOW, 3, 1, start_ns=NOW_NS - 2 * SECOND, duration_ns=5 * SECOND, status=2, name="early"), service="db"
    )

    page = search()

    assert sorted(numbers([trace.trace_id for trace in page.traces])) == sorted([LONG, OTHER_LONG, 0xBEEF])
    assert page.total == 3
    joined = next(trace for trace in page.traces if trace.trace_id == trace_id(LONG))
    assert (joined.span_count, joined.error_count, joined.start_ns) == (4, 1, NOW_NS - 2 * SECOND)
    assert joined.duration_ns == 5 * SECOND
    assert (joined.root_service, joined.root_operation) in {("shop", "call"), ("db", "serve")}
    assert [(name, count) for name, _, count in joined.services] == [("db", 3), ("shop", 1)]
    assert sorted(joined.matched_span_ids) == [span_id(number) for number in (1, 1, 2, 3)]
    assert page.traces[-1] == joined


def test_pages_of_a_search_go_on_behind_a_joined_trace(mixed: None) -> None:
    first = search(limit=2)
    seen = [trace.trace_id for trace in first.traces]
    while first.next_cursor:
        first = reading.search(DEFAULT_PROJECT, TraceQuery(window=LAST_DAY, limit=2).next_page(first.next_cursor))
        seen += [trace.trace_id for trace in first.traces]

    assert {LONG, OTHER_LONG, 0xBEEF} <= set(numbers(seen)) <= {LONG, LOW, OTHER_LONG, 0xBEEF}
    assert len(seen) == len(set(seen))


def test_a_call_whose_halves_zipkin_sent_under_one_id_is_counted_once() -> None:
    """In blocks of their own, with a child that the server's service sent, and its own caller above."""
    write_spans(make_span(LONG, 1, kind=2, duration_ns=90 * MS), service="web")
    write_spans(make_span(LONG, 2, 1, kind=3, duration_ns=50 * MS), service="web")
    write_spans(
        make_span(LONG, 2, 1, kind=2, duration_ns=40 * MS, attributes={"zipkin.shared": True}),
        make_span(LONG, 3, 2, kind=3, duration_ns=20 * MS),
        service="shop",
    )
    write_spans(make_span(LONG, 3, 2, kind=2, duration_ns=10 * MS, attributes={"zipkin.shared": True}), service="stock")
    for now_s in (NOW_S, NOW_S + SETTLE_AFTER_SECONDS + 1):
        while not roll_up(DEFAULT_PROJECT, now_s).is_idle:
            pass

    assert names(LONG) == ["web 1", "-web 2", "--shop 2", "---shop 3", "----stock 3"]
    way = [USER, *(Node(NodeKind.SERVICE, name) for name in ("web", "shop", "stock"))]
    links = load_links(DEFAULT_PROJECT, LAST_DAY, BEFORE, NOW_NS).links
    assert {link.edge: link.figures.count for link in links} == {
        Edge(caller, callee, Connection.CALL): 1 for caller, callee in pairwise(way)
    }
