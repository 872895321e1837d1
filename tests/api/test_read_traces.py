"""Reading: GET traces/<trace_id> and GET traces/<trace_id>/spans/<span_id>."""

import json
import math
from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import Ask, write_json
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
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.translate.otlp_json import translate_otlp_json

pytestmark = pytest.mark.django_db(transaction=True)

ONE = f"traces/{trace_id(1).hex()}"


def depths(answer: Any) -> list[tuple[int, int]]:
    """The rows of an answer: span number and depth."""
    return [(int(span["span_id"], 16), span["depth"]) for span in answer["spans"]]


def test_everything_that_a_sender_said_comes_back(ask: Ask) -> None:
    span = make_span(
        1, 2, 7,
        name="pay\0", kind=3, status=2, status_message="declined",
        attributes={
            "text": "a\0b", "yes": True, "small": 7, "great": 2**63 - 1, "half": 0.5, "nan": float("nan"),
            "bytes": b"\x00\xff", "list": [1, "a", b"\x01"], "map": {"k": [2**60]}, "empty": None,
        },
        events=[make_event("exception", NOW_NS, {"exception.type": "E"})],
        links=[make_link(9, 8, {"why": "retry"}, trace_state="l=1")],
        trace_state="a=1", flags=0x301,
        dropped_attributes_count=1, dropped_events_count=2, dropped_links_count=3,
    )  # fmt: skip
    request = make_request(span, resource={"host.name": "h1"}, scope={"lib": True})
    request.resource_spans[0].schema_url = "https://example.org/resource"
    request.resource_spans[0].scope_spans[0].schema_url = "https://example.org/scope"
    write_request(request)
    assert ask(f"{ONE}/spans/{span_id(2).hex()}") == {
        "trace_id": trace_id(1).hex(),
        "span_id": span_id(2).hex(),
        "parent_span_id": span_id(7).hex(),
        "depth": 0,
        "child_count": 0,
        "is_missing_parent": True,
        "service": "shop",
        "name": "pay\0",
        "kind": "client",
        "status": "error",
        "status_message": "declined",
        "start_ns": str(NOW_NS - SECOND),
        "duration_ns": str(10 * MS),
        "sent_start_ns": str(NOW_NS - SECOND),
        "sent_end_ns": str(NOW_NS - SECOND + 10 * MS),
        "trace_state": "a=1",
        "flags": 0x301,
        "marks": ["parent_is_remote"],
        "cuts": [],
        "attributes": [
            {"key": "text", "type": "string", "value": "a\0b"},
            {"key": "yes", "type": "bool", "value": True},
            {"key": "small", "type": "int", "value": 7},
            {"key": "great", "type": "int", "value": "9223372036854775807"},
            {"key": "half", "type": "double", "value": 0.5},
            {"key": "nan", "type": "double", "value": "NaN"},
            {"key": "bytes", "type": "bytes", "value": "AP8="},
            {"key": "list", "type": "array", "value": [1, "a", "AQ=="]},
            {"key": "map", "type": "kvlist", "value": {"k": ["1152921504606846976"]}},
            {"key": "empty", "type": "empty", "value": None},
        ],
        "events": [
            {
                "time_ns": str(NOW_NS),
                "name": "exception",
                "attributes": [{"key": "exception.type", "type": "string", "value": "E"}],
                "dropped_attributes_count": 0,
            }
        ],
        "links": [
            {
                "trace_id": trace_id(9).hex(),
                "span_id": span_id(8).hex(),
                "trace_state": "l=1",
                "flags": 0,
                "attributes": [{"key": "why", "type": "string", "value": "retry"}],
                "dropped_attributes_count": 0,
            }
        ],
        "dropped_attributes_count": 1,
        "dropped_events_count": 2,
        "dropped_links_count": 3,
        "resource": {
            "attributes": [
                {"key": "service.name", "type": "string", "value": "shop"},
                {"key": "host.name", "type": "string", "value": "h1"},
            ],
            "dropped_attributes_count": 0,
            "schema_url": "https://example.org/resource",
        },
        "scope": {
            "name": "tests",
            "version": "1.0",
            "attributes": [{"key": "lib", "type": "bool", "value": True}],
            "dropped_attributes_count": 0,
            "schema_url": "https://example.org/scope",
        },
    }


