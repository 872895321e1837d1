"""Version 3 of Jaeger's API over HTTP, field by field."""

import json
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from pytest_django import Settings

from tests.builders import MS, make_request, make_span, trace_id, write_request
from tests.compat.jaeger_shop import START_NS, make_shop, write_call
from traces.domain.errors import InvalidQuery, TooBusy
from tracing_ui.compat.jaeger.parameters_v3 import Search, read_search
from tracing_ui.compat.jaeger.search import JaegerQuery, find
from tracing_ui.compat.jaeger.summaries import load_summaries

# Searching is held to both engines elsewhere.
pytestmark = pytest.mark.any_engine
FROM, TO = "2026-09-21T14:00:00Z", "2026-09-21T15:00:00Z"
WINDOW = {"query.startTimeMin": FROM, "query.startTimeMax": TO}
FIRST = f"/api/v3/traces/{trace_id(1).hex()}"
GO_WORDS = 'parsing time "now" as "2006-01-02T15:04:05.999999999Z07:00": cannot parse "now" as "2006"'


@pytest.fixture
def shop(transactional_db: None) -> None:
    write_request(make_shop())


def read(response: Any) -> Any:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return json.loads(body)


def get(client: Client, address: str, parameters: dict[str, str] | None = None) -> Any:
    response = client.get(address, parameters)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json"), response
    return read(response)


