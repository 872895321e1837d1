"""Jaeger's first HTTP API: shapes, units and errors, field by field."""

import io
import json
from typing import Any

import pytest
from django.test import Client
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.builders import (
    MS,
    NOW_NS,
    SECOND,
    join,
    make_event,
    make_link,
    make_request,
    make_span,
    span_id,
    trace_id,
    write_request,
    write_spans,
)
from tests.compat.jaeger_asking import WINDOW, ask, ask_for_error, read, read_error

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine]

START_NS = NOW_NS - SECOND
WIDE = bytes(range(16))


def tag(key: str, type_: str, value: object) -> dict[str, object]:
    return {"key": key, "type": type_, "value": value}


def test_services_and_operations_are_counted_lists(client: Client) -> None:
    assert ask(client, "/api/services") == {"data": [], "total": 0, "limit": 0, "offset": 0, "errors": None}
    write_spans(make_span(1, 1, name="b", kind=2), make_span(1, 2, name="b", kind=3), service="a/b c+")
    write_spans(make_span(1, 3, name="a", kind=0))
    assert ask(client, "/api/services") == {
        "data": ["a/b c+", "shop"], "total": 2, "limit": 0, "offset": 0, "errors": None,
    }  # fmt: skip
    names = ask(client, "/api/services/a%2Fb%20c%2B/operations")
    assert names == {"data": ["b"], "total": 1, "limit": 0, "offset": 0, "errors": None}
    found = ask(client, "/api/operations", service="a/b c+")
    assert (found["data"], found["total"]) == ([{"name": "b", "spanKind": k} for k in ("server", "client")], 2)
    assert ask(client, "/api/operations", service="a/b c+", spanKind="client")["total"] == 1
    assert ask(client, "/api/operations", service="shop")["data"] == [{"name": "a", "spanKind": ""}]
    assert ask(client, "/api/services/nobody/operations")["data"] == []
    assert ask_for_error(client, "/api/operations") == (400, "parameter 'service' is required")


def test_a_plus_in_the_name_of_a_service_may_be_a_space(client: Client) -> None:
    write_spans(make_span(1, 1, name="op"), service="my shop")
    assert ask(client, "/api/services/my+shop/operations")["data"] == ["op"]


def write_everything() -> None:
    """A span with all that the mapping speaks of, in a trace of 128 bits."""
    span = make_span(
        span=1,
        parent=2,
        name="GET <a>",
        kind=3,
        start_ns=START_NS + 1_999,
        duration_ns=1_999_999,
        attributes={
            "string": "text", "bool": True, "int": -5, "large": 2**53, "largest": 2**53 - 1, "double": 0.5,
            "nan": float("nan"), "bytes": b"\x00\xff", "array": [1, "x"], "map": {"k": 1.0}, "empty": None,
        },
        events=[
            make_event("late", START_NS + 9_999, {"n": 1}),
            make_event("early", START_NS + 1_000, {"event": "own"}),
            make_event("", START_NS),
        ],
        links=[
            Span.Link(trace_id=WIDE, span_id=span_id(2)),
            make_link(7, 8, {"opentracing.ref_type": "child_of"}),
            make_link(7, 9),
            Span.Link(span_id=span_id(3)),
        ],
        status=2,
        status_message="failed",
        trace_state="k=v",
        trace_id=WIDE,
        flags=0x301,
    )  # fmt: skip
    write_request(make_request(span, service="cart", resource={"host.name": "h"}))