def test_a_trace_comes_in_the_order_of_the_waterfall(ask: Ask) -> None:
    starts = {1: 0, 2: 5, 3: 1, 4: 2}
    parents = {1: None, 2: 1, 3: 1, 4: 3}
    for number in (4, 2, 1, 3):
        start_ns = NOW_NS - SECOND + starts[number] * MS
        write_spans(make_span(1, number, parents[number], start_ns=start_ns), service=f"service {number % 2}")
    answer = ask(ONE)
    assert depths(answer) == [(1, 0), (3, 1), (4, 2), (2, 1)]
    facts = {name: answer[name] for name in answer if name not in ("spans", "resources", "scopes")}
    assert facts == {
        "trace_id": trace_id(1).hex(),
        "start_ns": str(NOW_NS - SECOND),
        "duration_ns": str(15 * MS),
        "span_count": 4,
        "error_count": 0,
        "depth": 3,
        "missing_parent_count": 0,
        "root_service": "service 1",
        "root_operation": "GET /",
        "root_span_id": span_id(1).hex(),
        "services": [
            {"name": "service 0", "slot": 0, "span_count": 2, "error_count": 0},
            {"name": "service 1", "slot": 1, "span_count": 2, "error_count": 0},
        ],
        "notes": [],
        "clock": "corrected",
        "clock_corrections": [],
        "first": 0,
        "next_first": None,
    }


def test_equal_resources_and_scopes_stand_once(ask: Ask) -> None:
    one, two = make_span(1, 1), make_span(1, 2, 1, start_ns=NOW_NS - SECOND + MS)
    write_request(join(make_request(one, resource={"n": 1}), make_request(two, resource={"n": True})))
    write_spans(make_span(1, 3, 1, start_ns=NOW_NS - SECOND + 2 * MS), resource={"n": 1})
    answer = ask(ONE)
    assert [span["resource_index"] for span in answer["spans"]] == [0, 1, 0]
    assert [span["scope_index"] for span in answer["spans"]] == [0, 0, 0]
    assert [resource["attributes"][1] for resource in answer["resources"]] == [
        {"key": "n", "type": "int", "value": 1},
        {"key": "n", "type": "bool", "value": True},
    ]
    assert [scope["name"] for scope in answer["scopes"]] == ["tests"]


def test_a_long_trace_comes_in_pages(ask: Ask) -> None:
    write_spans(*(make_span(1, number, start_ns=NOW_NS - SECOND + number) for number in range(1, 1_203)))
    first = ask(ONE)
    assert (first["span_count"], len(first["spans"]), first["next_first"]) == (1_202, 1_000, 1_000)
    second = ask(ONE, first=first["next_first"])
    assert (second["first"], depths(second)[0], depths(second)[-1]) == (1_000, (1_001, 0), (1_202, 0))
    assert second["next_first"] is None
    few = ask(ONE, first=1_199, count=2)
    assert (depths(few), few["next_first"]) == ([(1_200, 0), (1_201, 0)], 1_201)
    assert ask(ONE, first=1_202)["spans"] == []


def test_what_was_put_right_is_said(ask: Ask) -> None:
    write_spans(make_span(1, 2, 1, start_time_unix_nano=5, end_time_unix_nano=0))
    answer = ask(ONE)
    (span,) = answer["spans"]
    assert answer["notes"] == ["1 span came with an impossible start time, drawn at the time of arrival."]
    assert (answer["root_service"], answer["root_span_id"]) == (None, None)
    assert (span["start_ns"], span["sent_start_ns"], span["sent_end_ns"]) == (str(NOW_NS), "5", "0")
    assert span["marks"] == ["clock_implausible", "unfinished"]


