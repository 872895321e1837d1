"""Tempo's search: by TraceQL or by tags, the newest traces with the spans that match."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.builders import MS, NOW_NS, SECOND, make_event, make_link, make_span, span_id, write_request, write_spans
from tests.compat.tempo_asking import ask, ask_protobuf
from tests.compat.tempo_shop import HOUR_AGO_NS, make_shop
from traces.wire import tempo_pb2 as wire

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine]

SEARCH = "/api/search"
# As Tempo writes ids of traces: without the zeros in front.
LOST = "1" + "3".zfill(30)


@pytest.fixture(autouse=True)
def shop() -> None:
    write_request(make_shop())


def find(client: Client, **parameters: Any) -> list[str]:
    return [trace["traceID"] for trace in ask(client, SEARCH, **parameters)["traces"]]


def test_a_trace_is_found_with_its_matching_spans(client: Client) -> None:
    answer = ask(client, SEARCH, q='{ status = error && span.retries > 2 && event.exception.type =~ "Key.*" }')
    matched = {
        "spans": [
            {
                "spanID": span_id(1).hex(),
                "name": "GET /cart",
                "startTimeUnixNano": str(NOW_NS - SECOND),
                "durationNanos": str(10 * MS),
                "attributes": [
                    {"key": "status", "value": {"stringValue": "error"}},
                    {"key": "retries", "value": {"intValue": "3"}},
                    {"key": "exception.type", "value": {"stringValue": "KeyError"}},
                ],
            }
        ],
        "matched": 1,
    }
    assert answer == {
        "traces": [
            {
                "traceID": "1",
                "rootServiceName": "web",
                "rootTraceName": "GET /cart",
                "startTimeUnixNano": str(NOW_NS - SECOND),
                "durationMs": 10,
                "spanSet": matched,
                "spanSets": [matched],
                "serviceStats": {"web": {"spanCount": 1, "errorCount": 1}, "store": {"spanCount": 1}},
            }
        ],
        "metrics": {"completedJobs": 1, "totalJobs": 1},
    }


def test_without_a_root_the_trace_says_so(client: Client) -> None:
    [trace] = ask(client, SEARCH, q='{ name = "work" }')["traces"]
    assert (trace["traceID"], trace["rootServiceName"]) == (LOST, "<root span not yet received>")
    assert ("rootTraceName" in trace, "durationMs" in trace) == (False, False)


def test_protobuf_says_the_same(client: Client) -> None:
    found = ask_protobuf(client, wire.SearchResponse, SEARCH, q="{ span.retries = 3 && kind = server }")
    [trace] = found.traces
    assert (trace.trace_id, trace.duration_ms, trace.service_stats["web"].error_count) == ("1", 10, 1)
    [span] = trace.span_set.spans
    assert [(each.key, each.value.WhichOneof("value")) for each in span.attributes] == [
        ("retries", "int_value"),
        ("kind", "string_value"),
    ]
    assert list(trace.span_sets) == [trace.span_set]


def test_attributes_are_what_the_query_mentions(client: Client) -> None:
    query = "{ .tags = `a` && .hit && span.ratio < .whole && resource.region = `eu` && instrumentation.level != nil }"
    [trace] = ask(client, SEARCH, q=query)["traces"]
    attributes = {each["key"]: each["value"] for each in trace["spanSets"][0]["spans"][0]["attributes"]}
    assert attributes == {
        "tags": {"arrayValue": {"values": [{"stringValue": "a"}, {"stringValue": "b"}]}},
        "hit": {"boolValue": True},
        "ratio": {"doubleValue": 0.5},
        "whole": {"doubleValue": 2.0},
        "region": {"stringValue": "eu"},
        "level": {"intValue": "1"},
    }


def test_tags_are_found_as_parts_of_texts_and_durations_are_of_traces(client: Client) -> None:
    for found, asked in (
        (["1", "2"], {"tags": "service.name=WE"}),
        (["1"], {"tags": 'service.name="web" name="get /cart"'}),
        (["1", "2"], {"tags": "retries=3"}),
        (["1"], {"tags": "status=error", "minDuration": "9.5ms"}),
        (["1"], {"tags": "http.route=/ name=cart"}),
        ([LOST], {"maxDuration": "1ms"}),
        (["1", "2"], {"minDuration": "1ms", "maxDuration": "10ms"}),
        # as the first Grafana that knew Tempo asked
        (["1"], {"db.system": "sqlite", "limit": "5"}),
        (["1"], {"http.route": "/cart", "service.name": "web", "name": "", "minDuration": "1ms"}),
        ([], {"http.route": 'no "\\'}),
        (["1", "2", LOST], {"http.route": "/cart", "start": HOUR_AGO_NS // SECOND - 5, "end": NOW_NS // SECOND}),
    ):
        assert find(client, **asked) == found, asked


def test_of_several_events_that_one_is_shown_which_matches(client: Client) -> None:
    events = [make_event(name, NOW_NS, {"n": number}) for number, name in enumerate(("a", "b", "b"))]
    links = [make_link(8, 8), make_link(9, 9, {"why": "batch"})]
    write_spans(make_span(5, 1, name="busy", events=events, links=links))
    for query, shown in (
        ("{ event:name = `b` && event.n > 1 && link.why = `batch` }", {"event:name": "b", "n": "2", "why": "batch"}),
        ("{ event:name = `b` && link:traceID != `1` && name = `busy` }", {"event:name": "b", "link:traceID": "8"}),
    ):
        [trace] = ask(client, SEARCH, q=query)["traces"]
        [span] = trace["spanSets"][0]["spans"]
        values = {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}
        assert {key: value.lstrip("0") for key, value in values.items()} == shown


def test_the_newest_come_first_and_no_more_than_asked_for(client: Client) -> None:
    assert find(client) == find(client, q="{}") == find(client, q="{ true }") == ["1", "2", LOST]
    assert find(client, limit=2) == ["1", "2"]
    assert find(client, limit=4_000_000_000) == ["1", "2", LOST]
    write_spans(*(make_span(4, number, start_ns=NOW_NS) for number in range(1, 6)))
    for parameters, shown in (({}, 3), ({"spss": 4}, 4), ({"spss": 100_000}, 5)):
        trace = ask(client, SEARCH, q="{ }", limit=1, **parameters)["traces"][0]
        assert (trace["spanSets"][0]["matched"], len(trace["spanSets"][0]["spans"])) == (5, shown)


def test_a_time_bounds_the_search(client: Client) -> None:
    start, end = HOUR_AGO_NS // SECOND, NOW_NS // SECOND
    assert find(client, start=start + 600, end=end) == ["1"]
    assert find(client, start=start - 600, end=start + 600) == ["2", LOST]
    assert find(client, start=1, end=2) == []
    assert ask(client, SEARCH, start=1, end=2) == {"traces": [], "metrics": {"completedJobs": 1, "totalJobs": 1}}


def test_a_search_that_had_too_little_time_has_not_completed_its_job(client: Client, settings: LazySettings) -> None:
    settings.SEARCH_TIMEOUT_SECONDS = 0.0
    answer = ask(client, SEARCH, q='{ span.http.route !~ "x" }')
    assert answer["metrics"] == {"totalJobs": 1}
