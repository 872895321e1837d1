"""A span in Zipkin's JSON is the same span again when Zipkin's reader has read it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.builders import MS, NOW_NS, make_event, make_link, make_request, make_span
from tests.ingest.zipkin_spans import PARENT, START_US, span_v2
from traces.domain.span import Span
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.translate.zipkin.json_v2 import translate_json_v2
from traces.storage.decode import decode_spans
from tracing_ui.compat.zipkin.model_json import encode_span

START_NS = START_US * 1_000


def read_zipkin(*spans: Mapping[str, Any]) -> list[Span]:
    translated = translate_json_v2(json.dumps(spans).encode())
    assert not translated.rejected
    return [span for _, span in decode_spans(translated.body, range(len(spans)), {})]


def read_otlp(request: ExportTraceServiceRequest) -> Span:
    translated = translate_otlp(request.SerializeToString())
    [(_, span)] = decode_spans(translated.body, [0], {})
    return span


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": "get", "parentId": PARENT, "kind": "SERVER", "duration": 1, "shared": True},
        {"kind": "CONSUMER", "duration": 45_000, "debug": True},
        {"kind": "SIDEWAYS"},
        {"traceId": "babe5eedbabe5eed"},
        {"localEndpoint": {"serviceName": "Box-Office", "ipv4": "192.0.2.7", "ipv6": "2001:db8::7", "port": 8080}},
        {"localEndpoint": {"ipv6": "2001:db8::7"}, "remoteEndpoint": {"serviceName": "bank", "port": 443}},
        {"remoteEndpoint": {"ipv4": "192.0.2.9", "port": 5432}, "tags": {"net.peer.ip": "none", "net.peer.port": "1"}},
        {"remoteEndpoint": {"serviceName": "bank"}, "tags": {"peer.service": "another"}},
        {"annotations": [{"timestamp": START_US + 7, "value": "held"}, {"timestamp": START_US + 9, "value": "{}"}]},
        {"tags": {"http.method": "POST", "empty": "", "note": "naïve ☕"}},
        {"tags": {"error": "503"}},
        {"tags": {"error": "true"}},
        {"tags": {"error": ""}},
    ],
)
def test_a_span_of_zipkins_comes_back_as_it_was(fields: dict[str, Any]) -> None:
    sent = span_v2(**fields)
    assert encode_span(*read_zipkin(sent)) == sent


def test_a_span_without_a_start_keeps_its_duration() -> None:
    sent = span_v2(duration=7)
    del sent["timestamp"]
    assert encode_span(*read_zipkin(sent)) == sent


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": kind, "attributes": {"text": "é", "empty": ""}, "status": status, "status_message": message}
        for kind, status, message in [(0, 0, ""), (1, 1, ""), (2, 2, ""), (3, 2, "upstream failed"), (5, 2, "True")]
    ]
    + [
        {"trace_state": "a=1", "links": [make_link(9, 8, {"n": 2, "list": [1, "a"]}, "b=2"), make_link(7, 6)]},
        {"events": [make_event("exception", NOW_NS, {"exception.type": "Timeout", "attempt": 2, "is_last": True})]},
        {"events": [make_event("}", NOW_NS), make_event("a|{b", NOW_NS), make_event('"x": {"y": 1}', NOW_NS)]},
        {"attributes": {"peer.service": "bank", "net.peer.ip": "192.0.2.1", "net.peer.port": 80, "net.host.port": 1}},
        {"attributes": {"error": "504"}, "status": 2, "status_message": "gave up"},
        {"attributes": {"error": "504"}, "status": 2, "status_message": "504"},
    ],
)
def test_a_span_comes_back_as_it_was(fields: dict[str, Any]) -> None:
    span = read_otlp(make_request(make_span(1, 2, 1, start_ns=START_NS, **fields), scope_version="1.2"))
    (back,) = read_zipkin(encode_span(span))
    # The reader keeps what says that a span failed.
    kept = {"error": span.status_message or "true"} if span.status_code == 2 else {}
    assert back == replace(span, attributes={**kept, **span.attributes}, flags=back.flags)


def test_values_are_texts_and_those_of_the_resource_give_way() -> None:
    values = {"whole": -(2**62), "ratio": 0.5, "is_cached": False, "raw": b"\x00\xff", "host.name": "b"}
    values["list"] = [1, "a"]
    request = make_request(make_span(attributes=values), resource={"host.name": "a", "process.pid": 7}, scope_name="")
    assert encode_span(read_otlp(request))["tags"] == {
        "host.name": "b",
        "process.pid": "7",
        "whole": "-4611686018427387904",
        "ratio": "0.5",
        "is_cached": "false",
        "raw": "AP8=",
        "list": '[1, "a"]',
        "otel.scope.version": "1.0",
    }


def test_times_are_microseconds_of_which_a_span_that_ended_took_one() -> None:
    span = read_otlp(make_request(make_span(start_ns=START_NS + 999, duration_ns=1)))
    assert [encode_span(span)[name] for name in ("timestamp", "duration")] == [START_US, 1]
    longer = replace(span, end_time_unix_nano=START_NS + 2 * MS)
    assert encode_span(longer)["duration"] == 1_999
    assert "duration" not in encode_span(replace(span, end_time_unix_nano=0))


def test_an_attribute_that_zipkin_would_take_for_a_failure_is_left_out() -> None:
    span = read_otlp(make_request(make_span(attributes={"error": False}), scope_name="", scope_version=""))
    assert "tags" not in encode_span(span)


def test_what_was_dropped_is_counted() -> None:
    event = make_event("e", NOW_NS)
    event.dropped_attributes_count = 3
    span = read_otlp(make_request(make_span(events=[event], dropped_links_count=2)))
    encoded = encode_span(span)
    assert encoded["annotations"] == [{"timestamp": NOW_NS // 1_000, "value": "e|{}|3"}]
    (back,) = read_zipkin(encoded)
    assert [each.dropped_attributes_count for each in back.events] == [3]
    assert back.attributes["otel.dropped_links_count"] == "2"