def test_half_a_surrogate_pair_becomes_the_replacement_character_and_is_said(ask: Ask) -> None:
    span = (
        f'{{"traceId": "{trace_id(1).hex()}", "spanId": "{span_id(1).hex()}", "name": "a\\ud800",'
        f' "startTimeUnixNano": "{NOW_NS}", "endTimeUnixNano": "{NOW_NS}"}}'
    )
    write_json(f'{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{span}]}}]}}]}}')
    (shown,) = ask(ONE)["spans"]
    assert shown["name"] == "a\N{REPLACEMENT CHARACTER}"
    assert shown["cuts"] == ["text with half a surrogate pair, each shown as U+FFFD"]


@pytest.mark.parametrize("spelling", ["{id}", "{ID}", "0x{id}", "{uuid}", "{short}", "%20{id}"])
def test_any_spelling_of_a_trace_id_is_understood(ask: Ask, spelling: str) -> None:
    number = 0xABCDEF0123456789
    write_spans(make_span(number, 1))
    digits = trace_id(number).hex()
    uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    path = spelling.format(id=digits, ID=digits.upper(), uuid=uuid, short=f"{number:x}")
    assert ask(f"traces/{path}")["trace_id"] == digits


def test_the_first_of_several_spans_with_one_id_is_shown(ask: Ask) -> None:
    write_spans(make_span(1, 1, name="second", start_ns=NOW_NS - MS), make_span(1, 1, name="first"))
    assert ask(f"{ONE}/spans/1")["name"] == "first"
    assert [span["name"] for span in ask(ONE)["spans"]] == ["first", "second"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (f"traces/{trace_id(2).hex()}", f"No span of trace {trace_id(2).hex()} is kept here."),
        (f"traces/{trace_id(2).hex()}/spans/1", f"No span of trace {trace_id(2).hex()} is kept here."),
        (f"{ONE}/spans/2", f"Span {span_id(2).hex()} is not in trace {trace_id(1).hex()}."),
    ],
)
def test_what_is_not_kept_is_not_found(ask: Ask, path: str, message: str) -> None:
    write_spans(make_span(1, 1))
    assert ask(path, expected=404) == {"error": {"code": "not_found", "message": message, "field": None}}


def test_an_answer_is_packed_for_those_who_ask(client: Client) -> None:
    write_spans(*(make_span(1, number) for number in range(1, 50)))
    answer = client.get(f"/api/v1/{ONE}", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"


def test_spans_that_share_an_id_are_told_apart_by_their_row(ask: Ask) -> None:
    write_spans(make_span(1, 1, name="client"), service="a")
    write_spans(make_span(1, 1, 1, name="server"), service="b")
    rows = {ask(f"{ONE}/spans/1", row=str(row))["name"] for row in (0, 1)}
    assert rows == {"client", "server"}
    assert ask(f"{ONE}/spans/1", expected=404, row="2")["error"]["message"].startswith("Span ")


def test_a_span_as_otlp_is_the_request_that_sent_it(ask: Ask) -> None:
    values = {
        "text": "a", "int": 2**60, "double": 0.5, "nan": math.nan, "bool": False, "bytes": b"\0", "list": [1, "b"],
        "map": {"k": [2.5]},
    }  # fmt: skip
    sent = make_request(
        make_span(
            1, 2, 1, status=2, status_message="no", attributes=values, trace_state="a=1", flags=1,
            events=[make_event("e", attributes=values)], links=[make_link(3, 4, values, "b=2")],
            dropped_attributes_count=1, dropped_events_count=2, dropped_links_count=3,
        ),
        resource=values, scope=values,
    )  # fmt: skip
    write_request(sent)
    answer = json.dumps(ask(f"{ONE}/spans/2/otlp")).encode()
    assert translate_otlp_json(answer).body == translate_otlp(sent.SerializeToString()).body
