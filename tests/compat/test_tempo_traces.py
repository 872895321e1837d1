"""Tempo's API answers with whole traces: in its JSON and in protobuf, repaired, and never half."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

from tests.builders import MS, NOW_NS, make_event, make_link, make_span, span_id, trace_id, write_request, write_spans
from tests.compat.jaeger_shop import make_shop
from tests.compat.tempo_asking import PROTOBUF, ask, ask_for_error, ask_protobuf, read
from tests.conftest import reset_store
from traces.domain.errors import StoreUnavailable
from traces.portions import PORTION_SPANS
from traces.wire import tempo_pb2 as wire
from tracing_ui.compat.tempo.whole_trace import answer_v1, answer_v2, load_trace

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine]


def base64_of(identifier: bytes) -> str:
    return base64.b64encode(identifier).decode()


def list_spans(batches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [span for batch in batches for scope in batch["scopeSpans"] for span in scope["spans"]]


def list_messages(data: TracesData) -> list[Span]:
    return [span for group in data.resource_spans for scope in group.scope_spans for span in scope.spans]


def test_a_trace_is_the_json_of_protobuf(client: Client) -> None:
    """Ids are base64, 64-bit numbers are text, enums have their names."""
    write_spans(
        make_span(
            2**127 + 1,
            1,
            start_ns=NOW_NS,
            attributes={"n": 7, "ratio": float("nan"), "ok": False, "list": ["a"]},
            events=[make_event("retry", NOW_NS + MS, {"try": 2})],
            links=[make_link(9, 8)],
            status=2,
            status_message="no",
            trace_state="a=1",
        ),
        make_span(2**127 + 1, 2, 1, kind=0, name="", start_ns=NOW_NS + MS),
        resource={"host.name": "a"},
    )
    trace = base64_of(trace_id(2**127 + 1))
    [batch] = ask(client, f"/api/traces/{trace_id(2**127 + 1).hex()}")["batches"]
    assert batch["resource"]["attributes"] == [
        {"key": "service.name", "value": {"stringValue": "shop"}},
        {"key": "host.name", "value": {"stringValue": "a"}},
    ]
    [scope] = batch["scopeSpans"]
    assert scope["scope"] == {"name": "tests", "version": "1.0"}
    root, child = scope["spans"]
    assert root == {
        "traceId": trace,
        "spanId": base64_of(span_id(1)),
        "traceState": "a=1",
        "name": "GET /",
        "kind": "SPAN_KIND_SERVER",
        "startTimeUnixNano": str(NOW_NS),
        "endTimeUnixNano": str(NOW_NS + 10 * MS),
        "attributes": [
            {"key": "n", "value": {"intValue": "7"}},
            {"key": "ratio", "value": {"doubleValue": "NaN"}},
            {"key": "ok", "value": {"boolValue": False}},
            {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "a"}]}}},
        ],
        "events": [
            {
                "timeUnixNano": str(NOW_NS + MS),
                "name": "retry",
                "attributes": [{"key": "try", "value": {"intValue": "2"}}],
            }
        ],
        "links": [{"traceId": base64_of(trace_id(9)), "spanId": base64_of(span_id(8))}],
        "status": {"message": "no", "code": "STATUS_CODE_ERROR"},
    }
    assert child["parentSpanId"] == base64_of(span_id(1))
    assert (child["status"], "kind" in child, "name" in child) == ({}, False, False)


def test_the_second_version_says_whether_the_trace_is_complete(client: Client, settings: LazySettings) -> None:
    write_spans(*(make_span(1, number) for number in range(1, 4)))
    whole = ask(client, "/api/v2/traces/1")
    assert (whole["metrics"], whole["status"], "message" in whole) == ({}, "COMPLETE", False)
    assert len(list_spans(whole["trace"]["resourceSpans"])) == 3
    settings.TRACE_MAX_SPANS = 2
    write_spans(make_span(1, 4))
    part = ask(client, "/api/v2/traces/1")
    assert part["status"] == "PARTIAL"
    assert part["message"] == "Of 4 spans of this trace 2 are read: those that arrived first (TRACE_MAX_SPANS)."
    answer = ask_protobuf(client, wire.TraceResponse, "/api/v2/traces/1")
    assert (answer.status, answer.message) == (wire.PARTIAL, part["message"])


def test_protobuf_is_what_was_sent(client: Client) -> None:
    sent = make_shop()
    write_request(sent)
    first = ask_protobuf(client, TracesData, "/api/traces/1")
    second = TracesData.FromString(ask_protobuf(client, wire.TraceResponse, "/api/v2/traces/1").trace)
    assert first == second
    names = {group.resource.attributes[0].value.string_value: group for group in first.resource_spans}
    for group in sent.resource_spans[:2]:
        for span in group.scope_spans[0].spans:
            span.status.SetInParent()
        assert names[group.resource.attributes[0].value.string_value] == group


def test_a_span_without_a_resource_has_an_empty_one(client: Client) -> None:
    """Grafana reads the attributes of a resource without asking whether there is one."""
    write_spans(make_span(), service=None, scope_name="", scope_version="")
    [batch] = ask_protobuf(client, TracesData, "/api/traces/1").resource_spans
    assert (batch.HasField("resource"), batch.scope_spans[0].HasField("scope")) == (True, True)
    assert (len(batch.resource.attributes), batch.scope_spans[0].scope.name) == (0, "")
    [written] = ask(client, "/api/traces/1")["batches"]
    assert (written["resource"], written["scopeSpans"][0]["scope"]) == ({}, {})


def test_a_trace_of_several_portions_is_one_message(client: Client) -> None:
    numbers = range(1, PORTION_SPANS + 3)
    write_spans(*(make_span(1, number) for number in numbers))
    answer = ask_protobuf(client, wire.TraceResponse, "/api/v2/traces/1")
    assert (answer.status, answer.HasField("metrics")) == (wire.COMPLETE, True)
    spans = list_messages(TracesData.FromString(answer.trace))
    assert [span.span_id for span in spans] == [span_id(number) for number in numbers]
    assert len(list_spans(ask(client, "/api/traces/1")["batches"])) == len(numbers)


def test_a_span_stands_in_it_once_and_under_an_id_of_its_own(client: Client) -> None:
    write_spans(make_span(1, 1, name="call", kind=3, links=[make_link(1 << 64 | 1, 1)]))
    write_spans(make_span(1, 1, name="call", kind=3, links=[make_link(1 << 64 | 1, 1)]), make_span(3, 1))
    write_spans(make_span(1, 1, name="serve", kind=2), make_span(1, 2, 1, name="query", kind=1), service="store")
    spans = {span.name: span for span in list_messages(ask_protobuf(client, TracesData, "/api/traces/1"))}
    assert len(spans) == 3
    assert spans["serve"].span_id not in (spans["call"].span_id, spans["query"].span_id)
    assert spans["serve"].parent_span_id == spans["call"].span_id == span_id(1)
    assert spans["query"].parent_span_id == spans["serve"].span_id
    assert spans["call"].links[0].trace_id == trace_id(1)


def test_an_unknown_trace_is_404(client: Client) -> None:
    for version in ("", "v2/"):
        assert ask_for_error(client, f"/api/{version}traces/ff") == (
            404,
            f"No span of trace {'ff'.zfill(32)} is kept here.",
        )


# What fails in the database must not fail the transaction of a test.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answer", [answer_v1, answer_v2])
def test_a_trace_that_goes_while_it_is_read_is_no_half_message(answer: Callable[..., Any]) -> None:
    write_spans(make_span())
    trace = load_trace(trace_id(1))
    reset_store()
    for as_protobuf in (False, True):
        with pytest.raises(StoreUnavailable, match="the trace changed while it was read"):
            answer(trace, as_protobuf=as_protobuf)


def test_a_head_is_an_answer_without_a_body(client: Client) -> None:
    write_spans(make_span())
    answer = client.head("/tempo/api/v2/traces/1", headers={"accept": PROTOBUF})
    assert (answer.status_code, read(answer)) == (200, b"")