def test_a_span_has_every_field_in_jaegers_form(client: Client) -> None:
    write_everything()
    trace_id = WIDE.hex()
    answer = ask(client, f"/api/traces/{trace_id}")
    assert list(answer) == ["data", "total", "limit", "offset", "errors"]
    assert (answer["total"], answer["limit"], answer["offset"], answer["errors"]) == (0, 0, 0, None)
    [trace] = answer["data"]
    assert list(trace) == ["traceID", "spans", "processes", "warnings"]
    assert (trace["traceID"], trace["warnings"]) == (trace_id, None)
    assert trace["processes"] == {"p1": {"serviceName": "cart", "tags": [tag("host.name", "string", "h")]}}
    [span] = trace["spans"]
    assert list(span.items()) == [
        ("traceID", trace_id),
        ("spanID", "0000000000000001"),
        ("flags", 1),
        ("operationName", "GET <a>"),
        (
            "references",
            [
                {"refType": "FOLLOWS_FROM", "traceID": trace_id, "spanID": "0000000000000002"},
                {"refType": "CHILD_OF", "traceID": "0000000000000007", "spanID": "0000000000000008"},
                {"refType": "FOLLOWS_FROM", "traceID": "0000000000000007", "spanID": "0000000000000009"},
            ],
        ),
        ("startTime", START_NS // 1_000 + 1),
        ("duration", 1_999),
        (
            "tags",
            [
                tag("otel.scope.name", "string", "tests"),
                tag("otel.scope.version", "string", "1.0"),
                tag("string", "string", "text"),
                tag("bool", "bool", True),
                tag("int", "int64", -5),
                tag("large", "int64", "9007199254740992"),
                tag("largest", "int64", 9007199254740991),
                tag("double", "float64", 0.5),
                tag("nan", "float64", "NaN"),
                tag("bytes", "binary", "AP8="),
                tag("array", "string", '[1,"x"]'),
                tag("map", "string", '{"k":1}'),
                tag("empty", "string", ""),
                tag("span.kind", "string", "client"),
                tag("otel.status_code", "string", "ERROR"),
                tag("error", "bool", True),
                tag("otel.status_description", "string", "failed"),
                tag("w3c.tracestate", "string", "k=v"),
            ],
        ),
        (
            "logs",
            [
                {
                    "timestamp": START_NS // 1_000 + 9,
                    "fields": [tag("event", "string", "late"), tag("n", "int64", 1)],
                },
                {"timestamp": START_NS // 1_000 + 1, "fields": [tag("event", "string", "own")]},
                {"timestamp": START_NS // 1_000, "fields": []},
            ],
        ),
        ("processID", "p1"),
        ("warnings", ["Invalid span link removed"]),
    ]


def test_a_plain_span_has_empty_lists_and_no_flags(client: Client) -> None:
    write_request(make_request(make_span(1, 1, kind=0), scope_name="", scope_version=""))
    [span] = ask(client, "/api/traces/1")["data"][0]["spans"]
    assert span == {
        "traceID": "0000000000000001", "spanID": "0000000000000001", "operationName": "GET /", "references": [],
        "startTime": START_NS // 1_000, "duration": 10_000, "tags": [], "logs": [], "processID": "p1",
        "warnings": None,
    }  # fmt: skip


def test_equal_processes_share_a_key(client: Client) -> None:
    write_request(
        join(
            make_request(make_span(1, 1), service="a", resource={"k": 1}),
            make_request(make_span(1, 2), service="b"),
            make_request(make_span(1, 3), service="a", resource={"k": 1}),
        )
    )
    [trace] = ask(client, "/api/traces/1")["data"]
    services = [trace["processes"][span["processID"]]["serviceName"] for span in trace["spans"]]
    assert (sorted(trace["processes"]), sorted(services)) == (["p1", "p2"], ["a", "a", "b"])
    assert trace["spans"][0]["processID"] == "p1"


def test_a_trace_that_cannot_be_had(client: Client) -> None:
    assert ask_for_error(client, "/api/traces/9") == (404, "trace not found")
    assert ask_for_error(client, "/api/traces/0") == (404, "trace not found")
    sentence = 'strconv.ParseUint: parsing "<script>": invalid syntax'
    assert ask_for_error(client, "/api/traces/<script>") == (400, sentence)


def test_times_beside_a_trace_id_are_hints_only(client: Client) -> None:
    write_spans(make_span(1, 1))
    for start, end in ((1, 2), (START_NS // MS, START_NS // MS)):
        assert len(ask(client, "/api/traces/1", start=start, end=end)["data"]) == 1
    sentence = "unable to parse param 'end': strconv.ParseInt: parsing \"b\": invalid syntax"
    assert ask_for_error(client, "/api/traces/1", end="b") == (400, sentence)


def test_a_search_gives_whole_traces(client: Client) -> None:
    write_spans(make_span(1, 1, name="a"), make_span(1, 2, 1, name="b", attributes={"x": 1}))
    write_spans(make_span(2, 1, name="a"))
    answer = ask(client, "/api/traces", service="shop", operation="b", tags='{"x":"1"}', **WINDOW)
    assert [len(trace["spans"]) for trace in answer.pop("data")] == [2]
    assert answer == {"total": 0, "limit": 0, "offset": 0, "errors": None}
    assert ask(client, "/api/traces", service="shop", tag="x:1", **WINDOW)["data"] != []
    nothing = ask(client, "/api/traces", service="shop", tag="x:a:b", **WINDOW)
    assert nothing == {"data": [], "total": 0, "limit": 0, "offset": 0, "errors": None}
    assert len(ask(client, "/api/traces", limit=1, **WINDOW)["data"]) == 1
    assert len(ask(client, "/api/traces", minDuration="10ms", maxDuration="10000us", **WINDOW)["data"]) == 2
    assert ask(client, "/api/traces", minDuration="10.001ms", **WINDOW)["data"] == []


def test_ids_of_64_and_128_bits_meet_in_one_trace(client: Client) -> None:
    write_spans(make_span(7, 1))
    write_spans(make_span(span=2, parent=1, trace_id=WIDE[:8] + trace_id(7)[8:]), service="pay")
    for asked in ("7", (WIDE[:8] + trace_id(7)[8:]).hex()):
        [trace] = ask(client, f"/api/traces/{asked}")["data"]
        assert len(trace["spans"]) == 2
        shown = {span["traceID"] for span in trace["spans"]}
        shown |= {each["traceID"] for span in trace["spans"] for each in span["references"]}
        assert shown == {trace["traceID"]} == {asked.zfill(16)}


def test_named_traces_come_in_the_order_asked_and_missing_ones_are_said(client: Client) -> None:
    write_spans(make_span(1, 1), make_span(2, 1))
    answer = ask(client, "/api/traces", traceID=["2", "9", "1"])
    assert [trace["traceID"] for trace in answer["data"]] == ["0000000000000002", "0000000000000001"]
    assert answer["errors"] == [{"msg": "trace not found", "traceID": "0000000000000009"}]
    none = ask(client, "/api/traces", traceID=WIDE.hex())
    assert (none["data"], none["errors"]) == ([], [{"msg": "trace not found", "traceID": WIDE.hex()}])


def test_a_search_that_cannot_be_read_is_refused(client: Client) -> None:
    sentence = "unable to parse param 'start': strconv.ParseInt: parsing \"x\": invalid syntax"
    assert ask_for_error(client, "/api/traces", start="x") == (400, sentence)
    too_deep = "search depth must be greater than 0 and less than max traces"
    assert ask_for_error(client, "/api/traces", limit="0") == (400, too_deep)


def test_a_pretty_answer_is_the_same_with_four_spaces(client: Client) -> None:
    write_everything()
    path = f"/api/traces/{WIDE.hex()}"
    for value in ("true", "1"):
        pretty = read(client.get(path, {"prettyPrint": value})).decode()
        assert pretty == json.dumps(json.loads(pretty), indent=4, ensure_ascii=False)
        assert json.loads(pretty) == ask(client, path)
    compact = read(client.get(path)).decode()
    assert compact == json.dumps(json.loads(compact), separators=(",", ":"), ensure_ascii=False)
    assert read(client.get(path, {"prettyPrint": "false"})).decode() == compact
    empty = read(client.get("/api/traces?prettyPrint=1&start=1&end=2")).decode()
    assert empty == json.dumps(json.loads(empty), indent=4)


def test_a_large_trace_is_streamed_and_is_whole(client: Client) -> None:
    count = 1_100
    write_spans(*(make_span(1, number, attributes={"text": "x" * 100}) for number in range(1, count + 1)))
    answer = client.get("/api/traces/1")
    assert answer.streaming
    [trace] = json.loads(read(answer))["data"]
    assert {span["spanID"] for span in trace["spans"]} == {f"{n:016x}" for n in range(1, count + 1)}


def test_there_is_no_archive_and_it_says_so(client: Client) -> None:
    assert read_error(client.post("/api/archive/1")) == (500, "archive span storage was not configured")
    assert read_error(client.post("/api/archive/x"))[0] == 400


def post_transform(client: Client, body: bytes, **more: Any) -> Any:
    """The test client's own stream ends in an exception."""
    stream = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return client.generic("POST", "/api/transform", b"", "application/json", **{**stream, **more})


def test_otlp_is_transformed_and_not_kept(client: Client) -> None:
    def span(trace: str, span: str) -> dict[str, object]:
        return {
            "traceId": trace * 32, "spanId": span * 16, "name": "op", "kind": 2,
            "startTimeUnixNano": "1764100000000001999", "endTimeUnixNano": "1764100000250000000",
        }  # fmt: skip

    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "cart"}}]}
    spans = [span("a", "1"), span("b", "2"), span("a", "3"), {"name": "without ids"}]
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    answer = post_transform(client, json.dumps(body).encode())
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    found = json.loads(read(answer))
    shown = {trace["traceID"][0]: [each["spanID"][0] for each in trace["spans"]] for trace in found["data"]}
    assert shown == {"a": ["1", "3"], "b": ["2"]}
    assert found["data"][0]["spans"][0]["startTime"] == 1764100000000001
    assert found["data"][0]["processes"] == {"p1": {"serviceName": "cart", "tags": []}}
    [problem] = found["errors"]
    assert problem["msg"].startswith("1 span rejected: ")
    assert ask(client, "/api/services")["data"] == []


def test_what_is_no_otlp_is_not_transformed(client: Client, settings: Any) -> None:
    for body in (b"", b"{", b"[]", b"\xff\x00", b'{"resourceSpans": 1}', b"[" * 100_000):
        status, sentence = read_error(post_transform(client, body))
        assert (status, sentence[:24]) == (400, "cannot unmarshal OTLP : ")
    settings.INGEST_MAX_BODY_BYTES = 10
    assert read_error(post_transform(client, b" " * 11))[0] == 413


def test_methods_and_addresses_that_are_not_there(client: Client) -> None:
    assert client.post("/api/services").status_code == 405
    assert client.get("/api/transform").status_code == 405
    assert client.head("/api/services").status_code == 200
    unknown = client.get("/api/nothing/here")
    assert (unknown.status_code, unknown["Content-Type"], unknown.content) == (
        404, "text/plain; charset=utf-8", b"404 page not found\n",
    )  # fmt: skip
    for path in ("/api/deep-dependencies", "/api/quality-metrics"):
        assert ask_for_error(client, path)[0] == 501


def test_the_same_is_served_below_jaeger(client: Client) -> None:
    write_spans(make_span(1, 1))
    for path in ("services", "traces/1", "services/shop/operations", "nothing"):
        assert read(client.get(f"/jaeger/api/{path}")) == read(client.get(f"/api/{path}"))