def refusal(client: Client, address: str, parameters: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and message of an error, whose form is checked."""
    response = client.get(address, parameters)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content.endswith(b"\n")
    error = json.loads(response.content)["error"]
    assert list(error) == ["httpCode", "message"]
    assert error["httpCode"] == response.status_code
    return response.status_code, error["message"]


def test_services_are_listed_by_name(client: Client, shop: None) -> None:
    for root in ("", "/jaeger"):
        assert get(client, f"{root}/api/v3/services") == {"services": ["jobs", "store", "web"]}


def test_without_services_the_list_is_there_all_the_same(client: Client, db: None) -> None:
    assert get(client, "/api/v3/services") == {"services": []}


def test_a_kind_that_was_not_sent_reads_internal(client: Client, shop: None) -> None:
    assert get(client, "/api/v3/operations", {"service": "web"}) == {
        "operations": [{"name": "GET /cart", "spanKind": "server"}, {"name": "late", "spanKind": "internal"}]
    }


def test_operations_of_one_kind(client: Client, shop: None) -> None:
    for name in ("spanKind", "span_kind"):
        found = get(client, "/api/v3/operations", {"service": "web", name: "server"})
        assert found == {"operations": [{"name": "GET /cart", "spanKind": "server"}]}
        assert get(client, "/api/v3/operations", {"service": "web", name: "client"}) == {"operations": []}


def test_a_trace_is_otlp_json_to_its_last_field(client: Client, shop: None) -> None:
    groups = get(client, FIRST)["result"]["resourceSpans"]
    assert [group["resource"]["attributes"][0]["value"]["stringValue"] for group in groups] == ["web", "store"]
    (web,), (store,) = groups[0]["scopeSpans"], groups[1]["scopeSpans"]
    assert web["scope"]["attributes"] == [{"key": "level", "value": {"intValue": "1"}}]
    assert store["scope"] == {}
    assert web["spans"][0] == {
        "traceId": "00000000000000000000000000000001",
        "spanId": "0000000000000001",
        "traceState": "a=1",
        "flags": 0x101,
        "name": "GET /cart",
        "kind": 2,
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + 30 * MS),
        "attributes": [
            {"key": "http.status_code", "value": {"intValue": "500"}},
            {"key": "ratio", "value": {"doubleValue": 0.5}},
            {"key": "is_cached", "value": {"boolValue": True}},
            {"key": "items", "value": {"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}]}}},
            {"key": "raw", "value": {"bytesValue": "AP8="}},
        ],
        "events": [
            {
                "timeUnixNano": str(START_NS + MS),
                "name": "exception",
                "attributes": [{"key": "exception.type", "value": {"stringValue": "Timeout"}}],
            }
        ],
        "links": [
            {
                "traceId": "00000000000000000000000000000009",
                "spanId": "0000000000000008",
                "attributes": [{"key": "opentracing.ref_type", "value": {"stringValue": "child_of"}}],
            }
        ],
        "status": {"message": "upstream failed", "code": 2},
    }
    assert store["spans"][0]["parentSpanId"] == "0000000000000001"
    assert store["spans"][0]["status"] == {}


def test_an_id_may_be_short(client: Client, shop: None) -> None:
    assert get(client, "/api/v3/traces/1") == get(client, FIRST)


def test_a_hint_in_any_form_hides_no_trace(client: Client, shop: None) -> None:
    """Grafana leaves the sign of an offset unescaped."""
    address = f"{FIRST}?start_time=2030-01-01T00:00:00+02:00&endTime=2031-01-01T00:00:00.5Z"
    assert get(client, address) == get(client, FIRST)


def test_raw_spans_are_as_they_came(client: Client, transactional_db: None) -> None:
    twice = make_span(5, 1)
    write_request(make_request(twice))
    write_request(make_request(twice, make_span(5, 2, 1)))
    counts = {
        name: sum(
            len(scope["spans"])
            for group in get(client, "/api/v3/traces/5", {name: "true"} if name else {})["result"]["resourceSpans"]
            for scope in group["scopeSpans"]
        )
        for name in ("", "rawTraces", "raw_traces")
    }
    assert counts == {"": 2, "rawTraces": 3, "raw_traces": 3}


def test_a_trace_that_is_not_there(client: Client, shop: None) -> None:
    for trace in ("7", "0"):
        assert refusal(client, f"/api/v3/traces/{trace}") == (404, "No traces found")


def test_what_is_no_id_is_refused(client: Client) -> None:
    broken = 'malformed parameter trace_id: strconv.ParseUint: parsing "xyz": invalid syntax'
    long = f"malformed parameter trace_id: TraceID cannot be longer than 32 hex characters: {'1' * 33}"
    assert refusal(client, "/api/v3/traces/xyz") == (400, broken)
    assert refusal(client, f"/api/v3/traces/{'1' * 33}") == (400, long)


def test_a_search_answers_with_whole_traces_newest_first(client: Client, shop: None) -> None:
    groups = get(client, "/api/v3/traces", WINDOW)["result"]["resourceSpans"]
    ids = [span["traceId"][-1] for group in groups for scope in group["scopeSpans"] for span in scope["spans"]]
    assert ids == ["1", "1", "1", "2"]


FINDS: list[tuple[dict[str, str], list[str]]] = [
    ({"query.serviceName": "store"}, ["1"]),
    ({"query.service_name": "jobs"}, ["2"]),
    ({"query.serviceName": "web", "query.operationName": "SELECT"}, []),
    ({"query.attributes": '{"http.status_code":"500","is_cached":"true"}'}, ["1"]),
    ({"query.attributes": '{"error":"true"}'}, ["1"]),
    ({"query.durationMin": "30ms"}, ["1"]),
    ({"query.duration_max": "1ms"}, ["1"]),
    ({"query.searchDepth": "1"}, ["1"]),
    ({"query.num_traces": "1"}, ["1"]),
    ({"query.startTimeMax": "2026-09-21T14:13:18.5Z"}, ["2"]),
]


def test_a_search_finds_what_every_parameter_says(client: Client, shop: None) -> None:
    for parameters, expected in FINDS:
        found = get(client, "/api/v3/trace-summaries", {**WINDOW, **parameters})
        assert [summary["traceId"][-1] for summary in found.get("summaries", [])] == expected, parameters


def test_a_search_without_a_match_is_not_found(client: Client, shop: None) -> None:
    assert refusal(client, "/api/v3/traces", {**WINDOW, "query.serviceName": "nobody"}) == (404, "No traces found")
    assert get(client, "/api/v3/trace-summaries", {**WINDOW, "query.serviceName": "nobody"}) == {}


def test_a_summary_writes_out_its_zeros(client: Client, shop: None) -> None:
    first, second = get(client, "/api/v3/trace-summaries", WINDOW)["summaries"]
    assert first == {
        "traceId": "00000000000000000000000000000001",
        "rootServiceName": "web",
        "rootOperationName": "GET /cart",
        "minStartTimeUnixNano": str(START_NS),
        "maxEndTimeUnixNano": str(START_NS + 30 * MS),
        "spanCount": 3,
        "errorSpanCount": 1,
        "orphanSpanCount": 1,
        "services": [
            {"name": "store", "spanCount": 1, "errorSpanCount": 0},
            {"name": "web", "spanCount": 2, "errorSpanCount": 1},
        ],
    }
    assert (second["errorSpanCount"], second["orphanSpanCount"]) == (0, 0)


def test_a_trace_without_a_root_has_no_name(client: Client, transactional_db: None) -> None:
    write_request(make_request(make_span(6, 2, 1)))
    (summary,) = get(client, "/api/v3/trace-summaries", WINDOW)["summaries"]
    assert (summary["rootServiceName"], summary["rootOperationName"], summary["orphanSpanCount"]) == ("", "", 1)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"query.startTimeMin": ""}, "query.startTimeMin and query.startTimeMax are required"),
        ({"query.startTimeMax": "now"}, f"malformed parameter query.startTimeMax: {GO_WORDS}"),
        ({"query.startTimeMax": FROM}, "query.startTimeMin must be before query.startTimeMax"),
        (
            {"query.searchDepth": "many"},
            'malformed parameter query.searchDepth: strconv.Atoi: parsing "many": invalid syntax',
        ),
        ({"query.durationMin": "5"}, 'malformed parameter query.durationMin: time: missing unit in duration "5"'),
        (
            {"query.duration_max": "fast"},
            'malformed parameter query.duration_max: time: invalid duration "fast"',
        ),
        (
            {"query.attributes": '{"a":1}'},
            "malformed parameter query.attributes: json: cannot unmarshal number into Go value of type string",
        ),
        (
            {"query.rawTraces": "maybe"},
            'malformed parameter query.rawTraces: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
        ({"query.filter": '{"op":"eq"}'}, "malformed parameter query.filter: this server does not serve it"),
    ],
)
def test_a_parameter_that_cannot_be_read(client: Client, parameters: dict[str, str], expected: str) -> None:
    for address in ("/api/v3/traces", "/api/v3/trace-summaries"):
        assert refusal(client, address, {**WINDOW, **parameters}) == (400, expected)


def test_a_search_for_no_trace_is_refused(client: Client) -> None:
    message = "search depth must be greater than 0 and less than max traces"
    assert refusal(client, "/api/v3/traces", {**WINDOW, "query.searchDepth": "0"}) == (400, message)


def test_the_name_in_camel_case_counts_first() -> None:
    words = QueryDict(mutable=True)
    words.update({**WINDOW, "query.service_name": "old", "query.serviceName": "new", "query.start_time_min": "x"})
    assert read_search(words) == Search(
        query=JaegerQuery(
            service="new",
            operation=None,
            tags={},
            start_ns=1_789_999_200_000_000_000,
            end_ns=1_790_002_800_000_000_000,
            min_duration_ns=None,
            max_duration_ns=None,
            limit=100,
        ),
        is_raw=False,
    )


def test_an_empty_parameter_is_none() -> None:
    words = QueryDict(mutable=True)
    words.update({**WINDOW, "query.serviceName": "", "query.durationMin": "", "query.searchDepth": ""})
    assert read_search(words).query.service is None
    with pytest.raises(InvalidQuery, match="are required"):
        read_search(QueryDict())


def test_calls_between_services(client: Client, db: None) -> None:
    range_ = {"startTime": FROM, "end_time": TO}
    assert get(client, "/api/v3/dependencies", range_) == {"dependencies": []}
    write_call()
    link = {"parent": "web", "child": "pay", "callCount": "5"}
    assert get(client, "/api/v3/dependencies", range_) == {"dependencies": [link]}
    assert refusal(client, "/api/v3/dependencies") == (400, "startTime and endTime are required")


def test_summaries_that_take_too_long_are_not_read_to_the_end(shop: None, settings: Settings) -> None:
    words = QueryDict(mutable=True)
    words.update(WINDOW)
    found = find(read_search(words).query)
    settings.SEARCH_TIMEOUT_SECONDS = 0.0
    with pytest.raises(TooBusy, match="ask for fewer"):
        list(load_summaries(found))


def test_nothing_is_changed_by_any_other_method(client: Client) -> None:
    response = client.post("/api/v3/traces", "{}", content_type="application/json")
    assert (response.status_code, response["Allow"], response.content) == (405, "GET, HEAD", b"Method Not Allowed\n")
    assert client.get("/api/v3/metrics").status_code == 404


def test_a_store_that_is_too_slow_says_when_to_ask_again(client: Client, shop: None, settings: Settings) -> None:
    settings.SEARCH_TIMEOUT_SECONDS = 0.0
    response = client.get("/api/v3/traces", WINDOW)
    assert response.status_code == 503
    assert response["Retry-After"] == "1"
